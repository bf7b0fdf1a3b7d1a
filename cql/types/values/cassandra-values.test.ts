import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CqlError } from '../../errors/index.ts';
import { cqlName, fixedLength, marshalName, parseMarshalName } from '../index.ts';
import { fromHex, toHex } from './bytes.ts';
import { compareValues, validateValue, valueFromText, valueLiteral, valueText } from './value.ts';

/** Recorded from Cassandra 5.0.6's own marshal classes: operation, type, arguments, `=>`, answer (`!` and words for an error). */
const GOLDEN = new URL('../testdata/cassandra-values.tsv', import.meta.url);

interface Case {
  readonly operation: string;
  readonly type: string;
  readonly args: readonly string[];
  readonly answer: string;
}

const cases: Case[] = readFileSync(GOLDEN, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [question = '', answer = ''] = line.split('\t=>\t');
    const [operation = '', type = '', ...args] = question.split('\t');
    return { operation, type, args, answer };
  });

/**
 * Answers that differ on purpose: Cassandra's defects in printing values that it does not validate, Java exceptions that
 * are no answer, zone names whose meaning depends on the JVM's locale data.
 */
function isMeantToDiffer({ operation, answer, args, type }: Case): boolean {
  if (/^!(IndexOutOfBounds|AssertionError|NumberFormat|Arithmetic)/.test(answer)) return true;
  if (operation === 'lit' && !isValid(type, args[0] ?? '')) return true;
  // Cassandra takes halves of surrogate pairs for UTF-8; no decoder of ours does.
  if (args[0] === 'eda080') return true;
  if (/ (IST|BST)$/.test(args[0] ?? '')) return true;
  return operation === 'lit' && type === 'TimeType' && /^(f|00004e94914f)/.test(args[0] ?? '');
}

function isValid(type: string, hex: string): boolean {
  return answerOf({ operation: 'val', type, args: [hex], answer: '' }) === 'ok';
}

const bytes = (hex: string | undefined): Uint8Array => fromHex(hex ?? '') as Uint8Array;

function answerOf({ operation, type: name, args }: Case): string {
  const type = parseMarshalName(name);
  try {
    switch (operation) {
      case 'from':
        return toHex(valueFromText(type, args[0] ?? ''));
      case 'lit':
        return `${valueLiteral(type, bytes(args[0]))}\t${valueText(type, bytes(args[0]))}`;
      case 'val':
        validateValue(type, bytes(args[0]));
        return 'ok';
      case 'cmp':
        return String(Math.sign(compareValues(type, bytes(args[0]), bytes(args[1]))) + 0);
      case 'name':
        return `${cqlName(type)}\t${marshalName(type)}\t${fixedLength(type)}`;
      default:
        throw new Error(`unknown operation ${operation}`);
    }
  } catch (error) {
    if (error instanceof CqlError) return `!${error.message}`;
    throw error;
  }
}

describe('values behave as Cassandra 5.0.6 recorded them', () => {
  test.each(['from', 'lit', 'val', 'cmp', 'name'])('%s', (operation) => {
    const chosen = cases.filter((one) => one.operation === operation && !isMeantToDiffer(one));
    expect(chosen.length).toBeGreaterThan(30);
    const shown = (one: Case, answer: string): string => `${one.type} ${one.args.join(' ')} => ${answer}`;
    const expected = chosen.map((one) => shown(one, one.answer.replace(/^!\w+: /, '!')));
    expect(chosen.map((one) => shown(one, answerOf(one)))).toEqual(expected);
  });
});
