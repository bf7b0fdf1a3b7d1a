import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { hasProgram, type Prepared, prepareClient, run } from '../client-cache.ts';
import { testClientProgram } from '../client-checks.ts';

const source = import.meta.dirname;
const everyType = 'every type comes back as it was given';

/** Both programs with their dependencies, made by Maven from pinned versions. */
async function prepareJavaDrivers(): Promise<Prepared> {
  if (!(await hasProgram('java', '-version'))) return { missing: 'Java drivers: java is not installed' };
  if (!(await hasProgram('mvn', '--version'))) return { missing: 'Java drivers: mvn is not installed' };
  const files = [
    'pom.xml',
    ...[3, 4].flatMap((n) => [`driver-${n}/pom.xml`, `driver-${n}/src/main/java/Driver${n}Checks.java`]),
  ];
  const pins = files.map((name) => readFileSync(join(source, name), 'utf8'));
  return await prepareClient('java', pins, async (folder) => {
    await run('mvn', ['-q', '-B', '-f', join(source, 'pom.xml'), `-Dfolder=${folder}`, 'package']);
  });
}

function javaProgram(generation: number, checks: readonly string[]): void {
  testClientProgram({
    prepare: prepareJavaDrivers,
    command: (folder) => {
      const home = join(folder, `driver-${generation}`);
      // The first-stage compiler alone: the program ends before the second would pay.
      const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];
      const classPath = `${join(home, `driver-${generation}-1.jar`)}:${join(home, 'lib/*')}`;
      return ['java', ...options, '-cp', classPath, `Driver${generation}Checks`];
    },
    checks,
  });
}

describe('Java driver 3.11', () => {
  javaProgram(3, [
    ...['V3', 'V4'].flatMap((version) =>
      ['none', 'snappy', 'lz4'].map(
        (compression) => `Java driver 3.11, protocol ${version}, compression ${compression}: ${everyType}`,
      ),
    ),
    'Java driver 3.11 writes and reads asynchronously, page by page',
    'Java driver 3.11 runs batches and conditions',
    'Java driver 3.11 sees the schema and the ring',
    'Java driver 3.11 maps errors to its exceptions',
  ]);
});

describe('Java driver 4.17', () => {
  javaProgram(4, [
    ...['none', 'lz4', 'snappy'].map((name) => `Java driver 4.17, protocol V4, compression ${name}: ${everyType}`),
    ...['none', 'lz4'].map((name) => `Java driver 4.17, protocol V5, compression ${name}: ${everyType}`),
    'Java driver 4.17 negotiates protocol v5 by itself',
    'Java driver 4.17 writes and reads asynchronously, page by page',
    'Java driver 4.17 runs batches and conditions',
    'Java driver 4.17 sees schema changes and the ring',
    'Java driver 4.17 learns new result metadata of a prepared SELECT *',
    'Java driver 4.17 maps errors to its exceptions',
  ]);
});
