import { type CqlError, invalidRequest } from '../../errors/index.ts';

/** Gives the time of the literal 'now'; a seam for tests. */
export type NowMillis = () => number;

/**
 * What one type knows of its serialized values. Bytes given to `decode`, `toText` and `compare` have passed `validate`.
 * Empty bytes decode to null where Cassandra allows a type an empty value.
 */
export interface ValueCodec<T> {
  /** Throws Cassandra's MarshalException text as an invalid request. */
  validate(bytes: Uint8Array): void;
  /** From the text of a literal (`AbstractType.fromString`). */
  fromText(text: string, now: NowMillis): Uint8Array;
  /** As Cassandra's `AbstractType.getString` prints it; never called with empty bytes unless they are a value. */
  toText(bytes: Uint8Array): string;
  /** Whether the text is quoted as a CQL literal. */
  readonly quoted: boolean;
  decode(bytes: Uint8Array): T | null;
  encode(value: T): Uint8Array;
  compare(left: Uint8Array, right: Uint8Array): number;
}

export function marshalError(message: string): CqlError {
  return invalidRequest(message);
}
