/** What a server answers, in a form that is the same for two servers that behave the same. */
import type { Column, Prepared, Response, Rows } from '../protocol-client/responses.ts';
import { typeText } from '../protocol-client/types.ts';
import { valueText } from '../protocol-client/value-text.ts';

export interface RowsAnswer {
  /** `keyspace.table name type` */
  readonly columns: readonly string[];
  /** Values as text, rows joined by ` | `; one list a page. */
  readonly pages: readonly (readonly string[])[];
}

export type Answer =
  | { readonly kind: 'void' }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly details?: object }
  | ({ readonly kind: 'rows' } & RowsAnswer)
  | { readonly kind: 'keyspace'; readonly keyspace: string }
  | { readonly kind: 'schema'; readonly change: string }
  | {
      readonly kind: 'prepared';
      readonly variables: readonly string[];
      readonly partitionKeyIndexes: readonly number[];
      readonly columns: readonly string[];
      readonly executions: readonly WarnedAnswer[];
    }
  | { readonly kind: 'closed'; readonly why: string };

/** An answer with the warnings that came with it, when there were any. */
export type WarnedAnswer = Answer & { readonly warnings?: readonly string[] };

export function columnText(column: Column): string {
  return `${column.keyspace}.${column.table} ${column.name} ${typeText(column.type)}`;
}

export function pageOf(rows: Rows): string[] {
  return rows.rows.map((row) =>
    row
      .map((bytes, index) => {
        const column = rows.columns[index];
        return (column === undefined ? null : valueText(column.type, bytes)) ?? 'null';
      })
      .join(' | '),
  );
}

export function answerOf(response: Response): WarnedAnswer {
  const answer = withoutWarnings(response);
  return response.warnings.length === 0 ? answer : { ...answer, warnings: response.warnings };
}

function withoutWarnings(response: Response): Answer {
  switch (response.kind) {
    case 'void':
    case 'ready':
      return { kind: 'void' };
    case 'error': {
      const { code, message, details } = response.error;
      const hex = `0x${code.toString(16).padStart(4, '0')}`;
      return { kind: 'error', code: hex, message, ...(Object.keys(details).length > 0 ? { details } : {}) };
    }
    case 'rows':
      return { kind: 'rows', columns: response.rows.columns.map(columnText), pages: [pageOf(response.rows)] };
    case 'set-keyspace':
      return { kind: 'keyspace', keyspace: response.keyspace };
    case 'schema-change':
      return { kind: 'schema', change: response.change.join(' ') };
    case 'prepared':
      return preparedAnswer(response.prepared, []);
  }
}

export function preparedAnswer(prepared: Prepared, executions: readonly WarnedAnswer[]): Answer {
  return {
    kind: 'prepared',
    variables: prepared.variables.map(columnText),
    partitionKeyIndexes: prepared.partitionKeyIndexes,
    columns: prepared.columns.map(columnText),
    executions,
  };
}
