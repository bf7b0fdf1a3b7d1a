/**
 * What two files of the same operations must have in common. What the servers' clocks put into them (local
 * deletion times, expiry, timestamps of counters, time uuids of list elements) is replaced by what it means.
 */

/** The time in which the operations ran, in seconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Clocks are read before and behind. */
const SLACK_SECONDS = 2;

const isNow = (seconds: number, window: Window) =>
  seconds >= window.from - SLACK_SECONDS && seconds <= window.to + SLACK_SECONDS;

/** The partitions of an SSTableExport with raw timestamps, each as text, in the order of the file. */
export function normalisedPartitions(text: string, window: Window, counters: boolean): string[] {
  const partitions = JSON.parse(counters ? withoutContexts(text) : text) as Json[];
  return partitions.map((partition) => JSON.stringify(normalised(partition, window), null, 1));
}

/** Counters are exported as the first bytes of their contexts, which hold the servers' ids: answers tell them apart. */
const withoutContexts = (text: string) => text.replace(/"value" : -?\d+/g, '"value" : "counter"');

function normalised(value: Json, window: Window): Json {
  if (Array.isArray(value)) {
    const listPaths = new Map<string, string>();
    return value.map((item) => normalised(withListPath(item, listPaths), window));
  }
  if (value === null || typeof value !== 'object') return value;
  const out: { [name: string]: Json } = {};
  const ttl = typeof value.ttl === 'number' ? value.ttl : 0;
  for (const [name, inner] of Object.entries(value)) {
    // Where a partition begins follows from the sizes of what the clocks said before it.
    if (name === 'position' || name === 'expired') continue;
    out[name] = typeof inner === 'object' ? normalised(inner, window) : time(name, inner, ttl, window);
  }
  return out;
}

function time(name: string, value: Json, ttl: number, window: Window): Json {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return value;
  if (name === 'local_delete_time' && isNow(number, window)) return 'now';
  if (name === 'local_delete_time' || name === 'expires_at') return isNow(number - ttl, window) ? 'now + ttl' : value;
  if ((name === 'tstamp' || name === 'marked_deleted') && isNow(number / 1e6, window)) return 'now';
  return value;
}

const TIME_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An element of a list is told by its place among the row's elements, not by its time uuid. */
function withListPath(cell: Json, seen: Map<string, string>): Json {
  if (cell === null || typeof cell !== 'object' || Array.isArray(cell)) return cell;
  const path = cell.path;
  if (!Array.isArray(path) || path.length !== 1 || typeof path[0] !== 'string') return cell;
  if (typeof cell.name !== 'string' || !TIME_UUID.test(path[0]) || !isRecentTimeUuid(path[0])) return cell;
  const key = `${cell.name} ${path[0]}`;
  const place = seen.get(key) ?? `element ${seen.size}`;
  seen.set(key, place);
  return { ...cell, path: [place] };
}

const TIME_UUID_EPOCH_SECONDS = -12_219_292_800;
/** Prepended elements get times that mirror the present at the start of 2010. */
const LIST_REFERENCE_SECONDS = 1_262_304_000;

function isRecentTimeUuid(text: string): boolean {
  const [low = '', middle = '', high = ''] = text.split('-');
  const ticks = BigInt(`0x${high.slice(1)}${middle}${low}`);
  const seconds = Number(ticks / 10_000_000n) + TIME_UUID_EPOCH_SECONDS;
  const day = 86_400;
  const now = Date.now() / 1000;
  return Math.abs(seconds - now) < day || Math.abs(seconds - (2 * LIST_REFERENCE_SECONDS - now)) < day;
}

/** Lines of SSTableMetadataViewer that tell one file from another of the same content. */
const OWN_LINES = /^(SSTable: |Replay positions covered|Originating host id|Local token space coverage)/;
const RECENT = /\b1[6-9]\d{8}(\d{6})?\b/g;

/**
 * Field by field. Times of the window become `now`; with `ttl`s of the operations those that lie as much later
 * become `now + ttl`. Points of the histogram of drop times are rounded to minutes, so neighbours are joined.
 */
export function normalisedMetadata(text: string, window: Window, ttls: readonly number[]): Map<string, string> {
  const fields = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    if (line.trim() === '' || OWN_LINES.test(line)) continue;
    const field = /^([A-Za-z][^:|]*):(.*)$/.exec(line);
    if (field !== null) {
      section = field[1] ?? '';
      fields.set(section, relativeTimes(field[2] ?? '', window, ttls).trim());
    } else {
      fields.set(section, `${fields.get(section) ?? ''}\n${relativeTimes(line, window, ttls)}`);
    }
  }
  // These follow from others and from the clock.
  fields.delete('Estimated droppable tombstones');
  fields.delete('Duration');
  const drops = 'Estimated tombstone drop times';
  const histogram = fields.get(drops);
  if (histogram !== undefined) fields.set(drops, joinedPoints(histogram));
  return fields;
}

const RATIO_SLACK = 0.05;

/** Two compressors of one format do not find the same matches. */
export const similarRatios = (a = '', b = ''): boolean => Math.abs(Number(a) - Number(b)) < RATIO_SLACK;

/** Bounds of the histogram of sizes grow by a fifth. */
const BUCKET_STEP = 1.21;

/**
 * Whether Cassandra's histogram of partition sizes has the same partitions, each in the same bucket or in the next one:
 * for a column without a deletion beside columns with one it writes up to four bytes more (docs/formats/sstable.md).
 */
export function similarSizes(cassandra = '', ceto = ''): boolean {
  const sizes = (text: string) =>
    [...text.matchAll(/^\s*(\d+) \([^|]*\|\s*(\d+) /gm)].flatMap(([, size, count]) =>
      Array.from({ length: Number(count) }, () => Number(size)),
    );
  const [expected, got] = [sizes(cassandra), sizes(ceto)];
  if (expected.length === 0 || expected.length !== got.length) return false;
  return expected.every((size, index) => {
    const other = got[index] ?? 0;
    return size >= other && size <= other * BUCKET_STEP;
  });
}

/** Rounded up to a minute. */
const POINT_SLACK_SECONDS = 90;

function relativeTimes(text: string, window: Window, ttls: readonly number[]): string {
  return text.replace(/\d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2}/g, 'date').replace(RECENT, (digits) => {
    const seconds = digits.length > 10 ? Number(digits) / 1e6 : Number(digits);
    const near = (time: number) => time >= window.from - SLACK_SECONDS && time <= window.to + POINT_SLACK_SECONDS;
    if (near(seconds)) return 'now';
    const ttl = ttls.find((candidate) => near(seconds - candidate));
    return ttl === undefined ? digits : `now + ${ttl}`;
  });
}

function joinedPoints(histogram: string): string {
  const counts = new Map<string, number>();
  for (const line of histogram.split('\n')) {
    const point = /^\s*(.+?)\s*(?:\([^)]*\)\s*)?\|\s*(\d+)/.exec(line);
    if (point?.[1] !== undefined) counts.set(point[1], (counts.get(point[1]) ?? 0) + Number(point[2]));
  }
  return [...counts].map(([point, count]) => `${point}: ${count}`).join('; ');
}
