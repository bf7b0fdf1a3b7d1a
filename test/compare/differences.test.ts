import { describe, expect, it } from 'vitest';
import type { WarnedAnswer } from './answer.ts';
import { type Declarations, differencesOf, judge, staleDeclarations } from './differences.ts';
import { parseScript } from './script.ts';

const script = parseScript('s', 'SELECT 1;\nSELECT 2;\n');
const none: Declarations = { statements: [], warnings: [] };
const rows = (value: string): WarnedAnswer => ({ kind: 'rows', columns: ['a'], pages: [[value]] });

describe('answers side by side', () => {
  it('differ by the statement', () => {
    const [difference, ...more] = differencesOf(script, [rows('1'), rows('2')], [rows('1'), rows('3')], none);
    expect(more).toEqual([]);
    expect(difference).toMatchObject({ script: 's', statement: { cql: 'SELECT 2' }, got: rows('3') });
  });

  it('differ by a warning, unless it is declared, also inside executions', () => {
    const warned = { ...rows('1'), warnings: ['advice: do not'] };
    const prepared = (execution: WarnedAnswer): WarnedAnswer => ({
      kind: 'prepared',
      variables: [],
      partitionKeyIndexes: [],
      columns: [],
      executions: [execution],
    });
    const got = [rows('1'), prepared(rows('1'))];
    expect(differencesOf(script, [warned, prepared(warned)], got, none)).toHaveLength(2);
    const declared = { ...none, warnings: [{ begins: 'advice', reason: '' }] };
    expect(differencesOf(script, [warned, prepared(warned)], got, declared)).toEqual([]);
  });

  it('are declared by script and pattern, and a declaration without a difference is stale', () => {
    const differences = differencesOf(script, [rows('1'), rows('2')], [rows('0'), rows('0')], none);
    const meant = { script: 's', cql: '^SELECT 1$', reason: 'meant' };
    const stale = { script: '*', cql: 'INSERT', reason: 'once' };
    const declarations = { ...none, statements: [meant, stale] };
    expect(judge(differences, declarations).undeclared.map(({ statement }) => statement.cql)).toEqual(['SELECT 2']);
    expect(staleDeclarations(differences, declarations)).toEqual([stale]);
  });
});
