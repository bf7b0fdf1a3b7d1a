/** Questions put to a server, and what it says as text. */
import { createHash } from 'node:crypto';
import { CqlConnection } from '../protocol-client/connection.ts';
import type { Response } from '../protocol-client/responses.ts';
import { valueText } from '../protocol-client/value-text.ts';
import type { Query } from './queries.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Times to live of the operations and of tables. */
export const TTLS = [300_000, 400_000, 500_000];
const TTL_SLACK_SECONDS = 3600;
/** A longer answer is kept as its hash. */
const KEPT_CHARACTERS = 1000;

export async function withConnection<Result>(
  { host, port }: Address,
  use: (connection: CqlConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await CqlConnection.open(host, port, 5);
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}

export function answerText(response: Response): string {
  return response.kind === 'error' ? `error ${response.error.code}: ${response.error.message}` : response.kind;
}

/** A row's values as text, and their bytes. */
export interface AnsweredRow {
  readonly values: readonly (string | null)[];
  readonly bytes: readonly (Buffer | null)[];
}

/** All pages, an error as the last line; `nowInSeconds` is the time that expiry is judged by. */
export async function answerOf(connection: CqlConnection, query: Query, nowInSeconds: number): Promise<string[]> {
  const { rows, error } = await rowsOf(connection, query, nowInSeconds);
  return [...rows.map(({ values }) => values.join(' | ')), ...(error === null ? [] : [error])];
}

/** The rows of all pages, up to an error. */
export async function rowsOf(
  connection: CqlConnection,
  query: Query,
  nowInSeconds: number,
): Promise<{ readonly rows: readonly AnsweredRow[]; readonly error: string | null }> {
  const rows: AnsweredRow[] = [];
  let pagingState: Buffer | null = null;
  do {
    const page = { pageSize: query.pageSize, nowInSeconds, ...(pagingState === null ? {} : { pagingState }) };
    const response: Response = await connection.query(query.cql, page);
    if (response.kind !== 'rows') return { rows, error: answerText(response) };
    const { columns } = response.rows;
    for (const bytes of response.rows.rows) {
      const values = bytes.map((value, index) => {
        const type = columns[index]?.type;
        if (type === undefined) throw new Error('more values than columns');
        return query.timesToLive === true ? writtenTtl(value) : valueText(type, value);
      });
      rows.push({ values, bytes });
    }
    pagingState = response.rows.pagingState;
  } while (pagingState !== null);
  return { rows, error: null };
}

/** The time to live that was written, from what is left of it. */
function writtenTtl(bytes: Buffer | null): string | null {
  if (bytes === null) return null;
  if (bytes.length !== 4) return bytes.toString('hex');
  const left = bytes.readInt32BE();
  return String(TTLS.find((ttl) => left <= ttl && left > ttl - TTL_SLACK_SECONDS) ?? left);
}

/** What is kept of an answer. */
export function digestOf(rows: readonly string[]): string {
  const text = rows.join('\n');
  if (text.length <= KEPT_CHARACTERS) return text;
  return `${rows.length} rows, SHA-256 ${createHash('sha256').update(text).digest('hex')}`;
}
