import { evaluateTerm } from '../analyser/evaluate-term.ts';
import {
  AnalysisContext,
  type AnalysisEnvironment,
  type ColumnSpecification,
  isConditional,
  keyspaceOf,
  type PreparedTerm,
  prepareBatch,
  prepareModification,
  resolveTable,
} from '../analyser/index.ts';
import { TERM_ANALYSIS } from '../analyser/terms.ts';
import type { Batch, Modification, RoleStatement, SchemaStatement, Select, Statement } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { NATIVE_FUNCTIONS } from '../functions/index.ts';
import { oneTable } from '../protocol/index.ts';
import type { Schema, TableMetadata } from '../schema/index.ts';
import { rowMaker } from '../selection/index.ts';
import { native } from '../types/index.ts';
import { resultMetadataId } from './encode-metadata.ts';
import { writeBatch, writeModification } from './encode-modification.ts';
import { writeSelect } from './encode-select.ts';
import { PLAN_VERSION, PlanWriter } from './plan-writer.ts';
import type { ComputedTerm, DataPlan, PlanMetadata, PreparedPlan, RowFinisher } from './prepared-plan.ts';
import { type PreparedSelect, prepareSelect } from './select.ts';

/** What statements are planned against; the functions and the clock have defaults, and statements are a client's. */
export interface PlanEnvironment extends Partial<Omit<AnalysisEnvironment, 'schema' | 'keyspace'>> {
  readonly schema: Schema;
  /** The keyspace in use, null before the first USE. */
  readonly keyspace: string | null;
}

/**
 * Plans a statement. `markers` are the names of its bind markers in order, null for `?`.
 *
 * @throws CqlError with Cassandra's code and words
 */
export function plan(
  statement: Statement,
  markers: readonly (string | null)[],
  { schema, keyspace, functions, evaluation, internal }: PlanEnvironment,
): PreparedPlan {
  const environment: AnalysisEnvironment = {
    schema,
    keyspace,
    functions: functions ?? NATIVE_FUNCTIONS,
    evaluation: evaluation ?? { now: Date.now },
    internal: internal ?? false,
  };
  const context = new AnalysisContext(environment, markers.length, TERM_ANALYSIS);
  switch (statement.kind) {
    case 'Select':
      return planSelect(context, statement);
    case 'Insert':
    case 'InsertJson':
    case 'Update':
    case 'Delete':
      return planModification(context, statement);
    case 'Batch':
      return planBatch(context, statement);
    case 'Use':
      if (schema.keyspace(statement.keyspace) === undefined) {
        throw invalidRequest(`Keyspace '${statement.keyspace}' does not exist`);
      }
      return { kind: 'use', keyspace: statement.keyspace, ...NO_METADATA };
    case 'Truncate':
      return { kind: 'truncate', table: truncated(environment, statement.table), ...NO_METADATA };
    case 'Describe':
      return { kind: 'describe', statement, keyspace, ...NO_METADATA };
    default:
      return isRoleStatement(statement)
        ? { kind: 'role', statement, ...NO_METADATA }
        : { kind: 'schema', statement, keyspace, ...NO_METADATA };
  }
}

const NO_METADATA: PlanMetadata = Object.freeze({
  bindVariables: [],
  partitionKeyBindIndexes: [],
  resultColumns: null,
  resultMetadataId: resultMetadataId(null),
  warnings: [],
});

const ROLE_STATEMENTS: Readonly<Record<RoleStatement['kind'], true>> = {
  GrantPermissions: true,
  RevokePermissions: true,
  ListPermissions: true,
  GrantRole: true,
  RevokeRole: true,
  CreateRole: true,
  AlterRole: true,
  DropRole: true,
  ListRoles: true,
  ListUsers: true,
  ListSuperUsers: true,
  AddIdentity: true,
  DropIdentity: true,
};

function isRoleStatement(statement: SchemaStatement | RoleStatement): statement is RoleStatement {
  return Object.hasOwn(ROLE_STATEMENTS, statement.kind);
}

function truncated({ schema, keyspace }: AnalysisEnvironment, name: Select['table']): TableMetadata {
  const table = resolveTable(schema, { keyspace: keyspaceOf(name, keyspace), name: name.name }, keyspace);
  if (table.isView) {
    throw invalidRequest('Cannot TRUNCATE materialized view directly; must truncate base table instead');
  }
  if (table.isVirtual) {
    throw invalidRequest(`Truncation is not supported by table ${table.keyspace}.${table.name}`);
  }
  return table;
}

const KINDS = { select: 1, modification: 2, batch: 3 } as const;
const FLAGS = { slow: 1, system: 2 } as const;

interface Parts {
  readonly statement: DataPlan['statement'];
  readonly tables: readonly TableMetadata[];
  readonly conditional: boolean;
  readonly partitionKeyBindIndexes: readonly number[];
  readonly resultColumns: readonly ColumnSpecification[] | null;
  /** Values that the worker computes for its own sake, after those that the plan refers to. */
  readonly checks: readonly ComputedTerm[];
  readonly rows: RowFinisher | null;
  readonly write: (out: PlanWriter, metadataId: Uint8Array) => void;
}

/** Puts head and body together: the head says how many computed values the body turned out to need. */
function assemble(context: AnalysisContext, parts: Parts): DataPlan {
  const variables = context.variables.all();
  const body = new PlanWriter(variables.length);
  const metadataId = resultMetadataId(parts.resultColumns);
  parts.write(body, metadataId);
  const computedTerms = [...body.computed, ...parts.checks];
  const slow = computedTerms.length > 0 || parts.rows !== null;
  let flags = slow ? FLAGS.slow : 0;
  if (parts.tables.some((table) => SYSTEM_KEYSPACES.has(table.keyspace))) flags |= FLAGS.system;
  const head = new PlanWriter(variables.length);
  head.u8(PLAN_VERSION).u8(KINDS[parts.statement]).u32(flags).variables(variables).bytes(body.finish());
  const { statement, tables, conditional, resultColumns } = parts;
  // As in Cassandra, drivers are told how to route only when all markers are of one table.
  const partitionKeyBindIndexes = oneTable(variables) ? parts.partitionKeyBindIndexes : [];
  const fields = {
    bytes: head.finish(),
    statement,
    tables,
    conditional,
    partitionKeyBindIndexes,
    resultColumns,
    bindVariables: variables,
    resultMetadataId: metadataId,
    warnings: context.warnings,
  };
  return slow ? { kind: 'slow', ...fields, slow: { computedTerms, rows: parts.rows } } : { kind: 'native', ...fields };
}

const SYSTEM_KEYSPACES: ReadonlySet<string> = new Set([
  'system',
  'system_schema',
  'system_auth',
  'system_distributed',
  'system_traces',
  'system_views',
  'system_virtual_schema',
]);

function planSelect(context: AnalysisContext, raw: Select): DataPlan {
  const select = prepareSelect(context, raw);
  return assemble(context, {
    statement: 'select',
    tables: [select.table],
    conditional: false,
    partitionKeyBindIndexes: context.variables.partitionKeyIndexes(select.table),
    resultColumns: select.selection.columns,
    checks: limitChecks(select),
    rows: select.finished ? finisher(select) : null,
    write: (out, metadataId) => writeSelect(out, select, metadataId),
  });
}

/** An aggregation has no use for its limit, but a wrong one is still an error. */
function limitChecks(select: PreparedSelect): readonly ComputedTerm[] {
  const { writtenLimit, limit } = select;
  if (writtenLimit === null || limit !== null) return [];
  const check: ComputedTerm = {
    type: native('int'),
    evaluate(values, evaluation) {
      checkLimit(evaluateTerm(writtenLimit as PreparedTerm, values, evaluation));
      return null;
    },
  };
  return [check];
}

function checkLimit(bytes: Uint8Array | null | undefined): void {
  if (bytes === undefined) return;
  if (bytes === null) throw invalidRequest('Invalid null value of limit');
  if (bytes.length !== 4) throw invalidRequest('Invalid limit value');
  const limit = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
  if (limit <= 0) throw invalidRequest('LIMIT must be strictly positive');
}

function finisher(select: PreparedSelect): RowFinisher {
  const maker = rowMaker(select.selection);
  return {
    aggregates: maker.aggregates,
    warning: maker.aggregates ? aggregationWarning(select.restrictions) : null,
    start: (values, context) => maker.start({ values, context }),
  };
}

/** Cassandra's words for an aggregation that may read more than its writer thought. */
function aggregationWarning(restrictions: PreparedSelect['restrictions']): string | null {
  if (restrictions.keyIsIn) return 'Aggregation query used on multiple partition keys (IN restriction)';
  return restrictions.partition.isEmpty && restrictions.token === null
    ? 'Aggregation query used without partition key'
    : null;
}

function planModification(context: AnalysisContext, raw: Modification): DataPlan {
  const statement = prepareModification(context, raw);
  return assemble(context, {
    statement: 'modification',
    tables: [statement.table],
    conditional: isConditional(statement),
    partitionKeyBindIndexes: context.variables.partitionKeyIndexes(statement.table),
    resultColumns: null,
    checks: [],
    rows: null,
    write: (out) => writeModification(out, statement, true),
  });
}

function planBatch(context: AnalysisContext, raw: Batch): DataPlan {
  const batch = prepareBatch(context, raw);
  const tables = [...new Set(batch.statements.map((statement) => statement.table))];
  const [table] = tables;
  return assemble(context, {
    statement: 'batch',
    tables,
    conditional: batch.statements.some(isConditional),
    partitionKeyBindIndexes:
      table !== undefined && tables.length === 1 ? context.variables.partitionKeyIndexes(table) : [],
    resultColumns: null,
    checks: [],
    rows: null,
    write: (out) => writeBatch(out, batch),
  });
}
