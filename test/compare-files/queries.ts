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

/** A query whose selection names columns, so that it can be asked again with the keys of its rows. */
export interface AskedQuery extends Query {
  readonly selection?: Selection;
}

export interface Selection {
  /** One a value. */
  readonly columns: readonly Column[];
  /** What stands before FROM, and what from there to a LIMIT. */
  readonly selected: string;
  readonly from: string;
  readonly limit: number;
}

const SLICES = 12;
const PAGE_SIZES = [1, 2, 3, 7, 100, 5000];

/** `columns`: those that are still there. */
export function randomQueries(random: Random, table: Table, columns: readonly Column[]): AskedQuery[] {
  const name = `${table.keyspace}.${table.name}`;
  const page = () => random.pick(PAGE_SIZES);
  const queries: AskedQuery[] = [
    { cql: `SELECT * FROM ${name}`, pageSize: 5000 },
    { cql: `SELECT * FROM ${name}`, pageSize: random.pick([2, 5]) },
    { cql: `SELECT count(*) FROM ${name}`, pageSize: page() },
    { cql: `SELECT DISTINCT ${table.partitionKey.map(({ name }) => name).join(', ')} FROM ${name}`, pageSize: page() },
  ];
  const timed = columns.filter(isSimple);
  if (timed.length > 0 && table.flavour !== 'counters') {
    const of = (what: string) => {
      const selected = timed.map((column) => `${what}(${column.name})`).join(', ');
      return naming({ columns: timed, selected, from: `FROM ${name}`, limit: Infinity }, 5000);
    };
    queries.push(of('writetime'), { ...of('ttl'), timesToLive: true });
  }
  for (let i = 0; i < SLICES; ++i) queries.push(slice(random, table, columns, page));
  return queries;
}

function naming(selection: Selection, pageSize: number): AskedQuery {
  const limit = selection.limit === Infinity ? '' : ` LIMIT ${selection.limit}`;
  return { cql: `SELECT ${selection.selected} ${selection.from}${limit}`, pageSize, selection };
}

function slice(random: Random, table: Table, columns: readonly Column[], page: () => number): AskedQuery {
  const value = (column: Column) => random.pick(table.keyValues.get(column.name) ?? []);
  const where = table.partitionKey.map((column) => `${column.name} = ${value(column)}`);
  const depth = random.below(table.clustering.length + 1);
  for (const column of table.clustering.slice(0, depth)) where.push(`${column.name} = ${value(column)}`);
  const ranged = table.clustering[depth];
  if (ranged !== undefined && random.chance(0.8)) {
    if (random.chance(0.7)) where.push(`${ranged.name} ${random.pick(['>', '>='])} ${value(ranged)}`);
    if (random.chance(0.7)) where.push(`${ranged.name} ${random.pick(['<', '<='])} ${value(ranged)}`);
  }
  const chosen = columns.filter(() => random.chance(0.5));
  const whole = random.chance(0.4) || chosen.length === 0;
  let order = '';
  if (table.clustering.length > 0 && random.chance(0.5)) {
    const reversed = table.clustering.map(({ name, descending }) => `${name} ${descending ? 'ASC' : 'DESC'}`);
    order = ` ORDER BY ${reversed.join(', ')}`;
  }
  const limit = random.chance(0.2) ? 1 + random.below(5) : Infinity;
  const from = `FROM ${table.keyspace}.${table.name} WHERE ${where.join(' AND ')}${order}`;
  const selected = whole ? '*' : chosen.map(({ name }) => name).join(', ');
  const query = naming({ columns: chosen, selected, from, limit }, page());
  return whole ? { cql: query.cql, pageSize: query.pageSize } : query;
}
