import { type ConsistencyName, ERRORS, type ErrorFields, type ErrorName, type WriteTypeName } from './catalogue.ts';

/** A request's error, to be sent to the client as it is. Anything else that is thrown is a defect and becomes SERVER_ERROR. */
export class CqlError extends Error {
  readonly fields: ErrorFields;

  constructor(message: string, fields: ErrorFields) {
    super(message);
    this.name = 'CqlError';
    this.fields = fields;
  }

  /** Symbolic name in the catalogue. */
  get errorName(): ErrorName {
    return this.fields.name;
  }

  /** Wire code. */
  get code(): number {
    return ERRORS[this.fields.name].code;
  }

  get retry(): boolean {
    return ERRORS[this.fields.name].retry;
  }
}

export function invalidRequest(message: string): CqlError {
  return new CqlError(message, { name: 'INVALID' });
}

export function syntaxError(message: string): CqlError {
  return new CqlError(message, { name: 'SYNTAX_ERROR' });
}

export function configurationError(message: string): CqlError {
  return new CqlError(message, { name: 'CONFIG_ERROR' });
}

export function unauthorized(message: string): CqlError {
  return new CqlError(message, { name: 'UNAUTHORIZED' });
}

export function badCredentials(message: string): CqlError {
  return new CqlError(message, { name: 'BAD_CREDENTIALS' });
}

export function serverError(message: string): CqlError {
  return new CqlError(message, { name: 'SERVER_ERROR' });
}

export function protocolError(message: string): CqlError {
  return new CqlError(message, { name: 'PROTOCOL_ERROR' });
}

export function overloaded(message: string): CqlError {
  return new CqlError(message, { name: 'OVERLOADED' });
}

export function truncateError(message: string): CqlError {
  return new CqlError(message, { name: 'TRUNCATE_ERROR' });
}

export function keyspaceAlreadyExists(keyspace: string): CqlError {
  return new CqlError(`Cannot add existing keyspace "${keyspace}"`, { name: 'ALREADY_EXISTS', keyspace, table: '' });
}

/** A table, view or other element; with an empty `table` the keyspace itself. */
export function alreadyExists(keyspace: string, table: string): CqlError {
  if (table === '') return keyspaceAlreadyExists(keyspace);
  const message = `Cannot add already existing table "${table}" to keyspace "${keyspace}"`;
  return new CqlError(message, { name: 'ALREADY_EXISTS', keyspace, table });
}

export function unprepared(id: Uint8Array): CqlError {
  const message =
    `Prepared query with ID ${hex(id)} not found (either the query was not prepared on this host (maybe the host has been ` +
    'restarted?) or you have prepared too many queries and it has been evicted from the internal cache)';
  return new CqlError(message, { name: 'UNPREPARED', id });
}

export function unavailable(consistency: ConsistencyName, required: number, alive: number): CqlError {
  return new CqlError(`Cannot achieve consistency level ${consistency}`, {
    name: 'UNAVAILABLE',
    consistency,
    required,
    alive,
  });
}

export function writeTimeout(
  consistency: ConsistencyName,
  received: number,
  blockFor: number,
  writeType: WriteTypeName,
): CqlError {
  return new CqlError(timeoutText(received), { name: 'WRITE_TIMEOUT', consistency, received, blockFor, writeType });
}

export function readTimeout(
  consistency: ConsistencyName,
  received: number,
  blockFor: number,
  dataPresent: boolean,
): CqlError {
  return new CqlError(timeoutText(received), { name: 'READ_TIMEOUT', consistency, received, blockFor, dataPresent });
}

export function functionFailure(
  keyspace: string,
  functionName: string,
  argumentTypes: readonly string[],
  detail: string,
): CqlError {
  const signature = `${keyspace === '' ? '' : `${keyspace}.`}${functionName} : (${argumentTypes.join(', ')})`;
  return new CqlError(`execution of '${signature}' failed: ${detail}`, {
    name: 'FUNCTION_FAILURE',
    keyspace,
    functionName,
    argumentTypes,
  });
}

function timeoutText(received: number): string {
  return `Operation timed out - received only ${received} responses.`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
