/** CREATE, ALTER and DROP TYPE. */

import type { AlterType, CreateType, DropType, TypeAlteration, TypeField } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseIfExists, parseIfNotExists } from './list-parser.ts';
import { parseIdentifier, parseUserTypeName } from './name-parser.ts';
import { parseRenames } from './table-parser.ts';
import { IDENTIFIERS } from './token-set.ts';
import { parseCqlType } from './type-parser.ts';

/** Each of these begins after the keyword TYPE. */
export function parseCreateType(cursor: Cursor): CreateType {
  const ifNotExists = parseIfNotExists(cursor);
  const type = parseUserTypeName(cursor);
  cursor.expect(Token.LEFT_PAREN);
  const fields = [parseField(cursor)];
  while (cursor.accept(Token.COMMA)) {
    if (IDENTIFIERS[cursor.kind] === 1) fields.push(parseField(cursor));
  }
  cursor.expect(Token.RIGHT_PAREN);
  return { kind: 'CreateType', type, ifNotExists, fields };
}

function parseField(cursor: Cursor): TypeField {
  const name = parseIdentifier(cursor);
  return { name, type: parseCqlType(cursor) };
}

export function parseAlterType(cursor: Cursor): AlterType {
  const ifExists = parseIfExists(cursor);
  const type = parseUserTypeName(cursor);
  return { kind: 'AlterType', type, ifExists, alteration: parseAlteration(cursor) };
}

function parseAlteration(cursor: Cursor): TypeAlteration {
  if (cursor.accept(Token.K_ALTER)) {
    const field = parseIdentifier(cursor);
    cursor.expect(Token.K_TYPE);
    return { kind: 'AlterFieldType', field, type: parseCqlType(cursor) };
  }
  if (cursor.accept(Token.K_ADD)) {
    const ifNotExists = parseIfNotExists(cursor);
    return { kind: 'AddField', field: parseField(cursor), ifNotExists };
  }
  if (!cursor.accept(Token.K_RENAME)) cursor.noViable();
  const ifExists = parseIfExists(cursor);
  return { kind: 'RenameFields', renames: parseRenames(cursor), ifExists };
}

export function parseDropType(cursor: Cursor): DropType {
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropType', type: parseUserTypeName(cursor), ifExists };
}
