import type { AddColumn, AlterTable, Rename, TableAlteration } from '../../ast/index.ts';
import { configurationError, invalidRequest, serverError } from '../../errors/index.ts';
import { cqlName, isCounter, isMultiCell, isValueCompatible } from '../../types/index.ts';
import type { SchemaResult } from '../change.ts';
import { type ColumnKind, type ColumnMetadata, type DroppedColumn, isPrimaryKey } from '../column.ts';
import type { KeyspaceMetadata } from '../keyspace.ts';
import type { Schema } from '../schema.ts';
import { MAX_COLUMN_ID, type TableMetadata } from '../table.ts';
import { changed, type DdlContext, resolveName, unchanged } from './context.ts';
import { guardSystemKeyspace } from './guards.ts';
import { resolveType } from './resolve-type.ts';
import { readTableAttributes, validateParams } from './table-attributes.ts';

const STATIC_WITHOUT_CLUSTERING =
  'Static columns are only useful (and thus allowed) if the table has at least one clustering column';

export function alterTable(schema: Schema, statement: AlterTable, context: DdlContext): SchemaResult {
  const { keyspace: keyspaceName, name } = resolveName(statement.table, context);
  guardSystemKeyspace(keyspaceName, 'ALTER', name);
  const prepared = prepareAlteration(statement.alteration, context);
  const keyspace = schema.keyspace(keyspaceName);
  const table = keyspace?.tableOrView(name);
  if (keyspace === undefined || table === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalidRequest(`Table '${keyspaceName}.${name}' doesn't exist`);
  }
  if (table.isView) {
    throw invalidRequest('Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead');
  }
  const altered = prepared(keyspace, table);
  if (altered === table) return unchanged(schema);
  return changed(schema.withKeyspace(keyspace.withTable(altered)), 'UPDATED', 'TABLE', keyspaceName, name);
}

type Prepared = (keyspace: KeyspaceMetadata, table: TableMetadata) => TableMetadata;

/** Options are read before the table is looked up, so that their errors come first. */
function prepareAlteration(alteration: TableAlteration, context: DdlContext): Prepared {
  switch (alteration.kind) {
    case 'AddColumns':
      return (keyspace, table) => addColumns(keyspace, table, alteration.columns, alteration.ifNotExists);
    case 'DropColumns':
      return (keyspace, table) => dropColumns(keyspace, table, alteration, context);
    case 'RenameColumns':
      return (keyspace, table) => renameColumns(keyspace, table, alteration.renames);
    case 'SetProperties':
      return prepareOptions(alteration.properties, context);
    case 'AlterColumnType':
      throw invalidRequest('Altering column types is no longer supported');
    case 'MaskColumn':
      throw invalidRequest('Cannot mask columns because dynamic data masking is not enabled.');
    case 'DropCompactStorage':
      return () => {
        throw invalidRequest('DROP COMPACT STORAGE is disabled. Enable in cassandra.yaml to use.');
      };
  }
}

function addColumns(
  keyspace: KeyspaceMetadata,
  table: TableMetadata,
  added: readonly AddColumn[],
  ifNotExists: boolean,
): TableMetadata {
  const columns = [...table.columns];
  let nextColumnId = table.nextColumnId;
  for (const column of added) {
    const type = resolveType(column.type, { keyspace: keyspace.name, types: keyspace.types });
    if (columns.some((existing) => existing.name === column.name)) {
      if (ifNotExists) continue;
      throw invalidRequest(`Column with name '${column.name}' already exists`);
    }
    const kind = column.isStatic ? 'static' : 'regular';
    if (column.isStatic && table.clustering.length === 0) throw invalidRequest(STATIC_WITHOUT_CLUSTERING);
    if (type.kind === 'udt' && !type.frozen && type.fields.some((field) => isMultiCell(field.type))) {
      throw invalidRequest(
        `Non-frozen UDTs with nested non-frozen collections are not supported for column ${column.name}`,
      );
    }
    const metadata: ColumnMetadata = { id: nextColumnId, name: column.name, kind, position: -1, type, order: 'asc' };
    checkReAdded(table, metadata);
    if (nextColumnId > MAX_COLUMN_ID) {
      throw serverError(`Table ${table.fullName} has had ${MAX_COLUMN_ID + 1} columns and can have no more`);
    }
    nextColumnId++;
    columns.push(metadata);
  }
  if (nextColumnId === table.nextColumnId) return table;
  for (const column of columns) checkCounterKind(table, column);
  return table.with({ columns, nextColumnId });
}

/** A dropped column's name may come back only where its old cells could still be read. */
function checkReAdded(table: TableMetadata, column: ColumnMetadata): void {
  const dropped = table.dropped.get(column.name);
  if (dropped === undefined) return;
  const compatible =
    isMultiCell(column.type) === isMultiCell(dropped.type) && isValueCompatible(column.type, dropped.type);
  if (!compatible) {
    throw invalidRequest(
      `Cannot re-add previously dropped column '${column.name}' of type ${cqlName(column.type)}, ` +
        `incompatible with previous type ${cqlName(dropped.type)}`,
    );
  }
  if ((dropped.kind === 'static') !== (column.kind === 'static')) {
    throw invalidRequest(
      `Cannot re-add previously dropped column '${column.name}' of kind ${kindName(column.kind)}, ` +
        `incompatible with previous kind ${kindName(dropped.kind)}`,
    );
  }
  if (table.counter) throw invalidRequest(`Cannot re-add previously dropped counter column ${column.name}`);
}

function kindName(kind: ColumnKind): string {
  return kind.toUpperCase();
}

function checkCounterKind(table: TableMetadata, column: ColumnMetadata): void {
  if (isPrimaryKey(column) || isCounter(column.type) === table.counter) return;
  const problem = table.counter
    ? `Cannot have a non counter column ("${column.name}") in a counter table`
    : `Cannot have a counter column ("${column.name}") in a non counter table`;
  throw configurationError(`${table.fullName}: ${problem}`);
}

function dropColumns(
  keyspace: KeyspaceMetadata,
  table: TableMetadata,
  alteration: Extract<TableAlteration, { kind: 'DropColumns' }>,
  context: DdlContext,
): TableMetadata {
  const time = alteration.timestamp === null ? context.nowMicros() : BigInt(alteration.timestamp);
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const dropped = new Map(table.dropped);
  for (const name of alteration.columns) {
    const column = columns.get(name);
    if (column === undefined) {
      if (alteration.ifExists) continue;
      throw invalidRequest(`Column ${name} was not found in table '${table.fullName}'`);
    }
    checkDroppable(keyspace, table, column);
    columns.delete(name);
    dropped.set(name, droppedColumn(column, time));
  }
  return columns.size === table.columns.length ? table : table.with({ columns: columns.values(), dropped });
}

function checkDroppable(keyspace: KeyspaceMetadata, table: TableMetadata, column: ColumnMetadata): void {
  if (isPrimaryKey(column)) throw invalidRequest(`Cannot drop PRIMARY KEY column ${column.name}`);
  if (column.type.kind === 'udt' && isMultiCell(column.type)) {
    throw invalidRequest(`Cannot drop non-frozen column ${column.name} of user type ${cqlName(column.type)}`);
  }
  const indexes = dependentIndexes(table, column.name);
  if (indexes.length > 0) {
    throw invalidRequest(
      `Cannot drop column ${column.name} because it has dependent secondary indexes (${indexes.join(', ')})`,
    );
  }
  if ([...keyspace.views.values()].some((view) => view.baseTable === table.name)) {
    throw invalidRequest(`Cannot drop column ${column.name} on base table ${table.name} with materialized views`);
  }
}

function dependentIndexes(table: TableMetadata, column: string): string[] {
  return [...table.indexes.values()]
    .filter((index) => {
      const target = index.options.get('target') ?? '';
      return target === column || target.endsWith(`(${column})`);
    })
    .map((index) => index.name);
}

function droppedColumn({ id, name, kind, type }: ColumnMetadata, droppedTimeMicros: bigint): DroppedColumn {
  return { id, name, kind, type, droppedTimeMicros };
}

function renameColumns(keyspace: KeyspaceMetadata, table: TableMetadata, renames: readonly Rename[]): TableMetadata {
  let renamed = table;
  for (const { from, to } of renames) renamed = renameColumn(keyspace, renamed, from, to);
  return renamed;
}

function renameColumn(keyspace: KeyspaceMetadata, table: TableMetadata, from: string, to: string): TableMetadata {
  const column = table.column(from);
  // IF EXISTS does not help here: Cassandra looks the column up before it asks.
  if (column === undefined) throw invalidRequest(`Undefined column name ${from} in table ${table.fullName}`);
  if (!isPrimaryKey(column)) throw invalidRequest(`Cannot rename non PRIMARY KEY column ${from}`);
  if (table.column(to) !== undefined) {
    throw invalidRequest(
      `Cannot rename column ${from} to ${to} in table '${table.fullName}'; another column with that name already exists`,
    );
  }
  const indexes = dependentIndexes(table, from);
  if (indexes.length > 0) {
    throw invalidRequest(
      `Can't rename column ${from} because it has dependent secondary indexes (${indexes.join(', ')})`,
    );
  }
  if ([...keyspace.views.values()].some((view) => view.baseTable === table.name)) {
    throw invalidRequest(`Cannot rename column ${from} on base table ${table.name} with materialized views`);
  }
  return table.with({
    columns: table.columns.map((other) => (other.name === from ? { ...other, name: to } : other)),
  });
}

function prepareOptions(
  properties: Extract<TableAlteration, { kind: 'SetProperties' }>['properties'],
  context: DdlContext,
): Prepared {
  const attributes = readTableAttributes(properties, context);
  return (_keyspace, table) => {
    if (attributes.id !== null) throw configurationError('Cannot alter table id.');
    const params = { ...table.params, ...attributes.params };
    if (table.counter && params.defaultTimeToLive > 0) {
      throw invalidRequest('Cannot set default_time_to_live on a table with counters');
    }
    validateParams(params);
    return table.with({ params });
  };
}
