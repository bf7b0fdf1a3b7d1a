/** The questions that both servers are asked about a table, whatever its rows come from. */
import type { Random } from '../durability/random.ts';
import { type Column, isSimple, type Table } from './random-table.ts';

export interface Query {
  readonly cql: string;
  /** Asked for in pages of so many rows. */
  readonly pageSize: number;
  /** Remaining times to live differ by what passes between the questions. */
  readonly timesToLive?: boolean;
}

const SLICES = 12;
const PAGE_SIZES = [1, 2, 3, 7, 100, 5000];

/** `columns`: those that are still there. */
export function randomQueries(random: Random, table: Table, columns: readonly Column[]): Query[] {
  const name = `${table.keyspace}.${table.name}`;
  const page = () => random.pick(PAGE_SIZES);
  const queries: Query[] = [
    { cql: `SELECT * FROM ${name}`, pageSize: 5000 },
    { cql: `SELECT * FROM ${name}`, pageSize: random.pick([2, 5]) },
    { cql: `SELECT count(*) FROM ${name}`, pageSize: page() },
    { cql: `SELECT DISTINCT ${table.partitionKey.map(({ name }) => name).join(', ')} FROM ${name}`, pageSize: page() },
  ];
  const timed = columns.filter(isSimple).map((column) => column.name);
  if (timed.length > 0 && table.flavour !== 'counters') {
    const of = (what: string) => `SELECT ${timed.map((column) => `${what}(${column})`).join(', ')} FROM ${name}`;
    queries.push({ cql: of('writetime'), pageSize: 5000 }, { cql: of('ttl'), pageSize: 5000, timesToLive: true });
  }
  for (let i = 0; i < SLICES; ++i) queries.push({ cql: slice(random, table, columns), pageSize: page() });
  return queries;
}

function slice(random: Random, table: Table, columns: readonly Column[]): string {
  const value = (column: Column) => random.pick(table.keyValues.get(column.name) ?? []);
  const where = table.partitionKey.map((column) => `${column.name} = ${value(column)}`);
  const depth = random.below(table.clustering.length + 1);
  for (const column of table.clustering.slice(0, depth)) where.push(`${column.name} = ${value(column)}`);
  const ranged = table.clustering[depth];
  if (ranged !== undefined && random.chance(0.8)) {
    if (random.chance(0.7)) where.push(`${ranged.name} ${random.pick(['>', '>='])} ${value(ranged)}`);
    if (random.chance(0.7)) where.push(`${ranged.name} ${random.pick(['<', '<='])} ${value(ranged)}`);
  }
  const chosen = columns.filter(() => random.chance(0.5)).map(({ name }) => name);
  const selected = random.chance(0.4) || chosen.length === 0 ? '*' : chosen.join(', ');
  let order = '';
  if (table.clustering.length > 0 && random.chance(0.5)) {
    const reversed = table.clustering.map(({ name, descending }) => `${name} ${descending ? 'ASC' : 'DESC'}`);
    order = ` ORDER BY ${reversed.join(', ')}`;
  }
  const limit = random.chance(0.2) ? ` LIMIT ${1 + random.below(5)}` : '';
  return `SELECT ${selected} FROM ${table.keyspace}.${table.name} WHERE ${where.join(' AND ')}${order}${limit}`;
}
