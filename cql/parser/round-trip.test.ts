import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseType } from './index.ts';
import { batch, modification, select, type } from './testing/arbitraries.ts';
import { printBatch, printModification, printSelect, printType } from './testing/printer.ts';

/** The same tree with all markers numbered -1, as random trees have them. */
function withoutNumbers(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutNumbers);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, withoutNumbers(value)]);
  const copy: { kind?: unknown; index?: unknown } = Object.fromEntries(entries);
  if (copy.kind === 'BindMarker') copy.index = -1;
  return copy;
}

/** The indexes of all markers, as they come in the tree. */
function markerIndexes(node: unknown, found: number[] = []): number[] {
  if (typeof node === 'object' && node !== null) {
    if ('kind' in node && node.kind === 'BindMarker') found.push((node as unknown as { index: number }).index);
    else for (const child of Object.values(node)) markerIndexes(child, found);
  }
  return found;
}

function checkRoundTrip(statement: unknown, text: string): void {
  const parsed = parse(text);
  expect(withoutNumbers(parsed.statement), text).toEqual(withoutNumbers(statement));
  const indexes = markerIndexes(parsed.statement).sort((a, b) => a - b);
  expect(indexes, text).toEqual([...parsed.bindMarkers.keys()]);
}

const RUNS = { numRuns: 300 };

describe('what is written as CQL reads back as the same tree', () => {
  it('for SELECT', () => {
    fc.assert(
      fc.property(select, (statement) => checkRoundTrip(statement, printSelect(statement))),
      RUNS,
    );
  });

  it('for INSERT, UPDATE and DELETE', () => {
    fc.assert(
      fc.property(modification, (statement) => checkRoundTrip(statement, printModification(statement))),
      RUNS,
    );
  });

  it('for BATCH', () => {
    fc.assert(
      fc.property(batch, (statement) => checkRoundTrip(statement, printBatch(statement))),
      RUNS,
    );
  });

  it('for types', () => {
    fc.assert(
      fc.property(type, (tree) => {
        expect(parseType(printType(tree))).toEqual(tree);
      }),
      RUNS,
    );
  });
});
