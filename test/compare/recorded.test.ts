import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCeto, startCeto } from '../server/start-ceto.ts';
import {
  type Difference,
  differencesOf,
  differenceText,
  judge,
  readDeclarations,
  staleDeclarations,
} from './differences.ts';
import { readRecording } from './recording.ts';
import { runScript } from './run-script.ts';
import { readCorpus } from './script.ts';

const SCRIPT_TIMEOUT_MS = 120_000;
const scripts = readCorpus();
const declarations = readDeclarations();

describe('Ceto answers as Cassandra was recorded', () => {
  const differences: Difference[] = [];
  let ceto: RunningCeto;
  beforeAll(async () => {
    ceto = await startCeto();
  });
  afterAll(async () => {
    await ceto.stop();
  });

  it('over a corpus of at least a thousand statements', () => {
    expect(scripts.reduce((sum, script) => sum + script.statements.length, 0)).toBeGreaterThan(1_000);
  });

  it.each(scripts.map((script) => [script.name, script] as const))(
    'to %s',
    { timeout: SCRIPT_TIMEOUT_MS },
    async (_name, script) => {
      const found = differencesOf(script, readRecording(script), await runScript(ceto, script), declarations);
      differences.push(...found);
      expect(judge(found, declarations).undeclared.map(differenceText).join('\n\n')).toBe('');
    },
  );

  it('and every declared difference still is one', () => {
    expect(staleDeclarations(differences, declarations)).toEqual([]);
  });
});
