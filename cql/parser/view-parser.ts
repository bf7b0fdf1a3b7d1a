/** CREATE, ALTER and DROP MATERIALIZED VIEW. */

import type { AlterMaterializedView, CreateMaterializedView, DropMaterializedView } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';
import { parseIfExists, parseIfNotExists } from './list-parser.ts';
import { parseTableName } from './name-parser.ts';
import { parseOptionalTableOptions, parseProperties } from './property-parser.ts';
import { parseOptionalWhere } from './relation-parser.ts';
import { parseSelectors } from './selectable-parser.ts';
import { parsePrimaryKey } from './table-parser.ts';

/** Each of these begins after the keyword MATERIALIZED. */
export function parseCreateView(cursor: Cursor): CreateMaterializedView {
  cursor.expect(Token.K_VIEW);
  const ifNotExists = parseIfNotExists(cursor);
  const view = parseTableName(cursor);
  cursor.expect(Token.K_AS);
  cursor.expect(Token.K_SELECT);
  const selectors = parseSelectors(cursor);
  cursor.expect(Token.K_FROM);
  const baseTable = parseTableName(cursor);
  const where = parseOptionalWhere(cursor);
  cursor.expect(Token.K_PRIMARY);
  cursor.expect(Token.K_KEY);
  const { partitionKey, clusteringColumns } = parsePrimaryKey(cursor);
  const { properties, clusteringOrder } = parseOptionalTableOptions(cursor, 'view');
  return {
    kind: 'CreateMaterializedView',
    view,
    ifNotExists,
    baseTable,
    selectors,
    where,
    partitionKey,
    clusteringColumns,
    clusteringOrder,
    properties,
  };
}

export function parseAlterView(cursor: Cursor): AlterMaterializedView {
  cursor.expect(Token.K_VIEW);
  const ifExists = parseIfExists(cursor);
  const view = parseTableName(cursor);
  cursor.expect(Token.K_WITH);
  return { kind: 'AlterMaterializedView', view, ifExists, properties: parseProperties(cursor) };
}

export function parseDropView(cursor: Cursor): DropMaterializedView {
  cursor.expect(Token.K_VIEW);
  const ifExists = parseIfExists(cursor);
  return { kind: 'DropMaterializedView', view: parseTableName(cursor), ifExists };
}
