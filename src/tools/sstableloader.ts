/** sstableloader: sends the SSTables of a directory to a running node over its admin endpoint, which imports them. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { fileSetsIn, isComplete, rewrittenMark, shareMark } from '../../storage/files/sstable-name.ts';
import type { ImportAnswer } from '../admin/file-operations.ts';
import { askNode, connectFailure, type Method, type NodeAnswer } from './admin-client.ts';
import { formatSize } from './format.ts';
import { sourceOf } from './loader-source.ts';

interface Options {
  readonly nodes: string;
  readonly port: string;
  readonly targetKeyspace?: string;
  readonly targetTable?: string;
  readonly throttleMib: number;
  readonly progress: boolean;
  readonly verbose?: boolean;
}

class LoaderError extends Error {}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

const program = new Command('sstableloader')
  .description('Bulk load the sstables found in the directory <dir_path> to a running Ceto node')
  .argument('<dir_path>', '…/<keyspace>/<table>, or a snapshot or backups folder of a table')
  .requiredOption('-d, --nodes <host>', 'the node to load into; of several, separated by commas, the first')
  .option('-p, --port <port>', 'admin port of the node', '10000')
  .option('-k, --target-keyspace <name>', 'target keyspace, when it is not the one of the path')
  .option('--target-table <name>', 'target table, when it is not the one of the path')
  .option('--throttle-mib <MiB/s>', 'throttle speed in MiB/s (default: unlimited)', positive, Number.POSITIVE_INFINITY)
  .option('--no-progress', "don't display progress")
  .option('-v, --verbose', 'verbose output')
  .action((directory: string, options: Options) => load(directory, options));

async function ask<Answer>(base: string, method: Method, path: string, body?: unknown): Promise<Answer> {
  let answer: NodeAnswer<Answer>;
  try {
    answer = await askNode(base, method, path, body);
  } catch (error) {
    throw new LoaderError(`Failed to connect to ${base} - ${connectFailure(error)}`);
  }
  const { status, content } = answer;
  if (status !== 200) throw new LoaderError(content.error ?? `the node answered ${status}`);
  return content;
}

/** Sends one file as it is read, no faster than the throttle lets it. */
async function send(
  url: string,
  path: string,
  sizeBytes: number,
  pace: (bytes: number) => Promise<void>,
): Promise<void> {
  const outgoing = request(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream', 'content-length': sizeBytes },
  });
  const answered = new Promise<void>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      if (response.statusCode === 200) resolve();
      else reject(new LoaderError((JSON.parse(text) as { error?: string }).error ?? text));
    });
  });
  const paced = new Transform({
    transform: (piece: Uint8Array, _encoding, done) => void pace(piece.length).then(() => done(null, piece), done),
  });
  await Promise.all([pipeline(createReadStream(path), paced, outgoing), answered]);
}

/** Waits as long as what was sent so far should have taken. */
function throttle(bytesPerSecond: number): (bytes: number) => Promise<void> {
  const startedAt = performance.now();
  let sent = 0;
  return async (bytes) => {
    sent += bytes;
    const dueMilliseconds = (sent / bytesPerSecond) * 1000;
    const early = dueMilliseconds - (performance.now() - startedAt);
    if (early > 1) await sleep(early);
  };
}

async function filesOf(directory: string): Promise<{ name: string; sizeBytes: number }[]> {
  const sets = (await fileSetsIn(directory)).filter(isComplete);
  const names = sets.flatMap((set) =>
    [...set.components, ...(set.share === null ? [] : [shareMark(set.share)]), ...set.rewritten.map(rewrittenMark)].map(
      (component) => `${set.prefix}-${component}`,
    ),
  );
  return Promise.all(names.map(async (name) => ({ name, sizeBytes: (await stat(join(directory, name))).size })));
}

async function load(directory: string, options: Options): Promise<void> {
  const source = sourceOf(directory);
  const keyspace = options.targetKeyspace ?? source?.keyspace;
  const table = options.targetTable ?? source?.table;
  if (keyspace === undefined || table === undefined) throw new LoaderError(`${directory} names no keyspace and table`);
  const base = `http://${options.nodes.split(',')[0]}:${options.port}`;
  const files = await filesOf(directory);
  if (files.length === 0) throw new LoaderError(`No sstables to stream in ${directory}`);
  const { id } = await ask<{ id: string }>(base, 'POST', '/api/v1/uploads', { keyspace, table });
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const startedAt = performance.now();
  const pace = throttle(options.throttleMib * 2 ** 20);
  let sentBytes = 0;
  try {
    for (const { name, sizeBytes } of files) {
      if (options.verbose === true) console.log(`Streaming ${name} (${formatSize(sizeBytes)})`);
      await send(`${base}/api/v1/uploads/${id}/${name}`, join(directory, name), sizeBytes, pace);
      sentBytes += sizeBytes;
      const percent = totalBytes === 0 ? 100 : Math.floor((sentBytes / totalBytes) * 100);
      if (options.progress) process.stdout.write(`\rprogress: [${options.nodes}] ${percent}%`);
    }
  } catch (error) {
    await ask(base, 'DELETE', `/api/v1/uploads/${id}`).catch(() => {});
    throw error;
  }
  if (options.progress) process.stdout.write('\n');
  const { failed } = await ask<ImportAnswer>(base, 'POST', `/api/v1/uploads/${id}/load`);
  if (failed[0] !== undefined) throw new LoaderError(failed[0].reason);
  const milliseconds = Math.max(performance.now() - startedAt, 1);
  console.log(
    [
      '',
      'Summary statistics: ',
      `   Total files transferred : ${files.length}`,
      `   Total bytes transferred : ${formatSize(totalBytes)}`,
      `   Total duration          : ${Math.round(milliseconds)} ms`,
      `   Average transfer rate   : ${formatSize(Math.round((totalBytes / milliseconds) * 1000))}/s`,
    ].join('\n'),
  );
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LoaderError)) throw error;
  console.error(`sstableloader: ${error.message}`);
  process.exitCode = 1;
}
