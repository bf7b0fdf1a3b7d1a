/** Numbers that Cassandra fails on while it reads them, because Java's decimal cannot hold what they are read as. */
import { Token, type Tokens } from '../lexer/index.ts';
import { tokenText } from '../lexer/token-text.ts';
import { CqlSyntaxError } from './syntax-error.ts';

const MAX_EXPONENT_DIGITS = 10;
const MAX_EXPONENT = 2 ** 31 - 1;
const EXPONENT = /e[+-]?0*(\d*)$/i;

/** Cassandra reads each number with a point or an exponent, whatever it is for, as a double too. */
export function checkFloatLiterals(tokens: Tokens): void {
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kinds[i] !== Token.FLOAT) continue;
    const reason = failureOf(tokenText(tokens, i));
    if (reason === null) continue;
    throw new CqlSyntaxError(`Failed parsing statement: [${tokens.text}] reason: NumberFormatException ${reason}`);
  }
}

function failureOf(text: string): string | null {
  const exponent = EXPONENT.exec(text)?.[1] ?? '';
  if (exponent.length > MAX_EXPONENT_DIGITS) return 'Too many nonzero exponent digits.';
  if (Number(exponent) > MAX_EXPONENT) return 'Exponent overflow.';
  if (Number.isFinite(Number(text))) return null;
  // The double has become Infinity, whose first letter is no digit.
  return 'Character I is neither a decimal digit number, decimal point, nor "e" notation exponential mark.';
}
