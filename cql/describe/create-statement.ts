import type { ColumnMetadata, KeyspaceMetadata, TableMetadata, TableParams } from '../schema/index.ts';
import { cqlName, quoteIdentifier, quoteString, toHex, type UserType } from '../types/index.ts';
import { javaDoubleText } from '../types/values/floats.ts';

const INDENT = '    ';
const LOCATOR_PACKAGE = 'org.apache.cassandra.locator.';

/** What DESCRIBE prints beyond what a user needs: the table's id and its dropped columns (WITH INTERNALS). */
export interface StatementOptions {
  readonly internals: boolean;
  /** As files that are run on a node which may have it already say it. */
  readonly ifNotExists?: boolean;
}

function qualified(keyspace: string, name: string): string {
  return `${quoteIdentifier(keyspace)}.${quoteIdentifier(name)}`;
}

function mapLiteral(entries: Iterable<readonly [string, string]>): string {
  const parts = [...entries].map(([name, value]) => `${quoteString(name)}: ${quoteString(value)}`);
  return `{${parts.join(', ')}}`;
}

/** CREATE KEYSPACE as Cassandra prints it, the two blanks included. */
export function createKeyspaceText(keyspace: KeyspaceMetadata): string {
  const name = quoteIdentifier(keyspace.name);
  if (keyspace.virtual) {
    return (
      `/*\nWarning: Keyspace ${name} is a virtual keyspace and cannot be recreated with CQL.\n` +
      `Structure, for reference:\nVIRTUAL KEYSPACE ${name};\n*/`
    );
  }
  const replication = [...keyspace.replication].map(([option, value]): [string, string] =>
    option === 'class' && value.startsWith(LOCATOR_PACKAGE)
      ? [option, value.slice(LOCATOR_PACKAGE.length)]
      : [option, value],
  );
  return `CREATE KEYSPACE ${name} WITH replication = ${mapLiteral(replication)}  AND durable_writes = ${keyspace.durableWrites};`;
}

export function createTypeText(type: UserType, options: { readonly ifNotExists?: boolean } = {}): string {
  const fields = type.fields.map((field) => `${INDENT}${quoteIdentifier(field.name)} ${cqlName(field.type)}`);
  return `CREATE TYPE ${condition(options)}${qualified(type.keyspace, type.name)} (\n${fields.join(',\n')}\n);`;
}

function condition({ ifNotExists }: { readonly ifNotExists?: boolean }): string {
  return ifNotExists === true ? 'IF NOT EXISTS ' : '';
}

/** CREATE TABLE with every option, followed by the drops that its files may still need WITH INTERNALS. */
export function createTableText(table: TableMetadata, options: StatementOptions): string {
  const name = qualified(table.keyspace, table.name);
  if (table.isVirtual) {
    return (
      `/*\nWarning: Table ${name} is a virtual table and cannot be recreated with CQL.\n` +
      `Structure, for reference:\nVIRTUAL TABLE ${name} ${definition(table, options)}\n*/`
    );
  }
  const drops = options.internals ? droppedColumnStatements(table) : [];
  return [`CREATE TABLE ${condition(options)}${name} ${definition(table, options)}`, ...drops].join('\n');
}

function definition(table: TableMetadata, options: StatementOptions): string {
  const withOptions = tableOptions(table, options).join(`\n${INDENT}AND `);
  return `(\n${columnLines(table, options).join(',\n')}\n) WITH ${withOptions};`;
}

function columnLines(table: TableMetadata, { internals }: StatementOptions): string[] {
  const isShown = (column: ColumnMetadata): boolean => !internals || !table.dropped.has(column.name);
  const { partitionKey, clustering } = table;
  const inlineKey = partitionKey.length === 1 && clustering.length === 0;
  const text = (column: Pick<ColumnMetadata, 'name' | 'kind' | 'type'>): string => {
    const suffix = column.kind === 'static' ? ' static' : '';
    const key = inlineKey && column.kind === 'partition_key' ? ' PRIMARY KEY' : '';
    return `${INDENT}${quoteIdentifier(column.name)} ${cqlName(column.type)}${suffix}${key}`;
  };
  const columns = [...table.primaryKey, ...[...table.statics, ...table.regulars].filter(isShown)];
  const lines = [...columns, ...(internals ? table.dropped.values() : [])].map(text);
  return inlineKey ? lines : [...lines, `${INDENT}PRIMARY KEY ${primaryKeyText(table)}`];
}

function primaryKeyText({ partitionKey, clustering }: TableMetadata): string {
  const names = (columns: readonly ColumnMetadata[]): string =>
    columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const partition = partitionKey.length === 1 ? names(partitionKey) : `(${names(partitionKey)})`;
  return clustering.length === 0 ? `(${partition})` : `(${partition}, ${names(clustering)})`;
}

function tableOptions(table: TableMetadata, { internals }: StatementOptions): string[] {
  const options: string[] = [];
  if (internals) options.push(`ID = ${table.id}`);
  if (table.clustering.length > 0) {
    const orders = table.clustering.map((column) => `${quoteIdentifier(column.name)} ${column.order.toUpperCase()}`);
    options.push(`CLUSTERING ORDER BY (${orders.join(', ')})`);
  }
  if (table.isVirtual) return [...options, `comment = ${quoteString(table.params.comment)}`];
  return [...options, ...paramTexts(table.params)];
}

/** In Cassandra's order, which is not quite the alphabet's. */
function paramTexts(params: TableParams): string[] {
  const extensions = [...params.extensions].map(([name, bytes]) => `${quoteString(name)}: 0x${toHex(bytes)}`);
  const caching: readonly (readonly [string, string])[] = [
    ['keys', params.caching.keys],
    ['rows_per_partition', params.caching.rowsPerPartition],
  ];
  return [
    `additional_write_policy = ${quoteString(params.additionalWritePolicy)}`,
    `allow_auto_snapshot = ${params.allowAutoSnapshot}`,
    `bloom_filter_fp_chance = ${javaDoubleText(params.bloomFilterFpChance)}`,
    `caching = ${mapLiteral(caching)}`,
    `cdc = ${params.cdc}`,
    `comment = ${quoteString(params.comment)}`,
    `compaction = ${mapLiteral(params.compaction)}`,
    `compression = ${mapLiteral(params.compression)}`,
    `memtable = ${quoteString(params.memtable)}`,
    `crc_check_chance = ${javaDoubleText(params.crcCheckChance)}`,
    `default_time_to_live = ${params.defaultTimeToLive}`,
    `extensions = {${extensions.join(', ')}}`,
    `gc_grace_seconds = ${params.gcGraceSeconds}`,
    `incremental_backups = ${params.incrementalBackups}`,
    `max_index_interval = ${params.maxIndexInterval}`,
    `memtable_flush_period_in_ms = ${params.memtableFlushPeriodInMs}`,
    `min_index_interval = ${params.minIndexInterval}`,
    `read_repair = ${quoteString(params.readRepair)}`,
    `speculative_retry = ${quoteString(params.speculativeRetry)}`,
  ];
}

/** So that the table, created again, reads files in which the columns still are. */
function droppedColumnStatements(table: TableMetadata): string[] {
  const name = qualified(table.keyspace, table.name);
  return [...table.dropped.values()].flatMap((dropped) => {
    const column = quoteIdentifier(dropped.name);
    const drop = `ALTER TABLE ${name} DROP ${column} USING TIMESTAMP ${dropped.droppedTimeMicros};`;
    const current = table.column(dropped.name);
    if (current === undefined) return [drop];
    const suffix = current.kind === 'static' ? ' static' : '';
    return [drop, `ALTER TABLE ${name} ADD ${column} ${cqlName(current.type)}${suffix};`];
  });
}
