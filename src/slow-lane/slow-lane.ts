/**
 * SlowLane: answers what a shard gives to its worker. It parses and plans, gives native plans back to the
 * shard to run as if they had been known, and runs the rest: DDL through main, functions and aggregates
 * over the shard's rows, DESCRIBE from the schema. One in each worker.
 */

import type { ClusterDescription } from '../../cql/describe/index.ts';
import { CqlError, encodeErrorBody, invalidRequest, protocolError, serverError } from '../../cql/errors/index.ts';
import type { BoundValue, DataPlan, PreparedPlan } from '../../cql/planner/index.ts';
import {
  encodeBatchParameters,
  encodePrepared,
  encodeSchemaChange,
  encodeSetKeyspace,
  encodeVoid,
  FRAME_FLAGS,
  messageReader,
  OPCODES,
  type QueryParameters,
  readBatch,
  readExecute,
  readPrepare,
  readQuery,
  withWarnings,
  writeValue,
} from '../../cql/protocol/index.ts';
import { ByteWriter, type ProtocolVersion } from '../../cql/types/index.ts';
import { type BatchPart, ShardError, type ShardPort, type SlowRequest } from '../../storage/shard-port.ts';
import type { Channel, MainRequests, WorkerRequests } from '../node/channel.ts';
import { type DescribeScope, describeBody } from './describe-answer.ts';
import { type PlannedStatement, type Planning, textKeyOf } from './planning.ts';
import { executePlan } from './slow-execution.ts';
import { Trace, type TraceWriter } from './tracing.ts';

/** An answer: the message, and what it does to the connection. */
interface Answer {
  readonly opcode: number;
  readonly body: Uint8Array;
  readonly frameFlags?: number;
  readonly keyspace?: string;
}

/** What a shard keeps of texts (addon/shard/plan_cache.h, kMaxTextSize); a longer one is run from here. */
const MAX_REGISTERED_TEXT_BYTES = 16 << 10;

interface RunOptions {
  readonly prepared: boolean;
  readonly parameters: QueryParameters;
  readonly resultMetadataId: Uint8Array | null;
  readonly trace: Trace | null;
}

/** The shard runs the request again: it knows the plan now. */
const RERUN = Symbol('rerun');

export class SlowLane {
  readonly #port: () => ShardPort;
  readonly #planning: Planning;
  readonly #main: Channel<MainRequests, WorkerRequests>;
  readonly #cluster: ClusterDescription;
  readonly #traces: () => TraceWriter;

  constructor(
    port: () => ShardPort,
    planning: Planning,
    main: Channel<MainRequests, WorkerRequests>,
    cluster: ClusterDescription,
    traces: () => TraceWriter,
  ) {
    this.#port = port;
    this.#planning = planning;
    this.#main = main;
    this.#cluster = cluster;
    this.#traces = traces;
  }

  /** Answers the request, whatever happens; never throws. */
  async serve(request: SlowRequest): Promise<void> {
    const port = this.#port();
    const trace = request.reason === 'traced' ? new Trace() : null;
    let answer: Answer | typeof RERUN;
    try {
      answer = await this.#dispatch(request, trace);
    } catch (error) {
      answer = errorAnswer(error, request.version as ProtocolVersion);
    }
    if (answer === RERUN) {
      port.rerun(request);
    } else if (trace === null) {
      port.reply(request, answer.opcode, answer.body, answer);
    } else {
      const duration = trace.elapsedMicros();
      port.reply(request, answer.opcode, Buffer.concat([trace.id, answer.body]), {
        ...answer,
        frameFlags: (answer.frameFlags ?? 0) | FRAME_FLAGS.tracing,
      });
      void this.#traces().write(trace, request, duration);
    }
  }

  #dispatch(request: SlowRequest, trace: Trace | null): Promise<Answer | typeof RERUN> {
    switch (request.opcode) {
      case OPCODES.query:
        return this.#query(request, trace);
      case OPCODES.prepare:
        return this.#prepare(request, trace);
      case OPCODES.execute:
        return this.#execute(request, trace);
      case OPCODES.batch:
        return this.#batch(request, trace);
      default:
        throw protocolError(`Unknown opcode ${request.opcode}`);
    }
  }

  async #query(request: SlowRequest, trace: Trace | null): Promise<Answer | typeof RERUN> {
    const { text, parameters } = readQuery(messageReader(request.body, request.frameFlags), request.version);
    const keyspace = this.#keyspaceOf(request, parameters.keyspace);
    trace?.describe(parameters, text);
    const statement = this.#plan(text, keyspace, trace);
    const { plan } = statement;
    if (
      virtualTable(plan) === null &&
      plan.kind === 'native' &&
      request.reason === 'no-plan' &&
      plan.warnings.length === 0
    ) {
      const key = Buffer.from(textKeyOf(text, keyspace));
      if (key.length <= MAX_REGISTERED_TEXT_BYTES) {
        await this.#port().registerText(request.shard, key, plan.bytes);
        return RERUN;
      }
    }
    return this.#run(request, statement, { prepared: false, parameters, resultMetadataId: null, trace });
  }

  #plan(text: string, keyspace: string | null, trace: Trace | null): PlannedStatement {
    trace?.note(`Parsing ${text}`);
    const statement = this.#planning.plan(text, keyspace);
    trace?.note('Preparing statement');
    return statement;
  }

  async #prepare(request: SlowRequest, trace: Trace | null): Promise<Answer> {
    const { text, keyspace: own } = readPrepare(messageReader(request.body, request.frameFlags), request.version);
    const keyspace = this.#keyspaceOf(request, own);
    trace?.parameters.set('query', text);
    trace?.note(`Parsing ${text}`);
    const { id, statement } = this.#planning.prepare(text, keyspace);
    trace?.note('Preparing statement');
    const { plan } = statement;
    await Promise.all([
      isData(plan) && virtualTable(plan) === null ? this.#port().registerPlan(id, plan.bytes) : null,
      this.#main.ask('keepPrepared', { id: Buffer.from(id).toString('hex'), keyspace, text }),
    ]);
    return answerWith(plan, request.version, encodePrepared({ ...plan, id }, request.version as ProtocolVersion));
  }

  async #execute(request: SlowRequest, trace: Trace | null): Promise<Answer | typeof RERUN> {
    const { id, parameters, resultMetadataId } = readExecute(
      messageReader(request.body, request.frameFlags),
      request.version,
    );
    const statement = await this.#planning.planPrepared(id);
    if (isData(statement.plan) && virtualTable(statement.plan) === null && request.reason === 'no-plan') {
      await this.#port().registerPlan(id, statement.plan.bytes);
      return RERUN;
    }
    trace?.describe(parameters, this.#planning.textOf(id));
    return this.#run(request, statement, { prepared: true, parameters, resultMetadataId, trace });
  }

  async #batch(request: SlowRequest, trace: Trace | null): Promise<Answer> {
    const { type, statements, parameters } = readBatch(
      messageReader(request.body, request.frameFlags),
      request.version,
    );
    const keyspace = this.#keyspaceOf(request, parameters.keyspace);
    trace?.describe(parameters);
    const parts: BatchPart[] = [];
    for (const { statement, values } of statements) {
      const { plan } =
        typeof statement === 'string'
          ? this.#plan(statement, keyspace, trace)
          : await this.#planning.planPrepared(statement);
      if (!isData(plan) || plan.statement !== 'modification') {
        throw invalidRequest('Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.');
      }
      parts.push(batchPart(plan, values));
    }
    const version = request.version;
    const encoded = encodeBatchParameters(parameters, version);
    trace?.note(`Executing ${parts.length} statements on shard ${request.shard} and those that own the partitions`);
    const answer = await this.#port().runBatch(request.shard, parts, type, version, encoded);
    trace?.note('Executed', 'shard');
    return answer;
  }

  /** The keyspace that a request itself names (v5), or the connection's. */
  #keyspaceOf(request: SlowRequest, own: string | null): string | null {
    if (own === null) return request.keyspace || null;
    if (this.#planning.schema.keyspace(own) === undefined) throw invalidRequest(`Keyspace '${own}' does not exist`);
    return own;
  }

  async #run(
    request: SlowRequest,
    { plan, markerNames }: PlannedStatement,
    { prepared, parameters, resultMetadataId, trace }: RunOptions,
  ): Promise<Answer> {
    const version = request.version as ProtocolVersion;
    switch (plan.kind) {
      case 'native':
      case 'slow': {
        const values = orderedValues(parameters, markerNames);
        checkCount(plan.bindVariables.length, values.length, prepared);
        const virtual = virtualTable(plan);
        if (virtual !== null) await this.#main.ask('refreshVirtualTable', { table: virtual });
        const execution = {
          shard: request.shard,
          version,
          parameters: { ...parameters, values, names: null },
          resultMetadataId,
        };
        trace?.note(`Executing on shard ${request.shard} and those that own the partitions`);
        const { opcode, body, warnings } = await executePlan(this.#port(), plan, execution);
        trace?.note('Executed', 'shard');
        if (opcode !== OPCODES.result) return { opcode, body };
        return answerWith({ warnings: [...plan.warnings, ...warnings] }, version, body);
      }
      case 'use':
        return { ...answerWith(plan, version, encodeSetKeyspace(plan.keyspace)), keyspace: plan.keyspace };
      case 'schema': {
        const { change, warnings } = await this.#main.ask('changeSchema', {
          statement: plan.statement,
          keyspace: plan.keyspace,
        });
        const body = change === null ? encodeVoid() : encodeSchemaChange(change);
        return answerWith({ warnings: [...plan.warnings, ...warnings] }, version, body);
      }
      case 'truncate':
        await this.#main.ask('truncate', { keyspace: plan.table.keyspace, table: plan.table.name });
        return answerWith(plan, version, encodeVoid());
      case 'describe':
        return answerWith(plan, version, describeBody(plan.statement, this.#scope(plan.keyspace), parameters, version));
      case 'role':
        throw invalidRequest('Roles and permissions are not supported by Ceto yet');
    }
  }

  #scope(keyspace: string | null): DescribeScope {
    return { schema: this.#planning.schema, keyspace, cluster: this.#cluster };
  }
}

function isData(plan: PreparedPlan): plan is DataPlan {
  return plan.kind === 'native' || plan.kind === 'slow';
}

/** The table of system_views that the plan reads: its rows are made first, so no shard may run it alone. */
function virtualTable(plan: PreparedPlan): string | null {
  if (!isData(plan)) return null;
  return plan.tables.find((table) => table.keyspace === 'system_views')?.name ?? null;
}

function batchPart(plan: DataPlan, values: readonly BoundValue[]): BatchPart {
  const all =
    plan.kind === 'slow'
      ? [...values, ...plan.slow.computedTerms.map((term) => term.evaluate(values, { now: () => Date.now() }))]
      : values;
  const out = new ByteWriter();
  for (const value of all) writeValue(out, value);
  return { plan: plan.bytes, values: out.finish(), valueCount: all.length };
}

/** Values in the order of the markers; by name where the client named them (section 4.1.4). */
function orderedValues(parameters: QueryParameters, markerNames: readonly (string | null)[]): readonly BoundValue[] {
  const { names, values } = parameters;
  if (names === null) return values;
  const byName = new Map(names.map((name, index) => [name, values[index]]));
  return markerNames.flatMap((name) => (name !== null && byName.has(name) ? [byName.get(name)] : []));
}

/** Before a worker computes with the values; the shard checks too. */
function checkCount(markers: number, given: number, prepared: boolean): void {
  if (markers === given) return;
  if (!prepared) throw invalidRequest('Invalid amount of bind variables');
  throw invalidRequest(`there were ${markers} markers(?) in CQL but ${given} bound variables`);
}

function answerWith(plan: { readonly warnings: readonly string[] }, version: number, body: Uint8Array): Answer {
  if (plan.warnings.length === 0 || version < 4) return { opcode: OPCODES.result, body };
  return { opcode: OPCODES.result, body: withWarnings(plan.warnings, body), frameFlags: FRAME_FLAGS.warning };
}

function errorAnswer(error: unknown, version: ProtocolVersion): Answer {
  let told: CqlError;
  if (error instanceof CqlError) told = error;
  else if (error instanceof ShardError) told = serverError(error.message);
  else {
    // A defect: the client learns its kind, the log has the place.
    console.error(error);
    told = serverError(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  return { opcode: OPCODES.error, body: encodeErrorBody(told, version) };
}
