import type { TokenRelation } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { TableMetadata } from '../schema/index.ts';
import { native } from '../types/index.ts';
import type { AnalysisContext } from './context.ts';
import { resolveColumn } from './names.ts';
import { isSliceOperator, sliceBounds, unsupportedNotEqual } from './relations.ts';
import type { SliceBound } from './restriction.ts';

/** `token(k) > x AND token(k) <= y`; `=` is a range of one token. */
export interface TokenRange {
  readonly equal: boolean;
  readonly lower: SliceBound | null;
  readonly upper: SliceBound | null;
}

/** Adds a relation on the token to those before it (`TokenRelation`, `TokenRestriction`). */
export function addTokenRelation(
  context: AnalysisContext,
  table: TableMetadata,
  existing: TokenRange | null,
  relation: TokenRelation,
): TokenRange {
  if (relation.operator === '!=') throw unsupportedNotEqual(relation);
  checkArguments(table, relation.columns);
  const receiver = {
    keyspace: table.keyspace,
    table: table.name,
    name: 'partition key token',
    type: native('bigint'),
  };
  const terms = [context.prepareTerm(relation.value, receiver)];
  const added: TokenRange = isSliceOperator(relation.operator)
    ? { equal: false, ...sliceBounds(relation.operator, terms) }
    : { equal: true, lower: { terms, inclusive: true }, upper: { terms, inclusive: true } };
  return existing === null ? added : merge(table, existing, added);
}

function checkArguments(table: TableMetadata, names: readonly string[]): void {
  const columns = names.map((name) => resolveColumn(table, name));
  const key = table.partitionKey;
  const same = columns.length === key.length && columns.every((column, i) => column === key[i]);
  if (same) return;
  if (!key.every((column) => columns.includes(column))) {
    throw invalidRequest('The token() function must be applied to all partition key components or none of them');
  }
  if (new Set(columns).size !== columns.length) {
    throw invalidRequest('The token() function contains duplicate partition key components');
  }
  if (columns.some((column) => column.kind !== 'partition_key')) {
    throw invalidRequest('The token() function must contains only partition key components');
  }
  const order = key.map((column) => column.name).join(', ');
  throw invalidRequest(`The token function arguments must be in the partition key order: ${order}`);
}

function merge(table: TableMetadata, existing: TokenRange, added: TokenRange): TokenRange {
  const columns = table.partitionKey.map((column) => column.name).join(', ');
  if (existing.equal) {
    throw invalidRequest(`${columns} cannot be restricted by more than one relation if it includes an Equal`);
  }
  if (added.equal) {
    throw invalidRequest(`Columns "${columns}" cannot be restricted by both an equality and an inequality relation`);
  }
  if (existing.lower !== null && added.lower !== null) {
    throw invalidRequest(`More than one restriction was found for the start bound on ${columns}`);
  }
  if (existing.upper !== null && added.upper !== null) {
    throw invalidRequest(`More than one restriction was found for the end bound on ${columns}`);
  }
  return { equal: false, lower: existing.lower ?? added.lower, upper: existing.upper ?? added.upper };
}
