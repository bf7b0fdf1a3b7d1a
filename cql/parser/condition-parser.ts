/** IF clauses of UPDATE and DELETE (grammar rule `updateConditions`). */

import type { Condition, ConditionTarget } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseColumnName, parseIdentifier } from './name-parser.ts';
import { acceptContainsKey, parseComparison, parseInValues } from './relation-parser.ts';
import { parseTerm } from './term-parser.ts';
import { COLUMN_IDENTIFIERS, COMPARISONS } from './token-set.ts';

export interface Conditions {
  readonly conditions: readonly Condition[];
  readonly ifExists: boolean;
}

/** `IF EXISTS` or `IF …`, if it is there. */
export function parseOptionalConditions(cursor: Cursor): Conditions {
  if (!cursor.accept(Token.K_IF)) return { conditions: [], ifExists: false };
  if (acceptExists(cursor)) return { conditions: [], ifExists: true };
  const conditions: Condition[] = [];
  do conditions.push(parseCondition(cursor));
  while (cursor.accept(Token.K_AND));
  return { conditions, ifExists: false };
}

/** EXISTS, unless it is a column's name. */
function acceptExists(cursor: Cursor): boolean {
  if (cursor.kind !== Token.K_EXISTS) {
    if (COLUMN_IDENTIFIERS[cursor.kind] !== 1) cursor.noViable();
    return false;
  }
  const next = cursor.peek(1);
  const isColumn =
    COMPARISONS[next] === 1 ||
    next === Token.K_IN ||
    next === Token.K_CONTAINS ||
    next === Token.LEFT_BRACKET ||
    next === Token.DOT;
  return !isColumn && cursor.accept(Token.K_EXISTS);
}

function parseCondition(cursor: Cursor): Condition {
  const column = parseColumnName(cursor);
  if (cursor.accept(Token.K_CONTAINS)) {
    const operator = acceptContainsKey(cursor) ? 'CONTAINS KEY' : 'CONTAINS';
    const target: ConditionTarget = { column, element: null, field: null };
    return { kind: 'ComparisonCondition', target, operator, value: parseTerm(cursor) };
  }
  const target = parseTarget(cursor, column);
  if (cursor.accept(Token.K_IN)) {
    if (cursor.kind !== Token.LEFT_PAREN && cursor.kind !== Token.QMARK && cursor.kind !== Token.COLON) {
      cursor.noViable();
    }
    return { kind: 'InCondition', target, values: parseInValues(cursor) };
  }
  const operator = parseComparison(cursor);
  return { kind: 'ComparisonCondition', target, operator, value: parseTerm(cursor) };
}

function parseTarget(cursor: Cursor, column: string): ConditionTarget {
  if (cursor.accept(Token.LEFT_BRACKET)) {
    const element = parseTerm(cursor);
    cursor.expect(Token.RIGHT_BRACKET);
    return { column, element, field: null };
  }
  const field = cursor.accept(Token.DOT) ? parseIdentifier(cursor) : null;
  return { column, element: null, field };
}
