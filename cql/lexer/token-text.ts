import type { Tokens } from './lexer.ts';
import { Token } from './token-kind.ts';

/** The text a token stands for: of a string or quoted name what is between the quotes. */
export function tokenText(tokens: Tokens, index: number): string {
  const raw = tokens.text.slice(tokens.starts[index], tokens.ends[index]);
  switch (tokens.kinds[index]) {
    case Token.STRING_LITERAL:
      return raw.startsWith('$') ? raw.slice(2, -2) : raw.slice(1, -1).replaceAll("''", "'");
    case Token.QUOTED_NAME:
      return raw.slice(1, -1).replaceAll('""', '"');
    default:
      return raw;
  }
}
