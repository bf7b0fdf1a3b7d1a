import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReservedWord, quoteIdentifier } from '../types/index.ts';
import { TOKEN_NAMES, Token, type Tokens, tokenize } from './index.ts';
import { positionOf } from './lexical-error.ts';
import { tokenText } from './token-text.ts';

/** Text, its tokens as `NAME|text|line:column …` up to the first error, and that error, all as Cassandra 5.0.6's lexer gives them. */
type Recorded = readonly [text: string, tokens: string, error: string | null];

const RECORDED: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('./tokens.recorded.json', import.meta.url), 'utf8'),
);

function show(tokens: Tokens): string {
  const shown: string[] = [];
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kinds[i] === Token.ERROR) continue;
    const { line, column } = positionOf(tokens.text, tokens.starts[i]!);
    shown.push(`${TOKEN_NAMES[tokens.kinds[i]!]}|${tokenText(tokens, i)}|${line}:${column}`);
  }
  return shown.join(' ');
}

function kinds(text: string): string[] {
  const tokens = tokenize(text);
  return [...tokens.kinds.slice(0, tokens.count)].map((kind) => TOKEN_NAMES[kind]!);
}

describe('tokenize', () => {
  it.each(RECORDED)('cuts %j as Cassandra does', (text, shown, error) => {
    const tokens = tokenize(text);
    expect(show(tokens)).toBe(shown);
    expect(tokens.error?.message ?? null).toBe(error);
  });

  it('reads keywords in any case and leaves longer words alone', () => {
    expect(kinds('select SELECT SeLeCt selects')).toEqual(['K_SELECT', 'K_SELECT', 'K_SELECT', 'IDENT']);
  });

  it('leaves no token for white space and comments', () => {
    expect(kinds('a -- b\n/* c */ // d\r e')).toEqual(['IDENT', 'IDENT']);
  });

  it('ends with EOF tokens at the end of the text', () => {
    const tokens = tokenize('a b');
    expect(tokens.count).toBe(2);
    expect(tokens.kinds[2]).toBe(Token.EOF);
    expect(tokens.starts[2]).toBe(3);
  });

  it('keeps its arrays right when a text has more tokens than any before', () => {
    const count = 100_000;
    const tokens = tokenize('a,'.repeat(count));
    expect(tokens.count).toBe(2 * count);
    expect(tokens.starts[2 * count - 1]).toBe(2 * count - 1);
    expect(kinds('a')).toEqual(['IDENT']);
  });

  it('gives every character of any text to one token, white space, a comment or the error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const tokens = tokenize(text);
        let end = 0;
        for (let i = 0; i < tokens.count; i++) {
          expect(tokens.starts[i]).toBeGreaterThanOrEqual(end);
          end = tokens.ends[i]!;
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });
});

describe('quoteIdentifier', () => {
  it.each([
    ['abc', 'abc'],
    ['a_1', 'a_1'],
    ['Abc', '"Abc"'],
    ['1a', '"1a"'],
    ['_a', '"_a"'],
    ['', '""'],
    ['a"b', '"a""b"'],
    ['select', '"select"'],
    ['key', 'key'],
    ['int', 'int'],
  ])('writes %j as %s', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it('gives a word that reads back as the same name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        const tokens = tokenize(quoteIdentifier(name));
        expect(tokens.error).toBeNull();
        expect(tokens.count).toBe(1);
        const text = tokenText(tokens, 0);
        expect(tokens.kinds[0] === Token.QUOTED_NAME ? text : text.toLowerCase()).toBe(name);
      }),
    );
  });

  it('knows reserved words in any case', () => {
    expect(isReservedWord('SELECT')).toBe(true);
    expect(isReservedWord('Keyspace')).toBe(true);
    expect(isReservedWord('keyspaces')).toBe(false);
  });
});
