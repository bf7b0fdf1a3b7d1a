export { compareBytes, concatBytes, EMPTY_BYTES, fromHex, toHex } from './bytes.ts';
export type { NowMillis } from './codec.ts';
export { type ConstantType, constantBytes, preferredType, testConstant } from './constants.ts';
export type { CqlValue } from './cql-value.ts';
export { compareDecimals, type Decimal, decimalPlainText, decimalText, parseDecimal } from './decimal.ts';
export { type Duration, durationText, parseDuration } from './durations.ts';
export { joinCollection, joinTuple, joinVector, splitCollection, splitTuple, splitVector } from './frames.ts';
export { parseUuid, timeuuidTicks, uuidText, uuidVersion } from './uuids.ts';
export {
  compareValues,
  decodeValue,
  encodeValue,
  validateValue,
  valueFromText,
  valueLiteral,
  valueText,
} from './value.ts';
export { fixedLength, isFixedLength } from './widths.ts';
