/** CREATE, ALTER and DROP KEYSPACE. */

import type { AlterKeyspace, CreateKeyspace, DropKeyspace } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseIfExists, parseIfNotExists } from './list-parser.ts';
import { parseKeyspaceName } from './name-parser.ts';
import { parseProperties } from './property-parser.ts';

/** Each of these begins after the keyword KEYSPACE. */
export function parseCreateKeyspace(cursor: Cursor): CreateKeyspace {
  const ifNotExists = parseIfNotExists(cursor);
  const keyspace = parseKeyspaceName(cursor);
  cursor.expect(Token.K_WITH);
  return { kind: 'CreateKeyspace', keyspace, ifNotExists, properties: parseProperties(cursor) };
}

export function parseAlterKeyspace(cursor: Cursor): AlterKeyspace {
  const ifExists = parseIfExists(cursor);
  const keyspace = parseKeyspaceName(cursor);
  cursor.expect(Token.K_WITH);
  return { kind: 'AlterKeyspace', keyspace, ifExists, properties: parseProperties(cursor) };
}

export function parseDropKeyspace(cursor: Cursor): DropKeyspace {
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropKeyspace', keyspace: parseKeyspaceName(cursor), ifExists };
}
