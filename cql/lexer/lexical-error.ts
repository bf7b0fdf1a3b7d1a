/** Errors of the lexer, in ANTLR's words, which are Cassandra's. */

export interface LexicalError {
  /** Of the character that does not fit. */
  readonly offset: number;
  readonly message: string;
}

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 0, in UTF-16 code units. */
  readonly column: number;
}

export function positionOf(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    line++;
    lineStart = i + 1;
  }
  return { line, column: offset - lineStart };
}

/** Half of a surrogate pair is shown as Java encodes it. */
function displayCharacter(text: string, offset: number): string {
  if (offset >= text.length) return "'<EOF>'";
  switch (text[offset]) {
    case '\n':
      return "'\\n'";
    case '\t':
      return "'\\t'";
    case '\r':
      return "'\\r'";
    default:
      return `'${text.charAt(offset).toWellFormed().replace('\uFFFD', '?')}'`;
  }
}

function errorAt(text: string, offset: number, words: string): LexicalError {
  const { line, column } = positionOf(text, offset);
  return { offset, message: `line ${line}:${column} ${words}` };
}

export function noViableAlternative(text: string, offset: number): LexicalError {
  return errorAt(text, offset, `no viable alternative at character ${displayCharacter(text, offset)}`);
}

/** `expected` is the quoted character, null when one of several was expected. */
export function mismatched(text: string, offset: number, expected: string | null): LexicalError {
  const found = displayCharacter(text, offset);
  return errorAt(text, offset, `mismatched character ${found} expecting ${expected ?? 'set null'}`);
}

export function requiredLoop(text: string, offset: number): LexicalError {
  const found = displayCharacter(text, offset);
  return errorAt(text, offset, `required (...)+ loop did not match anything at character ${found}`);
}
