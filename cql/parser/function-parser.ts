/** CREATE and DROP of functions, aggregates and triggers. */

import type {
  CqlType,
  CreateAggregate,
  CreateFunction,
  CreateTrigger,
  DropAggregate,
  DropFunction,
  DropTrigger,
  FunctionArgument,
  QualifiedName,
} from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList, parseIfExists, parseIfNotExists } from './list-parser.ts';
import { parseFunctionName, parseIdentifier, parseSimpleFunctionName, parseTableName } from './name-parser.ts';
import { parseTerm } from './term-parser.ts';
import { IDENTIFIERS, tokenSet } from './token-set.ts';
import { parseCqlType } from './type-parser.ts';

const TYPE_STARTS = tokenSet(['K_SET', 'STRING_LITERAL'], IDENTIFIERS);

/** `(type, type)`, which may be empty. */
export function parseArgumentTypes(cursor: Cursor): CqlType[] {
  cursor.expect(Token.LEFT_PAREN);
  const types = TYPE_STARTS[cursor.kind] === 1 ? parseCommaList(cursor, parseCqlType) : [];
  cursor.expect(Token.RIGHT_PAREN);
  return types;
}

function parseArgument(cursor: Cursor): FunctionArgument {
  const name = parseIdentifier(cursor);
  return { name, type: parseCqlType(cursor) };
}

/** After CREATE [OR REPLACE] FUNCTION. */
export function parseCreateFunction(cursor: Cursor, orReplace: boolean): CreateFunction {
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseFunctionName(cursor);
  cursor.expect(Token.LEFT_PAREN);
  const args = IDENTIFIERS[cursor.kind] === 1 ? parseCommaList(cursor, parseArgument) : [];
  cursor.expect(Token.RIGHT_PAREN);
  const calledOnNullInput = parseNullInput(cursor);
  cursor.expect(Token.K_RETURNS);
  const returnType = parseCqlType(cursor);
  cursor.expect(Token.K_LANGUAGE);
  const language = cursor.expectText(Token.IDENT).toLowerCase();
  cursor.expect(Token.K_AS);
  const body = cursor.expectText(Token.STRING_LITERAL);
  return {
    kind: 'CreateFunction',
    function: name,
    orReplace,
    ifNotExists,
    args,
    calledOnNullInput,
    returnType,
    language,
    body,
  };
}

/** `CALLED ON NULL INPUT` or `RETURNS NULL ON NULL INPUT`. */
function parseNullInput(cursor: Cursor): boolean {
  const called = cursor.accept(Token.K_CALLED);
  if (!called) {
    if (!cursor.accept(Token.K_RETURNS)) cursor.noViable();
    cursor.expect(Token.K_NULL);
  }
  cursor.expect(Token.K_ON);
  cursor.expect(Token.K_NULL);
  cursor.expect(Token.K_INPUT);
  return called;
}

/** After DROP FUNCTION. */
export function parseDropFunction(cursor: Cursor): DropFunction {
  const ifExists = parseIfExists(cursor);
  const name = parseFunctionName(cursor);
  return { kind: 'DropFunction', function: name, ifExists, argTypes: parseOptionalArgumentTypes(cursor) };
}

function parseOptionalArgumentTypes(cursor: Cursor): CqlType[] | null {
  return cursor.kind === Token.LEFT_PAREN ? parseArgumentTypes(cursor) : null;
}

/** After CREATE [OR REPLACE] AGGREGATE. */
export function parseCreateAggregate(cursor: Cursor, orReplace: boolean): CreateAggregate {
  const ifNotExists = parseIfNotExists(cursor);
  const aggregate = parseFunctionName(cursor);
  const argTypes = parseArgumentTypes(cursor);
  cursor.expect(Token.K_SFUNC);
  const stateFunction = parseSimpleFunctionName(cursor);
  cursor.expect(Token.K_STYPE);
  const stateType = parseCqlType(cursor);
  const finalFunction = cursor.accept(Token.K_FINALFUNC) ? parseSimpleFunctionName(cursor) : null;
  const initialCondition = cursor.accept(Token.K_INITCOND) ? parseTerm(cursor) : null;
  return {
    kind: 'CreateAggregate',
    aggregate,
    orReplace,
    ifNotExists,
    argTypes,
    stateFunction,
    stateType,
    finalFunction,
    initialCondition,
  };
}

/** After DROP AGGREGATE. */
export function parseDropAggregate(cursor: Cursor): DropAggregate {
  const ifExists = parseIfExists(cursor);
  const aggregate = parseFunctionName(cursor);
  return { kind: 'DropAggregate', aggregate, ifExists, argTypes: parseOptionalArgumentTypes(cursor) };
}

/**
 * Cassandra reads on without a name that is missing and fails over its absence when it comes to the end of the rule;
 * that is its message then. `readsOn` tells whether it comes there.
 */
function parseTriggerName(cursor: Cursor, readsOn: (cursor: Cursor) => boolean): string {
  if (IDENTIFIERS[cursor.kind] === 1) return parseIdentifier(cursor);
  if (cursor.kind !== Token.K_ON || !readsOn(cursor)) cursor.noViable();
  return cursor.fail(
    `Failed parsing statement: [${cursor.tokens.text}] reason: NullPointerException ` +
      'Cannot invoke "org.apache.cassandra.cql3.ColumnIdentifier.toString()" because "name" is null',
  );
}

interface CreatedOn {
  readonly table: QualifiedName;
  readonly className: string;
}

/** `ON table USING 'class'`. */
function parseCreatedOn(cursor: Cursor): CreatedOn {
  cursor.expect(Token.K_ON);
  const table = parseTableName(cursor);
  cursor.expect(Token.K_USING);
  return { table, className: cursor.expectText(Token.STRING_LITERAL) };
}

/** After CREATE TRIGGER. */
export function parseCreateTrigger(cursor: Cursor): CreateTrigger {
  const ifNotExists = parseIfNotExists(cursor);
  const trigger = parseTriggerName(cursor, () => cursor.couldParse(parseCreatedOn));
  return { kind: 'CreateTrigger', trigger, ...parseCreatedOn(cursor), ifNotExists };
}

/** After DROP TRIGGER. */
export function parseDropTrigger(cursor: Cursor): DropTrigger {
  const ifExists = parseIfExists(cursor);
  const trigger = parseTriggerName(cursor, () => true);
  cursor.expect(Token.K_ON);
  return { kind: 'DropTrigger', trigger, table: parseTableName(cursor), ifExists };
}
