import type { ColumnSpecification, ComputedValue, NativeCall, PreparedTerm } from '../analyser/index.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/index.ts';
import { ByteWriter, marshalName, parseUuid } from '../types/index.ts';

/** The version of docs/formats/plan.md that is written here. */
export const PLAN_VERSION = 1;

const TERM = {
  null: 0,
  constant: 1,
  value: 2,
  list: 3,
  set: 4,
  map: 5,
  tuple: 6,
  vector: 7,
  call: 8,
  token: 9,
} as const;

const CALLS: Readonly<Record<NativeCall, number>> = {
  now: 1,
  uuid: 2,
  current_timestamp: 3,
  current_date: 4,
  current_time: 5,
  current_timeuuid: 6,
};

/** Ids of tables as bytes, made once for a version of a table. */
const TABLE_IDS = new WeakMap<TableMetadata, Uint8Array>();

/** Writes the parts that all plans are made of and keeps the order of the computed values. */
export class PlanWriter extends ByteWriter {
  private readonly markerCount: number;
  private readonly computedValues: ComputedValue[];

  /** Writers of one plan's nested parts share `computedValues`. */
  constructor(markerCount: number, computedValues: ComputedValue[] = []) {
    super();
    this.markerCount = markerCount;
    this.computedValues = computedValues;
  }

  get computed(): readonly ComputedValue[] {
    return this.computedValues;
  }

  /** A writer for a part that is embedded as a blob. */
  nested(): PlanWriter {
    return new PlanWriter(this.markerCount, this.computedValues);
  }

  blob(bytes: Uint8Array | null): this {
    return bytes === null ? this.i32(-1) : this.i32(bytes.length).bytes(bytes);
  }

  column(column: ColumnMetadata): this {
    return this.u16(column.id);
  }

  table(table: TableMetadata): this {
    let id = TABLE_IDS.get(table);
    if (id === undefined) {
      const parsed = parseUuid(table.id);
      if (parsed === null) throw new Error(`table ${table.fullName} has no valid id: ${table.id}`);
      TABLE_IDS.set(table, parsed);
      id = parsed;
    }
    return this.bytes(id);
  }

  /** `values`: the types and names of the markers. */
  variables(variables: readonly ColumnSpecification[]): this {
    this.u16(variables.length);
    for (const { type, name } of variables) this.string(marshalName(type)).string(name);
    return this;
  }

  terms(terms: readonly PreparedTerm[]): this {
    this.u16(terms.length);
    for (const term of terms) this.term(term);
    return this;
  }

  optionalTerm(term: PreparedTerm | null): this {
    return term === null ? this.u8(0) : this.u8(1).term(term);
  }

  term(term: PreparedTerm): this {
    switch (term.kind) {
      case 'null':
        return this.u8(TERM.null);
      case 'constant':
        return this.u8(TERM.constant).blob(term.bytes);
      case 'marker':
        return this.u8(TERM.value).u16(term.index);
      case 'computed':
        return this.u8(TERM.value).u16(this.indexOf(term.value));
      case 'collection':
        return this.u8(TERM[term.type]).terms(term.elements);
      case 'map':
        this.u8(TERM.map).u16(term.entries.length);
        for (const [key, value] of term.entries) this.term(key).term(value);
        return this;
      case 'tuple':
        return this.u8(TERM.tuple).terms(term.elements);
      case 'vector':
        return this.u8(TERM.vector).terms(term.elements);
      case 'call':
        return this.u8(TERM.call).u8(CALLS[term.call]);
      case 'token':
        return this.u8(TERM.token).terms(term.components);
    }
  }

  private indexOf(value: ComputedValue): number {
    let index = this.computedValues.indexOf(value);
    if (index < 0) index = this.computedValues.push(value) - 1;
    return this.markerCount + index;
  }
}
