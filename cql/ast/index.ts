/** The syntax tree of CQL: plain readonly data, one discriminated union for each family of nodes. */

import type { Batch, Modification, Select, Truncate, Use } from './data-statement.ts';
import type { Describe } from './describe-statement.ts';
import type { RoleStatement } from './role-statement.ts';
import type { SchemaStatement } from './schema-statement.ts';

export type * from './data-statement.ts';
export type * from './describe-statement.ts';
export type * from './names.ts';
export type * from './relation.ts';
export type * from './role-statement.ts';
export type * from './schema-statement.ts';
export type * from './selectable.ts';
export type * from './term.ts';
export type * from './type.ts';

export type Statement = Select | Modification | Batch | Truncate | Use | SchemaStatement | RoleStatement | Describe;

export { castFunction, NEGATION, operatorFunction } from './operator-functions.ts';
export { functionText, relationText, termText } from './term-text.ts';
export { typeText } from './type-text.ts';
