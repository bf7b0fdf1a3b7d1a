/**
 * One round: a random schema and random operations on both servers, flushed, and everything compared that can
 * be: the content of the files, their metadata, what Ceto answers from Cassandra's files, and Cassandra from
 * Ceto's. docs/formats/sstable.md is what this proves.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../durability/random.ts';
import type { RunningCeto } from '../server/start-ceto.ts';
import { type Address, answerOf, answerText, digestOf, TTLS, withConnection } from './answers.ts';
import { ExpiredInserts } from './expired-inserts.ts';
import { copyFileSet, dataFiles, restartWith } from './file-sets.ts';
import { type FileTools, ToolFailed } from './file-tools.ts';
import { normalisedMetadata, normalisedPartitions, similarRatios, similarSizes } from './normalise.ts';
import { type AskedQuery, randomQueries } from './queries.ts';
import { randomOperations } from './random-operations.ts';
import { type Column, randomSchema, type Schema, schemaStatements, type Table } from './random-table.ts';
import { keepSets, writeRecording } from './recording.ts';

export interface Servers {
  /** Writes. */
  readonly ceto: RunningCeto;
  /** Gets Cassandra's files; restarted in every round. */
  readonly loader: RunningCeto;
  readonly cassandra: { readonly host: string; readonly port: number };
  readonly cassandraData: string;
  readonly tools: FileTools;
  /** For files on their way into Cassandra. */
  readonly scratch: string;
}

export interface Difference {
  readonly table: string;
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

export interface RoundReport {
  readonly statements: number;
  readonly files: number;
  readonly queries: number;
  /** Answers that differ as docs/compatibility.md says. */
  readonly declared: number;
  readonly differences: readonly Difference[];
}

type Queries = ReadonlyMap<Table, readonly AskedQuery[]>;
type Answers = ReadonlyMap<AskedQuery, readonly string[]>;

/** Cells that live for a second, and tombstones of tables without grace, are over by then. */
const EXPIRY_MS = 2500;

export class Round {
  private readonly servers: Servers;
  private readonly random: Random;
  private readonly schema: Schema;
  private readonly differences: Difference[] = [];
  private readonly window = { from: Math.floor(Date.now() / 1000), to: 0 };
  private readonly dropped = new Map<string, Set<Column>>();
  private statements = 0;
  private files = 0;
  private queries = 0;
  private declared = 0;
  private now = 0;
  private readonly schemaChanges: string[] = [];
  private readonly recordIn: string | null;

  /** `recordIn`: keeps Cassandra's files and answers for `recorded.test.ts`, by way of that directory. */
  constructor(servers: Servers, seed: number, recordIn: string | null = null) {
    this.servers = servers;
    this.recordIn = recordIn;
    this.random = new Random(seed);
    this.schema = randomSchema(this.random, `files${seed}`);
  }

  /** Their full names. */
  get tables(): string[] {
    return this.schema.tables.map(({ keyspace, name }) => `${keyspace}.${name}`);
  }

  async run(): Promise<RoundReport> {
    const { servers, schema, random } = this;
    const compacted = random.chance(0.4);
    for (const statement of schemaStatements(schema)) await this.onBoth(statement, true);
    await this.write(!compacted);
    await this.flush();
    if (compacted) {
      await this.drop();
      await this.write(true);
      await this.flush();
      await sleep(EXPIRY_MS);
      await servers.tools.run('compact', schema.keyspace);
      await post(servers.ceto, '/api/v1/compact', { keyspace: schema.keyspace });
    }
    this.window.to = Math.ceil(Date.now() / 1000);
    for (const table of schema.tables) await this.compareFiles(table);
    if (!compacted) await this.drop();
    await sleep(EXPIRY_MS);
    this.now = Math.floor(Date.now() / 1000);
    const queries = new Map(schema.tables.map((table) => [table, randomQueries(random, table, this.columns(table))]));
    const answers = await this.answersOf(servers.cassandra, queries);
    await this.compareWithCeto('answers before any files moved', servers.ceto, queries, answers);
    if (this.recordIn !== null) this.record(queries, answers);
    await this.loadIntoCeto();
    await this.compareWithCeto("Ceto's answers from Cassandra's files", servers.loader, queries, answers);
    await this.loadIntoCassandra();
    const back = await this.answersOf(servers.cassandra, queries);
    for (const [table, query] of askedOf(queries)) {
      const what = `Cassandra's answers from Ceto's files: ${titleOf(query)}`;
      this.differs(table.name, what, textOf(answers, query), textOf(back, query));
    }
    const { statements, files, declared, differences } = this;
    return { statements, files, queries: this.queries, declared, differences };
  }

  private differs(table: string, what: string, expected: string, got: string): void {
    if (expected !== got) this.differences.push({ table, what, expected, got });
  }

  private columns(table: Table): Column[] {
    const gone = this.dropped.get(table.name);
    return [...table.statics, ...table.regulars].filter((column) => gone?.has(column) !== true);
  }

  /** Statements that both must take (`must`), or answer alike. */
  private async onBoth(statement: string, must: boolean): Promise<void> {
    const { ceto, cassandra, loader } = this.servers;
    const servers = must ? [cassandra, ceto, loader] : [cassandra, ceto];
    const [expected, got, loaded] = await Promise.all(
      servers.map((server) =>
        withConnection(server, async (connection) => answerText(await connection.query(statement))),
      ),
    );
    ++this.statements;
    this.differs('', statement, expected ?? '', got ?? '');
    if (must) this.differs('', statement, expected ?? '', loaded ?? '');
    if (must) this.schemaChanges.push(statement);
    if (must && expected?.startsWith('error') === true) throw new Error(`${statement}: ${expected}`);
  }

  private async write(last: boolean): Promise<void> {
    const { ceto, cassandra } = this.servers;
    const operations = this.schema.tables.flatMap((table) => {
      const left = { ...table, regulars: this.columns(table).filter((column) => table.regulars.includes(column)) };
      return randomOperations(this.random, left, last);
    });
    await withConnection(cassandra, (expecting) =>
      withConnection(ceto, async (asked) => {
        for (const statement of operations) {
          const [expected, got] = await Promise.all([expecting.query(statement), asked.query(statement)]);
          ++this.statements;
          this.differs('', statement, answerText(expected), answerText(got));
        }
      }),
    );
  }

  /** Columns go, as of now: Cassandra fails to read rows with cells that are newer than the drop of their column. */
  private async drop(): Promise<void> {
    for (const table of this.schema.tables) {
      // A user type with fields of its own cannot be dropped.
      const candidates = table.regulars.filter(({ type }) => type.kind !== 'udt' || type.frozen);
      if (table.flavour === 'counters' || candidates.length < 2 || !this.random.chance(0.4)) continue;
      const column = this.random.pick(candidates);
      this.dropped.set(table.name, new Set([column]));
      await this.onBoth(`ALTER TABLE ${table.keyspace}.${table.name} DROP ${column.name}`, true);
    }
  }

  private async flush(): Promise<void> {
    await this.servers.tools.run('flush', this.schema.keyspace);
    await post(this.servers.ceto, '/api/v1/flush', { keyspace: this.schema.keyspace });
  }

  private async compareFiles(table: Table): Promise<void> {
    const cassandra = dataFiles(this.servers.cassandraData, table);
    const ceto = dataFiles(join(this.servers.ceto.directory, 'node'), table);
    this.differs(table.name, 'count of files', `${cassandra.length}`, `${ceto.length}`);
    this.files += ceto.length;
    const [expectedFile, gotFile] = [cassandra[0], ceto[0]];
    if (expectedFile === undefined || gotFile === undefined) return;
    const expected = await this.partitions(table, expectedFile);
    const got = await this.partitions(table, gotFile);
    this.differs(table.name, 'count of partitions', `${expected.length}`, `${got.length}`);
    for (const [index, text] of expected.entries()) {
      this.differs(table.name, `export of partition ${index}`, text, got[index] ?? '');
    }
    await this.compareMetadata(table, expectedFile, gotFile);
  }

  private async partitions(table: Table, file: string): Promise<string[]> {
    const text = await this.servers.tools.run('export', file);
    return normalisedPartitions(text, this.window, table.flavour === 'counters');
  }

  private async compareMetadata(table: Table, expectedFile: string, gotFile: string): Promise<void> {
    const fields = async (file: string) =>
      normalisedMetadata(await this.servers.tools.run('metadata', file), this.window, TTLS);
    const expected = await fields(expectedFile);
    const got = await fields(gotFile);
    for (const name of new Set([...expected.keys(), ...got.keys()])) {
      // A compaction of Cassandra's keeps dropped columns in the header, whose rows then list what they have.
      if (this.dropped.has(table.name) && (name === 'RegularColumns' || name === 'Partition Size')) continue;
      if (name === 'Compression ratio' && similarRatios(expected.get(name), got.get(name))) continue;
      if (name === 'Partition Size' && similarSizes(expected.get(name), got.get(name))) continue;
      this.differs(table.name, `metadata: ${name}`, expected.get(name) ?? 'nothing', got.get(name) ?? 'nothing');
    }
  }

  private async answersOf(server: Address, queries: Queries): Promise<Answers> {
    const answers = new Map<AskedQuery, string[]>();
    await withConnection(server, async (connection) => {
      for (const [, query] of askedOf(queries)) {
        ++this.queries;
        answers.set(query, await answerOf(connection, query, this.now));
      }
    });
    return answers;
  }

  /** While Cassandra still has the files that it wrote. */
  private async compareWithCeto(what: string, ceto: Address, queries: Queries, expected: Answers): Promise<void> {
    const got = await this.answersOf(ceto, queries);
    const { cassandra, cassandraData, tools } = this.servers;
    for (const [table, query] of askedOf(queries)) {
      if (textOf(expected, query) === textOf(got, query)) continue;
      const files = dataFiles(cassandraData, table);
      const explained = new ExpiredInserts({ cassandra, ceto, tools }, table, this.columns(table), this.now);
      if (await explained.explain(query, files, expected.get(query) ?? [], got.get(query) ?? [])) ++this.declared;
      else this.differs(table.name, `${what}: ${titleOf(query)}`, textOf(expected, query), textOf(got, query));
    }
  }

  /** Cassandra's files become those of a Ceto that never saw the operations, at a start. */
  private async loadIntoCeto(): Promise<void> {
    const { loader, cassandraData } = this.servers;
    const sets = this.schema.tables.map((table) => [table.name, dataFiles(cassandraData, table)] as const);
    await restartWith(loader, this.schema.keyspace, new Map(sets));
  }

  private record(queries: Queries, answers: Answers): void {
    const directory = this.recordIn ?? '';
    for (const table of queries.keys()) {
      keepSets(directory, table.name, dataFiles(this.servers.cassandraData, table));
    }
    const recorded = askedOf(queries).map(([table, asked]) => {
      const { selection, ...query } = asked;
      return { ...query, table: table.name, answer: digestOf(answers.get(asked) ?? []) };
    });
    writeRecording(directory, {
      keyspace: this.schema.keyspace,
      statements: this.schemaChanges,
      nowInSeconds: this.now,
      queries: recorded,
    });
  }

  /** Ceto's files in place of Cassandra's own, verified on their way in. */
  private async loadIntoCassandra(): Promise<void> {
    const { ceto, cassandra, scratch, tools } = this.servers;
    for (const table of this.schema.tables) {
      const name = `${table.keyspace}.${table.name}`;
      await withConnection(cassandra, (connection) => connection.query(`TRUNCATE ${name}`));
      const from = join(scratch, table.keyspace, table.name);
      rmSync(from, { recursive: true, force: true });
      mkdirSync(from, { recursive: true });
      const files = dataFiles(join(ceto.directory, 'node'), table);
      for (const data of files) copyFileSet(data, from);
      if (files.length === 0) continue;
      try {
        const refused = await tools.run('import', table.keyspace, table.name, from);
        this.differs(table.name, 'nodetool import --extended-verify', '', refused);
      } catch (error) {
        if (!(error instanceof ToolFailed)) throw error;
        this.differs(table.name, 'nodetool import --extended-verify', '', error.message);
      }
    }
    await tools.run('flush', 'system_schema');
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const askedOf = (queries: Queries): [Table, AskedQuery][] =>
  [...queries].flatMap(([table, asked]) => asked.map((query): [Table, AskedQuery] => [table, query]));

const titleOf = ({ cql, pageSize }: AskedQuery) => `${cql} (pages of ${pageSize})`;

const textOf = (answers: Answers, query: AskedQuery) => (answers.get(query) ?? []).join('\n');

async function post(ceto: RunningCeto, path: string, body: unknown): Promise<void> {
  const response = await fetch(`http://${ceto.host}:${ceto.adminPort}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}
