import type { ColumnDefinition, CreateTable } from '../../ast/index.ts';
import { alreadyExists, configurationError, invalidRequest } from '../../errors/index.ts';
import { type CqlType, cqlName, isCounter, isMultiCell, mentionsDuration } from '../../types/index.ts';
import type { SchemaResult } from '../change.ts';
import type { ClusteringOrder, ColumnMetadata } from '../column.ts';
import type { Schema } from '../schema.ts';
import { TableMetadata } from '../table.ts';
import { changed, type DdlContext, type ResolvedName, resolveName, unchanged } from './context.ts';
import { guardSystemKeyspace } from './guards.ts';
import { resolveType } from './resolve-type.ts';
import { newTableParams, readTableAttributes, readTableId, validateParams } from './table-attributes.ts';

/** So that `name-<32 digits>` and a snapshot's or index's suffix fit a file name (SchemaConstants.TABLE_NAME_LENGTH). */
const MAX_TABLE_NAME_LENGTH = 222;

const STATIC_WITHOUT_CLUSTERING =
  'Static columns are only useful (and thus allowed) if the table has at least one clustering column';

interface KeyColumns {
  readonly partition: readonly string[];
  readonly clustering: readonly string[];
}

export function createTable(schema: Schema, statement: CreateTable, context: DdlContext): SchemaResult {
  const name = resolveName(statement.table, context);
  const key = checkShape(statement);
  if (statement.compactStorage) throw invalidRequest('COMPACT STORAGE tables are not supported');
  guardSystemKeyspace(name.keyspace, 'CREATE', name.name);
  const attributes = readTableAttributes(statement.properties, context);
  const keyspace = schema.keyspace(name.keyspace);
  if (keyspace === undefined) throw invalidRequest(`Keyspace '${name.keyspace}' doesn't exist`);
  if (keyspace.tableOrView(name.name) !== undefined) {
    if (statement.ifNotExists) return unchanged(schema);
    throw alreadyExists(name.keyspace, name.name);
  }
  const scope = { keyspace: name.keyspace, types: keyspace.types };
  const types = new Map(statement.columns.map((column) => [column.name, resolveType(column.type, scope)]));
  const columns = buildColumns(statement, key, name, types);
  const counter = columns.some((column) => isCounter(column.type));
  const params = newTableParams(attributes);
  if (counter) checkCounterTable(columns, params.defaultTimeToLive);
  const id = attributes.id === null ? context.newTableId() : readTableId(attributes.id);
  validateTableName(name);
  validateParams(params);
  const table = new TableMetadata({
    id,
    keyspace: name.keyspace,
    name: name.name,
    kind: 'regular',
    memoryOnly: false,
    counter,
    columns,
    dropped: new Map(),
    params,
    indexes: new Map(),
    triggers: new Map(),
    nextColumnId: columns.length,
  });
  return changed(schema.withKeyspace(keyspace.withTable(table)), 'CREATED', 'TABLE', name.keyspace, name.name);
}

/** What Cassandra refuses before it looks at the schema (CreateTableStatement.Raw.prepare). */
function checkShape(statement: CreateTable): KeyColumns {
  // The name as it was written.
  const full = [statement.table.keyspace, statement.table.name].filter((part) => part !== null).join('.');
  const seen = new Set<string>();
  for (const column of statement.columns) {
    if (seen.has(column.name))
      throw invalidRequest(`Duplicate column '${column.name}' declaration for table '${full}'`);
    seen.add(column.name);
  }
  const [partition, ...more] = statement.partitionKeys;
  if (partition === undefined) {
    throw invalidRequest(`No PRIMARY KEY specifed for table '${full}' (exactly one required)`);
  }
  if (more.length > 0) {
    throw invalidRequest(`Multiple PRIMARY KEY specified for table '${full}' (exactly one required)`);
  }
  const ordered = new Set<string>();
  for (const { column } of statement.clusteringOrder) {
    if (ordered.has(column)) {
      throw invalidRequest(`Duplicate column '${column}' in CLUSTERING ORDER BY clause for table '${full}'`);
    }
    ordered.add(column);
  }
  return { partition, clustering: statement.clusteringColumns };
}

function buildColumns(
  statement: CreateTable,
  key: KeyColumns,
  { name }: ResolvedName,
  types: ReadonlyMap<string, CqlType>,
): ColumnMetadata[] {
  checkNestedUserTypes(types.values());
  const definitions = new Map(statement.columns.map((column) => [column.name, column]));
  checkPrimaryKey(key, name, definitions, types);
  const orders = clusteringOrders(statement, key.clustering);
  const partition = new Set(key.partition);
  const clustering = new Set(key.clustering);
  const columns = statement.columns.map((definition, id): ColumnMetadata => {
    const type = types.get(definition.name) as CqlType;
    const base = { id, name: definition.name, type, order: 'asc' as ClusteringOrder };
    if (partition.has(definition.name)) {
      return { ...base, kind: 'partition_key', position: key.partition.indexOf(definition.name) };
    }
    if (clustering.has(definition.name)) {
      const position = key.clustering.indexOf(definition.name);
      return { ...base, kind: 'clustering', position, order: orders[position] as ClusteringOrder };
    }
    return { ...base, kind: definition.isStatic ? 'static' : 'regular', position: -1 };
  });
  if (key.clustering.length === 0 && columns.some((column) => column.kind === 'static')) {
    throw invalidRequest(STATIC_WITHOUT_CLUSTERING);
  }
  return columns;
}

/** A user type kept in several cells cannot hold fields that would be several cells themselves. */
function checkNestedUserTypes(types: Iterable<CqlType>): void {
  for (const type of types) {
    if (type.kind !== 'udt' || type.frozen) continue;
    if (type.fields.some((field) => isMultiCell(field.type))) {
      throw invalidRequest('Non-frozen UDTs with nested non-frozen collections are not supported');
    }
  }
}

function checkPrimaryKey(
  key: KeyColumns,
  table: string,
  definitions: ReadonlyMap<string, ColumnDefinition>,
  types: ReadonlyMap<string, CqlType>,
): void {
  const seen = new Set<string>();
  for (const column of [...key.partition, ...key.clustering]) {
    const definition = definitions.get(column);
    const type = types.get(column);
    if (definition === undefined || type === undefined) {
      throw invalidRequest(`Unknown column '${column}' referenced in PRIMARY KEY for table '${table}'`);
    }
    if (seen.has(column)) {
      throw invalidRequest(`Duplicate column '${column}' in PRIMARY KEY clause for table '${table}'`);
    }
    seen.add(column);
    checkKeyType(column, type);
    if (definition.isStatic) throw invalidRequest(`Static column '${column}' cannot be part of the PRIMARY KEY`);
  }
}

function checkKeyType(column: string, type: CqlType): void {
  if (isMultiCell(type)) {
    const what = type.kind === 'udt' ? 'user-defined' : 'collection';
    const text = type.kind === 'udt' ? `"${type.keyspace}.${type.name}"` : cqlName(type);
    throw invalidRequest(`Invalid non-frozen ${what} type ${text} for PRIMARY KEY column '${column}'`);
  }
  if (isCounter(type)) throw invalidRequest(`counter type is not supported for PRIMARY KEY column '${column}'`);
  if (mentionsDuration(type)) {
    throw invalidRequest(`duration type is not supported for PRIMARY KEY column '${column}'`);
  }
}

/** One order for each clustering column; those after the last one named are ascending. */
function clusteringOrders(statement: CreateTable, clustering: readonly string[]): ClusteringOrder[] {
  const given = statement.clusteringOrder;
  const strangers = given.map((order) => order.column).filter((column) => !clustering.includes(column));
  if (strangers.length > 0) {
    throw invalidRequest(
      'Only clustering key columns can be defined in CLUSTERING ORDER directive: ' +
        `[${strangers.join(', ')}] are not clustering columns`,
    );
  }
  for (const [i, { column }] of given.entries()) {
    const expected = clustering[i] as string;
    if (column === expected) continue;
    if (!given.some((order) => order.column === expected)) {
      throw invalidRequest(`Missing CLUSTERING ORDER for column ${expected}`);
    }
    throw invalidRequest(
      'The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns ' +
        `(${expected} must appear before ${column})`,
    );
  }
  return clustering.map((_, i) => (given[i]?.direction === 'DESC' ? 'desc' : 'asc'));
}

function checkCounterTable(columns: readonly ColumnMetadata[], defaultTimeToLive: number): void {
  if (columns.some((column) => column.position < 0 && !isCounter(column.type))) {
    throw invalidRequest('Cannot mix counter and non counter columns in the same table');
  }
  if (defaultTimeToLive > 0) throw invalidRequest('Cannot set default_time_to_live on a table with counters');
}

function validateTableName({ keyspace, name }: ResolvedName): void {
  if (!/^\w+$/.test(name)) {
    throw configurationError(
      `${keyspace}.${name}: Table name must not be empty or not contain non-alphanumeric-underscore characters (got "${name}")`,
    );
  }
  if (name.length > MAX_TABLE_NAME_LENGTH) {
    throw configurationError(
      `${keyspace}.${name}: Table name must not be more than ${MAX_TABLE_NAME_LENGTH} characters long ` +
        `(got ${name.length} characters for "${name}")`,
    );
  }
}
