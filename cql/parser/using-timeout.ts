/**
 * `USING TIMEOUT <duration>` at the end of a SELECT, which is not Cassandra's: drivers that find shards announced
 * send it with their own reads of system tables. The node's timeouts stand; anything else after USING gets
 * Cassandra's error.
 */
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';

export function startsUsingTimeout(cursor: Cursor): boolean {
  const { kinds } = cursor.tokens;
  const at = cursor.position;
  return (
    kinds[at] === Token.K_USING &&
    kinds[at + 1] === Token.IDENT &&
    kinds[at + 2] === Token.DURATION &&
    cursor.textAt(at + 1).toLowerCase() === 'timeout'
  );
}

export function skipUsingTimeout(cursor: Cursor): void {
  if (startsUsingTimeout(cursor)) cursor.position += 3;
}
