/**
 * How long functions are, told from a formatted text alone: Biome and clang-format put the brace that opens
 * a body at the end of a line and the one that closes it below the line's first character. A table that is
 * longer than a function may be is data and not looked at; nor is a function without a name.
 */

export interface LongFunction {
  /** The line of its opening brace, from 1. */
  readonly line: number;
  readonly lines: number;
}

/** The line that opens a function's body: `function name(…) {`, a method, or `const name = (…) => {`. */
const TYPESCRIPT_OPENING =
  /^\s*(?:export |default |async |function |static |private |protected |override |get |set )*[*#]?\w+(?:<.*>)?\(.*\{$|^\s*(?:export )?const \w+.*=> \{$|^\s*\)(?:: .*)? (?:=> )?\{$/;
/** Ends with the parameters and what may follow them: qualifiers, a trailing type, members' initial values. */
const CPP_OPENING = /\)(?: const| noexcept| override| final|)*(?: -> .*)? \{$|^\s*: \w+[({].* \{$/;
const STATEMENT =
  /^\s*(?:\}|if|for|while|switch|do|else|return|case|catch|try|describe|it|test|namespace|class|struct)\b|^\s*\}/;

/** Functions of more than `bound` lines, with the lines of both braces. */
export function longFunctions(path: string, text: string, bound: number): LongFunction[] {
  const opening = path.endsWith('.ts') ? TYPESCRIPT_OPENING : CPP_OPENING;
  const lines = text.split('\n');
  const found: LongFunction[] = [];
  for (let first = 0; first < lines.length; first++) {
    const line = lines[first] ?? '';
    if (!opening.test(line) || STATEMENT.test(line) || /[=(,]\s*\[/.test(line)) continue;
    const last = bodyEnd(lines, first);
    if (last - first + 1 > bound) found.push({ line: first + 1, lines: last - first + 1 });
  }
  return found;
}

/** The first line below that is indented no deeper than the signature and closes a brace. */
function bodyEnd(lines: readonly string[], first: number): number {
  const indent = indentOf(lines[first] ?? '');
  for (let last = first + 1; last < lines.length; last++) {
    const line = lines[last] ?? '';
    if (line.trimStart().startsWith('}') && indentOf(line) <= indent) return last;
  }
  return lines.length - 1;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
