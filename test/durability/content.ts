/** The tables' content through a driver, as the model writes it. */
import type cassandra from 'cassandra-driver';
import { EMPTY, type Key, type Partition, type Row, TABLES, type TableName } from './model.ts';

/** Small, so that a scan takes several pages. */
const FETCH_SIZE = 40;

type Found = Record<string, unknown>;

export async function readPartition(client: cassandra.Client, { table, k }: Key): Promise<Partition> {
  const result = await client.execute(`SELECT * FROM ${table} WHERE k = ?`, [k], { prepare: true });
  return (result.rows as unknown as Found[]).reduce((partition, row) => withFound(table, partition, row), EMPTY);
}

/** All partitions of all tables by `table/k`, by paged scans. */
export async function readAll(client: cassandra.Client): Promise<Map<string, Partition>> {
  const all = new Map<string, Partition>();
  for (const table of TABLES) {
    const scan = client.stream(`SELECT * FROM ${table}`, [], { prepare: true, autoPage: true, fetchSize: FETCH_SIZE });
    for await (const row of scan as unknown as AsyncIterable<Found>) {
      const name = `${table}/${row['k']}`;
      all.set(name, withFound(table, all.get(name) ?? EMPTY, row));
    }
  }
  return all;
}

function withFound(table: TableName, partition: Partition, found: Found): Partition {
  const fixed = (found['s'] as number | null | undefined) ?? null;
  // A row of nothing but the static column.
  if (found['c'] === null) return { ...partition, fixed };
  const c = (found['c'] as number | undefined) ?? 0;
  if (c in partition.rows) throw new Error(`${table}/${found['k']}: row ${c} came twice`);
  return { rows: { ...partition.rows, [c]: rowOf(table, found) }, fixed };
}

function rowOf(table: TableName, found: Found): Row {
  switch (table) {
    case 'plain':
    case 'rows':
      return { v: found['v'] };
    case 'collections':
      return { l: found['l'], m: found['m'], t: found['t'] };
    case 'counters':
      return { n: Number(found['n']) };
    case 'conditional':
      return { v: found['v'], note: found['note'] };
  }
}
