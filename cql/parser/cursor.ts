/**
 * The parser's place in the tokens of one statement, and the bind markers found so far.
 *
 * Cassandra's parser is made by ANTLR 3 and its messages show how that decides: where the grammar has alternatives it
 * looks ahead until one is left and, if none is, says "no viable alternative" at the token that ruled out the last one,
 * marking the token where the decision began (`noViable`); where only one token can follow it says "mismatched input"
 * (`expect`). The methods here keep the two apart, and remember how far the parser has looked, because messages show
 * that too.
 */

import type { BindMarker } from '../ast/index.ts';
import { TOKEN_NAMES, Token, type Tokens } from '../lexer/index.ts';
import { tokenText } from '../lexer/token-text.ts';
import { displayToken, syntaxErrorMessage } from './error-message.ts';
import { CqlSyntaxError } from './syntax-error.ts';
import type { TokenSet } from './token-set.ts';

/**
 * How deep terms, selectables, relations and types may nest in each other, so that no statement can exhaust the stack:
 * a level takes about ten calls, and Node's default stack holds some ten thousand.
 */
const MAX_NESTING = 500;

/** Thrown in place of an error with a message while something is only attempted. */
const FAILED_ATTEMPT = new CqlSyntaxError('attempt failed');

export class Cursor {
  readonly tokens: Tokens;
  readonly bindMarkers: (string | null)[] = [];
  position = 0;
  /** The farthest token that a look ahead has seen. */
  #seen = 0;
  #nesting = 0;
  #attempts = 0;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  /** The kind of the next token. */
  get kind(): number {
    return this.tokens.kinds[this.position]!;
  }

  /** The kind of the token `distance` after the next one, which counts as looked at. */
  peek(distance: number): number {
    const index = Math.min(this.position + distance, this.tokens.count);
    if (index > this.#seen) this.#seen = index;
    return this.tokens.kinds[index]!;
  }

  advance(): void {
    this.position++;
  }

  accept(kind: number): boolean {
    if (this.tokens.kinds[this.position] !== kind) return false;
    this.position++;
    return true;
  }

  expect(kind: number): void {
    if (this.tokens.kinds[this.position] !== kind) this.mismatch(TOKEN_NAMES[kind]!);
    this.position++;
  }

  /** The text of the next token, which is taken; it must be of the kind. */
  expectText(kind: number): string {
    this.expect(kind);
    return this.textAt(this.position - 1);
  }

  textAt(index: number): string {
    return tokenText(this.tokens, index);
  }

  /** Takes the next token as a name: in lower case unless quoted. It must be in the set, else it is no viable alternative. */
  name(allowed: TokenSet): string {
    const { kinds, starts, ends, text } = this.tokens;
    const index = this.position;
    const kind = kinds[index]!;
    if (allowed[kind] !== 1) this.noViable();
    this.position++;
    if (kind === Token.QUOTED_NAME) return this.textAt(index);
    if (kind === Token.EMPTY_QUOTED_NAME) return '';
    return text.slice(starts[index], ends[index]).toLowerCase();
  }

  /** Parses something that can contain its own kind. */
  nested<T>(parse: (cursor: Cursor) => T): T {
    if (++this.#nesting > MAX_NESTING) this.fail(`Statement is nested more than ${MAX_NESTING} levels deep`);
    const node = parse(this);
    this.#nesting--;
    return node;
  }

  /** Parses something, or gives null and stands where it stood if that cannot be parsed (a syntactic predicate of the grammar). */
  attempt<T>(parse: (cursor: Cursor) => T): T | null {
    const { position } = this;
    const nesting = this.#nesting;
    const markers = this.bindMarkers.length;
    this.#attempts++;
    try {
      return parse(this);
    } catch (error) {
      if (error !== FAILED_ATTEMPT) throw error;
      this.position = position;
      this.#nesting = nesting;
      this.bindMarkers.length = markers;
      return null;
    } finally {
      this.#attempts--;
    }
  }

  /** Whether something can be parsed from here on, as if nobody had looked. */
  couldParse(parse: (cursor: Cursor) => unknown): boolean {
    const { position } = this;
    const seen = this.#seen;
    const parsed = this.attempt((cursor) => ({ node: parse(cursor) })) !== null;
    this.position = position;
    this.#seen = seen;
    return parsed;
  }

  addBindMarker(name: string | null): BindMarker {
    return { kind: 'BindMarker', index: this.bindMarkers.push(name) - 1, name };
  }

  /** None of the alternatives that begin at the next token goes on with the one `distance` after it. */
  noViable(distance = 0): never {
    this.peek(distance);
    if (this.#attempts > 0) throw FAILED_ATTEMPT;
    const found = Math.min(this.position + distance, this.tokens.count);
    this.#throwAt(found, `no viable alternative at input ${displayToken(this.tokens, found)}`);
  }

  /** `expected` is a token's name, `set null` for one of several. */
  mismatch(expected: string): never {
    if (this.#attempts > 0) {
      this.peek(0);
      throw FAILED_ATTEMPT;
    }
    const found = displayToken(this.tokens, this.position);
    this.#throwAt(this.position, `mismatched input ${found} expecting ${expected}`);
  }

  /** An error in Cassandra's own words, which it finds while it reads on. */
  fail(message: string): never {
    if (this.#attempts > 0) throw FAILED_ATTEMPT;
    this.throwLexicalError(this.position);
    throw new CqlSyntaxError(message);
  }

  /** The lexer's error comes first if the parser has seen the place, since the lexer met it while the parser asked for tokens. */
  throwLexicalError(seen: number): void {
    const { error, count } = this.tokens;
    if (error !== null && count - 1 <= Math.max(seen, this.#seen)) throw new CqlSyntaxError(error.message);
  }

  #throwAt(found: number, words: string): never {
    const seen = Math.max(this.position, this.#seen);
    this.throwLexicalError(seen);
    throw new CqlSyntaxError(syntaxErrorMessage(this.tokens, words, found, this.position, seen));
  }
}
