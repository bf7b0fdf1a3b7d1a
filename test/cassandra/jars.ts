/** Cassandra's jars below the project's `.cache`, fetched by Maven the first time. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const pom = join(here, 'pom.xml');

/** As pom.xml names it. */
export const CASSANDRA_VERSION = /<artifactId>cassandra-all<\/artifactId>\s*<version>([\d.]+)</.exec(
  readFileSync(pom, 'utf8'),
)?.[1];

/** The folder with all jars that Cassandra's class path needs. */
export async function cassandraJars(): Promise<string> {
  const cache = join(here, '../../.cache');
  const folder = join(cache, `cassandra-${CASSANDRA_VERSION}`);
  if (existsSync(folder)) return folder;
  // Made under another name and then renamed, so that an interrupted download is not taken for a whole one.
  const unfinished = `${folder}.${process.pid}.part`;
  mkdirSync(cache, { recursive: true });
  rmSync(unfinished, { recursive: true, force: true });
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`]);
  renameSync(unfinished, folder);
  return folder;
}
