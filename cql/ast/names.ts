/** Names as they stand after case folding: an unquoted name is lower case, a quoted one is kept as written. */

/** A table, view, index or type, with the keyspace it was written with. */
export interface QualifiedName {
  readonly keyspace: string | null;
  readonly name: string;
}

/** A function or aggregate; `keyspace` is null for a name that native functions are searched for first. */
export type FunctionName = QualifiedName;
