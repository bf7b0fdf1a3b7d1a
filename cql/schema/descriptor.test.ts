import { describe, expect, test } from 'vitest';
import { toHex } from '../types/index.ts';
import {
  encodeTableDescriptor,
  type KeyspaceMetadata,
  type Schema,
  SYSTEM_SCHEMAS,
  type TableMetadata,
} from './index.ts';
import { schemaOf } from './testing.ts';

const KEYSPACE = "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";

function descriptorOf(schema: Schema, name = 't'): Uint8Array {
  const keyspace = schema.keyspace('k') as KeyspaceMetadata;
  return encodeTableDescriptor(keyspace.tables.get(name) as TableMetadata, keyspace);
}

/** Reads the descriptor as docs/formats/table-descriptor.md has it. */
class Reader {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(length: number): Uint8Array {
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  number(read: 'getUint8' | 'getUint16' | 'getUint32' | 'getInt32' | 'getFloat64', size: number): number {
    this.offset += size;
    return this.view[read](this.offset - size);
  }

  u8 = (): number => this.number('getUint8', 1);
  u16 = (): number => this.number('getUint16', 2);
  u32 = (): number => this.number('getUint32', 4);
  i32 = (): number => this.number('getInt32', 4);
  f64 = (): number => this.number('getFloat64', 8);

  i64(): bigint {
    this.offset += 8;
    return this.view.getBigInt64(this.offset - 8);
  }

  string(): string {
    return new TextDecoder().decode(this.take(this.u16()));
  }

  stringMap(): Record<string, string> {
    return Object.fromEntries(Array.from({ length: this.u16() }, () => [this.string(), this.string()]));
  }

  atEnd(): boolean {
    return this.offset === this.bytes.length;
  }
}

describe('the table descriptor', () => {
  test('carries what the shard must know, in the order of its grammar', () => {
    const schema = schemaOf([
      KEYSPACE,
      "CREATE TABLE k.t (a int, c text, v list<int>, s int static, PRIMARY KEY (a, c)) WITH CLUSTERING ORDER BY (c DESC) AND cdc = true AND gc_grace_seconds = 7 AND default_time_to_live = 8 AND compression = {'class': 'ZstdCompressor', 'chunk_length_in_kb': 64, 'compression_level': 5}",
      'ALTER TABLE k.t DROP s USING TIMESTAMP 42',
    ]);
    const reader = new Reader(descriptorOf(schema));
    expect(reader.u8()).toBe(3);
    expect(toHex(reader.take(16))).toBe('00000000000010008000000000000000');
    expect([reader.string(), reader.string()]).toEqual(['k', 't']);
    expect(reader.u16()).toBe(1);
    expect(reader.u32()).toBe(8);
    expect([reader.i32(), reader.i32(), reader.f64()]).toEqual([7, 8, 0.01]);
    expect([reader.u32(), reader.string()]).toEqual([65536, 'ZstdCompressor']);
    expect(reader.stringMap()).toEqual({ compression_level: '5' });
    expect(reader.stringMap()).toMatchObject({ min_threshold: '4', max_threshold: '32' });
    expect([reader.i32(), reader.f64(), reader.i32(), reader.i32(), reader.i32()]).toEqual([0, 1, 128, 2048, 0]);
    const columns = Array.from({ length: reader.u16() }, () => [
      reader.u16(),
      reader.string(),
      reader.u8(),
      reader.u16(),
      reader.string().replaceAll('org.apache.cassandra.db.marshal.', ''),
    ]);
    expect(columns).toEqual([
      [0, 'a', 0, 0, 'Int32Type'],
      [1, 'c', 1, 0, 'ReversedType(UTF8Type)'],
      [2, 'v', 3, 0, 'ListType(Int32Type)'],
    ]);
    expect(reader.u16()).toBe(1);
    expect([reader.u16(), reader.string(), reader.u8()]).toEqual([3, 's', 2]);
    expect([reader.string(), reader.i64()]).toEqual(['org.apache.cassandra.db.marshal.Int32Type', 42n]);
    expect(reader.atEnd()).toBe(true);
  });

  test('says 0 and an empty class where compression is off', () => {
    const schema = schemaOf([KEYSPACE, "CREATE TABLE k.t (a int PRIMARY KEY) WITH compression = {'enabled': false}"]);
    const reader = new Reader(descriptorOf(schema));
    reader.take(1 + 16 + 3 + 3 + 2 + 4 + 4 + 4 + 8);
    expect([reader.u32(), reader.string(), reader.stringMap()]).toEqual([0, '', {}]);
  });

  test('tells how many replicas the keyspace has, which are none of a virtual one', () => {
    const factorOf = (schema: Schema, keyspace: string) => schema.keyspace(keyspace)?.replicationFactor;
    const reader = new Reader(
      descriptorOf(
        schemaOf([
          KEYSPACE,
          'CREATE TABLE k.t (a int PRIMARY KEY)',
          "ALTER KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
        ]),
      ),
    );
    reader.take(1 + 16 + 3 + 3);
    expect(reader.u16()).toBe(3);
    expect(factorOf(SYSTEM_SCHEMAS, 'system')).toBe(1);
    expect(factorOf(SYSTEM_SCHEMAS, 'system_views')).toBe(0);
  });
});
