import { ByteWriter } from '../types/byte-writer.ts';
import { CONSISTENCY_CODES, type ErrorFields, type FailureReason } from './catalogue.ts';
import { CqlError } from './cql-error.ts';

/** Longest text that a `[string]` can carry. */
const MAX_MESSAGE_BYTES = 0xffff;

/** The body of an ERROR message (section 9) as a client of `version` understands it. */
export function encodeErrorBody(error: CqlError, version: 3 | 4 | 5): Uint8Array {
  const known = asKnownTo(error, version);
  const out = new ByteWriter().i32(known.code).string(clip(known.message));
  writeFields(out, known.fields, version);
  return out.finish();
}

/** Older protocol versions lack some errors; each is told as the nearest one they have, as Cassandra does. */
function asKnownTo(error: CqlError, version: 3 | 4 | 5): CqlError {
  const { fields } = error;
  if (version < 4) {
    if (fields.name === 'READ_FAILURE') return new CqlError(error.message, { ...fields, name: 'READ_TIMEOUT' });
    if (fields.name === 'WRITE_FAILURE') return new CqlError(error.message, { ...fields, name: 'WRITE_TIMEOUT' });
    if (fields.name === 'FUNCTION_FAILURE' || fields.name === 'CDC_WRITE_FAILURE') {
      return new CqlError(`ERROR ${fields.name}: ${error.message}`, { name: 'INVALID' });
    }
  }
  if (version < 5 && fields.name === 'CAS_WRITE_UNKNOWN') {
    return new CqlError(error.message, { ...fields, name: 'WRITE_TIMEOUT', writeType: 'CAS' });
  }
  return error;
}

function writeFields(out: ByteWriter, fields: ErrorFields, version: 3 | 4 | 5): void {
  switch (fields.name) {
    case 'UNAVAILABLE':
      out.u16(CONSISTENCY_CODES[fields.consistency]).i32(fields.required).i32(fields.alive);
      return;
    case 'WRITE_TIMEOUT':
      writeResponses(out, fields).string(fields.writeType);
      if (version >= 5 && fields.writeType === 'CAS') out.u16(fields.contentions ?? 0);
      return;
    case 'READ_TIMEOUT':
      writeResponses(out, fields).u8(fields.dataPresent ? 1 : 0);
      return;
    case 'READ_FAILURE':
      writeFailures(writeResponses(out, fields), fields.failures, version).u8(fields.dataPresent ? 1 : 0);
      return;
    case 'WRITE_FAILURE':
      writeFailures(writeResponses(out, fields), fields.failures, version).string(fields.writeType);
      return;
    case 'CAS_WRITE_UNKNOWN':
      writeResponses(out, fields);
      return;
    case 'FUNCTION_FAILURE':
      out.string(fields.keyspace).string(fields.functionName).u16(fields.argumentTypes.length);
      for (const type of fields.argumentTypes) out.string(type);
      return;
    case 'ALREADY_EXISTS':
      out.string(fields.keyspace).string(fields.table);
      return;
    case 'UNPREPARED':
      out.u16(fields.id.length).bytes(fields.id);
      return;
    default:
      return;
  }
}

type WithResponses = Extract<ErrorFields, { blockFor: number }>;

function writeResponses(out: ByteWriter, fields: WithResponses): ByteWriter {
  return out.u16(CONSISTENCY_CODES[fields.consistency]).i32(fields.received).i32(fields.blockFor);
}

/** v5 tells each replica's reason, v4 only how many failed. */
function writeFailures(out: ByteWriter, failures: readonly FailureReason[], version: 3 | 4 | 5): ByteWriter {
  out.i32(failures.length);
  if (version < 5) return out;
  for (const { address, code } of failures) out.u8(address.length).bytes(address).u16(code);
  return out;
}

/** Cuts a text that is too long for a `[string]` at a character border. */
function clip(message: string): string {
  if (message.length * 3 <= MAX_MESSAGE_BYTES) return message;
  const bytes = new TextEncoder().encode(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  let end = MAX_MESSAGE_BYTES;
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
