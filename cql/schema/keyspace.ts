import type { CqlType, UserType } from '../types/index.ts';
import type { StringMap } from './params.ts';
import type { TableMetadata } from './table.ts';

/** A user-defined function as CREATE FUNCTION gave it. */
export interface FunctionMetadata {
  readonly name: string;
  readonly argumentNames: readonly string[];
  readonly argumentTypes: readonly CqlType[];
  readonly returnType: CqlType;
  readonly calledOnNullInput: boolean;
  readonly language: string;
  readonly body: string;
}

/** A user-defined aggregate as CREATE AGGREGATE gave it. */
export interface AggregateMetadata {
  readonly name: string;
  readonly argumentTypes: readonly CqlType[];
  readonly stateFunction: string;
  readonly stateType: CqlType;
  readonly finalFunction: string | null;
  readonly initialCondition: string | null;
  readonly returnType: CqlType;
}

export interface ViewMetadata {
  readonly table: TableMetadata;
  readonly baseTable: string;
  readonly baseTableId: string;
  readonly includeAllColumns: boolean;
  readonly whereClause: string;
}

export interface KeyspaceFields {
  readonly name: string;
  readonly durableWrites: boolean;
  /** `class` first, then the strategy's options; empty for virtual keyspaces. */
  readonly replication: StringMap;
  readonly tables: ReadonlyMap<string, TableMetadata>;
  readonly types: ReadonlyMap<string, UserType>;
  readonly functions: readonly FunctionMetadata[];
  readonly aggregates: readonly AggregateMetadata[];
  readonly views: ReadonlyMap<string, ViewMetadata>;
  readonly virtual: boolean;
}

/** A keyspace with everything in it; immutable. `with` gives a changed copy. */
export class KeyspaceMetadata implements KeyspaceFields {
  readonly name: string;
  readonly durableWrites: boolean;
  readonly replication: StringMap;
  readonly tables: ReadonlyMap<string, TableMetadata>;
  readonly types: ReadonlyMap<string, UserType>;
  readonly functions: readonly FunctionMetadata[];
  readonly aggregates: readonly AggregateMetadata[];
  readonly views: ReadonlyMap<string, ViewMetadata>;
  readonly virtual: boolean;

  constructor(fields: KeyspaceFields) {
    this.name = fields.name;
    this.durableWrites = fields.durableWrites;
    this.replication = fields.replication;
    this.tables = fields.tables;
    this.types = fields.types;
    this.functions = fields.functions;
    this.aggregates = fields.aggregates;
    this.views = fields.views;
    this.virtual = fields.virtual;
  }

  /** Copies of each row over all datacenters; 0 in a virtual keyspace, whose rows no replica holds. */
  get replicationFactor(): number {
    if (this.virtual) return 0;
    const factors = [...this.replication].filter(([name]) => name !== 'class');
    // LocalStrategy names none: each node has its own.
    return factors.length === 0 ? 1 : factors.reduce((sum, [, factor]) => sum + Number(factor), 0);
  }

  /** A table or the table behind a view. */
  tableOrView(name: string): TableMetadata | undefined {
    return this.tables.get(name) ?? this.views.get(name)?.table;
  }

  with(changes: Partial<KeyspaceFields>): KeyspaceMetadata {
    return new KeyspaceMetadata({ ...this.fields(), ...changes });
  }

  withTable(table: TableMetadata): KeyspaceMetadata {
    return this.with({ tables: new Map(this.tables).set(table.name, table) });
  }

  withoutTable(name: string): KeyspaceMetadata {
    const tables = new Map(this.tables);
    tables.delete(name);
    return this.with({ tables });
  }

  withTypes(types: ReadonlyMap<string, UserType>): KeyspaceMetadata {
    return this.with({ types });
  }

  private fields(): KeyspaceFields {
    const { name, durableWrites, replication, tables, types, functions, aggregates, views, virtual } = this;
    return { name, durableWrites, replication, tables, types, functions, aggregates, views, virtual };
  }
}

/** A keyspace that holds nothing yet. */
export function emptyKeyspace(name: string, replication: StringMap, durableWrites = true): KeyspaceMetadata {
  return new KeyspaceMetadata({
    name,
    durableWrites,
    replication,
    tables: new Map(),
    types: new Map(),
    functions: [],
    aggregates: [],
    views: new Map(),
    virtual: false,
  });
}
