/** Random writes to a table: inserts, updates of every kind, deletions of every extent. */
import type { Random } from '../durability/random.ts';
import type { Column, Table } from './random-table.ts';
import { type CqlType, isMultiCell, literal } from './random-types.ts';

/**
 * Timestamps are given, few and far in the past: writes meet and supersede each other as they please. Each deletion
 * has one of its own, so that the second in which it came to a server does not tell which of two stays; it is even,
 * and odd for a column, as are those that an assignment of a whole collection deletes with: a deletion of a
 * collection at the very time of one that covers it is kept by Cassandra's flush, but not by its compaction.
 */
const FIRST_TIMESTAMP = 1_700_000_000_000_000;
const TIMESTAMPS = 20;
const TIMESTAMP_STEP = 1000;
const OPERATIONS = 70;
const COUNTER_DELETIONS = 5;
const WIDE_OPERATIONS = 260;
/** Filler of a wide table's rows, so that a few hundred make some blocks of 64 KiB. */
const WIDE_VALUE_BYTES = 1500;

/** `last`: no others follow. What a counter is after its deletion is not defined, so it must come last. */
export function randomOperations(random: Random, table: Table, last: boolean): string[] {
  const writer = new Writer(random, table);
  const count = table.flavour === 'wide' ? WIDE_OPERATIONS : OPERATIONS;
  const operations = Array.from({ length: count }, () => writer.operation());
  if (table.flavour === 'counters' && last) {
    for (let i = 0; i < COUNTER_DELETIONS; ++i) operations.push(writer.deletion());
  }
  return operations;
}

class Writer {
  private readonly random: Random;
  private readonly table: Table;
  private readonly name: string;
  private deletions = 0;

  constructor(random: Random, table: Table) {
    this.random = random;
    this.table = table;
    this.name = `${table.keyspace}.${table.name}`;
  }

  operation(): string {
    const { random, table } = this;
    const deletions = table.flavour === 'wide' ? 0.06 : 0.3;
    if (table.flavour === 'counters') return this.count();
    if (random.chance(deletions)) return this.deletion();
    return random.chance(table.flavour === 'wide' ? 0.8 : 0.5) ? this.insert() : this.update();
  }

  private using(ttl: boolean, deletes: 'rows' | 'column' | null = null): string {
    const { random, table } = this;
    if (table.flavour === 'counters') return '';
    const own = deletes === null ? 2 * random.below(TIMESTAMP_STEP / 2) * random.below(2) : 2 * this.deletions;
    const regular = FIRST_TIMESTAMP + TIMESTAMP_STEP * random.below(TIMESTAMPS) + own + (deletes === 'column' ? 1 : 0);
    const odd = deletes === null && random.chance(0.03);
    const timestamp = odd ? random.pick([-16, 0, 2, 1_600_000_000_000_000]) : regular;
    const expiry = ttl && random.chance(0.25) ? ` AND TTL ${random.pick([1, 300_000, 300_000, 400_000])}` : '';
    return ` USING TIMESTAMP ${timestamp}${expiry}`;
  }

  private keyValue(column: Column): string {
    return this.random.pick(this.table.keyValues.get(column.name) ?? []);
  }

  private equals(columns: readonly Column[]): string[] {
    return columns.map((column) => `${column.name} = ${this.keyValue(column)}`);
  }

  private insert(): string {
    const { random, table } = this;
    const chosen = [...table.statics, ...table.regulars].filter(() => random.chance(0.5));
    const onlyStatic = table.clustering.length > 0 && table.statics.length > 0 && random.chance(0.1);
    const values = onlyStatic ? table.statics : chosen;
    const keys = [...table.partitionKey, ...(onlyStatic ? [] : table.clustering)];
    const names = [...keys, ...values].map(({ name }) => name).join(', ');
    const texts = [...keys.map((column) => this.keyValue(column)), ...values.map((column) => this.value(column))];
    return `INSERT INTO ${this.name} (${names}) VALUES (${texts.join(', ')})${this.using(true)}`;
  }

  private value({ type }: Column): string {
    const { random, table } = this;
    if (random.chance(0.07)) return 'null';
    if (table.flavour === 'wide' && type.kind === 'native' && (type.name === 'text' || type.name === 'blob')) {
      const filler = Array.from({ length: WIDE_VALUE_BYTES }, () => random.below(16).toString(16)).join('');
      return type.name === 'text' ? `'${filler}'` : `0x${filler}`;
    }
    return literal(random, type, true);
  }

  private update(): string {
    const { random, table } = this;
    const onlyStatic = table.statics.length > 0 && (table.regulars.length === 0 || random.chance(0.15));
    const columns = onlyStatic ? table.statics : table.regulars;
    if (columns.length === 0) return this.insert();
    const chosen = columns.filter(() => random.chance(0.4));
    const assigned = (chosen.length > 0 ? chosen : columns.slice(0, 1)).map((column) => this.assignment(column));
    const keys = [...table.partitionKey, ...(onlyStatic ? [] : table.clustering)];
    return `UPDATE ${this.name}${this.using(true)} SET ${assigned.join(', ')} WHERE ${this.equals(keys).join(' AND ')}`;
  }

  private count(): string {
    const { random, table } = this;
    const onlyStatic = table.statics.length > 0 && random.chance(0.3);
    const columns = onlyStatic ? table.statics : table.regulars;
    const chosen = columns.filter(() => random.chance(0.6));
    const assigned = (chosen.length > 0 ? chosen : columns.slice(0, 1)).map(
      ({ name }) => `${name} = ${name} ${random.pick(['+', '-'])} ${random.below(1000)}`,
    );
    const keys = [...table.partitionKey, ...(onlyStatic ? [] : table.clustering)];
    return `UPDATE ${this.name} SET ${assigned.join(', ')} WHERE ${this.equals(keys).join(' AND ')}`;
  }

  private assignment(column: Column): string {
    const { random } = this;
    const { name, type } = column;
    const whole = `${name} = ${this.value(column)}`;
    if (!isMultiCell(type) || random.chance(0.3)) return whole;
    const element = (of: CqlType) => literal(random, of);
    switch (type.kind) {
      case 'list':
        return random.pick([
          `${name} = ${name} + ${literal(random, type)}`,
          `${name} = ${literal(random, type)} + ${name}`,
          `${name} = ${name} - ${literal(random, type)}`,
        ]);
      case 'set':
        return `${name} = ${name} ${random.pick(['+', '-'])} ${literal(random, type)}`;
      case 'map':
        return random.pick([
          `${name} = ${name} + ${literal(random, type)}`,
          `${name}[${element(type.key)}] = ${random.chance(0.2) ? 'null' : element(type.value)}`,
          `${name} = ${name} - {${element(type.key)}}`,
        ]);
      case 'udt': {
        const field = random.pick(type.type.fields);
        return `${name}.${field.name} = ${random.chance(0.2) ? 'null' : element(field.type)}`;
      }
      default:
        return whole;
    }
  }

  deletion(): string {
    ++this.deletions;
    const { random, table } = this;
    const columns = [...table.statics, ...table.regulars];
    const kinds: (() => string)[] = [() => this.rowDeletion(table.clustering.length)];
    if (columns.length > 0)
      kinds.push(
        () => this.columnDeletion(),
        () => this.columnDeletion(),
      );
    if (table.clustering.length > 0) {
      kinds.push(() => this.rowDeletion(random.below(table.clustering.length)));
      kinds.push(
        () => this.rangeDeletion(),
        () => this.rangeDeletion(),
      );
    }
    return random.pick(kinds)();
  }

  private rowDeletion(clusterings: number): string {
    const { table } = this;
    // All of a wide partition is rarely taken away.
    const kept = table.flavour === 'wide' ? Math.max(clusterings, 1) : clusterings;
    const where = this.equals([...table.partitionKey, ...table.clustering.slice(0, kept)]);
    return `DELETE FROM ${this.name}${this.using(false, 'rows')} WHERE ${where.join(' AND ')}`;
  }

  private rangeDeletion(): string {
    const { random, table } = this;
    const depth = random.below(table.clustering.length);
    const column = table.clustering[depth];
    if (column === undefined) throw new Error('a range needs a clustering column');
    const where = this.equals([...table.partitionKey, ...table.clustering.slice(0, depth)]);
    const sides = random.below(3);
    if (sides !== 1) where.push(`${column.name} ${random.pick(['>', '>='])} ${this.keyValue(column)}`);
    if (sides !== 0) where.push(`${column.name} ${random.pick(['<', '<='])} ${this.keyValue(column)}`);
    return `DELETE FROM ${this.name}${this.using(false, 'rows')} WHERE ${where.join(' AND ')}`;
  }

  private columnDeletion(): string {
    const { random, table } = this;
    const column = random.pick([...table.statics, ...table.regulars]);
    const keys = [...table.partitionKey, ...(table.statics.includes(column) ? [] : table.clustering)];
    const where = this.equals(keys).join(' AND ');
    return `DELETE ${this.deleted(column)} FROM ${this.name}${this.using(false, 'column')} WHERE ${where}`;
  }

  private deleted({ name, type }: Column): string {
    const { random } = this;
    if (!isMultiCell(type) || random.chance(0.5)) return name;
    switch (type.kind) {
      case 'map':
        return `${name}[${literal(random, type.key)}]`;
      case 'set':
        return `${name}[${literal(random, type.element)}]`;
      case 'udt':
        return `${name}.${random.pick(type.type.fields).name}`;
      default:
        return name;
    }
  }
}
