/**
 * Cuts a statement into tokens (Cassandra's `Lexer.g`). A token is three numbers in parallel arrays: kind, start and
 * end; its text is made only when somebody asks. White space and comments leave no token.
 *
 * The arrays belong to the `Tokens` that `tokenize` gives; it reuses one set of them between calls, so a result is
 * valid until the next call.
 */

import { isDigit, isLetter, isSpace, isWord } from './characters.ts';
import { wordKind } from './keyword-table.ts';
import { type LexicalError, mismatched, noViableAlternative } from './lexical-error.ts';
import { type Scanned, scanIsoDuration, scanNumber, scanUuid, startsUuid } from './number-scanner.ts';
import { Token } from './token-kind.ts';

/** EOF tokens after the last one, so that a look ahead needs no check. As many as the farthest look ahead, and more. */
const EOF_PADDING = 8;
/** Arrays that a huge statement made are not kept: 64 Ki tokens are 576 KiB. */
const KEPT_TOKENS = 65536;
const INITIAL_TOKENS = 256;

export class Tokens {
  text = '';
  /** Without the EOF tokens at the end; with the ERROR token that stands last when the lexer could not go on. */
  count = 0;
  kinds = new Uint8Array(INITIAL_TOKENS);
  starts = new Int32Array(INITIAL_TOKENS);
  ends = new Int32Array(INITIAL_TOKENS);
  error: LexicalError | null = null;

  push(kind: number, start: number, end: number): void {
    if (this.count + EOF_PADDING >= this.kinds.length) this.#grow();
    this.kinds[this.count] = kind;
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.count++;
  }

  finish(): void {
    for (let i = 0; i < EOF_PADDING; i++) {
      this.kinds[this.count + i] = Token.EOF;
      this.starts[this.count + i] = this.text.length;
      this.ends[this.count + i] = this.text.length;
    }
  }

  #grow(): void {
    const grow = <A extends Uint8Array | Int32Array>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    const length = this.kinds.length * 2;
    this.kinds = grow(new Uint8Array(length), this.kinds);
    this.starts = grow(new Int32Array(length), this.starts);
    this.ends = grow(new Int32Array(length), this.ends);
  }
}

let reused = new Tokens();

export function tokenize(text: string): Tokens {
  if (reused.kinds.length > KEPT_TOKENS) reused = new Tokens();
  const tokens = reused;
  tokens.text = text;
  tokens.count = 0;
  tokens.error = null;
  let position = 0;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    position = isSpace(code) ? position + 1 : scanToken(tokens, text, position, code);
  }
  tokens.finish();
  return tokens;
}

/** Pushes the token at `start`, if it is not a comment, and gives its end; after an error that is the end of the text. */
function scanToken(tokens: Tokens, text: string, start: number, code: number): number {
  if (isLetter(code)) return scanWord(tokens, text, start, code);
  if (isDigit(code)) return pushScanned(tokens, start, scanNumber(text, start));
  switch (code) {
    case 39 /* ' */:
      return scanString(tokens, text, start);
    case 34 /* " */:
      return scanQuotedName(tokens, text, start);
    case 36 /* $ */:
      return scanDollarString(tokens, text, start);
    case 45 /* - */:
      return scanMinus(tokens, text, start);
    case 47 /* / */:
      return scanSlash(tokens, text, start);
    default:
      return scanSymbol(tokens, text, start, code);
  }
}

function push(tokens: Tokens, kind: number, start: number, end: number): number {
  tokens.push(kind, start, end);
  return end;
}

function fail(tokens: Tokens, start: number, error: LexicalError): number {
  tokens.push(Token.ERROR, start, error.offset);
  tokens.error = error;
  return tokens.text.length;
}

function pushScanned(tokens: Tokens, start: number, scanned: Scanned): number {
  if (scanned.error !== null) return fail(tokens, start, scanned.error);
  return push(tokens, scanned.kind, start, scanned.end);
}

function scanWord(tokens: Tokens, text: string, start: number, code: number): number {
  let end = start + 1;
  while (isWord(text.charCodeAt(end))) end++;
  if (code === 80 /* P */) {
    const duration = scanIsoDuration(text, start);
    if (duration !== null) return pushScanned(tokens, start, duration);
  }
  if (end === start + 8 && text.charCodeAt(end) === 45 && startsUuid(text, start)) {
    return pushScanned(tokens, start, scanUuid(text, start));
  }
  if (code === 101 /* e */ && text.charCodeAt(end) === 40 && text.slice(start, end) === 'expr') {
    return push(tokens, Token.EXPR, start, end + 1);
  }
  const kind = isBoolean(text, start, end) ? Token.BOOLEAN : wordKind(text, start, end);
  return push(tokens, kind, start, end);
}

function isBoolean(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start) | 32;
  if (first === 116 /* t */) return end - start === 4 && text.slice(start, end).toLowerCase() === 'true';
  return first === 102 /* f */ && end - start === 5 && text.slice(start, end).toLowerCase() === 'false';
}

function scanString(tokens: Tokens, text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf("'", from);
    if (quote === -1) return fail(tokens, start, mismatched(text, text.length, "'''"));
    if (text.charCodeAt(quote + 1) !== 39) return push(tokens, Token.STRING_LITERAL, start, quote + 1);
    from = quote + 2;
  }
}

function scanDollarString(tokens: Tokens, text: string, start: number): number {
  if (text[start + 1] !== '$') return fail(tokens, start, mismatched(text, start + 1, "'$'"));
  const close = text.indexOf('$$', start + 2);
  if (close !== -1) return push(tokens, Token.STRING_LITERAL, start, close + 2);
  // The last character is never taken into the string, so it is the one found missing, or the end after a lone `$`.
  const last = Math.max(text.length - 1, start + 2);
  return fail(tokens, start, mismatched(text, text[last] === '$' ? last + 1 : last, "'$'"));
}

function scanQuotedName(tokens: Tokens, text: string, start: number): number {
  if (start + 1 === text.length) return fail(tokens, start, noViableAlternative(text, text.length));
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return fail(tokens, start, mismatched(text, text.length, `'"'`));
    if (text.charCodeAt(quote + 1) !== 34) {
      const kind = quote === start + 1 ? Token.EMPTY_QUOTED_NAME : Token.QUOTED_NAME;
      return push(tokens, kind, start, quote + 1);
    }
    from = quote + 2;
  }
}

const NEGATIVE_WORDS = [
  { word: 'nan', kind: Token.K_NEGATIVE_NAN },
  { word: 'infinity', kind: Token.K_NEGATIVE_INFINITY },
] as const;

function scanMinus(tokens: Tokens, text: string, start: number): number {
  const next = text.charCodeAt(start + 1);
  if (isDigit(next)) return pushScanned(tokens, start, scanNumber(text, start));
  if (next === 45) return skipLine(tokens, text, start);
  if (next === 61 /* = */) return push(tokens, Token.MINUS_EQUAL, start, start + 2);
  if (next === 80 /* P */) return pushScanned(tokens, start, scanIsoDuration(text, start)!);
  for (const { word, kind } of NEGATIVE_WORDS) {
    if ((next | 32) !== word.charCodeAt(0)) continue;
    for (let i = 1; i < word.length; i++) {
      const offset = start + 1 + i;
      if ((text.charCodeAt(offset) | 32) !== word.charCodeAt(i)) {
        return fail(tokens, start, mismatched(text, offset, null));
      }
    }
    return push(tokens, kind, start, start + 1 + word.length);
  }
  return push(tokens, Token.MINUS, start, start + 1);
}

function scanSlash(tokens: Tokens, text: string, start: number): number {
  const next = text.charCodeAt(start + 1);
  if (next === 47) return skipLine(tokens, text, start);
  if (next !== 42 /* * */) return push(tokens, Token.SLASH, start, start + 1);
  const close = text.indexOf('*/', start + 2);
  if (close !== -1) return close + 2;
  const missing = text.length > start + 2 && text.endsWith('*') ? "'/'" : "'*'";
  return fail(tokens, start, mismatched(text, text.length, missing));
}

/** A comment to the end of its line, which must be there: at the end of the text Cassandra finds it missing. */
function skipLine(tokens: Tokens, text: string, start: number): number {
  for (let i = start + 2; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) return i + 1;
  }
  return fail(tokens, start, mismatched(text, text.length, null));
}

/** Symbols of one character, by its code. */
const SYMBOLS = new Uint8Array(128);
for (const [symbol, kind] of [
  ['%', Token.PERCENT],
  ['(', Token.LEFT_PAREN],
  [')', Token.RIGHT_PAREN],
  ['*', Token.STAR],
  [',', Token.COMMA],
  [':', Token.COLON],
  [';', Token.SEMICOLON],
  ['=', Token.EQUAL],
  ['?', Token.QMARK],
  ['[', Token.LEFT_BRACKET],
  [']', Token.RIGHT_BRACKET],
  ['{', Token.LEFT_BRACE],
  ['}', Token.RIGHT_BRACE],
] as const) {
  SYMBOLS[symbol.charCodeAt(0)] = kind;
}

function scanSymbol(tokens: Tokens, text: string, start: number, code: number): number {
  const kind = code < 128 ? SYMBOLS[code]! : 0;
  if (kind !== 0) return push(tokens, kind, start, start + 1);
  const equalFollows = text.charCodeAt(start + 1) === 61;
  switch (code) {
    case 43 /* + */:
      return equalFollows
        ? push(tokens, Token.PLUS_EQUAL, start, start + 2)
        : push(tokens, Token.PLUS, start, start + 1);
    case 60 /* < */:
      return equalFollows
        ? push(tokens, Token.LESS_EQUAL, start, start + 2)
        : push(tokens, Token.LESS, start, start + 1);
    case 62 /* > */:
      return equalFollows
        ? push(tokens, Token.GREATER_EQUAL, start, start + 2)
        : push(tokens, Token.GREATER, start, start + 1);
    case 33 /* ! */:
      return equalFollows
        ? push(tokens, Token.NOT_EQUAL, start, start + 2)
        : fail(tokens, start, mismatched(text, start + 1, "'='"));
    case 46 /* . */:
      return text.charCodeAt(start + 1) === 46
        ? push(tokens, Token.RANGE, start, start + 2)
        : push(tokens, Token.DOT, start, start + 1);
    default:
      return fail(tokens, start, noViableAlternative(text, start));
  }
}
