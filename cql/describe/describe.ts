import type { Describe, DescribeTarget, QualifiedName } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { isSystemKeyspace, type KeyspaceMetadata, type Schema, type TableMetadata } from '../schema/index.ts';
import { type CqlType, type CqlValue, list, map, native, quoteIdentifier, type UserType } from '../types/index.ts';
import { createKeyspaceText, createTableText, createTypeText } from './create-statement.ts';
import { dependenciesFirst } from './type-order.ts';

/** What DESCRIBE CLUSTER shows. */
export interface ClusterDescription {
  readonly name: string;
  readonly partitioner: string;
  readonly snitch: string;
  /** The tokens of the only node, each of which ends a range. */
  readonly tokens: readonly string[];
  /** The node's address and port for other nodes. */
  readonly endpoint: string;
}

export interface DescribeContext {
  readonly schema: Schema;
  /** The keyspace in use. */
  readonly keyspace: string | null;
  readonly cluster: ClusterDescription;
}

export interface DescribeResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly CqlValue[])[];
}

/** The type of a column by its name: text but for one. */
export function describedType(column: string): CqlType {
  return column === RANGE_OWNERSHIP ? map(native('text'), list(native('text'))) : native('text');
}

/** Keyspace and table that the columns of the result name in its metadata. */
export const DESCRIBE_RESULT_TABLE = Object.freeze({ keyspace: 'system', table: 'describe' });

type ElementKind = 'keyspace' | 'table' | 'type';

interface Element {
  readonly keyspace: string;
  readonly kind: ElementKind;
  readonly name: string;
  readonly statement: () => string;
}

const RANGE_OWNERSHIP = 'range_ownership';
const NAME_COLUMNS = ['keyspace_name', 'type', 'name'];
const ELEMENT_COLUMNS = [...NAME_COLUMNS, 'create_statement'];

export function describe(statement: Describe, context: DescribeContext): DescribeResult {
  const { target, withInternals } = statement;
  switch (target.kind) {
    case 'Cluster':
      return describeCluster(context);
    case 'Keyspaces':
      return names(sortedKeyspaces(context).map(keyspaceElement));
    case 'Tables':
      return names(keyspacesInView(context).flatMap((keyspace) => tableElements(keyspace, withInternals)));
    case 'Types':
      return names(keyspacesInView(context).flatMap(typeElements));
    case 'Functions':
    case 'Aggregates':
      // A keyspace in use must exist; no function can be defined yet.
      keyspacesInView(context);
      return names([]);
    default:
      return elements(findElements(target, context, withInternals));
  }
}

/** With a keyspace of the user's in use also who owns the ranges of its ring, by the token that ends each. */
function describeCluster({ cluster, keyspace }: DescribeContext): DescribeResult {
  const columns = ['cluster', 'partitioner', 'snitch'];
  const row = [cluster.name, cluster.partitioner, cluster.snitch];
  if (keyspace === null || isSystemKeyspace(keyspace)) return { columns, rows: [row] };
  const ownership: CqlValue = cluster.tokens.map((token) => [token, [cluster.endpoint]]);
  return { columns: [...columns, RANGE_OWNERSHIP], rows: [[...row, ownership]] };
}

type ElementTarget = Exclude<
  DescribeTarget,
  { kind: 'Cluster' | 'Keyspaces' | 'Tables' | 'Types' | 'Functions' | 'Aggregates' }
>;

function findElements(target: ElementTarget, context: DescribeContext, internals: boolean): readonly Element[] {
  switch (target.kind) {
    case 'Schema':
      return sortedKeyspaces(context)
        .filter((keyspace) => target.full || !isSystemKeyspace(keyspace.name))
        .flatMap((keyspace) => keyspaceElements(keyspace, false, internals));
    case 'Keyspace':
      return keyspaceElements(keyspaceOf(target.keyspace, context), target.only, internals);
    case 'Table': {
      const keyspace = keyspaceOf(target.name.keyspace, context);
      const table = keyspace.tables.get(target.name.name);
      if (table !== undefined) return [tableElement(table, internals)];
      throw invalidRequest(`Table '${target.name.name}' not found in keyspace '${keyspace.name}'`);
    }
    case 'Type': {
      const keyspace = keyspaceOf(target.name.keyspace, context);
      const type = keyspace.types.get(target.name.name);
      if (type !== undefined) return [typeElement(type)];
      throw notFound('User defined type', target.name.name, keyspace);
    }
    case 'Index':
      throw notFound('Table for existing index', target.name.name, keyspaceOf(target.name.keyspace, context));
    case 'MaterializedView':
      throw notFound('Materialized view', target.name.name, keyspaceOf(target.name.keyspace, context));
    case 'Function':
      throw notFound('User defined function', target.name.name, keyspaceOf(target.name.keyspace, context));
    case 'Aggregate':
      throw notFound('User defined aggregate', target.name.name, keyspaceOf(target.name.keyspace, context));
    case 'Generic':
      return findGeneric(target.name, context, internals);
  }
}

function notFound(what: string, name: string, keyspace: KeyspaceMetadata): Error {
  return invalidRequest(`${what} '${name}' not found in '${keyspace.name}'`);
}

/** `DESCRIBE name`: a keyspace, or a table or type of the keyspace written or in use. */
function findGeneric(name: QualifiedName, context: DescribeContext, internals: boolean): readonly Element[] {
  if (name.keyspace === null) {
    const found = context.schema.keyspace(name.name);
    if (found !== undefined) return keyspaceElements(found, false, internals);
    if (context.keyspace === null) throw invalidRequest(`'${name.name}' not found in keyspaces`);
  }
  const keyspace = keyspaceOf(name.keyspace, context);
  const table = keyspace.tables.get(name.name);
  if (table !== undefined) return [tableElement(table, internals)];
  const type = keyspace.types.get(name.name);
  if (type !== undefined) return [typeElement(type)];
  throw invalidRequest(`'${name.name}' not found in keyspace '${keyspace.name}'`);
}

function keyspaceOf(written: string | null, context: DescribeContext): KeyspaceMetadata {
  const name = written ?? context.keyspace;
  if (name === null) throw invalidRequest('No keyspace specified and no current keyspace');
  const keyspace = context.schema.keyspace(name);
  if (keyspace === undefined) throw invalidRequest(`'${name}' not found in keyspaces`);
  return keyspace;
}

/** The keyspace in use, or all. */
function keyspacesInView(context: DescribeContext): readonly KeyspaceMetadata[] {
  return context.keyspace === null ? sortedKeyspaces(context) : [keyspaceOf(null, context)];
}

/** Cassandra sorts names without regard to case. */
function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  const [a, b] = [left.name.toLowerCase(), right.name.toLowerCase()];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function sortedKeyspaces(context: DescribeContext): readonly KeyspaceMetadata[] {
  return [...context.schema.keyspaces.values()].sort(byName);
}

function keyspaceElements(keyspace: KeyspaceMetadata, only: boolean, internals: boolean): readonly Element[] {
  if (only) return [keyspaceElement(keyspace)];
  const types = dependenciesFirst([...keyspace.types.values()].sort(byName)).map(typeElement);
  return [keyspaceElement(keyspace), ...types, ...tableElements(keyspace, internals)];
}

function keyspaceElement(keyspace: KeyspaceMetadata): Element {
  const { name } = keyspace;
  return { keyspace: name, kind: 'keyspace', name, statement: () => createKeyspaceText(keyspace) };
}

function typeElements(keyspace: KeyspaceMetadata): readonly Element[] {
  return [...keyspace.types.values()].sort(byName).map(typeElement);
}

function typeElement(type: UserType): Element {
  return { keyspace: type.keyspace, kind: 'type', name: type.name, statement: () => createTypeText(type) };
}

function tableElements(keyspace: KeyspaceMetadata, internals: boolean): readonly Element[] {
  return [...keyspace.tables.values()].sort(byName).map((table) => tableElement(table, internals));
}

function tableElement(table: TableMetadata, internals: boolean): Element {
  const statement = (): string => createTableText(table, { internals });
  return { keyspace: table.keyspace, kind: 'table', name: table.name, statement };
}

function nameRow(element: Element): readonly string[] {
  return [quoteIdentifier(element.keyspace), element.kind, quoteIdentifier(element.name)];
}

function names(found: readonly Element[]): DescribeResult {
  return { columns: NAME_COLUMNS, rows: found.map(nameRow) };
}

function elements(found: readonly Element[]): DescribeResult {
  return { columns: ELEMENT_COLUMNS, rows: found.map((element) => [...nameRow(element), element.statement()]) };
}
