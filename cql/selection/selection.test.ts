import { describe, expect, test } from 'vitest';
import { planText, readGolden, schemaOf } from '../planner/testing.ts';
import { decodePlan } from '../planner/testing-decoder.ts';

type HexRow = readonly (string | null)[];

/** What Cassandra answered, and every raw cell (`value`, `writetime`, …) of the tables that it was asked about. */
interface RecordedRows {
  readonly keyspace: string;
  readonly schema: readonly string[];
  readonly tables: Readonly<Record<string, { readonly cells: readonly string[]; readonly rows: readonly HexRow[] }>>;
  readonly statements: readonly { readonly statement: string; readonly rows: readonly HexRow[] }[];
}

interface DecodedSelect {
  readonly body: {
    readonly partition: readonly { readonly eq: { readonly constant: string } }[];
    readonly selection: readonly { readonly kind: number; readonly column: number }[];
  };
}

const RAW_KINDS = ['value', 'writetime', 'ttl', 'maxwritetime'];

const golden = readGolden<RecordedRows>('./rows.golden.json');
const schema = schemaOf(golden);

const toBytes = (hex: string | null): Uint8Array | null => (hex === null ? null : Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'));

/** The rows as the worker finishes them, from the raw cells that the plan asks the shard for, two rows a page. */
function answer(statement: string): (string | null)[][] {
  const plan = planText(schema, golden.keyspace, statement);
  if (plan.kind !== 'slow' || plan.slow.rows === null) throw new Error('not for the worker');
  const [table] = plan.tables;
  const raw = golden.tables[table?.name ?? ''];
  if (table === undefined || raw === undefined) throw new Error('no rows were recorded');
  const { body } = decodePlan(plan.bytes) as DecodedSelect;
  const cells = body.selection.map(({ kind, column: id }) => {
    const column = table.columns.find((candidate) => candidate.id === id);
    return raw.cells.indexOf(`${RAW_KINDS[kind]} ${column?.name}`);
  });
  expect(cells).not.toContain(-1);
  const key = Array.isArray(body.partition) ? body.partition[0]?.eq.constant : undefined;
  const rows = raw.rows
    .filter((row) => key === undefined || row[0] === key)
    .map((row) => cells.map((index) => toBytes(row[index] ?? null)));
  const context = { now: () => 0 };
  const run = plan.slow.rows.start(
    plan.slow.computedTerms.map((term) => term.evaluate([], context)),
    context,
  );
  const finished = [];
  for (let i = 0; i < rows.length; i += 2) finished.push(...run.page(rows.slice(i, i + 2)));
  finished.push(...run.finish());
  return finished.map((row) => row.map(toHex));
}

describe('rows that the worker finishes are those of Cassandra', () => {
  const finished = golden.statements.filter(({ statement }) => !statement.includes('1 + 0'));
  test.each(finished.map((one) => [one.statement, one.rows] as const))('%s', (statement, rows) => {
    expect(answer(statement)).toEqual(rows);
  });
});
