import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { DiskNews } from '../../storage/shard-port.ts';
import type { Settings } from '../config/settings.ts';
import { DiskGuard } from './disk-guard.ts';

const NONE = { count: 0n, last: '' };
const QUIET: DiskNews = {
  version: 1n,
  readOnly: false,
  reason: '',
  commitlog: NONE,
  data: NONE,
  corrupt: NONE,
  notices: [],
  toArchive: [],
};

/** What the guard does at news of one shard, the first of which is always quiet. */
async function actions(
  policies: Pick<Settings, 'disk_failure_policy' | 'commit_failure_policy'>,
  ...news: Partial<DiskNews>[]
): Promise<string[]> {
  const done: string[] = [];
  const all = [QUIET, ...news.map((each, i) => ({ ...QUIET, version: BigInt(i + 2), ...each }))];
  const guard = new DiskGuard({
    port: {
      shardCount: 1,
      watchDisk: (_shard, version) => {
        const next = all.find((each) => each.version > version);
        return next === undefined ? new Promise(() => {}) : Promise.resolve(next);
      },
    },
    policies,
    archiver: null,
    log: pino({ level: 'silent' }),
    stopTransports: async () => void done.push('stop'),
    die: (error) => void done.push(error.message),
  });
  guard.start();
  await new Promise((resolve) => setImmediate(resolve));
  guard.stop();
  return done;
}

const failed = (last: string) => ({ count: 1n, last });

test.each([
  ['die', ['disk_failure_policy is die: EIO'], ['disk_failure_policy is die: crc']],
  ['stop_paranoid', ['stop'], ['stop']],
  ['stop', ['stop'], []],
  ['best_effort', [], []],
  ['ignore', [], []],
] as const)('disk_failure_policy %s', async (policy, onFailure, onCorruption) => {
  const policies = { disk_failure_policy: policy, commit_failure_policy: 'ignore' } as const;
  expect(await actions(policies, { data: failed('EIO') })).toEqual(onFailure);
  expect(await actions(policies, { corrupt: failed('crc') })).toEqual(onCorruption);
  expect(await actions(policies, { commitlog: failed('EIO') })).toEqual([]);
});

test.each([
  ['die', ['commit_failure_policy is die: EIO']],
  ['stop', ['stop']],
  ['stop_commit', []],
  ['ignore', []],
] as const)('commit_failure_policy %s', async (policy, onFailure) => {
  const policies = { disk_failure_policy: 'ignore', commit_failure_policy: policy } as const;
  expect(await actions(policies, { commitlog: failed('EIO') })).toEqual(onFailure);
  expect(await actions(policies, { data: failed('EIO') })).toEqual([]);
});

test('a full disk is no failure but for die, and transports stop once', async () => {
  const full = { readOnly: true, reason: 'No space left on device' };
  expect(await actions({ disk_failure_policy: 'stop', commit_failure_policy: 'stop' }, full)).toEqual([]);
  expect(await actions({ disk_failure_policy: 'stop', commit_failure_policy: 'die' }, full)).toEqual([
    'commit_failure_policy is die: No space left on device',
  ]);
  expect(
    await actions(
      { disk_failure_policy: 'stop', commit_failure_policy: 'stop' },
      { data: failed('one') },
      { data: { count: 2n, last: 'two' } },
    ),
  ).toEqual(['stop']);
});
