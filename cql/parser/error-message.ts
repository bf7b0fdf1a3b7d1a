/**
 * The text of a syntax error as Cassandra's `ErrorCollector` writes it: position, what was found and expected, and a
 * piece of the statement with the offending token in brackets.
 */

import { Token, type Tokens } from '../lexer/index.ts';
import { positionOf } from '../lexer/lexical-error.ts';
import { tokenText } from '../lexer/token-text.ts';

/** Tokens, white space and comments included, that the piece shows before the offending one, and after it. */
const TOKENS_BEFORE = 10;
const TOKENS_AFTER = 2;

/** How an error message shows a token. */
export function displayToken(tokens: Tokens, index: number): string {
  if (tokens.kinds[index] === Token.EOF) return "'<EOF>'";
  const text = tokenText(tokens, index).replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return `'${text}'`;
}

/** `line 1:7`; the end of the statement has no place. */
export function displayPosition(tokens: Tokens, index: number): string {
  if (tokens.kinds[index] === Token.EOF) return 'line 0:-1';
  const { line, column } = positionOf(tokens.text, tokens.starts[index]!);
  return `line ${line}:${column}`;
}

/** A token of any kind, hidden ones too. */
interface RawToken {
  readonly line: number;
  readonly column: number;
  /** Of its text, which for strings is shorter than what stands in the statement. */
  readonly length: number;
  readonly isEof: boolean;
}

const HIDDEN = /[ \t\n\r]+|(?:--|\/\/)[^\n\r]*[\n\r]|\/\*[\s\S]*?\*\//y;

/** All tokens up to the visible one of the given index, and the place that each visible one has among them. */
function rawTokens(tokens: Tokens, upTo: number): { raw: RawToken[]; places: number[] } {
  const raw: RawToken[] = [];
  const places: number[] = [];
  const add = (start: number, length: number, isEof: boolean): void => {
    raw.push({ ...positionOf(tokens.text, start), length, isEof });
  };
  let end = 0;
  for (let i = 0; i <= upTo; i++) {
    const start = tokens.starts[i]!;
    while (end < start) {
      HIDDEN.lastIndex = end;
      HIDDEN.test(tokens.text);
      add(end, HIDDEN.lastIndex - end, false);
      end = HIDDEN.lastIndex;
    }
    places.push(raw.length);
    add(start, tokenText(tokens, i).length, tokens.kinds[i] === Token.EOF);
    end = tokens.ends[i]!;
  }
  return { raw, places };
}

/** Lines as Java's `split("\n")` gives them: without the empty ones at the end. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}

/** What Java's `String.substring` would throw. */
class JavaRangeError extends Error {}

function substring(text: string, begin: number, end: number): string {
  if (begin < 0 || end > text.length || begin > end) {
    throw new JavaRangeError(`begin ${begin}, end ${end}, length ${text.length}`);
  }
  return text.slice(begin, end);
}

/**
 * ` (… [x] …)` for the token `offending`, or nothing where the end of the statement is in the piece.
 * `fetched` is the last token that the parser had looked at: the piece goes no farther.
 */
function snippet(tokens: Tokens, offending: number, fetched: number): string {
  const { raw, places } = rawTokens(tokens, fetched);
  const place = places[offending]!;
  const from = raw[Math.max(0, place - TOKENS_BEFORE)]!;
  const to = raw[Math.min(raw.length - 1, place + TOKENS_AFTER)]!;
  const at = raw[place]!;
  if (from.isEof || to.isEof || at.isEof) return '';

  const lines = linesOf(tokens.text);
  const endOf = (token: RawToken): number => token.column + token.length;
  const showsStart = from.line === 1 && from.column === 0;
  const showsEnd = to.line === lines.length && endOf(to) === lines.at(-1)!.length;
  const line = (token: RawToken): string => lines[token.line - 1] ?? '';
  const setLine = (token: RawToken, text: string): void => {
    lines[token.line - 1] = text;
  };
  if (endOf(to) < line(to).length) setLine(to, substring(line(to), 0, endOf(to)));
  const closed = `${substring(line(at), 0, endOf(at))}]${line(at).slice(endOf(at))}`;
  setLine(at, `${closed.slice(0, at.column)}[${closed.slice(at.column)}`);
  setLine(from, substring(line(from), from.column, line(from).length));
  const shown = lines.slice(from.line - 1, to.line).join('');
  return ` (${showsStart ? '' : '...'}${shown}${showsEnd ? '' : '...'})`;
}

/**
 * @param words what is wrong, e.g. `no viable alternative at input 'x'`
 * @param found the token that does not fit
 * @param offending the token at which the parser stood, which the piece marks
 * @param fetched the last token that the parser had looked at
 */
export function syntaxErrorMessage(
  tokens: Tokens,
  words: string,
  found: number,
  offending: number,
  fetched: number,
): string {
  try {
    return `${displayPosition(tokens, found)} ${words}${snippet(tokens, offending, fetched)}`;
  } catch (error) {
    // A token of several lines makes Cassandra fail while it writes its message, and say this instead.
    if (!(error instanceof JavaRangeError)) throw error;
    return `Failed parsing statement: [${tokens.text}] reason: StringIndexOutOfBoundsException ${error.message}`;
  }
}
