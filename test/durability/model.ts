/**
 * What the tables of the durability tests should hold: each partition as a plain value, each statement as
 * a function from the partition before to the partition after. A statement that was sent and not
 * acknowledged leaves its partitions in doubt: after a crash they are as before it or as after it.
 */
import { isDeepStrictEqual } from 'node:util';

export type TableName = 'plain' | 'rows' | 'collections' | 'counters' | 'conditional';
export const TABLES: readonly TableName[] = ['plain', 'rows', 'collections', 'counters', 'conditional'];

export const SCHEMA: Readonly<Record<TableName, string>> = {
  plain: 'k int PRIMARY KEY, v text',
  rows: 'k int, c int, s int STATIC, v text, PRIMARY KEY (k, c)',
  collections: 'k int PRIMARY KEY, l list<int>, m map<text, int>, t set<int>',
  counters: 'k int, c int, n counter, PRIMARY KEY (k, c)',
  conditional: 'k int PRIMARY KEY, v int, note text',
};

/** Values of the columns besides the key, null where there is none. */
export type Row = Readonly<Record<string, unknown>>;

export interface Partition {
  /** By clustering, 0 in tables without one. */
  readonly rows: Readonly<Record<number, Row>>;
  readonly fixed: number | null;
}

export const EMPTY: Partition = { rows: {}, fixed: null };

export interface Key {
  readonly table: TableName;
  readonly k: number;
}

/** What one statement (or a statement of a batch) does to one partition. */
export interface Change extends Key {
  readonly after: Partition;
}

export interface Doubt {
  readonly applied: number;
  readonly lost: number;
}

const nameOf = ({ table, k }: Key) => `${table}/${k}`;

export class Model {
  private readonly acknowledged = new Map<string, Partition>();
  private readonly inFlight = new Map<string, Partition>();
  private readonly keys = new Map<string, Key>();

  get(key: Key): Partition {
    return this.acknowledged.get(nameOf(key)) ?? EMPTY;
  }

  /** All partitions ever written. */
  get partitions(): readonly Key[] {
    return [...this.keys.values()];
  }

  begin(changes: readonly Change[]): void {
    for (const change of changes) {
      const name = nameOf(change);
      if (this.inFlight.has(name)) throw new Error(`two statements at once on ${name}`);
      this.keys.set(name, { table: change.table, k: change.k });
      this.inFlight.set(name, change.after);
    }
  }

  acknowledge(changes: readonly Change[]): void {
    for (const change of changes) {
      this.acknowledged.set(nameOf(change), change.after);
      this.inFlight.delete(nameOf(change));
    }
  }

  /** The statement was refused or is known not to have been applied. */
  refuse(changes: readonly Change[]): void {
    for (const change of changes) this.inFlight.delete(nameOf(change));
  }

  /** The present content of every partition that is there, by `table/k`; what differs, in words. */
  settle(found: ReadonlyMap<string, Partition>): { readonly wrong: string[]; readonly doubt: Doubt } {
    const wrong: string[] = [];
    let applied = 0;
    let lost = 0;
    for (const name of found.keys()) {
      if (!this.keys.has(name)) wrong.push(`${name}: never written, found ${show(found.get(name))}`);
    }
    for (const name of this.keys.keys()) {
      const now = found.get(name) ?? EMPTY;
      const before = this.acknowledged.get(name) ?? EMPTY;
      const after = this.inFlight.get(name);
      if (after !== undefined && isDeepStrictEqual(now, after)) applied++;
      else if (isDeepStrictEqual(now, before)) lost += after === undefined ? 0 : 1;
      else {
        const or = after === undefined ? '' : ` or ${show(after)}`;
        wrong.push(`${name}: expected ${show(before)}${or}, found ${show(now)}`);
      }
      this.acknowledged.set(name, now);
    }
    this.inFlight.clear();
    return { wrong, doubt: { applied, lost } };
  }
}

export function show(partition: Partition | undefined): string {
  return partition === undefined ? 'nothing' : JSON.stringify(partition);
}
