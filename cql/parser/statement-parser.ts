/** Finds the family of a statement by its first words (grammar rule `cqlStatement`). */

import type { Statement, Truncate, Use } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseDescribe } from './describe-parser.ts';
import {
  parseCreateAggregate,
  parseCreateFunction,
  parseCreateTrigger,
  parseDropAggregate,
  parseDropFunction,
  parseDropTrigger,
} from './function-parser.ts';
import { parseCreateIndex, parseDropIndex } from './index-parser.ts';
import { parseAlterKeyspace, parseCreateKeyspace, parseDropKeyspace } from './keyspace-parser.ts';
import { parseBatch, parseDelete, parseInsert, parseUpdate } from './modification-parser.ts';
import { parseKeyspaceName, parseTableName } from './name-parser.ts';
import { parseGrant, parseList, parseRevoke } from './permission-parser.ts';
import {
  parseAddIdentity,
  parseAlterRole,
  parseAlterUser,
  parseCreateRole,
  parseCreateUser,
  parseDropIdentity,
  parseDropRole,
  parseDropUser,
} from './role-parser.ts';
import { parseSelect } from './select-parser.ts';
import { parseAlterTable, parseCreateTable, parseDropTable } from './table-parser.ts';
import { parseAlterType, parseCreateType, parseDropType } from './user-type-parser.ts';
import { parseAlterView, parseCreateView, parseDropView } from './view-parser.ts';

type StatementParser = (cursor: Cursor) => Statement;

/** By the first word, which is taken before the parser begins. */
const STATEMENTS = new Map<number, StatementParser>([
  [Token.K_SELECT, parseSelect],
  [Token.K_INSERT, parseInsert],
  [Token.K_UPDATE, parseUpdate],
  [Token.K_BEGIN, parseBatch],
  [Token.K_DELETE, parseDelete],
  [Token.K_USE, parseUse],
  [Token.K_TRUNCATE, parseTruncate],
  [Token.K_CREATE, parseCreate],
  [Token.K_ALTER, (cursor) => parseByNoun(cursor, ALTERATIONS)],
  [Token.K_DROP, (cursor) => parseByNoun(cursor, DROPS)],
  [Token.K_GRANT, parseGrant],
  [Token.K_REVOKE, parseRevoke],
  [Token.K_LIST, parseList],
  [Token.K_ADD, parseAddIdentity],
  [Token.K_DESCRIBE, parseDescribe],
  [Token.K_DESC, parseDescribe],
]);

/** By the word after CREATE, taken too. */
const CREATIONS = new Map<number, StatementParser>([
  [Token.K_KEYSPACE, parseCreateKeyspace],
  [Token.K_COLUMNFAMILY, parseCreateTable],
  [Token.K_TYPE, parseCreateType],
  [Token.K_INDEX, (cursor) => parseCreateIndex(cursor, false)],
  [Token.K_CUSTOM, parseCreateCustomIndex],
  [Token.K_MATERIALIZED, parseCreateView],
  [Token.K_FUNCTION, (cursor) => parseCreateFunction(cursor, false)],
  [Token.K_AGGREGATE, (cursor) => parseCreateAggregate(cursor, false)],
  [Token.K_TRIGGER, parseCreateTrigger],
  [Token.K_ROLE, parseCreateRole],
  [Token.K_USER, parseCreateUser],
]);

const ALTERATIONS = new Map<number, StatementParser>([
  [Token.K_KEYSPACE, parseAlterKeyspace],
  [Token.K_COLUMNFAMILY, parseAlterTable],
  [Token.K_TYPE, parseAlterType],
  [Token.K_MATERIALIZED, parseAlterView],
  [Token.K_ROLE, parseAlterRole],
  [Token.K_USER, parseAlterUser],
]);

const DROPS = new Map<number, StatementParser>([
  [Token.K_KEYSPACE, parseDropKeyspace],
  [Token.K_COLUMNFAMILY, parseDropTable],
  [Token.K_TYPE, parseDropType],
  [Token.K_INDEX, parseDropIndex],
  [Token.K_MATERIALIZED, parseDropView],
  [Token.K_FUNCTION, parseDropFunction],
  [Token.K_AGGREGATE, parseDropAggregate],
  [Token.K_TRIGGER, parseDropTrigger],
  [Token.K_ROLE, parseDropRole],
  [Token.K_USER, parseDropUser],
  [Token.K_IDENTITY, parseDropIdentity],
]);

/** A statement with the semicolons after it, up to the end. */
export function parseStatement(cursor: Cursor): Statement {
  const parse = STATEMENTS.get(cursor.kind);
  if (parse === undefined) return cursor.noViable();
  cursor.advance();
  const statement = parse(cursor);
  while (cursor.accept(Token.SEMICOLON));
  cursor.expect(Token.EOF);
  return statement;
}

/** The whole beginning of a statement is one decision, which an error marks at its first word. */
function noStatement(cursor: Cursor, distanceFromFirst: number): never {
  cursor.position = 0;
  return cursor.noViable(distanceFromFirst);
}

function parseByNoun(cursor: Cursor, nouns: ReadonlyMap<number, StatementParser>): Statement {
  const parse = nouns.get(cursor.kind);
  if (parse === undefined) return noStatement(cursor, 1);
  cursor.advance();
  return parse(cursor);
}

function parseCreate(cursor: Cursor): Statement {
  return cursor.accept(Token.K_OR) ? parseCreateOrReplace(cursor) : parseByNoun(cursor, CREATIONS);
}

function parseCreateOrReplace(cursor: Cursor): Statement {
  if (!cursor.accept(Token.K_REPLACE)) noStatement(cursor, 2);
  if (cursor.accept(Token.K_FUNCTION)) return parseCreateFunction(cursor, true);
  if (cursor.accept(Token.K_AGGREGATE)) return parseCreateAggregate(cursor, true);
  return noStatement(cursor, 3);
}

function parseCreateCustomIndex(cursor: Cursor): Statement {
  cursor.expect(Token.K_INDEX);
  return parseCreateIndex(cursor, true);
}

function parseUse(cursor: Cursor): Use {
  return { kind: 'Use', keyspace: parseKeyspaceName(cursor) };
}

function parseTruncate(cursor: Cursor): Truncate {
  cursor.accept(Token.K_COLUMNFAMILY);
  return { kind: 'Truncate', table: parseTableName(cursor) };
}
