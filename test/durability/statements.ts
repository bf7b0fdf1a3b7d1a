/** Random statements over the model's tables, each with what it does to the partitions that it writes. */
import cassandra from 'cassandra-driver';
import { type Change, EMPTY, type Model, type Partition, type Row, type TableName } from './model.ts';
import type { Random } from './random.ts';

const CLUSTERINGS = 12;
const ELEMENTS = 8;
const MAX_LIST = 12;

export interface Statement {
  readonly query: string;
  readonly parameters: readonly unknown[];
}

export interface Work {
  /** One statement, or several as one batch. */
  readonly statements: readonly Statement[];
  readonly changes: readonly Change[];
  /** Of a conditional statement: what [applied] must be. */
  readonly applied?: boolean;
}

const { Long } = cassandra.types;
const row = (partition: Partition, c = 0): Row | undefined => partition.rows[c];
const withRow = (partition: Partition, c: number, value: Row): Partition => ({
  ...partition,
  rows: { ...partition.rows, [c]: value },
});
const withoutRows = (partition: Partition, gone: (c: number) => boolean): Partition => ({
  ...partition,
  rows: Object.fromEntries(Object.entries(partition.rows).filter(([c]) => !gone(Number(c)))),
});

export class Statements {
  private readonly random: Random;
  private readonly model: Model;
  private written = 0;

  constructor(random: Random, model: Model) {
    this.random = random;
    this.model = model;
  }

  /** On partitions `k` of the tables, and on `others` where a batch spans several. */
  any(k: number, others: readonly number[]): Work {
    const kind = this.random.pick<TableName | 'batch'>([
      ...(['plain', 'rows', 'rows', 'collections', 'collections', 'counters', 'conditional', 'batch'] as const),
    ]);
    if (kind === 'batch') return this.batch([k, ...others]);
    const change = this.model.get({ table: kind, k });
    return this.on(kind, k, change);
  }

  private on(table: TableName, k: number, before: Partition): Work {
    switch (table) {
      case 'plain':
        return this.plain(k);
      case 'rows':
        return this.rows(k, before);
      case 'collections':
        return this.collections(k, before);
      case 'counters':
        return this.counter(k, before);
      case 'conditional':
        return this.conditional(k, before);
    }
  }

  private one(
    table: TableName,
    k: number,
    query: string,
    parameters: readonly unknown[],
    after: Partition,
    applied?: boolean,
  ): Work {
    const work = { statements: [{ query, parameters }], changes: [{ table, k, after }] };
    return applied === undefined ? work : { ...work, applied };
  }

  /** Unlike any other, of many sizes. */
  private text(): string {
    return `${++this.written}:${'x'.repeat(this.random.below(this.random.chance(0.05) ? 5_000 : 50))}`;
  }

  private plain(k: number): Work {
    if (this.random.chance(0.15)) return this.one('plain', k, 'DELETE FROM plain WHERE k = ?', [k], EMPTY);
    const v = this.text();
    return this.one('plain', k, 'INSERT INTO plain (k, v) VALUES (?, ?)', [k, v], withRow(EMPTY, 0, { v }));
  }

  private rows(k: number, before: Partition): Work {
    const c = this.random.below(CLUSTERINGS);
    const kind = this.random.below(20);
    if (kind === 0) return this.one('rows', k, 'DELETE FROM rows WHERE k = ?', [k], EMPTY);
    if (kind <= 2) {
      const after = withoutRows(before, (each) => each === c);
      return this.one('rows', k, 'DELETE FROM rows WHERE k = ? AND c = ?', [k, c], after);
    }
    if (kind <= 4) {
      const to = c + this.random.below(4);
      const after = withoutRows(before, (each) => each >= c && each < to);
      return this.one('rows', k, 'DELETE FROM rows WHERE k = ? AND c >= ? AND c < ?', [k, c, to], after);
    }
    if (kind <= 7) {
      const fixed = this.random.chance(0.2) ? null : ++this.written;
      return this.one('rows', k, 'UPDATE rows SET s = ? WHERE k = ?', [fixed, k], { ...before, fixed });
    }
    const v = this.text();
    return this.one('rows', k, 'INSERT INTO rows (k, c, v) VALUES (?, ?, ?)', [k, c, v], withRow(before, c, { v }));
  }

  private collections(k: number, before: Partition): Work {
    const now = row(before);
    const none = { l: null, m: null, t: null };
    if (now === undefined) {
      return this.one('collections', k, 'INSERT INTO collections (k) VALUES (?)', [k], withRow(before, 0, none));
    }
    if (this.random.chance(0.05)) {
      return this.one('collections', k, 'DELETE FROM collections WHERE k = ?', [k], EMPTY);
    }
    const set = (column: string, what: string, parameters: readonly unknown[], value: unknown): Work => {
      const query = `UPDATE collections SET ${what} WHERE k = ?`;
      return this.one('collections', k, query, [...parameters, k], withRow(before, 0, { ...now, [column]: value }));
    };
    return this.random.pick([this.list, this.list, this.map, this.set])(now, set);
  }

  private readonly list = (now: Row, set: Setter): Work => {
    const list = (now['l'] ?? []) as readonly number[];
    const value = ++this.written;
    const at = this.random.below(list.length);
    const kind = this.random.below(list.length === 0 ? 3 : 7);
    if (kind === 0 || list.length > MAX_LIST) return set('l', 'l = ?', [[value, value + 1]], [value, value + 1]);
    if (kind === 1) return set('l', 'l = l + ?', [[value]], [...list, value]);
    if (kind === 2) return set('l', 'l = ? + l', [[value]], [value, ...list]);
    if (kind <= 4) return set('l', 'l[?] = ?', [at, value], list.with(at, value));
    const gone = list[at] ?? 0;
    return set('l', 'l = l - ?', [[gone]], orNull(list.filter((each) => each !== gone)));
  };

  private readonly map = (now: Row, set: Setter): Work => {
    const map = (now['m'] ?? {}) as Readonly<Record<string, number>>;
    const key = `e${this.random.below(ELEMENTS)}`;
    const { [key]: _gone, ...rest } = map;
    if (this.random.chance(0.3)) {
      return set('m', 'm = m - ?', [[key]], Object.keys(rest).length === 0 ? null : rest);
    }
    const value = ++this.written;
    return set('m', 'm[?] = ?', [key, value], { ...map, [key]: value });
  };

  private readonly set = (now: Row, set: Setter): Work => {
    const elements = (now['t'] ?? []) as readonly number[];
    const element = this.random.below(ELEMENTS);
    const without = elements.filter((each) => each !== element);
    if (this.random.chance(0.3)) return set('t', 't = t - ?', [[element]], orNull(without));
    if (this.random.chance(0.1)) return set('t', 't = ?', [[element]], [element]);
    const after = [...without, element].sort((a, b) => a - b);
    return set('t', 't = t + ?', [[element]], after);
  };

  private counter(k: number, before: Partition): Work {
    const c = this.random.below(3);
    const by = this.random.below(1000) - 300;
    const n = Number(row(before, c)?.['n'] ?? 0) + by;
    const query = 'UPDATE counters SET n = n + ? WHERE k = ? AND c = ?';
    return this.one('counters', k, query, [Long.fromNumber(by), k, c], withRow(before, c, { n }));
  }

  private conditional(k: number, before: Partition): Work {
    const now = row(before);
    const v = ++this.written;
    if (this.random.chance(0.3)) {
      const query = 'INSERT INTO conditional (k, v, note) VALUES (?, ?, ?) IF NOT EXISTS';
      const free = now === undefined;
      const after = free ? withRow(before, 0, { v, note: 'inserted' }) : before;
      return this.one('conditional', k, query, [k, v, 'inserted'], after, free);
    }
    if (this.random.chance(0.15)) {
      const exists = now !== undefined;
      return this.one('conditional', k, 'DELETE FROM conditional WHERE k = ? IF EXISTS', [k], EMPTY, exists);
    }
    const right = now !== undefined && this.random.chance(0.8);
    const expected = right ? now['v'] : -1;
    const after = right ? withRow(before, 0, { v, note: 'changed' }) : before;
    const query = 'UPDATE conditional SET v = ?, note = ? WHERE k = ? IF v = ?';
    return this.one('conditional', k, query, [v, 'changed', k, expected], after, right);
  }

  /** A logged batch over several partitions of two tables. */
  private batch(keys: readonly number[]): Work {
    const parts = keys.flatMap((k) => [this.plain(k), this.rows(k, this.model.get({ table: 'rows', k }))]);
    return {
      statements: parts.flatMap((part) => part.statements),
      changes: parts.flatMap((part) => part.changes),
    };
  }
}

type Setter = (column: string, what: string, parameters: readonly unknown[], value: unknown) => Work;

function orNull<Element>(elements: readonly Element[]): readonly Element[] | null {
  return elements.length === 0 ? null : elements;
}
