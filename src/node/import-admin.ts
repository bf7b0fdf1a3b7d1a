/** The operator's imports: SSTables from directories, uploads and snapshots into running tables. Main thread only. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from 'pino';
import type { SchemaStatement, Statement } from '../../cql/ast/index.ts';
import { CqlError } from '../../cql/errors/index.ts';
import { parse, splitStatements } from '../../cql/parser/index.ts';
import type { TableMetadata } from '../../cql/schema/index.ts';
import { ImportError, type Importer, type ImportOptions } from '../../storage/files/importer.ts';
import { SCHEMA_FILE } from '../../storage/files/snapshots.ts';
import type {
  ImportAnswer,
  ImportOperations,
  ImportRequest,
  LoadedSnapshot,
  LoadSnapshotRequest,
} from '../admin/file-operations.ts';
import { OperationError, OperationFailure } from '../admin/operations.ts';
import type { SchemaService } from './schema-service.ts';
import type { Uploads } from './uploads.ts';

export interface ImportAdminParts {
  readonly schemas: SchemaService;
  readonly importer: Importer;
  readonly uploads: Uploads;
  readonly log: Logger;
}

/** The parts of schema.cql. */
interface SnapshotSchema {
  readonly keyspace: string;
  readonly table: string;
  readonly types: readonly SchemaStatement[];
  /** The table and the changes that make it what the files are of. */
  readonly tables: readonly SchemaStatement[];
}

export class ImportAdmin implements ImportOperations {
  readonly #parts: ImportAdminParts;

  constructor(parts: ImportAdminParts) {
    this.#parts = parts;
  }

  async import(request: ImportRequest): Promise<ImportAnswer> {
    const { keyspace, table: name } = request;
    const table = this.#parts.schemas.schema.table(keyspace, name);
    if (table === undefined) throw new OperationError(`ColumnFamilyStore for ${keyspace}/${name} not found.`);
    return this.#importInto(table, request.directories, {
      keepLevel: request.keepLevel ?? false,
      keepRepaired: request.keepRepaired ?? false,
      verify: request.verify ?? true,
      extendedVerify: request.extendedVerify ?? false,
      source: request.copyData === true ? 'copy' : 'move',
    });
  }

  async refresh(keyspace: string, name: string): Promise<void> {
    const table = this.#parts.schemas.schema.table(keyspace, name);
    if (table === undefined) throw new OperationError(`Unknown keyspace/cf pair (${keyspace}.${name})`);
    await asOperation(this.#parts.importer.refresh(onDisk(table), DEFAULTS));
  }

  async loadSnapshot(request: LoadSnapshotRequest): Promise<LoadedSnapshot[]> {
    const loaded: LoadedSnapshot[] = [];
    for (const statement of request.keyspaceStatements ?? []) await this.#createKeyspace(statement);
    for (const directory of request.directories) {
      const schema = await readSnapshotSchema(directory);
      const created = await this.#create(schema);
      const table = this.#parts.schemas.schema.table(schema.keyspace, schema.table);
      if (table === undefined) throw new Error(`${schema.keyspace}.${schema.table} was made and is not there`);
      const keep = request.keepHistory ?? false;
      const options = { ...DEFAULTS, keepLevel: keep, keepRepaired: keep, source: 'link' as const };
      const { failed } = await this.#importInto(table, [directory], options);
      if (failed[0] !== undefined) throw new OperationFailure(failed[0].reason);
      loaded.push({ directory, keyspace: schema.keyspace, table: schema.table, created });
    }
    return loaded;
  }

  async openUpload(keyspace: string, name: string): Promise<string> {
    const table = this.#parts.schemas.schema.table(keyspace, name);
    if (table === undefined) throw new OperationError(`Unknown keyspace/cf pair (${keyspace}.${name})`);
    onDisk(table);
    return this.#parts.uploads.open(keyspace, name);
  }

  upload(id: string, name: string, sizeBytes: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#parts.uploads.write(id, name, sizeBytes, content);
  }

  async finishUpload(id: string): Promise<ImportAnswer> {
    const { keyspace, table, directory } = this.#parts.uploads.find(id);
    try {
      return await this.import({ keyspace, table, directories: [directory] });
    } finally {
      await this.#parts.uploads.close(id);
    }
  }

  async dropUpload(id: string): Promise<void> {
    await this.#parts.uploads.close(id);
  }

  async #importInto(
    table: TableMetadata,
    directories: readonly string[],
    options: ImportOptions,
  ): Promise<ImportAnswer> {
    const failed = await asOperation(this.#parts.importer.import(onDisk(table), directories, options));
    for (const each of failed) this.#parts.log.warn({ ...each, table: table.fullName }, 'a directory was not imported');
    return { failed };
  }

  async #createKeyspace(text: string): Promise<void> {
    const { statement } = parse(text);
    if (statement.kind !== 'CreateKeyspace') throw new OperationError(`no CREATE KEYSPACE: ${text}`);
    if (this.#parts.schemas.schema.keyspace(statement.keyspace) !== undefined) return;
    await this.#change({ ...statement, ifNotExists: true });
  }

  /** Whether the table had to be made. A table of that name stays as it is. */
  async #create(schema: SnapshotSchema): Promise<boolean> {
    const { schemas } = this.#parts;
    if (schemas.schema.table(schema.keyspace, schema.table) !== undefined) return false;
    if (schemas.schema.keyspace(schema.keyspace) === undefined) {
      const replication = new Map([
        ['class', 'SimpleStrategy'],
        ['replication_factor', '1'],
      ]);
      const properties = new Map([['replication', replication]]);
      await this.#change({ kind: 'CreateKeyspace', keyspace: schema.keyspace, ifNotExists: true, properties });
    }
    for (const statement of [...schema.types, ...schema.tables]) await this.#change(statement);
    return true;
  }

  async #change(statement: SchemaStatement): Promise<void> {
    try {
      await this.#parts.schemas.change(statement, null);
    } catch (error) {
      if (error instanceof CqlError) throw new OperationFailure(`${SCHEMA_FILE}: ${error.message}`);
      throw error;
    }
  }
}

const DEFAULTS: ImportOptions = {
  keepLevel: false,
  keepRepaired: false,
  verify: true,
  extendedVerify: false,
  source: 'move',
};

function onDisk(table: TableMetadata): TableMetadata {
  if (table.memoryOnly || table.isVirtual) throw new OperationError(`${table.fullName} has no files`);
  return table;
}

async function asOperation<Answer>(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ImportError) throw new OperationFailure(error.message);
    throw error;
  }
}

/** Throws OperationError for a file that does more than to define one table. */
async function readSnapshotSchema(directory: string): Promise<SnapshotSchema> {
  let text: string;
  try {
    text = await readFile(join(directory, SCHEMA_FILE), 'utf8');
  } catch (error) {
    throw new OperationError(`${directory} is no snapshot: ${(error as Error).message}`);
  }
  const statements = splitStatements(text).map((each) => parsed(each, directory));
  const table = statements.find((statement) => statement.kind === 'CreateTable');
  if (table?.table.keyspace === null || table === undefined) {
    throw new OperationError(`${SCHEMA_FILE} of ${basename(directory)} creates no table of a keyspace`);
  }
  const types: SchemaStatement[] = [];
  const tables: SchemaStatement[] = [];
  for (const statement of statements) {
    if (statement.kind === 'CreateType') types.push(statement);
    else if (statement === table || statement.kind === 'AlterTable') tables.push(statement);
    else throw new OperationError(`${SCHEMA_FILE} of ${basename(directory)} has a statement of kind ${statement.kind}`);
  }
  return { keyspace: table.table.keyspace, table: table.table.name, types, tables };
}

function parsed(text: string, directory: string): Statement {
  try {
    return parse(text).statement;
  } catch (error) {
    throw new OperationError(`${SCHEMA_FILE} of ${directory}: ${(error as Error).message}`);
  }
}
