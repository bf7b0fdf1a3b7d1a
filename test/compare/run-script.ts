/** Runs a corpus file on a server, statement after statement on one connection. */
import { ConnectionLost, CqlConnection } from '../protocol-client/connection.ts';
import type { QueryOptions } from '../protocol-client/requests.ts';
import type { Prepared, Response } from '../protocol-client/responses.ts';
import { boundValue, type Json } from '../protocol-client/value-bytes.ts';
import { answerOf, pageOf, preparedAnswer, type WarnedAnswer } from './answer.ts';
import { normaliser } from './normalise.ts';
import type { Script, Statement } from './script.ts';

/** A server that would page for ever is stopped here. */
const MAX_PAGES = 100;

export interface Server {
  readonly host: string;
  readonly port: number;
}

/** Called behind each statement, before the next one. */
export type AfterStatement = (statement: Statement) => Promise<void>;

/** The answers of `server` to the script's statements, in order and normalised. */
export async function runScript(
  server: Server,
  script: Script,
  afterStatement: AfterStatement = async () => {},
): Promise<WarnedAnswer[]> {
  const runner = new ScriptRunner(server, script, afterStatement);
  try {
    return await runner.run();
  } finally {
    await runner.close();
  }
}

class ScriptRunner {
  private readonly server: Server;
  private readonly script: Script;
  private readonly afterStatement: AfterStatement;
  private readonly normalise: (answer: WarnedAnswer) => WarnedAnswer;
  private connection: CqlConnection | null = null;
  /** Used again on the new connection when the server closed the old one. */
  private currentKeyspace: string | null = null;

  constructor(server: Server, script: Script, afterStatement: AfterStatement) {
    this.server = server;
    this.script = script;
    this.afterStatement = afterStatement;
    this.normalise = normaliser(script.statements.map((statement) => statement.cql).join('\n'));
  }

  async run(): Promise<WarnedAnswer[]> {
    const { keyspace, makesKeyspace, statements } = this.script;
    await this.must(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    if (makesKeyspace) {
      await this.must(
        `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
      );
      await this.must(`USE ${keyspace}`);
      this.currentKeyspace = keyspace;
    }
    const answers: WarnedAnswer[] = [];
    for (const statement of statements) {
      answers.push(this.normalise(await this.answer(statement)));
      await this.afterStatement(statement);
    }
    return answers;
  }

  async close(): Promise<void> {
    if (this.script.makesKeyspace) await this.must(`DROP KEYSPACE IF EXISTS ${this.script.keyspace}`);
    this.connection?.close();
  }

  private async open(): Promise<CqlConnection> {
    if (this.connection === null) {
      const { host, port } = this.server;
      this.connection = await CqlConnection.open(host, port, this.script.version);
      if (this.currentKeyspace !== null) await this.connection.query(`USE ${this.currentKeyspace}`);
    }
    return this.connection;
  }

  private async must(cql: string): Promise<void> {
    const response = await (await this.open()).query(cql);
    if (response.kind === 'error') throw new Error(`${cql}: ${response.error.message}`);
  }

  private async answer(statement: Statement): Promise<WarnedAnswer> {
    try {
      const connection = await this.open();
      const answer =
        statement.bind === undefined
          ? await this.pages(statement, (options) => connection.query(statement.cql, options))
          : await this.prepared(connection, statement, statement.bind);
      if (answer.kind === 'keyspace') this.currentKeyspace = `"${answer.keyspace}"`;
      return statement.setup === true && answer.kind !== 'error' ? { kind: 'void' } : answer;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      this.connection?.close();
      this.connection = null;
      return { kind: 'closed', why: error.message };
    }
  }

  private async prepared(
    connection: CqlConnection,
    statement: Statement,
    bindings: readonly (readonly Json[])[],
  ): Promise<WarnedAnswer> {
    const response = await connection.prepare(statement.cql, statement.keyspace);
    if (response.kind !== 'prepared') return answerOf(response);
    const { prepared, warnings } = response;
    const executions: WarnedAnswer[] = [];
    for (const binding of bindings) {
      const values = binding.map((value, index) => boundValue(variable(prepared, statement, index)?.type, value));
      const bound = { values, ...(statement.names === undefined ? {} : { names: statement.names }) };
      executions.push(await this.pages(statement, (options) => connection.execute(prepared, { ...options, ...bound })));
    }
    const answer = preparedAnswer(prepared, executions);
    return warnings.length === 0 ? answer : { ...answer, warnings };
  }

  /** Asks until the last page; an answer that is no rows is the answer. */
  private async pages(statement: Statement, ask: (options: QueryOptions) => Promise<Response>): Promise<WarnedAnswer> {
    const options = queryOptions(statement);
    const first = await ask(options);
    const answer = answerOf(first);
    if (first.kind !== 'rows' || answer.kind !== 'rows') return answer;
    const pages: (readonly string[])[] = [...answer.pages];
    let pagingState = first.rows.pagingState;
    while (pagingState !== null && pages.length < MAX_PAGES) {
      const next = await ask({ ...options, pagingState });
      if (next.kind !== 'rows') return answerOf(next);
      pages.push(pageOf(next.rows));
      pagingState = next.rows.pagingState;
    }
    return { ...answer, pages };
  }
}

function variable(prepared: Prepared, statement: Statement, index: number): Prepared['variables'][number] | undefined {
  const name = statement.names?.[index];
  return name === undefined ? prepared.variables[index] : prepared.variables.find((column) => column.name === name);
}

function queryOptions(statement: Statement): QueryOptions {
  const { consistency, serialConsistency, pageSize, timestamp, nowInSeconds, keyspace, values, names } = statement;
  return {
    ...(consistency === undefined ? {} : { consistency }),
    ...(serialConsistency === undefined ? {} : { serialConsistency }),
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(nowInSeconds === undefined ? {} : { nowInSeconds }),
    ...(keyspace === undefined || statement.bind !== undefined ? {} : { keyspace }),
    ...(values === undefined ? {} : { values }),
    ...(names === undefined || values === undefined ? {} : { names }),
  };
}
