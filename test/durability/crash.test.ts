import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashRun } from './crash-run.ts';

const SEED = Number(process.env['CETO_SEED'] ?? 20_261_123);
/** What fits into about a minute; `npm run crash` does many more. */
const ROUNDS = 8;
const WORK_MS = 1_500;

async function withRun(settings: Readonly<Record<string, unknown>>, body: (run: CrashRun) => Promise<void>) {
  const run = new CrashRun(SEED, settings);
  try {
    await run.start();
    await body(run);
  } finally {
    await run.stop();
  }
}

/** The data files of the test's tables, by the folder of their table. */
function dataFiles(directory: string): ReadonlyMap<string, readonly string[]> {
  const keyspace = join(directory, 'node', 'data', 'durability');
  const tables = readdirSync(keyspace).map((table) => {
    const files = readdirSync(join(keyspace, table)).filter((file) => file.endsWith('-Data.db'));
    return [table, files] as const;
  });
  return new Map(tables);
}

test(
  `nothing acknowledged is lost and nothing else appears over SIGKILLs (CETO_SEED=${SEED})`,
  {
    timeout: 240_000,
  },
  () =>
    withRun({}, async (run) => {
      while (run.report.rounds < ROUNDS) await run.round();
      expect(run.report.statements).toBeGreaterThan(ROUNDS);
      expect(run.report.reads).toBeGreaterThan(ROUNDS);
    }),
);

test('a major compaction leaves one file a shard and the same content', { timeout: 60_000 }, () =>
  withRun({}, async (run) => {
    for (let flushes = 0; flushes < 4; flushes++) {
      await run.work(WORK_MS / 4);
      await run.operate('flush');
    }
    await run.operate('compact');
    // What was compacted is unlinked beside the shards' work.
    await expect
      .poll(() => Math.max(...[...dataFiles(run.directory).values()].map((files) => files.length)), { timeout: 10_000 })
      .toBeLessThanOrEqual(run.shardCount);
    expect(dataFiles(run.directory).size).toBe(5);
    await run.verify();
  }),
);

test.each(['periodic', 'batch', 'group'])(
  'commitlog_sync: %s serves and a drained stop keeps all',
  {
    timeout: 60_000,
  },
  (sync) =>
    withRun({ commitlog_sync: sync }, async (run) => {
      await run.work(WORK_MS);
      expect(run.report.statements).toBeGreaterThan(0);
      await run.restart();
      await run.verify();
    }),
);

test.each(['io_uring', 'aio'])('--io %s serves what it flushed', { timeout: 60_000 }, (io) =>
  withRun({}, async (run) => {
    await run.restart(['--io', io]);
    await run.work(WORK_MS);
    await run.operate('flush');
    await run.verify();
  }),
);
