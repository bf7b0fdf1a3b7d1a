/** Reads plans back, as the shard does, into plain data that tests can compare. Follows docs/formats/plan.md line by line. */

type Json = unknown;

const EVERY_BYTE_READ = 'bytes are left after the plan';

/** The version, kind, flags, markers and body of a plan. */
export function decodePlan(bytes: Uint8Array): Json {
  const reader = new PlanReader(bytes);
  const plan = reader.plan();
  if (!reader.atEnd) throw new Error(EVERY_BYTE_READ);
  return plan;
}

/** One term, alone. */
export function decodeTerm(bytes: Uint8Array): Json {
  const reader = new PlanReader(bytes);
  const term = reader.term();
  if (!reader.atEnd) throw new Error(EVERY_BYTE_READ);
  return term;
}

const CALLS = ['', 'now', 'uuid', 'current_timestamp', 'current_date', 'current_time', 'current_timeuuid'];
const FILTERS = ['=', '<', '<=', '>', '>=', 'IN', 'CONTAINS', 'CONTAINS KEY', '!=', 'IN ?'];

class PlanReader {
  private readonly bytes: Buffer;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.offset === this.bytes.length;
  }

  plan(): Json {
    const version = this.u8();
    const kind = this.u8();
    const flags = this.u32();
    const variables = this.many(() => ({ type: this.string(), name: this.string() }));
    const body = kind === 1 ? this.select() : kind === 2 ? this.modification() : this.batch();
    return { version, kind, flags, variables, body };
  }

  term(): Json {
    switch (this.u8()) {
      case 0:
        return null;
      case 1:
        return { constant: this.hexBlob() };
      case 2:
        return { value: this.u16() };
      case 3:
        return { list: this.terms() };
      case 4:
        return { set: this.terms() };
      case 5:
        return { map: this.many(() => [this.term(), this.term()]) };
      case 6:
        return { tuple: this.terms() };
      case 7:
        return { vector: this.terms() };
      case 8:
        return { call: CALLS[this.u8()] };
      case 9:
        return { token: this.terms() };
      default:
        throw new Error('no such term');
    }
  }

  private terms(): Json[] {
    return this.many(() => this.term());
  }

  private optionalTerm(): Json {
    return this.u8() === 0 ? undefined : this.term();
  }

  private partition(): Json {
    const kind = this.u8();
    if (kind === 0) return { lower: this.tokenBound(), upper: this.tokenBound() };
    if (kind === 2) return { lower: this.tokenBound(), upper: this.tokenBound(), keys: this.keyComponents() };
    return this.keyComponents();
  }

  private keyComponents(): Json {
    return this.many(() => {
      const op = this.u8();
      if (op === 0) return { eq: this.term() };
      return op === 1 ? { in: this.terms() } : { inMarker: this.term() };
    });
  }

  private tokenBound(): Json {
    return this.u8() === 0 ? undefined : { inclusive: this.u8() === 1, term: this.term() };
  }

  private clustering(): Json {
    return this.many(() => {
      const first = this.u16();
      const columns = this.u16();
      const row = (): Json[] => Array.from({ length: columns }, () => this.term());
      const on = { first, columns };
      switch (this.u8()) {
        case 0:
          return { ...on, eq: row() };
        case 1:
          return { ...on, in: this.many(row) };
        case 2:
          return { ...on, inMarker: this.term() };
        default: {
          const flags = this.u8();
          const lower = (flags & 1) !== 0 ? this.terms() : undefined;
          const upper = (flags & 4) !== 0 ? this.terms() : undefined;
          return { ...on, slice: { flags, lower, upper } };
        }
      }
    });
  }

  private filters(): Json {
    return this.many(() => {
      const target = this.u8();
      const column = this.u16();
      const operand = target === 1 ? { key: this.term() } : target === 2 ? { field: this.u16() } : {};
      const op = FILTERS[this.u8()];
      return { column, ...operand, op, operand: op === 'IN' ? this.terms() : this.term() };
    });
  }

  private metadata(): Json {
    const id = this.take(16).toString('hex');
    const columns = this.u16();
    const versions = Array.from({ length: this.u8() }, () => ({
      from: this.u8(),
      flags: this.u32(),
      specs: this.hexBlob(),
    }));
    return { id, columns, versions };
  }

  private select(): Json {
    return {
      table: this.take(16).toString('hex'),
      flags: this.u32(),
      partition: this.partition(),
      clustering: this.clustering(),
      filters: this.filters(),
      selection: this.many(() => ({ kind: this.u8(), column: this.u16() })),
      metadata: this.metadata(),
      limit: this.optionalTerm(),
      perPartitionLimit: this.optionalTerm(),
      ordering: this.many(() => ({ selected: this.u16(), descending: this.u8() === 1 })),
    };
  }

  private modification(): Json {
    return {
      table: this.take(16).toString('hex'),
      kind: this.u8(),
      flags: this.u32(),
      timestamp: this.optionalTerm(),
      ttl: this.optionalTerm(),
      partition: this.partition(),
      clustering: this.clustering(),
      operations: this.many(() => this.operation()),
      conditions: this.filters(),
      cas: this.cas(),
    };
  }

  private operation(): Json {
    const op = this.u8();
    const column = this.u16();
    switch (op) {
      case 1:
        return { op, column };
      case 6:
        return { op, column, key: this.term(), value: this.term() };
      case 7:
        return { op, column, key: this.term() };
      case 8:
        return { op, column, field: this.u16(), value: this.term() };
      case 9:
        return { op, column, field: this.u16() };
      default:
        return { op, column, value: this.term() };
    }
  }

  private cas(): Json {
    if (this.u8() === 0) return undefined;
    return { applied: this.metadata(), notApplied: this.metadata(), columns: this.many(() => this.u16()) };
  }

  private batch(): Json {
    return {
      type: this.u8(),
      timestamp: this.optionalTerm(),
      statements: this.many(() => {
        const nested = new PlanReader(this.take(this.i32()));
        const statement = nested.modification();
        if (!nested.atEnd) throw new Error(EVERY_BYTE_READ);
        return statement;
      }),
      cas: this.cas(),
    };
  }

  private many<T>(read: () => T): T[] {
    return Array.from({ length: this.u16() }, read);
  }

  private take(length: number): Buffer {
    if (length < 0 || this.offset + length > this.bytes.length) throw new Error('the plan ends early');
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  private u8(): number {
    return this.take(1).readUInt8();
  }

  private u16(): number {
    return this.take(2).readUInt16BE();
  }

  private u32(): number {
    return this.take(4).readUInt32BE();
  }

  private i32(): number {
    return this.take(4).readInt32BE();
  }

  private string(): string {
    return this.take(this.u16()).toString('utf8');
  }

  private hexBlob(): string | null {
    const length = this.i32();
    return length < 0 ? null : this.take(length).toString('hex');
  }
}
