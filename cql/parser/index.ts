/** Reads CQL text into its syntax tree. */

import type { CqlType, Statement } from '../ast/index.ts';
import { Token, tokenize } from '../lexer/index.ts';
import { Cursor } from './cursor.ts';
import { checkFloatLiterals } from './float-literals.ts';
import { parseStatement } from './statement-parser.ts';
import { parseCqlType } from './type-parser.ts';

export { splitStatements } from './split-statements.ts';
export { CqlSyntaxError } from './syntax-error.ts';

export interface ParsedStatement {
  readonly statement: Statement;
  /** By index: the name of each bind marker, null for `?`. */
  readonly bindMarkers: readonly (string | null)[];
}

/** @throws CqlSyntaxError with Cassandra's message (protocol error 0x2000) */
export function parse(text: string): ParsedStatement {
  const cursor = new Cursor(tokenize(text));
  const statement = parseStatement(cursor);
  checkFloatLiterals(cursor.tokens);
  return { statement, bindMarkers: cursor.bindMarkers };
}

/**
 * A type as written in CQL, e.g. `frozen<map<text, ks.address>>`.
 *
 * @throws CqlSyntaxError
 */
export function parseType(text: string): CqlType {
  const cursor = new Cursor(tokenize(text));
  const type = parseCqlType(cursor);
  cursor.expect(Token.EOF);
  return type;
}
