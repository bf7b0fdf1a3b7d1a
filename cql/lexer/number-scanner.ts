/**
 * Tokens that begin with a digit, a minus before one, or `P`: integers, floats, durations, UUIDs and blobs.
 *
 * Cassandra's lexer looks ahead only until one kind of token is left, and fails if that one does not match to its
 * end: `12345678-1` is a broken UUID, `1d2` a broken duration, while `1x` is an integer and a name. This file draws
 * the same lines.
 */

import { isDigit, isHexDigit, isWord } from './characters.ts';
import { type LexicalError, mismatched, noViableAlternative, requiredLoop } from './lexical-error.ts';
import { Token } from './token-kind.ts';

/** What a scan found: the end of the token and its kind, or why there is none. */
export interface Scanned {
  end: number;
  kind: number;
  error: LexicalError | null;
}

/** One for all scans: the lexer reads it before it scans again. */
const result: Scanned = { end: 0, kind: 0, error: null };

const MINUS = 45;
const PERIOD = 46;
/** Hexadecimal digits of a UUID before its first hyphen. */
const UUID_HEAD = 8;
const UUID_GROUPS = [8, 4, 4, 4, 12] as const;

function found(end: number, kind: number): Scanned {
  result.end = end;
  result.kind = kind;
  result.error = null;
  return result;
}

function failed(error: LexicalError): Scanned {
  result.end = error.offset;
  result.kind = Token.ERROR;
  result.error = error;
  return result;
}

function skipDigits(text: string, from: number): number {
  let i = from;
  while (isDigit(text.charCodeAt(i))) i++;
  return i;
}

function skipHexDigits(text: string, from: number): number {
  let i = from;
  while (isHexDigit(text.charCodeAt(i))) i++;
  return i;
}

/** Whether a UUID's head and first hyphen stand at `start`, after which nothing else is considered. */
export function startsUuid(text: string, start: number): boolean {
  return text.charCodeAt(start + UUID_HEAD) === MINUS && skipHexDigits(text, start) === start + UUID_HEAD;
}

export function scanUuid(text: string, start: number): Scanned {
  let i = start;
  for (let group = 0; group < UUID_GROUPS.length; group++) {
    if (group > 0) {
      if (text.charCodeAt(i) !== MINUS) return failed(mismatched(text, i, "'-'"));
      i++;
    }
    for (let n = UUID_GROUPS[group]!; n > 0; n--, i++) {
      if (!isHexDigit(text.charCodeAt(i))) return failed(mismatched(text, i, null));
    }
  }
  return found(i, Token.UUID);
}

/** From a digit, or a minus that a digit follows. */
export function scanNumber(text: string, start: number): Scanned {
  const negative = text.charCodeAt(start) === MINUS;
  const digitsStart = negative ? start + 1 : start;
  const end = skipDigits(text, digitsStart);
  const next = text.charCodeAt(end);
  if (next === PERIOD) return scanFraction(text, end);
  if (next === MINUS) {
    return !negative && end - start === UUID_HEAD ? scanUuid(text, start) : found(end, Token.INTEGER);
  }
  if (!isWord(next) && next !== MICRO) return found(end, Token.INTEGER);
  if (!negative && end === start + 1 && text.charCodeAt(start) === 48 && (next | 32) === 120 /* x */) {
    return found(skipHexDigits(text, end + 1), Token.HEXNUMBER);
  }
  const couldBeUuid = !negative && end - start < UUID_HEAD;
  switch (next | 32) {
    case 101 /* e */:
      return couldBeUuid ? scanFloatOrUuid(text, start, end) : scanExponent(text, end);
    case 100 /* d */:
      return couldBeUuid ? scanDurationOrUuid(text, start, end) : scanDuration(text, digitsStart);
    case 97:
    case 98:
    case 99:
    case 102:
      return couldBeUuid ? scanUuid(text, start) : found(end, Token.INTEGER);
    default:
      return startsUnit(next) ? scanDuration(text, digitsStart) : found(end, Token.INTEGER);
  }
}

/** At the first period after the digits: `1..2` is a range, `1...2` a float and a range. */
function scanFraction(text: string, period: number): Scanned {
  if (text.charCodeAt(period + 1) === PERIOD) {
    return text.charCodeAt(period + 2) === PERIOD ? found(period + 1, Token.FLOAT) : found(period, Token.INTEGER);
  }
  const end = skipDigits(text, period + 1);
  return (text.charCodeAt(end) | 32) === 101 ? scanExponent(text, end) : found(end, Token.FLOAT);
}

function scanExponent(text: string, e: number): Scanned {
  const sign = text.charCodeAt(e + 1);
  const digits = sign === MINUS || sign === 43 /* + */ ? e + 2 : e + 1;
  const end = skipDigits(text, digits);
  return end === digits ? failed(requiredLoop(text, digits)) : found(end, Token.FLOAT);
}

/** `12e…`: a float with an exponent and a UUID begin alike. */
function scanFloatOrUuid(text: string, start: number, e: number): Scanned {
  const next = text.charCodeAt(e + 1);
  if (next === 43 || (next === MINUS && e + 1 - start !== UUID_HEAD)) return scanExponent(text, e);
  const hexEnd = Math.min(skipHexDigits(text, e + 1), start + UUID_HEAD);
  const digitsEnd = skipDigits(text, e + 1);
  if (digitsEnd < hexEnd || startsUuid(text, start)) return scanUuid(text, start);
  if (digitsEnd === e + 1 && e + 1 - start < UUID_HEAD) return failed(noViableAlternative(text, e + 1));
  return scanExponent(text, e);
}

/** `12d…`: a duration and a UUID begin alike. */
function scanDurationOrUuid(text: string, start: number, d: number): Scanned {
  if (startsUuid(text, start)) return scanUuid(text, start);
  for (let i = d + 1; i < start + UUID_HEAD; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) continue;
    const afterUnit = !isDigit(text.charCodeAt(i - 1));
    const lower = code | 32;
    if (isHexDigit(code) && (afterUnit || lower !== 100)) return scanUuid(text, start);
    if (lower !== 100) break;
  }
  return scanDuration(text, start);
}

const MICRO = 0xb5;

function startsUnit(code: number): boolean {
  switch (code | 32) {
    case 121: // y
    case 109: // m, mo, ms
    case 119: // w
    case 100: // d
    case 104: // h
    case 115: // s
    case 117: // us
    case 110: // ns
      return code < 128;
    default:
      return code === MICRO;
  }
}

/** `(DIGIT+ UNIT)+` from the first digit on. */
function scanDuration(text: string, start: number): Scanned {
  let i = start;
  do {
    i = skipDigits(text, i);
    const unit = text.charCodeAt(i);
    if (!startsUnit(unit)) return failed(noViableAlternative(text, i));
    i++;
    const next = text.charCodeAt(i) | 32;
    const lower = unit | 32;
    if (lower === 109 /* m */) {
      if (next === 111 /* o */ || next === 115 /* s */) i++;
    } else if (lower === 117 /* u */ || lower === 110 /* n */ || unit === MICRO) {
      if (next !== 115) return failed(mismatched(text, i, null));
      i++;
    }
  } while (isDigit(text.charCodeAt(i)));
  return found(i, Token.DURATION);
}

const ALTERNATIVE_PATTERN = 'dddd-dd-ddTdd:dd:dd';
const ALTERNATIVE_START = /-?P\d{4}-/y;

/** From `-P`, or from a `P` where a word may stand instead; null when it is a word. */
export function scanIsoDuration(text: string, start: number): Scanned | null {
  ALTERNATIVE_START.lastIndex = start;
  if (ALTERNATIVE_START.test(text)) return scanAlternativeDuration(text, start);
  if (text.charCodeAt(start) === MINUS) return scanPeriod(text, start + 2);
  const scanned = scanPeriod(text, start + 1);
  return scanned.error !== null || isWord(text.charCodeAt(scanned.end)) ? null : scanned;
}

/** What follows `P`: `1Y2M3D`, `4W`, `T5H6M7S`, or a date part and a time part. */
function scanPeriod(text: string, start: number): Scanned {
  if (text[start] === 'T') return scanDesignators(text, start + 1, 'HMS');
  const unit = skipDigits(text, start);
  if (unit > start && text[unit] === 'W') return found(unit + 1, Token.DURATION);
  const date = scanDesignators(text, start, 'YMD');
  if (date.error !== null || text[date.end] !== 'T') return date;
  return scanDesignators(text, date.end + 1, 'HMS');
}

/** `(DIGIT+ unit)+` with units in the given order, each at most once. */
function scanDesignators(text: string, start: number, units: string): Scanned {
  let i = start;
  let left = units;
  do {
    const unit = skipDigits(text, i);
    const index = unit === i ? -1 : left.indexOf(text.charAt(unit) || '?');
    if (index === -1) {
      // With one unit left there is no choice any more, so the error is that this one is missing.
      return failed(left.length === 1 ? mismatched(text, unit, `'${left}'`) : noViableAlternative(text, unit));
    }
    i = unit + 1;
    left = left.slice(index + 1);
  } while (left !== '' && isDigit(text.charCodeAt(i)));
  return found(i, Token.DURATION);
}

/** `P0001-02-03T04:05:06`. */
function scanAlternativeDuration(text: string, start: number): Scanned {
  let i = start + (text.charCodeAt(start) === MINUS ? 2 : 1);
  for (const expected of ALTERNATIVE_PATTERN) {
    if (expected === 'd') {
      if (!isDigit(text.charCodeAt(i))) return failed(mismatched(text, i, null));
    } else if (text[i] !== expected) {
      return failed(mismatched(text, i, `'${expected}'`));
    }
    i++;
  }
  return found(i, Token.DURATION);
}
