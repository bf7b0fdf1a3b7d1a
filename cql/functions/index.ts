export { COUNT_ROWS_FUNCTION } from './aggregates.ts';
export { NATIVE_FUNCTIONS } from './library.ts';
export { maskedValue } from './masking.ts';
export { murmur3, serializePartitionKey, tokenOf } from './murmur3.ts';
export { newRandomUuid, newTimeuuid } from './time.ts';
