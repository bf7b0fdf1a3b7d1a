/** Finds the keyword that a range of a text spells, in any case, without making a string of it. */

import { KEYWORDS, Token } from './token-kind.ts';

/** Slots of the hash table: a power of two, about six times the number of keywords, so that most have a slot of their own. */
const SLOTS = 1024;
const MULTIPLIER = 31;
/** Sets the bit by which ASCII letters of the two cases differ. */
const LOWER_CASE_BIT = 32;

interface Entry {
  readonly word: string;
  readonly kind: number;
  readonly next: Entry | null;
}

const table: (Entry | null)[] = new Array<Entry | null>(SLOTS).fill(null);

let longestWord = 0;
for (const [word, name] of Object.entries(KEYWORDS)) {
  const slot = hash(word, 0, word.length);
  table[slot] = { word, kind: Token[name], next: table[slot] ?? null };
  longestWord = Math.max(longestWord, word.length);
}

function hash(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = (value * MULTIPLIER + (text.charCodeAt(i) | LOWER_CASE_BIT)) | 0;
  return (value ^ (value >>> 10)) & (SLOTS - 1);
}

function spells(text: string, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if ((text.charCodeAt(start + i) | LOWER_CASE_BIT) !== (word.charCodeAt(i) | LOWER_CASE_BIT)) return false;
  }
  return true;
}

/** `start..end` must hold letters, digits and underscores only; gives IDENT for what is no keyword. */
export function wordKind(text: string, start: number, end: number): number {
  if (end - start > longestWord) return Token.IDENT;
  for (let entry = table[hash(text, start, end)]!; entry !== null; entry = entry.next!) {
    if (entry.word.length === end - start && spells(text, start, entry.word)) return entry.kind;
  }
  return Token.IDENT;
}
