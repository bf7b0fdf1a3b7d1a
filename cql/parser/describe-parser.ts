/** DESCRIBE (grammar rule `describeStatement`). */

import type { Describe, DescribeTarget, QualifiedName } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import {
  parseFunctionName,
  parseIdentifier,
  parseKeyspaceName,
  parseTableName,
  parseUserTypeName,
} from './name-parser.ts';
import { IDENTIFIERS, QUALIFIED_IDENTIFIERS } from './token-set.ts';

/** After DESCRIBE or DESC. */
export function parseDescribe(cursor: Cursor): Describe {
  const target = parseTarget(cursor);
  const withInternals = cursor.accept(Token.K_WITH);
  if (withInternals) cursor.expect(Token.K_INTERNALS);
  return { kind: 'Describe', target, withInternals };
}

/** Keywords that stand for all of a kind of thing. They are that even where a name of theirs would do. */
const PLURALS = new Map<number, 'Cluster' | 'Keyspaces' | 'Tables' | 'Types' | 'Functions' | 'Aggregates'>([
  [Token.K_CLUSTER, 'Cluster'],
  [Token.K_KEYSPACES, 'Keyspaces'],
  [Token.K_TABLES, 'Tables'],
  [Token.K_TYPES, 'Types'],
  [Token.K_FUNCTIONS, 'Functions'],
  [Token.K_AGGREGATES, 'Aggregates'],
]);

function parseTarget(cursor: Cursor): DescribeTarget {
  const { kind } = cursor;
  const plural = PLURALS.get(kind);
  if (plural !== undefined) {
    cursor.peek(2);
    cursor.advance();
    return { kind: plural };
  }
  switch (kind) {
    case Token.K_FULL:
    case Token.K_SCHEMA: {
      const full = cursor.accept(Token.K_FULL);
      cursor.expect(Token.K_SCHEMA);
      return { kind: 'Schema', full };
    }
    case Token.K_ONLY:
      if (cursor.peek(1) === Token.K_KEYSPACE) return parseKeyspace(cursor);
      return parseGeneric(cursor);
    case Token.K_KEYSPACE:
      return parseKeyspace(cursor);
    case Token.K_COLUMNFAMILY:
      cursor.advance();
      return { kind: 'Table', name: parseTableName(cursor) };
    case Token.K_INDEX:
      cursor.advance();
      return { kind: 'Index', name: parseTableName(cursor) };
    case Token.K_MATERIALIZED:
      cursor.advance();
      cursor.expect(Token.K_VIEW);
      return { kind: 'MaterializedView', name: parseTableName(cursor) };
    default:
      return parseNamed(cursor);
  }
}

/** TYPE, FUNCTION and AGGREGATE with a name; the words alone are names themselves. */
function parseNamed(cursor: Cursor): DescribeTarget {
  const nameFollows = (): boolean => {
    const next = cursor.peek(1);
    return QUALIFIED_IDENTIFIERS[next] === 1 || next === Token.K_TOKEN;
  };
  switch (cursor.kind) {
    case Token.K_TYPE:
      if (!nameFollows()) break;
      cursor.advance();
      return { kind: 'Type', name: parseUserTypeName(cursor) };
    case Token.K_FUNCTION:
      if (!nameFollows()) break;
      cursor.advance();
      return { kind: 'Function', name: parseFunctionName(cursor) };
    case Token.K_AGGREGATE:
      if (!nameFollows()) break;
      cursor.advance();
      return { kind: 'Aggregate', name: parseFunctionName(cursor) };
  }
  return parseGeneric(cursor);
}

function parseKeyspace(cursor: Cursor): DescribeTarget {
  const only = cursor.accept(Token.K_ONLY);
  cursor.expect(Token.K_KEYSPACE);
  const keyspace = QUALIFIED_IDENTIFIERS[cursor.kind] === 1 ? parseKeyspaceName(cursor) : null;
  return { kind: 'Keyspace', keyspace, only };
}

function parseGeneric(cursor: Cursor): DescribeTarget {
  if (IDENTIFIERS[cursor.kind] !== 1) cursor.noViable();
  return { kind: 'Generic', name: parseGenericName(cursor) };
}

function parseGenericName(cursor: Cursor): QualifiedName {
  const next = cursor.peek(1);
  if (next !== Token.DOT) {
    if (next !== Token.EOF && next !== Token.SEMICOLON && next !== Token.K_WITH) cursor.noViable(1);
    return { keyspace: null, name: parseIdentifier(cursor) };
  }
  const keyspace = parseIdentifier(cursor);
  cursor.advance();
  return { keyspace, name: parseIdentifier(cursor) };
}
