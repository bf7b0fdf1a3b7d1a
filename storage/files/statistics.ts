/**
 * Statistics.db as far as an import looks at it: its checksums, the serialization header, the level and the
 * time of the last repair (docs/formats/sstable.md has the grammar). Versions from `na` on
 * have checksums.
 */
import { crc32 } from 'node:zlib';
import { type CqlType, parseMarshalName } from '../../cql/types/index.ts';

const STATS = 2;
const HEADER = 3;
const MAX_COMPONENTS = 16;
const TYPE_AND_OFFSET_BYTES = 8;
const CRC_BYTES = 4;
/** Of a bucket: its bound and its count. */
const BUCKET_BYTES = 16;
const POSITION_BYTES = 12;
/** Timestamps, deletion times, ttls, and the compression ratio, which stand between position and drop times. */
const EXTREMES_BYTES = 2 * 8 + 2 * 4 + 2 * 4 + 8;

/** Bytes that are no Statistics.db, or damaged ones. */
export class StatisticsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StatisticsError';
  }
}

export interface SSTableHeader {
  /** Marshal class of the partition key. */
  readonly keyType: string;
  readonly clustering: readonly CqlType[];
  readonly statics: ReadonlyMap<string, CqlType>;
  readonly regulars: ReadonlyMap<string, CqlType>;
}

export interface Statistics {
  readonly header: SSTableHeader;
  readonly level: number;
  /** Milliseconds; 0: never repaired. */
  readonly repairedAt: bigint;
}

interface Places {
  readonly header: Cursor;
  readonly level: number;
  readonly repairedAt: number;
  /** The stats component, its checksum behind it. */
  readonly statsStart: number;
  readonly statsEnd: number;
}

/** Throws StatisticsError. */
export function readStatistics(bytes: Uint8Array, version: string): Statistics {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = findPlaces(buffer, hasChecksums(version));
  return {
    header: readHeader(places.header),
    level: buffer.readInt32BE(places.level),
    repairedAt: buffer.readBigInt64BE(places.repairedAt),
  };
}

/** A copy at level 0, or never repaired, with the checksum that goes with it. */
export function withoutHistory(
  bytes: Uint8Array,
  version: string,
  forget: { readonly level: boolean; readonly repaired: boolean },
): Uint8Array {
  const copy = Buffer.from(bytes);
  const checked = hasChecksums(version);
  const places = findPlaces(copy, checked);
  if (forget.level) copy.writeInt32BE(0, places.level);
  if (forget.repaired) copy.writeBigInt64BE(0n, places.repairedAt);
  if (checked) copy.writeUInt32BE(crc32(copy.subarray(places.statsStart, places.statsEnd)), places.statsEnd);
  return copy;
}

function hasChecksums(version: string): boolean {
  return version >= 'na';
}

function findPlaces(buffer: Buffer, checked: boolean): Places {
  try {
    const components = componentsOf(buffer, checked);
    const stats = components.get(STATS);
    const header = components.get(HEADER);
    if (stats === undefined || header === undefined) throw new StatisticsError('a component is missing');
    const cursor = new Cursor(buffer, stats.start, stats.end);
    cursor.skip(cursor.count() * BUCKET_BYTES);
    cursor.skip(cursor.count() * BUCKET_BYTES);
    cursor.skip(POSITION_BYTES + EXTREMES_BYTES);
    cursor.count();
    cursor.skip(cursor.count() * BUCKET_BYTES);
    const level = cursor.take(4);
    const repairedAt = cursor.take(8);
    return {
      header: new Cursor(buffer, header.start, header.end),
      ...{ level, repairedAt, statsStart: stats.start, statsEnd: stats.end },
    };
  } catch (error) {
    if (error instanceof RangeError) throw new StatisticsError('it ends too early');
    throw error;
  }
}

/** Where each component lies, without its checksum, all of which are checked. */
function componentsOf(buffer: Buffer, checked: boolean): Map<number, { start: number; end: number }> {
  const count = buffer.readUInt32BE(0);
  if (count > MAX_COMPONENTS) throw new StatisticsError(`${count} components`);
  const table = checked ? 4 + CRC_BYTES : 4;
  const tableEnd = table + count * TYPE_AND_OFFSET_BYTES;
  if (checked) {
    checkCrc(buffer, 0, 4);
    const sum = crc32(buffer.subarray(table, tableEnd), crc32(buffer.subarray(0, 4)));
    if (buffer.readUInt32BE(tableEnd) !== sum) throw new StatisticsError('a checksum does not match');
  }
  const entries = Array.from({ length: count }, (_, index) => {
    const at = table + index * TYPE_AND_OFFSET_BYTES;
    return { type: buffer.readUInt32BE(at), start: buffer.readUInt32BE(at + 4) };
  });
  return new Map(
    entries.map(({ type, start }, index) => {
      const end = (entries[index + 1]?.start ?? buffer.length) - (checked ? CRC_BYTES : 0);
      if (checked) checkCrc(buffer, start, end);
      return [type, { start, end }];
    }),
  );
}

function checkCrc(buffer: Buffer, start: number, end: number): void {
  if (start > end || buffer.readUInt32BE(end) !== crc32(buffer.subarray(start, end))) {
    throw new StatisticsError('a checksum does not match');
  }
}

function readHeader(cursor: Cursor): SSTableHeader {
  try {
    // Least timestamp, local deletion time and ttl.
    for (let i = 0; i < 3; i++) cursor.vint();
    const keyType = cursor.text();
    const clustering = Array.from({ length: cursor.small() }, () => readType(cursor.text()));
    return { keyType, clustering, statics: readColumns(cursor), regulars: readColumns(cursor) };
  } catch (error) {
    if (error instanceof RangeError) throw new StatisticsError('its header ends too early');
    throw error;
  }
}

function readColumns(cursor: Cursor): Map<string, CqlType> {
  const columns = new Map<string, CqlType>();
  for (let left = cursor.small(); left > 0; left--) {
    const name = cursor.text();
    columns.set(name, readType(cursor.text()));
  }
  return columns;
}

function readType(text: string): CqlType {
  try {
    return parseMarshalName(text);
  } catch {
    throw new StatisticsError(`unknown type ${text}`);
  }
}

/** Reads within bounds; beyond them throws RangeError. */
class Cursor {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;

  constructor(buffer: Buffer, start: number, end: number) {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
  }

  /** Where the next `bytes` begin; they are passed over. */
  take(bytes: number): number {
    const at = this.#at;
    if (bytes < 0 || at + bytes > this.#end) throw new RangeError('beyond the end');
    this.#at = at + bytes;
    return at;
  }

  skip(bytes: number): void {
    this.take(bytes);
  }

  count(): number {
    return this.#buffer.readUInt32BE(this.take(4));
  }

  /** An unsigned vint: the leading ones of the first byte count the bytes that follow. */
  vint(): bigint {
    const first = this.#buffer.readUInt8(this.take(1));
    const extra = first === 0xff ? 8 : Math.clz32(~(first << 24));
    let value = extra >= 7 ? 0n : BigInt(first & (0xff >> extra));
    for (let left = extra; left > 0; left--) value = (value << 8n) | BigInt(this.#buffer.readUInt8(this.take(1)));
    return value;
  }

  small(): number {
    const value = this.vint();
    if (value > BigInt(this.#end - this.#at)) throw new RangeError('beyond the end');
    return Number(value);
  }

  text(): string {
    const length = this.small();
    const at = this.take(length);
    return this.#buffer.toString('utf8', at, at + length);
  }
}
