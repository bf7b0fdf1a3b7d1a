import { parseUuid, timeuuidTicks } from '../types/index.ts';
import { MILLIS_PER_DAY } from '../types/values/calendar.ts';

/** 100-ns intervals from 1582-10-15 to 1970-01-01. */
const TICKS_TO_EPOCH = 0x01b21dd213814000n;
const TICKS_PER_MILLI = 10_000n;
const PER_DAY = BigInt(MILLIS_PER_DAY);

export function timestampOfTimeuuid(text: string): bigint {
  return floorDivide(timeuuidTicks(parseUuid(text) as Uint8Array) - TICKS_TO_EPOCH, TICKS_PER_MILLI);
}

export function dateOfTimestamp(millis: bigint): number {
  return Number(floorDivide(millis, PER_DAY));
}

export function timestampOfDate(days: number): bigint {
  return BigInt(days) * PER_DAY;
}

/** The least and the greatest bytes that a UUID of a millisecond may end with, compared as signed bytes. */
const LEAST_END = 0x8080808080808080n;
const GREATEST_END = 0x7f7f7f7f7f7f7f7fn;

export function minTimeuuid(millis: bigint): Uint8Array {
  return timeuuidOf(millis * TICKS_PER_MILLI + TICKS_TO_EPOCH, LEAST_END);
}

export function maxTimeuuid(millis: bigint): Uint8Array {
  return timeuuidOf((millis + 1n) * TICKS_PER_MILLI - 1n + TICKS_TO_EPOCH, GREATEST_END);
}

/** A version 1 UUID of ticks since 1582 and its lower half. */
export function timeuuidOf(ticks: bigint, lower: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(ticks & 0xffffffffn));
  view.setUint16(4, Number((ticks >> 32n) & 0xffffn));
  view.setUint16(6, Number((ticks >> 48n) & 0x0fffn) | 0x1000);
  view.setBigUint64(8, lower);
  return bytes;
}

export function ticksOfMillis(millis: number): bigint {
  return BigInt(millis) * TICKS_PER_MILLI + TICKS_TO_EPOCH;
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}
