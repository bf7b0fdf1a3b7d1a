/**
 * The one difference of answers that docs/compatibility.md declares: a row whose INSERT has expired, and that lives by
 * older cells alone. Cassandra leaves it out of a SELECT that names columns other than keys, but none of those
 * cells'. Whether a row is such a one is read from Cassandra's file, never from what the servers answer.
 */
import { type Address, type AnsweredRow, rowsOf, withConnection } from './answers.ts';
import type { FileTools } from './file-tools.ts';
import type { AskedQuery } from './queries.ts';
import type { Column, Table } from './random-table.ts';

/** A liveness or a cell. */
interface Written {
  readonly column: string;
  readonly timestamp: number;
  /** Infinity for never. */
  readonly expiresAtSeconds: number;
}

export interface StoredRow {
  readonly liveness: Written | null;
  readonly cells: readonly Written[];
}

/** A row of an answer and where it stands: keys as hexadecimal, the clustering of a partition's static content null. */
export interface KeyedRow {
  readonly partition: string;
  readonly clustering: string | null;
  readonly text: string;
}

export class ExpiredInserts {
  private readonly servers: { readonly cassandra: Address; readonly ceto: Address; readonly tools: FileTools };
  private readonly table: Table;
  private readonly columns: readonly Column[];
  private readonly nowInSeconds: number;

  /** `columns`: those that are still there. */
  constructor(
    servers: { readonly cassandra: Address; readonly ceto: Address; readonly tools: FileTools },
    table: Table,
    columns: readonly Column[],
    nowInSeconds: number,
  ) {
    this.servers = servers;
    this.table = table;
    this.columns = columns;
    this.nowInSeconds = nowInSeconds;
  }

  /** Whether the answers differ by such rows and by nothing else. `files` are Cassandra's, of which there is one. */
  async explain(
    query: AskedQuery,
    files: readonly string[],
    expected: readonly string[],
    got: readonly string[],
  ): Promise<boolean> {
    const { selection } = query;
    const [file] = files;
    if (selection === undefined || file === undefined || files.length > 1) return false;
    const [cassandra, ceto] = await Promise.all([
      this.keyedRows(this.servers.cassandra, query),
      this.keyedRows(this.servers.ceto, query),
    ]);
    if (cassandra === null || ceto === null) return false;
    const same = (keyed: readonly KeyedRow[], answer: readonly string[]) =>
      linesOf(keyed.slice(0, selection.limit)) === answer.join('\n');
    if (!same(cassandra, expected) || !same(ceto, got)) return false;
    const stored = storedRows(await this.servers.tools.run('rows', file), this.table);
    const existing = new Set(this.columns.map(plainName));
    const selected = new Set(selection.columns.map(plainName));
    return differOnlyBy(cassandra, ceto, (row) => {
      const found = stored.get(placeOf(row));
      return found !== undefined && livesUnseen(found, selected, existing, this.nowInSeconds);
    });
  }

  /** The query's rows without its limit; null for an error. */
  private async keyedRows(server: Address, query: AskedQuery): Promise<KeyedRow[] | null> {
    const { selection } = query;
    if (selection === undefined) return null;
    const keys = [...this.table.partitionKey, ...this.table.clustering].map(({ name }) => name).join(', ');
    const keyed = { ...query, cql: `SELECT ${selection.selected}, ${keys} ${selection.from}` };
    const { rows, error } = await withConnection(server, (connection) => rowsOf(connection, keyed, this.nowInSeconds));
    return error === null ? rows.map((row) => this.keyedRow(row, selection.columns.length)) : null;
  }

  private keyedRow({ values, bytes }: AnsweredRow, selected: number): KeyedRow {
    const clusteringFrom = selected + this.table.partitionKey.length;
    const clustering = bytes.slice(clusteringFrom);
    const isStatic = clustering.length > 0 && clustering.every((value) => value === null);
    return {
      partition: partitionKeyOf(bytes.slice(selected, clusteringFrom)).toString('hex'),
      clustering: isStatic ? null : clustering.map((value) => value?.toString('hex') ?? 'null').join('\t'),
      text: values.slice(0, selected).join(' | '),
    };
  }
}

const linesOf = (rows: readonly KeyedRow[]) => rows.map(({ text }) => text).join('\n');

const plainName = ({ name }: Column) => (name.startsWith('"') ? name.slice(1, -1) : name);

const placeOf = ({ partition, clustering }: KeyedRow) => `${partition}\t${clustering ?? 'static'}`;

/** A key of several columns is their values with lengths of two bytes and an end of one (CompositeType). */
function partitionKeyOf(values: readonly (Buffer | null)[]): Buffer {
  const parts = values.map((value) => value ?? Buffer.alloc(0));
  if (parts.length === 1) return parts[0] ?? Buffer.alloc(0);
  return Buffer.concat(
    parts.flatMap((part) => [Buffer.of(part.length >> 8, part.length & 0xff), part, Buffer.alloc(1)]),
  );
}

/** By their places, from the answer of `rows` of FileTools.java. */
export function storedRows(text: string, { clustering }: Pick<Table, 'clustering'>): Map<string, StoredRow> {
  const rows = new Map<string, StoredRow>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const words = line.split('\t');
    const place = [words[0], words.slice(1, 1 + clustering.length).join('\t')].join('\t');
    const [liveness = 'none', ...cells] = words.slice(1 + clustering.length);
    rows.set(place, { liveness: liveness === 'none' ? null : written(liveness), cells: cells.map(written) });
  }
  return rows;
}

function written(word: string): Written {
  const [, column, timestamp, expires] = /^(.*),(-?\d+),(never|\d+)$/.exec(word) ?? [];
  if (column === undefined || timestamp === undefined) throw new Error(`not a cell: ${word}`);
  return {
    column,
    timestamp: Number(timestamp),
    expiresAtSeconds: expires === 'never' ? Number.POSITIVE_INFINITY : Number(expires),
  };
}

/** Whether the row lives, but by nothing that a SELECT of these columns makes Cassandra see. */
export function livesUnseen(
  { liveness, cells }: StoredRow,
  selected: ReadonlySet<string>,
  existing: ReadonlySet<string>,
  nowInSeconds: number,
): boolean {
  if (liveness === null || liveness.expiresAtSeconds > nowInSeconds) return false;
  const live = cells.filter(({ column, expiresAtSeconds }) => existing.has(column) && expiresAtSeconds > nowInSeconds);
  return (
    live.length > 0 && live.every(({ column, timestamp }) => !selected.has(column) && timestamp < liveness.timestamp)
  );
}

/**
 * Whether `expected` is `got` without rows that `unseen` is true of, and at least one is left out. Of a partition all of
 * whose rows are left out, its static content may stay as a row of its own.
 */
export function differOnlyBy(
  expected: readonly KeyedRow[],
  got: readonly KeyedRow[],
  unseen: (row: KeyedRow) => boolean,
): boolean {
  const present = new Set(expected.map(placeOf));
  const left = new Set(got.filter((row) => present.has(placeOf(row)) || !unseen(row)));
  const kept = new Set([...left].map(({ partition }) => partition));
  const rest: KeyedRow[] = [];
  for (const row of got) {
    const content = { ...row, clustering: null };
    if (left.has(row)) rest.push(row);
    else if (!kept.has(row.partition) && present.has(placeOf(content))) {
      kept.add(row.partition);
      rest.push(content);
    }
  }
  const text = (rows: readonly KeyedRow[]) => JSON.stringify(rows.map((row) => [placeOf(row), row.text]));
  return left.size < got.length && text(rest) === text(expected);
}
