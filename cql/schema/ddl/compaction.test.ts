import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { prepareCompaction, validateCompaction } from './compaction.ts';

/** Options, and what Cassandra 5.0.6 says to them (CompactionParams.fromMap and validate); null: nothing. */
const answers = JSON.parse(readFileSync(new URL('compaction-answers.json', import.meta.url), 'utf8')) as [
  Record<string, string>,
  string | null,
][];

function answerTo(options: Record<string, string>): string | null {
  try {
    validateCompaction(prepareCompaction(new Map(Object.entries(options))));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

test('compaction options are refused in the words of Cassandra, or taken as it takes them', () => {
  expect(answers.length).toBeGreaterThan(100);
  for (const [options, answer] of answers) expect([options, answerTo(options)]).toEqual([options, answer]);
});

test('sizes come with three places and a binary prefix in messages', () => {
  expect(
    answerTo({ class: 'UnifiedCompactionStrategy', target_sstable_size: '2MiB', min_sstable_size: '1.9 MiB' }),
  ).toBe(
    'Invalid configuration, min_sstable_size (1.900MiB) should be less than 70% of the targetSSTableSize (2.000MiB)',
  );
});
