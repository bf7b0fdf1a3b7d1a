/** Runs one data plan through the shard with the worker's part: computed terms before, finished rows after. */
import { serverError } from '../../cql/errors/index.ts';
import type { BoundValue, DataPlan, EvaluationContext, Row, RowFinisher } from '../../cql/planner/index.ts';
import {
  decodeRows,
  encodeQueryParameters,
  encodeRows,
  FRAME_FLAGS,
  OPCODES,
  type QueryParameters,
  WireReader,
} from '../../cql/protocol/index.ts';
import type { ProtocolVersion } from '../../cql/types/index.ts';
import type { ShardPort, ShardResult } from '../../storage/shard-port.ts';

/** Rows that one page of an aggregation reads; Cassandra's default for its internal paging. */
const AGGREGATION_PAGE_ROWS = 10_000;

export interface Execution {
  readonly shard: number;
  readonly version: ProtocolVersion;
  readonly parameters: QueryParameters;
  /** v5 EXECUTE: what the client believes the result's columns are. */
  readonly resultMetadataId: Uint8Array | null;
}

/** What a plan answered, its warnings taken off the body. */
export interface Executed {
  readonly opcode: number;
  readonly body: Uint8Array;
  readonly warnings: readonly string[];
}

const context: EvaluationContext = { now: () => Date.now() };

export async function executePlan(port: ShardPort, plan: DataPlan, execution: Execution): Promise<Executed> {
  const { shard, version } = execution;
  if (plan.kind === 'native') {
    return executed(
      await port.runPlan(shard, plan.bytes, version, encodeQueryParameters(execution.parameters, version)),
    );
  }
  const values = appendComputed(execution.parameters.values, plan.slow.computedTerms);
  const parameters = { ...execution.parameters, values };
  if (plan.slow.rows === null) {
    return executed(await port.runPlan(shard, plan.bytes, version, encodeQueryParameters(parameters, version)));
  }
  return finishRows(port, plan, plan.slow.rows, { ...execution, parameters });
}

function appendComputed(
  values: readonly BoundValue[],
  terms: readonly { evaluate(values: readonly BoundValue[], context: EvaluationContext): BoundValue }[],
): readonly BoundValue[] {
  if (terms.length === 0) return values;
  return [...values, ...terms.map((term) => term.evaluate(values, context))];
}

async function finishRows(
  port: ShardPort,
  plan: DataPlan,
  finisher: RowFinisher,
  execution: Execution,
): Promise<Executed> {
  const run = finisher.start(execution.parameters.values, context);
  const finished: Row[] = [];
  const warnings: string[] = finisher.warning === null ? [] : [finisher.warning];
  let pagingState = execution.parameters.pagingState;
  let pageSize = finisher.aggregates ? AGGREGATION_PAGE_ROWS : execution.parameters.pageSize;
  if (pageSize !== null && pageSize <= 0) pageSize = null;
  do {
    const answer = await port.runPlan(
      execution.shard,
      plan.bytes,
      execution.version,
      encodeQueryParameters({ ...execution.parameters, skipMetadata: true, pageSize, pagingState }, execution.version),
    );
    const result = executed(answer);
    warnings.push(...result.warnings);
    if (result.opcode !== OPCODES.result) return result;
    const page = decodeRows(result.body);
    for (const row of run.page(page.rows)) finished.push(row);
    pagingState = page.pagingState;
  } while (finisher.aggregates && pagingState !== null);
  for (const row of run.finish()) finished.push(row);
  if (plan.resultColumns === null) throw serverError('a plan that finishes rows has no result columns');
  const { resultMetadataId } = execution;
  const changed = resultMetadataId !== null && Buffer.compare(resultMetadataId, plan.resultMetadataId) !== 0;
  const body = encodeRows(plan.resultColumns, finished, {
    version: execution.version,
    pagingState,
    skipMetadata: execution.parameters.skipMetadata,
    newMetadataId: changed ? plan.resultMetadataId : null,
  });
  return { opcode: OPCODES.result, body, warnings };
}

function executed({ opcode, frameFlags, body }: ShardResult): Executed {
  if ((frameFlags & FRAME_FLAGS.warning) === 0) return { opcode, body, warnings: [] };
  const reader = new WireReader(body);
  const warnings = Array.from({ length: reader.u16() }, () => reader.string());
  return { opcode, body: body.subarray(reader.position), warnings };
}
