/** The tables that a command names, as the admin endpoint takes them. */
export function choice(keyspace: string | undefined, tables: readonly string[]) {
  return { ...(keyspace === undefined ? {} : { keyspace }), tables };
}
