/** How a name must be written so that the parser reads it back as it is. */

/** Words that can be no name without quotes (Cassandra's `reserved_keywords.txt`). */
const RESERVED_WORDS: ReadonlySet<string> = new Set(
  `add allow alter and apply asc authorize batch begin by columnfamily create delete desc describe drop entries
  execute from full grant if in index infinity insert into is keyspace limit materialized modify nan norecursive not
  null of on or order primary rename revoke schema select set table to token truncate unlogged update use using view
  where with`.split(/\s+/),
);

const PLAIN_NAME = /^[a-z][a-z0-9_]*$/;

/** Whether a word, in any case, is reserved. */
export function isReserved(word: string): boolean {
  return RESERVED_WORDS.has(word.toLowerCase());
}

/** The name as DESCRIBE prints it: in double quotes unless it reads back as itself without them. */
export function quoteIdentifier(name: string): string {
  return PLAIN_NAME.test(name) && !isReserved(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
