/**
 * Planning: from a statement's text to its plan, kept by keyspace and text until the schema changes, and
 * from the id of a prepared statement back to its text.
 */
import { createHash } from 'node:crypto';
import { invalidRequest, syntaxError, unprepared } from '../../cql/errors/index.ts';
import { CqlSyntaxError, parse } from '../../cql/parser/index.ts';
import { type PreparedPlan, plan } from '../../cql/planner/index.ts';
import type { Schema } from '../../cql/schema/index.ts';
import { LruMap } from './statement-cache.ts';

/** Plans kept in one worker: what a shard keeps of texts, and the prepared ones in use. */
const MAX_PLANS = 4_096;
/** A longer text is planned each time: it carries data, and will not come again. */
const MAX_KEPT_TEXT = 16_384;
const MAX_PREPARED_TEXTS = 20_000;

export interface PreparedText {
  readonly keyspace: string | null;
  readonly text: string;
}

export interface PlannedStatement {
  readonly plan: PreparedPlan;
  /** The names of the bind markers in order. */
  readonly markerNames: readonly (string | null)[];
}

/** Finds the text of a prepared statement that this worker does not know. */
export type FindPrepared = (id: string) => Promise<PreparedText | null>;

export interface PlanningOptions {
  /** Whether the statements are the node's own, which may write virtual tables. */
  readonly internal: boolean;
}

export class Planning {
  #schema: Schema;
  readonly #plans = new LruMap<string, PlannedStatement>(MAX_PLANS);
  readonly #prepared = new LruMap<string, PreparedText>(MAX_PREPARED_TEXTS);
  readonly #findPrepared: FindPrepared;
  readonly #internal: boolean;

  constructor(schema: Schema, findPrepared: FindPrepared, { internal }: PlanningOptions = { internal: false }) {
    this.#schema = schema;
    this.#findPrepared = findPrepared;
    this.#internal = internal;
  }

  get schema(): Schema {
    return this.#schema;
  }

  /** Every plan is made anew from here on. */
  set schema(schema: Schema) {
    this.#schema = schema;
    this.#plans.clear();
  }

  /** Throws CqlError. */
  plan(text: string, keyspace: string | null): PlannedStatement {
    const key = textKeyOf(text, keyspace);
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const parsed = parseStatement(text);
    const made = {
      plan: plan(parsed.statement, parsed.bindMarkers, { schema: this.#schema, keyspace, internal: this.#internal }),
      markerNames: parsed.bindMarkers,
    };
    if (text.length <= MAX_KEPT_TEXT) this.#plans.set(key, made);
    return made;
  }

  /** Cassandra's id of a prepared statement: the MD5 of keyspace and text. */
  prepare(text: string, keyspace: string | null): { readonly id: Uint8Array; readonly statement: PlannedStatement } {
    const statement = this.plan(text, keyspace);
    const id = createHash('md5')
      .update(keyspace ?? '')
      .update(text)
      .digest();
    this.#prepared.set(id.toString('hex'), { keyspace, text });
    return { id, statement };
  }

  /** The text of a statement that was planned by its id; empty when it has been forgotten since. */
  textOf(id: Uint8Array): string {
    return this.#prepared.get(Buffer.from(id).toString('hex'))?.text ?? '';
  }

  /** Throws UNPREPARED for an id that nobody knows. */
  async planPrepared(id: Uint8Array): Promise<PlannedStatement> {
    const hex = Buffer.from(id).toString('hex');
    const text = this.#prepared.get(hex) ?? (await this.#findPrepared(hex));
    if (text === null) throw unprepared(id);
    this.#prepared.set(hex, text);
    return this.plan(text.text, text.keyspace);
  }
}

/** How a shard finds the plan of a text: keyspace, a zero byte, the text. */
export function textKeyOf(text: string, keyspace: string | null): string {
  return `${keyspace ?? ''}\0${text}`;
}

function parseStatement(text: string): ReturnType<typeof parse> {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof CqlSyntaxError) throw syntaxError(error.message);
    if (error instanceof RangeError) throw invalidRequest('The statement is nested too deeply');
    throw error;
  }
}
