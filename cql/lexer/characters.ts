/** Character classes of the lexer, as one table of bit flags over ASCII. */

const DIGIT = 1;
const HEX_DIGIT = 2;
const LETTER = 4;
const WORD = 8;
const SPACE = 16;

const FLAGS = new Uint8Array(128);

function mark(characters: string, flags: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    FLAGS[code] = (FLAGS[code] ?? 0) | flags;
  }
}

mark('0123456789', DIGIT | HEX_DIGIT | WORD);
mark('abcdefABCDEF', HEX_DIGIT);
mark('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', LETTER | WORD);
mark('_', WORD);
mark(' \t\n\r', SPACE);

/** Each takes a UTF-16 code unit; NaN (what `charCodeAt` gives beyond the end) belongs to no class. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isHexDigit(code: number): boolean {
  return code < 128 && (FLAGS[code]! & HEX_DIGIT) !== 0;
}

export function isLetter(code: number): boolean {
  return code < 128 && (FLAGS[code]! & LETTER) !== 0;
}

/** A character that a word may go on with: letter, digit or underscore. */
export function isWord(code: number): boolean {
  return code < 128 && (FLAGS[code]! & WORD) !== 0;
}

export function isSpace(code: number): boolean {
  return code < 128 && (FLAGS[code]! & SPACE) !== 0;
}
