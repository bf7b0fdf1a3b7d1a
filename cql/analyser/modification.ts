import type { Condition, Delete, Insert, Modification, Relation, Update, WhereClause } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { type PreparedAttributes, prepareAttributes } from './attributes.ts';
import { columnReceiver } from './bind-variables.ts';
import { type Predicate, prepareCondition } from './conditions.ts';
import type { AnalysisContext } from './context.ts';
import { prepareDeletion } from './deletions.ts';
import { resolveColumn, resolveTable } from './names.ts';
import { type Operation, prepareOperation, prepareSet } from './operations.ts';
import { isIn, isSlice } from './restriction.ts';
import { StatementRestrictions, type StatementType } from './statement-restrictions.ts';

/** What IF asks. */
export type PreparedConditions =
  | { readonly kind: 'none' }
  | { readonly kind: 'notExists' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'columns'; readonly predicates: readonly Predicate[] };

/** An INSERT, UPDATE or DELETE, resolved. */
export interface PreparedModification {
  readonly type: Exclude<StatementType, 'SELECT'>;
  readonly table: TableMetadata;
  readonly attributes: PreparedAttributes;
  readonly operations: readonly Operation[];
  readonly restrictions: StatementRestrictions;
  readonly conditions: PreparedConditions;
  readonly onlyStatic: boolean;
}

export function isConditional(statement: PreparedModification): boolean {
  return statement.conditions.kind !== 'none';
}

/** Resolves and checks a modification (`ModificationStatement.Parsed.prepare` and `validate`). */
export function prepareModification(context: AnalysisContext, raw: Modification): PreparedModification {
  if (raw.kind === 'InsertJson') throw invalidRequest('INSERT JSON is not supported by Ceto yet');
  const table = resolveTable(context.schema, raw.table, context.environment.keyspace);
  const attributes = prepareAttributes(context, raw.using, table.keyspace, table.name);
  const conditions = prepareConditions(context, table, raw);
  const statement = PREPARE[raw.kind](context, table, raw as never, conditions, attributes);
  validate(statement, context.environment.internal);
  return statement;
}

type Prepare<Raw> = (
  context: AnalysisContext,
  table: TableMetadata,
  raw: Raw,
  conditions: PreparedConditions,
  attributes: PreparedAttributes,
) => PreparedModification;

const PREPARE: {
  readonly Insert: Prepare<Insert>;
  readonly Update: Prepare<Update>;
  readonly Delete: Prepare<Delete>;
} = {
  Insert: prepareInsert,
  Update: prepareUpdate,
  Delete: prepareDelete,
};

function prepareConditions(
  context: AnalysisContext,
  table: TableMetadata,
  raw: Insert | Update | Delete,
): PreparedConditions {
  if (raw.kind === 'Insert') return { kind: raw.ifNotExists ? 'notExists' : 'none' };
  if (raw.ifExists) return { kind: 'exists' };
  if (raw.conditions.length === 0) return { kind: 'none' };
  if (raw.using.timestamp !== null) throw invalidRequest('Cannot provide custom timestamp for conditional updates');
  const predicates = raw.conditions.map((condition: Condition) => {
    const column = resolveColumn(table, condition.target.column);
    const predicate = prepareCondition(context, table, column, condition);
    if (column.kind === 'partition_key' || column.kind === 'clustering') {
      throw invalidRequest(`PRIMARY KEY column '${column.name}' cannot have IF conditions`);
    }
    return predicate;
  });
  return { kind: 'columns', predicates };
}

/** Neither the operations nor the conditions touch a regular column, and some touch a static one. */
function appliesOnlyToStatics(
  type: StatementType,
  operations: readonly Operation[],
  conditions: PreparedConditions,
): boolean {
  const predicates = conditions.kind === 'columns' ? conditions.predicates : [];
  if (touchesRegulars(type, operations) || predicates.some(({ column }) => column.kind !== 'static')) return false;
  return operations.length > 0 || predicates.length > 0;
}

/** A DELETE without columns deletes rows, regular columns and all. */
function touchesRegulars(type: StatementType, operations: readonly Operation[]): boolean {
  if (type === 'DELETE' && operations.length === 0) return true;
  return operations.some(({ column }) => column.kind !== 'static');
}

function prepareInsert(
  context: AnalysisContext,
  table: TableMetadata,
  raw: Insert,
  conditions: PreparedConditions,
  attributes: PreparedAttributes,
): PreparedModification {
  if (table.counter) throw invalidRequest('INSERT statements are not allowed on counter tables, use UPDATE instead');
  if (raw.columns.length === 0) throw invalidRequest('No columns provided to INSERT');
  if (raw.columns.length !== raw.values.length) throw invalidRequest('Unmatched column names/values');
  if (new Set(raw.columns).size !== raw.columns.length) {
    throw invalidRequest('The column names contains duplicates');
  }
  const relations: Relation[] = [];
  const operations: Operation[] = [];
  let hasClustering = false;
  for (const [i, name] of raw.columns.entries()) {
    const column = resolveColumn(table, name);
    const value = raw.values[i] as Insert['values'][number];
    if (column.kind === 'clustering') hasClustering = true;
    if (column.kind === 'clustering' || column.kind === 'partition_key') {
      relations.push({ kind: 'ColumnRelation', column: name, operator: '=', value });
    } else {
      operations.push(prepareSet(context, columnReceiver(table, column), column, value));
    }
  }
  const onlyStatic = !hasClustering && appliesOnlyToStatics('INSERT', operations, conditions);
  const restrictions = new StatementRestrictions(
    context,
    table,
    { relations, expressions: [] },
    { type: 'INSERT', onlyStatic, allowFiltering: false },
  );
  return { type: 'INSERT', table, attributes, operations, restrictions, conditions, onlyStatic };
}

function prepareUpdate(
  context: AnalysisContext,
  table: TableMetadata,
  raw: Update,
  conditions: PreparedConditions,
  attributes: PreparedAttributes,
): PreparedModification {
  const operations = raw.operations.map((operation) => {
    const column = resolveColumn(table, operation.column);
    if (column.kind === 'partition_key' || column.kind === 'clustering') {
      throw invalidRequest(`PRIMARY KEY part ${column.name} found in SET part`);
    }
    return prepareOperation(context, table, column, operation, conditions.kind !== 'none');
  });
  return withRestrictions(context, 'UPDATE', table, raw.where, { attributes, operations, conditions });
}

function prepareDelete(
  context: AnalysisContext,
  table: TableMetadata,
  raw: Delete,
  conditions: PreparedConditions,
  attributes: PreparedAttributes,
): PreparedModification {
  const operations = raw.deletions.map((deletion) => {
    const column = resolveColumn(table, deletion.column);
    if (column.kind === 'partition_key' || column.kind === 'clustering') {
      throw invalidRequest(`Invalid identifier ${column.name} for deletion (should not be a PRIMARY KEY part)`);
    }
    return prepareDeletion(context, table, column, deletion);
  });
  const statement = withRestrictions(context, 'DELETE', table, raw.where, { attributes, operations, conditions });
  checkDelete(statement);
  return statement;
}

function withRestrictions(
  context: AnalysisContext,
  type: 'UPDATE' | 'DELETE',
  table: TableMetadata,
  where: WhereClause,
  parts: Pick<PreparedModification, 'attributes' | 'operations' | 'conditions'>,
): PreparedModification {
  if (where.expressions.length > 0) {
    throw invalidRequest('Custom index expressions cannot be used in WHERE clauses for UPDATE or DELETE statements');
  }
  const onlyStatic = appliesOnlyToStatics(type, parts.operations, parts.conditions);
  const restrictions = new StatementRestrictions(context, table, where, { type, onlyStatic, allowFiltering: false });
  return { type, table, ...parts, restrictions, onlyStatic };
}

function checkDelete({ operations, restrictions, conditions }: PreparedModification): void {
  if (conditions.kind !== 'none' && !restrictions.namesRows) {
    const start = 'DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to';
    if (touchesRegulars('DELETE', operations)) throw invalidRequest(`${start} delete non static columns`);
    const regular =
      conditions.kind === 'columns' && conditions.predicates.some(({ column }) => column.kind !== 'static');
    if (regular) throw invalidRequest(`${start} use IF condition on non static columns`);
  }
  const ranges = !restrictions.clustering.isComplete || restrictions.clustering.some(isSlice);
  if (ranges && operations.some(({ column }) => column.kind !== 'static')) {
    throw invalidRequest('Range deletions are not supported for specific columns');
  }
}

function validate(statement: PreparedModification, internal: boolean): void {
  const { table, attributes, conditions, restrictions, type } = statement;
  if (conditions.kind !== 'none') {
    if (table.counter) throw invalidRequest('Conditional updates are not supported on counter tables');
    if (attributes.timestamp !== null) throw invalidRequest('Cannot provide custom timestamp for conditional updates');
  }
  if (table.counter) {
    if (attributes.timestamp !== null) throw invalidRequest('Cannot provide custom timestamp for counter updates');
    if (attributes.ttl !== null) throw invalidRequest('Cannot provide custom TTL for counter updates');
  }
  if (table.isView) throw invalidRequest('Cannot directly modify a materialized view');
  if (table.isVirtual && !internal) checkVirtual(statement);
  if (conditions.kind === 'none') return;
  const what = type === 'DELETE' ? 'deletions' : 'updates';
  if (restrictions.keyIsIn) throw invalidRequest(`IN on the partition key is not supported with conditional ${what}`);
  if (restrictions.clustering.some(isIn)) {
    throw invalidRequest(`IN on the clustering key columns is not supported with conditional ${what}`);
  }
}

/** No client can write a virtual table; what Cassandra refuses for all of them, it refuses first. */
function checkVirtual({ table, attributes, conditions }: PreparedModification): void {
  if (attributes.timestamp !== null) throw invalidRequest('Custom timestamp is not supported by virtual tables');
  if (attributes.ttl !== null) throw invalidRequest('Expiring columns are not supported by virtual tables');
  if (conditions.kind !== 'none') throw invalidRequest('Conditional updates are not supported by virtual tables');
  throw invalidRequest(`Modification is not supported by table ${table.fullName}`);
}

/** The columns of a condition, each once in the order of IF; null when whole rows are told (IF [NOT] EXISTS). */
export function conditionColumns(statements: readonly PreparedModification[]): readonly ColumnMetadata[] | null {
  const columns = new Set<ColumnMetadata>();
  for (const { conditions } of statements) {
    if (conditions.kind === 'exists' || conditions.kind === 'notExists') return null;
    if (conditions.kind === 'columns') for (const { column } of conditions.predicates) columns.add(column);
  }
  return [...columns];
}
