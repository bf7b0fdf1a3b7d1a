/** Words that CQL's grammar reserves: an identifier that equals one must be quoted (Cassandra's ReservedKeywords). */
const RESERVED_WORDS: ReadonlySet<string> = new Set(
  (
    'add allow alter and apply asc authorize batch begin by columnfamily create delete desc describe drop entries execute from full ' +
    'grant if in index infinity insert into is keyspace limit materialized modify nan norecursive not null of on or order primary ' +
    'rename revoke schema select set table to token truncate unlogged update use using view where with'
  ).split(' '),
);

const UNQUOTED_IDENTIFIER = /^[a-z][a-z0-9_]*$/;

export function isReservedWord(word: string): boolean {
  return RESERVED_WORDS.has(word.toLowerCase());
}

/** The identifier as it must stand in CQL text: quoted only where it would not survive unquoted. */
export function quoteIdentifier(name: string): string {
  if (UNQUOTED_IDENTIFIER.test(name) && !isReservedWord(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** A CQL string literal, single quotes doubled. */
export function quoteString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
