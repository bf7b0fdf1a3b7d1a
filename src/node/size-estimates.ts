/**
 * system.size_estimates: for each table and token range of this node, how many partitions and how large.
 * Readers that split a table into parts (Spark, Trino) ask it. Written anew every few minutes from the
 * statistics of the SSTables, as Cassandra does; what is only in memory does not count there either.
 */
import { isSystemKeyspace, type Schema, type TableMetadata } from '../../cql/schema/index.ts';
import type { Write } from './internal-cql.ts';

/** Cassandra's SizeEstimatesRecorder runs this often. */
export const SIZE_ESTIMATES_MILLISECONDS = 5 * 60 * 1000;

const RING_SIZE = 2n ** 64n;
const MIN_TOKEN = -(2n ** 63n);

export interface TableSize {
  readonly partitions: number;
  readonly meanPartitionBytes: number;
}

export interface TokenSpan {
  readonly start: bigint;
  readonly end: bigint;
  /** The part of the ring that it covers, 0 to 1. */
  readonly fraction: number;
}

/** The ranges that the tokens of the only node cut the ring into: each from the token before it. */
export function tokenSpans(tokens: readonly string[]): TokenSpan[] {
  const sorted = tokens.map(BigInt).sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  const last = sorted.at(-1);
  if (last === undefined) return [];
  const spans: TokenSpan[] = [];
  // The range that wraps is told in two, so that every start is below its end.
  let start = MIN_TOKEN;
  for (const end of sorted) {
    spans.push(span(start, end));
    start = end;
  }
  spans.push(span(last, MIN_TOKEN));
  return spans;
}

function span(start: bigint, end: bigint): TokenSpan {
  const width = (end - start + RING_SIZE) % RING_SIZE;
  return { start, end, fraction: Number(width) / Number(RING_SIZE) };
}

/** The tables that the estimates are about. */
export function estimatedTables(schema: Schema): TableMetadata[] {
  return [...schema.keyspaces.values()]
    .filter((keyspace) => !keyspace.virtual && !isSystemKeyspace(keyspace.name))
    .flatMap((keyspace) => [...keyspace.tables.values()]);
}

/** Deletes what a keyspace had and writes its rows; the timestamp of the deletion comes before that of the rows. */
export function sizeEstimateWrites(
  keyspace: string,
  sizes: ReadonlyMap<string, TableSize>,
  spans: readonly TokenSpan[],
  deletedAtMicros: bigint,
): Write[] {
  const writes: Write[] = [
    {
      text: 'DELETE FROM system.size_estimates USING TIMESTAMP ? WHERE keyspace_name = ?',
      values: [deletedAtMicros, keyspace],
    },
  ];
  for (const [table, size] of sizes) {
    for (const { start, end, fraction } of spans) {
      writes.push({
        text: 'INSERT INTO system.size_estimates (keyspace_name, table_name, range_start, range_end, partitions_count, mean_partition_size) VALUES (?, ?, ?, ?, ?, ?)',
        values: [
          keyspace,
          table,
          start.toString(),
          end.toString(),
          BigInt(Math.round(size.partitions * fraction)),
          BigInt(Math.round(size.meanPartitionBytes)),
        ],
      });
    }
  }
  return writes;
}
