/** DESCRIBE in all its forms. */

import type { FunctionName, QualifiedName } from './names.ts';

export type DescribeTarget =
  | { readonly kind: 'Cluster' }
  /** `full` includes the system keyspaces. */
  | { readonly kind: 'Schema'; readonly full: boolean }
  | { readonly kind: 'Keyspaces' }
  /** `keyspace` is null for the one in use; `only` leaves out what the keyspace contains. */
  | { readonly kind: 'Keyspace'; readonly keyspace: string | null; readonly only: boolean }
  | { readonly kind: 'Tables' }
  | { readonly kind: 'Table'; readonly name: QualifiedName }
  | { readonly kind: 'Index'; readonly name: QualifiedName }
  | { readonly kind: 'MaterializedView'; readonly name: QualifiedName }
  | { readonly kind: 'Types' }
  | { readonly kind: 'Type'; readonly name: QualifiedName }
  | { readonly kind: 'Functions' }
  | { readonly kind: 'Function'; readonly name: FunctionName }
  | { readonly kind: 'Aggregates' }
  | { readonly kind: 'Aggregate'; readonly name: FunctionName }
  /** `DESCRIBE name`: a keyspace, table, view, index or type, whichever is found first. */
  | { readonly kind: 'Generic'; readonly name: QualifiedName };

export interface Describe {
  readonly kind: 'Describe';
  readonly target: DescribeTarget;
  readonly withInternals: boolean;
}
