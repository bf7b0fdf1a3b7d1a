/** Random tables: keys, clustering orders, static and multi-cell columns, compression and other options. */
import type { Random } from '../durability/random.ts';
import {
  type CqlType,
  isMultiCell,
  literal,
  native,
  randomKeyType,
  randomNative,
  randomType,
  typeText,
  type UserType,
} from './random-types.ts';

export interface Column {
  readonly name: string;
  readonly type: CqlType;
}

/** What a table is made to show; `wide` has partitions with a row index, `many` more columns than one word of flags. */
export type Flavour = 'any' | 'wide' | 'counters' | 'many';

export interface Table {
  readonly keyspace: string;
  readonly name: string;
  readonly flavour: Flavour;
  readonly partitionKey: readonly Column[];
  readonly clustering: readonly (Column & { readonly descending: boolean })[];
  readonly statics: readonly Column[];
  readonly regulars: readonly Column[];
  readonly options: readonly string[];
  /** Literals that the key columns take, few enough that writes meet; by column. */
  readonly keyValues: ReadonlyMap<string, readonly string[]>;
}

export interface Schema {
  readonly keyspace: string;
  readonly userTypes: readonly UserType[];
  readonly tables: readonly Table[];
}

const KEY_VALUES = 4;
const MANY_COLUMNS = 75;

export function randomSchema(random: Random, keyspace: string): Schema {
  const userTypes: UserType[] = [];
  for (let i = 0; i < 2; ++i) {
    const fields = Array.from({ length: 1 + random.below(4) }, (_, field) => ({
      name: `f${field}`,
      // The first is made of what a key can be made of.
      type: i === 0 ? randomNative(random, true) : randomType(random, userTypes, false),
    }));
    userTypes.push({ name: `type${i}`, fields });
  }
  const flavours: readonly Flavour[] = ['any', 'any', 'any', 'wide', 'counters', random.chance(0.3) ? 'many' : 'any'];
  const tables = flavours.map((flavour, number) => randomTable(random, keyspace, `t${number}`, flavour, userTypes));
  return { keyspace, userTypes, tables };
}

function randomTable(
  random: Random,
  keyspace: string,
  name: string,
  flavour: Flavour,
  userTypes: readonly UserType[],
): Table {
  const columns = (prefix: string, count: number, type: () => CqlType): Column[] =>
    Array.from({ length: count }, (_, i) => ({
      name: random.chance(0.1) ? `"${prefix.toUpperCase()} ${i}"` : `${prefix}${random.below(26).toString(36)}${i}`,
      type: type(),
    }));
  const partitionKey = columns('p', random.pick([1, 1, 2, 3]), () => randomKeyType(random, userTypes));
  const clusterings = flavour === 'wide' ? 1 + random.below(2) : random.below(5);
  const clustering = columns('c', clusterings, () =>
    flavour === 'wide' ? native(random.pick(['int', 'text', 'bigint'])) : randomKeyType(random, userTypes),
  ).map((column) => ({ ...column, descending: random.chance(0.4) }));
  const counters = flavour === 'counters';
  const valueType = () => (counters ? native('counter') : randomType(random, userTypes, true));
  const statics = columns('s', clusterings > 0 && random.chance(0.5) ? 1 + random.below(3) : 0, valueType);
  const regulars =
    flavour === 'many'
      ? columns('v', MANY_COLUMNS, () => (random.chance(0.1) ? randomType(random, userTypes, true) : native('int')))
      : columns('v', (counters ? 1 : 0) + random.below(counters ? 3 : 7), valueType);
  const keyValues = new Map<string, readonly string[]>();
  for (const column of [...partitionKey, ...clustering]) {
    const count = flavour === 'wide' && clustering.some(({ name }) => name === column.name) ? 60 : KEY_VALUES;
    keyValues.set(
      column.name,
      Array.from({ length: count }, () => literal(random, column.type, column !== partitionKey[0])),
    );
  }
  const options = randomOptions(random, counters);
  return { keyspace, name, flavour, partitionKey, clustering, statics, regulars, options, keyValues };
}

function randomOptions(random: Random, counters: boolean): string[] {
  const options: string[] = [];
  const compressor = random.pick(['LZ4', 'Zstd', 'Snappy', 'Deflate', 'none', 'default']);
  if (compressor === 'none') {
    options.push("compression = {'enabled': 'false'}");
  } else if (compressor !== 'default') {
    const parts = [`'class': '${compressor}Compressor'`, `'chunk_length_in_kb': '${random.pick([4, 16, 64])}'`];
    if (random.chance(0.3)) parts.push(`'min_compress_ratio': '${random.pick(['1.1', '1.5', '4'])}'`);
    if (compressor === 'Zstd' && random.chance(0.3)) parts.push(`'compression_level': '${random.pick([1, 7])}'`);
    if (compressor === 'LZ4' && random.chance(0.3)) {
      parts.push("'lz4_compressor_type': 'high'", `'lz4_high_compressor_level': '${random.pick([3, 12])}'`);
    }
    options.push(`compression = {${parts.join(', ')}}`);
  }
  if (random.chance(0.3)) options.push(`crc_check_chance = ${random.pick(['0.0', '0.5', '1.0'])}`);
  if (random.chance(0.3)) options.push(`bloom_filter_fp_chance = ${random.pick(['0.1', '0.001', '0.5'])}`);
  if (random.chance(0.2)) options.push(`min_index_interval = ${random.pick([1, 2, 64])}`);
  if (!counters && random.chance(0.15)) options.push('default_time_to_live = 500000');
  if (random.chance(0.2)) options.push('gc_grace_seconds = 0');
  return options;
}

/** The statements that make it, in order. */
export function schemaStatements({ keyspace, userTypes, tables }: Schema): string[] {
  return [
    `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    ...userTypes.map(
      ({ name, fields }) =>
        `CREATE TYPE ${keyspace}.${name} (${fields.map((field) => `${field.name} ${fieldType(field.type)}`).join(', ')})`,
    ),
    ...tables.map(tableStatement),
  ];
}

const fieldType = (type: CqlType) => typeText('frozen' in type ? { ...type, frozen: true } : type);

function tableStatement(table: Table): string {
  const define = (column: Column, suffix = '') => `${column.name} ${typeText(column.type)}${suffix}`;
  const key = `(${table.partitionKey.map(({ name }) => name).join(', ')})`;
  const columns = [
    ...[...table.partitionKey, ...table.clustering].map((column) => define(column)),
    ...table.statics.map((column) => define(column, ' static')),
    ...table.regulars.map((column) => define(column)),
    `PRIMARY KEY (${[key, ...table.clustering.map(({ name }) => name)].join(', ')})`,
  ];
  const options = [...table.options];
  if (table.clustering.length > 0) {
    const order = table.clustering.map(({ name, descending }) => `${name} ${descending ? 'DESC' : 'ASC'}`);
    options.unshift(`CLUSTERING ORDER BY (${order.join(', ')})`);
  }
  const tail = options.length > 0 ? ` WITH ${options.join(' AND ')}` : '';
  return `CREATE TABLE ${table.keyspace}.${table.name} (${columns.join(', ')})${tail}`;
}

/** Columns that a DELETE or a selection of write times can name. */
export const isSimple = (column: Column) => !isMultiCell(column.type);
