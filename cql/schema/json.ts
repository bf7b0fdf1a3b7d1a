import { fromHex, marshalName, parseMarshalName, toHex, type UserType } from '../types/index.ts';
import type { ColumnMask, ColumnMetadata, DroppedColumn } from './column.ts';
import { type AggregateMetadata, type FunctionMetadata, KeyspaceMetadata, type ViewMetadata } from './keyspace.ts';
import type { TableParams } from './params.ts';
import { type IndexMetadata, TableMetadata } from './table.ts';

/** Version of the JSON that keyspaces are stored as. */
export const KEYSPACE_FORMAT = 1;

type Json = null | string | number | boolean | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

/** A keyspace as plain JSON; types stand as marshal class strings, maps as lists of pairs so that their order stays. */
export function keyspaceToJson(keyspace: KeyspaceMetadata): JsonObject {
  return {
    format: KEYSPACE_FORMAT,
    name: keyspace.name,
    durableWrites: keyspace.durableWrites,
    virtual: keyspace.virtual,
    replication: [...keyspace.replication],
    types: [...keyspace.types.values()].map(marshalName),
    tables: [...keyspace.tables.values()].map(tableToJson),
    views: [...keyspace.views.values()].map((view) => ({ ...view, table: tableToJson(view.table) })),
    functions: keyspace.functions.map((one) => ({
      ...one,
      argumentTypes: one.argumentTypes.map(marshalName),
      returnType: marshalName(one.returnType),
    })),
    aggregates: keyspace.aggregates.map((one) => ({
      ...one,
      argumentTypes: one.argumentTypes.map(marshalName),
      stateType: marshalName(one.stateType),
      returnType: marshalName(one.returnType),
    })),
  };
}

/** The inverse. A format that this version does not know is corrupt state: it throws. */
export function keyspaceFromJson(json: JsonObject): KeyspaceMetadata {
  if (json.format !== KEYSPACE_FORMAT) throw new Error(`Unknown format ${String(json.format)} of a stored keyspace`);
  const types = texts(json.types).map((text) => parseMarshalName(text) as UserType);
  const tables = objects(json.tables).map(tableFromJson);
  const views = objects(json.views).map(viewFromJson);
  return new KeyspaceMetadata({
    name: String(json.name),
    durableWrites: json.durableWrites === true,
    virtual: json.virtual === true,
    replication: stringMap(json.replication),
    types: new Map(types.map((type) => [type.name, type])),
    tables: new Map(tables.map((table) => [table.name, table])),
    views: new Map(views.map((view) => [view.table.name, view])),
    functions: objects(json.functions).map(functionFromJson),
    aggregates: objects(json.aggregates).map(aggregateFromJson),
  });
}

function tableToJson(table: TableMetadata): JsonObject {
  return {
    id: table.id,
    keyspace: table.keyspace,
    name: table.name,
    kind: table.kind,
    memoryOnly: table.memoryOnly,
    counter: table.counter,
    nextColumnId: table.nextColumnId,
    columns: table.columns.map(columnToJson),
    dropped: [...table.dropped.values()].map((column) => ({
      ...column,
      type: marshalName(column.type),
      droppedTimeMicros: column.droppedTimeMicros.toString(),
    })),
    params: paramsToJson(table.params),
    indexes: [...table.indexes.values()].map((index) => ({ ...index, options: [...index.options] })),
    triggers: [...table.triggers].map(([name, options]) => [name, [...options]]),
  };
}

function columnToJson({ mask, ...column }: ColumnMetadata): JsonObject {
  const plain = { ...column, type: marshalName(column.type) };
  return mask === undefined ? plain : { ...plain, mask: { ...mask } };
}

function paramsToJson(params: TableParams): JsonObject {
  return {
    ...params,
    caching: { ...params.caching },
    compaction: [...params.compaction],
    compression: [...params.compression],
    extensions: [...params.extensions].map(([name, bytes]) => [name, toHex(bytes)]),
  };
}

function tableFromJson(json: JsonObject): TableMetadata {
  const dropped = objects(json.dropped).map(
    (column) =>
      ({
        ...column,
        type: parseMarshalName(String(column.type)),
        droppedTimeMicros: BigInt(String(column.droppedTimeMicros)),
      }) as unknown as DroppedColumn,
  );
  const indexes = objects(json.indexes).map(
    (index) => ({ ...index, options: stringMap(index.options) }) as unknown as IndexMetadata,
  );
  const triggers = pairs(json.triggers).map(([name, options]) => [String(name), stringMap(options)] as const);
  return new TableMetadata({
    id: String(json.id),
    keyspace: String(json.keyspace),
    name: String(json.name),
    kind: json.kind as TableMetadata['kind'],
    memoryOnly: json.memoryOnly === true,
    counter: json.counter === true,
    nextColumnId: Number(json.nextColumnId),
    columns: objects(json.columns).map(columnFromJson),
    dropped: new Map(dropped.map((column) => [column.name, column])),
    params: paramsFromJson(json.params as JsonObject),
    indexes: new Map(indexes.map((index) => [index.name, index])),
    triggers: new Map(triggers),
  });
}

function columnFromJson(json: JsonObject): ColumnMetadata {
  const column = { ...json, type: parseMarshalName(String(json.type)) } as unknown as ColumnMetadata;
  return json.mask === undefined ? column : { ...column, mask: json.mask as unknown as ColumnMask };
}

function paramsFromJson(json: JsonObject): TableParams {
  return {
    ...(json as unknown as TableParams),
    compaction: stringMap(json.compaction),
    compression: stringMap(json.compression),
    extensions: new Map([...stringMap(json.extensions)].map(([name, hex]) => [name, fromHex(hex) as Uint8Array])),
  };
}

function viewFromJson(json: JsonObject): ViewMetadata {
  return { ...(json as unknown as ViewMetadata), table: tableFromJson(json.table as JsonObject) };
}

function functionFromJson(json: JsonObject): FunctionMetadata {
  return {
    ...(json as unknown as FunctionMetadata),
    argumentTypes: texts(json.argumentTypes).map(parseMarshalName),
    returnType: parseMarshalName(String(json.returnType)),
  };
}

function aggregateFromJson(json: JsonObject): AggregateMetadata {
  return {
    ...(json as unknown as AggregateMetadata),
    argumentTypes: texts(json.argumentTypes).map(parseMarshalName),
    stateType: parseMarshalName(String(json.stateType)),
    returnType: parseMarshalName(String(json.returnType)),
  };
}

function objects(json: Json | undefined): readonly JsonObject[] {
  return json as readonly JsonObject[];
}

function texts(json: Json | undefined): readonly string[] {
  return json as readonly string[];
}

function pairs(json: Json | undefined): readonly (readonly [Json, Json])[] {
  return json as unknown as readonly (readonly [Json, Json])[];
}

function stringMap(json: Json | undefined): ReadonlyMap<string, string> {
  return new Map(pairs(json) as readonly (readonly [string, string])[]);
}
