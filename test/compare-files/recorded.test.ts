/** Without Java: files that Cassandra wrote for random operations, and what it answered from them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCeto, startCeto } from '../server/start-ceto.ts';
import { answerOf, answerText, digestOf, withConnection } from './answers.ts';
import { restartWith } from './file-sets.ts';
import { type Recording, readRecording, recordedKeyspaces, recordedSets } from './recording.ts';

const TIMEOUT_MS = 180_000;

describe('Ceto answers from files of Cassandra as Cassandra did', () => {
  const recordings = recordedKeyspaces().map((keyspace) => [keyspace, readRecording(keyspace)] as const);
  let ceto: RunningCeto;
  beforeAll(async () => {
    ceto = await startCeto();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await ceto.stop();
  });

  async function differing({ queries, nowInSeconds }: Recording): Promise<string[]> {
    return withConnection(ceto, async (connection) => {
      const found: string[] = [];
      for (const query of queries) {
        const got = digestOf(await answerOf(connection, query, nowInSeconds));
        if (got !== query.answer) found.push(`${query.cql}\n  Cassandra: ${query.answer}\n  Ceto: ${got}`);
      }
      return found;
    });
  }

  it.each(recordings)('of %s', { timeout: TIMEOUT_MS }, async (keyspace, recording) => {
    await withConnection(ceto, async (connection) => {
      for (const statement of recording.statements) {
        expect(answerText(await connection.query(statement)), statement).toBe('schema-change');
      }
    });
    await restartWith(ceto, keyspace, recordedSets(keyspace));
    expect(recording.queries.length).toBeGreaterThan(0);
    expect((await differing(recording)).join('\n')).toBe('');
  });
});
