/** Where a text of several statements ends each of them, as cqlsh reads a file: at semicolons outside of quotes and comments. */

const SKIPPED =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[\s\S]*?\$\$|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"$\-/;]+|[\s\S]/y;

/** The statements without their semicolons; comments stay, empty ones go. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  let empty = true;
  SKIPPED.lastIndex = 0;
  for (let match = SKIPPED.exec(text); match !== null; match = SKIPPED.exec(text)) {
    const [piece] = match;
    if (piece === ';') {
      if (!empty) statements.push(current.trim());
      current = '';
      empty = true;
      continue;
    }
    current += piece;
    if (!/^\s*$|^--|^\/\/|^\/\*/.test(piece)) empty = false;
  }
  if (!empty) statements.push(current.trim());
  return statements;
}
