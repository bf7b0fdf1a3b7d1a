export {
  encodeBatchParameters,
  encodeQueryParameters,
  PLAIN_PARAMETERS,
  type QueryParameters,
  readBatchParameters,
  readQueryParameters,
  writeValue,
} from './query-parameters.ts';
export {
  type BatchRequest,
  type BatchStatementRequest,
  type ExecuteRequest,
  FRAME_FLAGS,
  messageReader,
  OPCODES,
  type PrepareRequest,
  type QueryRequest,
  readBatch,
  readExecute,
  readPrepare,
  readQuery,
} from './requests.ts';
export {
  encodePrepared,
  encodeRows,
  encodeSchemaChange,
  encodeSchemaChangeEvent,
  encodeSetKeyspace,
  encodeVoid,
  oneTable,
  type PreparedFields,
  type RowsOptions,
  withWarnings,
  writeColumns,
} from './results.ts';
export { type DecodedRows, decodeRows } from './rows.ts';
export { WireReader } from './wire-reader.ts';
