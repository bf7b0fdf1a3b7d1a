import { parseType } from '../../parser/index.ts';
import type { ClusteringOrder, ColumnKind, ColumnMetadata } from '../column.ts';
import { sortedMap } from '../ddl/compaction.ts';
import { resolveType } from '../ddl/resolve-type.ts';
import { emptyKeyspace, type KeyspaceMetadata } from '../keyspace.ts';
import { DEFAULT_TABLE_PARAMS, type StringMap, type TableParams } from '../params.ts';
import { TableMetadata } from '../table.ts';

/** A system table in the fewest words. Columns are `name type`, with `DESC` or `static` where it applies. */
export interface SystemTable {
  readonly name: string;
  /** Cassandra's own id, made from the names; virtual tables have one too. */
  readonly id: string;
  readonly comment: string;
  readonly partitionKey: readonly string[];
  readonly clustering?: readonly string[];
  readonly columns?: readonly string[];
  readonly params?: Partial<TableParams>;
  /** Filled by the server from what it keeps elsewhere, never written to disk. */
  readonly memoryOnly?: boolean;
}

export const LOCAL_REPLICATION: StringMap = new Map([['class', 'org.apache.cassandra.locator.LocalStrategy']]);

export function simpleReplication(factor: number): StringMap {
  return new Map([
    ['class', 'org.apache.cassandra.locator.SimpleStrategy'],
    ['replication_factor', String(factor)],
  ]);
}

export function compaction(simpleName: string, options: Readonly<Record<string, string>> = {}): StringMap {
  const className = `org.apache.cassandra.db.compaction.${simpleName}`;
  return sortedMap(new Map(Object.entries({ class: className, max_threshold: '32', min_threshold: '4', ...options })));
}

/** A system keyspace; `params` are those that all its tables share. */
export function systemKeyspace(
  name: string,
  replication: StringMap,
  tables: readonly SystemTable[],
  params: Partial<TableParams>,
  virtual = false,
): KeyspaceMetadata {
  const built = tables.map((table) => buildTable(name, table, params, virtual));
  return emptyKeyspace(name, replication).with({
    tables: new Map(built.map((table) => [table.name, table])),
    virtual,
  });
}

function buildTable(
  keyspace: string,
  declared: SystemTable,
  params: Partial<TableParams>,
  virtual: boolean,
): TableMetadata {
  const columns: ColumnMetadata[] = [];
  const add = (kind: ColumnKind, texts: readonly string[] = []): void => {
    for (const [i, text] of texts.entries()) {
      const column = parseColumn(keyspace, text, kind);
      columns.push({ ...column, id: columns.length, position: kind === 'regular' ? -1 : i });
    }
  };
  add('partition_key', declared.partitionKey);
  add('clustering', declared.clustering);
  add('regular', declared.columns);
  return new TableMetadata({
    id: declared.id,
    keyspace,
    name: declared.name,
    kind: virtual ? 'virtual' : 'regular',
    memoryOnly: virtual || declared.memoryOnly === true,
    counter: false,
    columns,
    dropped: new Map(),
    params: { ...DEFAULT_TABLE_PARAMS, ...params, ...declared.params, comment: declared.comment },
    indexes: new Map(),
    triggers: new Map(),
    nextColumnId: columns.length,
  });
}

const COLUMN = /^(\S+) (.+?)( DESC| static)?$/;

function parseColumn(keyspace: string, text: string, kind: ColumnKind): Omit<ColumnMetadata, 'id' | 'position'> {
  const [, name = '', type = '', suffix] = COLUMN.exec(text) ?? [];
  const order: ClusteringOrder = suffix === ' DESC' ? 'desc' : 'asc';
  return {
    name,
    kind: suffix === ' static' ? 'static' : kind,
    type: resolveType(parseType(type), { keyspace, types: null }),
    order,
  };
}
