/** Every error a request can end with. Codes: protocol v5 specification, section 9. */
export interface ErrorInfo {
  /** Wire code of the ERROR message. */
  readonly code: number;
  /** Whether the same request may succeed when sent again as it is. */
  readonly retry: boolean;
}

const info = (code: number, retry: boolean): ErrorInfo => Object.freeze({ code, retry });

export const ERRORS = Object.freeze({
  SERVER_ERROR: info(0x0000, true),
  PROTOCOL_ERROR: info(0x000a, false),
  BAD_CREDENTIALS: info(0x0100, false),
  UNAVAILABLE: info(0x1000, true),
  OVERLOADED: info(0x1001, true),
  IS_BOOTSTRAPPING: info(0x1002, true),
  TRUNCATE_ERROR: info(0x1003, true),
  WRITE_TIMEOUT: info(0x1100, true),
  READ_TIMEOUT: info(0x1200, true),
  READ_FAILURE: info(0x1300, false),
  FUNCTION_FAILURE: info(0x1400, false),
  WRITE_FAILURE: info(0x1500, false),
  CDC_WRITE_FAILURE: info(0x1600, false),
  CAS_WRITE_UNKNOWN: info(0x1700, false),
  SYNTAX_ERROR: info(0x2000, false),
  UNAUTHORIZED: info(0x2100, false),
  INVALID: info(0x2200, false),
  CONFIG_ERROR: info(0x2300, false),
  ALREADY_EXISTS: info(0x2400, false),
  UNPREPARED: info(0x2500, false),
});

export type ErrorName = keyof typeof ERRORS;

/** The consistency levels by name with their codes of the protocol (section 3, [consistency]). */
export const CONSISTENCY_CODES = Object.freeze({
  ANY: 0x00,
  ONE: 0x01,
  TWO: 0x02,
  THREE: 0x03,
  QUORUM: 0x04,
  ALL: 0x05,
  LOCAL_QUORUM: 0x06,
  EACH_QUORUM: 0x07,
  SERIAL: 0x08,
  LOCAL_SERIAL: 0x09,
  LOCAL_ONE: 0x0a,
  NODE_LOCAL: 0x0b,
});

export type ConsistencyName = keyof typeof CONSISTENCY_CODES;

export type WriteTypeName = 'SIMPLE' | 'BATCH' | 'UNLOGGED_BATCH' | 'COUNTER' | 'BATCH_LOG' | 'CAS' | 'VIEW' | 'CDC';

/** One replica's reason in a failure's map: its address (4 or 16 bytes) and RequestFailureReason code. */
export interface FailureReason {
  readonly address: Uint8Array;
  readonly code: number;
}

interface Responses {
  readonly consistency: ConsistencyName;
  readonly received: number;
  readonly blockFor: number;
}

/** The names of errors that carry nothing but their message. */
export type PlainErrorName =
  | 'SERVER_ERROR'
  | 'PROTOCOL_ERROR'
  | 'BAD_CREDENTIALS'
  | 'OVERLOADED'
  | 'IS_BOOTSTRAPPING'
  | 'TRUNCATE_ERROR'
  | 'CDC_WRITE_FAILURE'
  | 'SYNTAX_ERROR'
  | 'UNAUTHORIZED'
  | 'INVALID'
  | 'CONFIG_ERROR';

export interface UnavailableFields {
  readonly name: 'UNAVAILABLE';
  readonly consistency: ConsistencyName;
  readonly required: number;
  readonly alive: number;
}

export interface WriteTimeoutFields extends Responses {
  readonly name: 'WRITE_TIMEOUT';
  readonly writeType: WriteTypeName;
  /** Times the Paxos round met contention; sent to v5 clients when `writeType` is CAS. */
  readonly contentions?: number;
}

export interface ReadTimeoutFields extends Responses {
  readonly name: 'READ_TIMEOUT';
  readonly dataPresent: boolean;
}

export interface ReadFailureFields extends Responses {
  readonly name: 'READ_FAILURE';
  readonly failures: readonly FailureReason[];
  readonly dataPresent: boolean;
}

export interface WriteFailureFields extends Responses {
  readonly name: 'WRITE_FAILURE';
  readonly failures: readonly FailureReason[];
  readonly writeType: WriteTypeName;
}

export interface CasWriteUnknownFields extends Responses {
  readonly name: 'CAS_WRITE_UNKNOWN';
}

export interface FunctionFailureFields {
  readonly name: 'FUNCTION_FAILURE';
  readonly keyspace: string;
  readonly functionName: string;
  readonly argumentTypes: readonly string[];
}

export interface AlreadyExistsFields {
  readonly name: 'ALREADY_EXISTS';
  readonly keyspace: string;
  /** Empty when it is the keyspace that exists. */
  readonly table: string;
}

export interface UnpreparedFields {
  readonly name: 'UNPREPARED';
  readonly id: Uint8Array;
}

/** What an ERROR message carries after code and text. */
export type ErrorFields =
  | { readonly name: PlainErrorName }
  | UnavailableFields
  | WriteTimeoutFields
  | ReadTimeoutFields
  | ReadFailureFields
  | WriteFailureFields
  | CasWriteUnknownFields
  | FunctionFailureFields
  | AlreadyExistsFields
  | UnpreparedFields;
