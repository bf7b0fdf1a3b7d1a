/** What follows WITH (grammar rules `properties` and `property`). */

import type { ClusteringOrder, Properties, PropertyValue, Term } from '../ast/index.ts';
import { termText } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseCommaList } from './list-parser.ts';
import { parseIdentifier } from './name-parser.ts';
import { parseConstant, parseMapLiteral } from './term-parser.ts';
import { CONSTANTS, IDENTIFIERS, UNRESERVED } from './token-set.ts';

/** `property (AND property)*`. */
export function parseProperties(cursor: Cursor): Properties {
  const properties = new Map<string, PropertyValue>();
  do parseProperty(cursor, properties);
  while (cursor.accept(Token.K_AND));
  return properties;
}

/** Parses one property into the map, which must not have it yet. */
export function parseProperty(cursor: Cursor, properties: Map<string, PropertyValue>): void {
  if (IDENTIFIERS[cursor.kind] !== 1) cursor.noViable();
  if (cursor.peek(1) !== Token.EQUAL) cursor.noViable(1);
  const valueKind = cursor.peek(2);
  const isMap = valueKind === Token.LEFT_BRACE;
  if (!isMap && CONSTANTS[valueKind] !== 1 && UNRESERVED[valueKind] !== 1) cursor.noViable(2);
  cursor.peek(3);
  const name = parseIdentifier(cursor);
  cursor.advance();
  const value = isMap ? parsePropertyMap(cursor) : parsePropertyValue(cursor);
  if (properties.has(name)) cursor.fail(`Multiple definitions for property '${name}'`);
  properties.set(name, value);
}

/** Rule `propertyValue`: the raw text of a constant, or a keyword. */
function parsePropertyValue(cursor: Cursor): string {
  return CONSTANTS[cursor.kind] === 1 ? parseConstant(cursor).text : cursor.name(UNRESERVED);
}

/** A map of constants. */
export function parsePropertyMap(cursor: Cursor): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const { key, value } of parseMapLiteral(cursor)) {
    if (key.kind !== 'Constant') return cursor.fail(`Invalid property name: ${unsuitable(key)}`);
    if (value.kind !== 'Constant') {
      const [text, hint] = [termText(value), hintFor(value)];
      return cursor.fail(`Invalid property value: ${text} for property: ${termText(key)}${hint}`);
    }
    if (map.has(key.text)) cursor.fail(`Multiple definition for property ${key.text}`);
    map.set(key.text, value.text);
  }
  return map;
}

function unsuitable(term: Term): string {
  return termText(term) + hintFor(term);
}

function hintFor(term: Term): string {
  return term.kind === 'BindMarker' ? ' (bind variables are not supported in DDL queries)' : '';
}

/** What WITH can say of a table or view beside its properties. */
export interface TableOptions {
  readonly properties: Properties;
  readonly clusteringOrder: readonly ClusteringOrder[];
  readonly compactStorage: boolean;
}

/** Rules `tableProperty` and `viewProperty` after an optional WITH; a view may not have COMPACT STORAGE. */
export function parseOptionalTableOptions(cursor: Cursor, of: 'table' | 'view'): TableOptions {
  const properties = new Map<string, PropertyValue>();
  const clusteringOrder: ClusteringOrder[] = [];
  let compactStorage = false;
  if (cursor.accept(Token.K_WITH)) {
    do {
      if (startsPhrase(cursor, Token.K_COMPACT, Token.K_STORAGE)) {
        cursor.advance();
        cursor.advance();
        if (of === 'view') cursor.fail('COMPACT STORAGE tables are not allowed starting with version 4.0');
        compactStorage = true;
      } else if (startsPhrase(cursor, Token.K_CLUSTERING, Token.K_ORDER)) {
        clusteringOrder.push(...parseClusteringOrder(cursor));
      } else {
        parseProperty(cursor, properties);
      }
    } while (cursor.accept(Token.K_AND));
  }
  return { properties, clusteringOrder, compactStorage };
}

/** Whether the two keywords follow; the first alone is a property's name. */
function startsPhrase(cursor: Cursor, first: number, second: number): boolean {
  return cursor.kind === first && cursor.peek(1) === second;
}

/** `CLUSTERING ORDER BY (a ASC, b DESC)`. */
function parseClusteringOrder(cursor: Cursor): ClusteringOrder[] {
  cursor.advance();
  cursor.advance();
  cursor.expect(Token.K_BY);
  cursor.expect(Token.LEFT_PAREN);
  const order = parseCommaList(cursor, parseColumnOrder);
  cursor.expect(Token.RIGHT_PAREN);
  return order;
}

function parseColumnOrder(cursor: Cursor): ClusteringOrder {
  const column = parseIdentifier(cursor);
  if (cursor.accept(Token.K_ASC)) return { column, direction: 'ASC' };
  if (!cursor.accept(Token.K_DESC)) cursor.noViable();
  return { column, direction: 'DESC' };
}
