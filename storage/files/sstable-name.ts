/**
 * Names of SSTable components, `nb-<identifier>-big-<Component>`, and the marks beside them that say which
 * shard's tokens a set holds (docs/formats/data-directory.md).
 */
import { filesIn } from './table-directory.ts';

export const TOC = 'TOC.txt';
const NAME = /^(?:[\w-]+?-)??([a-z]{2})-([0-9A-Za-z_]+)-(big|bti)-(.+)$/;
const SHARE_MARK = /^Shard-(\d+)-of-(\d+)\.txt$/;
const UUID_IDENTIFIER = /^[0-9a-z]{4}_[0-9a-z]{4}_[0-9a-z]{18}$/i;
const FIRST_UUID_GENERATION = 2n ** 63n;
const REWRITTEN_MARK = /^Rewritten-(\d+)-of-(\d+)\.txt$/;

/** Shard `shard` of `count`: whose tokens are meant. */
export interface ShardShare {
  readonly shard: number;
  readonly count: number;
}

/** The files of one SSTable in a directory. */
export interface FileSet {
  /** `nb-1-big`: what all names begin with, before `-<Component>`. */
  readonly prefix: string;
  readonly version: string;
  readonly format: string;
  /** Digits, or Cassandra's text of a time-based uuid. */
  readonly identifier: string;
  /** Marks are not among them. */
  readonly components: readonly string[];
  readonly share: ShardShare | null;
  readonly rewritten: readonly ShardShare[];
}

export function shareMark({ shard, count }: ShardShare): string {
  return `Shard-${shard}-of-${count}.txt`;
}

export function rewrittenMark({ shard, count }: ShardShare): string {
  return `Rewritten-${shard}-of-${count}.txt`;
}

/** The sets of a directory, complete or not, in the order of their names. */
export async function fileSetsIn(directory: string): Promise<FileSet[]> {
  return fileSets(await filesIn(directory));
}

export function fileSets(names: readonly string[]): FileSet[] {
  const sets = new Map<string, { -readonly [Key in keyof FileSet]: FileSet[Key] }>();
  for (const name of names) {
    const [, version, identifier, format, component] = NAME.exec(name) ?? [];
    if (name.startsWith('tmp-') || version === undefined || identifier === undefined) continue;
    if (format === undefined || component === undefined) continue;
    const prefix = name.slice(0, name.length - component.length - 1);
    const set = sets.get(prefix) ?? {
      prefix,
      version,
      format,
      identifier,
      components: [],
      share: null,
      rewritten: [],
    };
    sets.set(prefix, set);
    const share = parseMark(SHARE_MARK, component);
    const rewritten = parseMark(REWRITTEN_MARK, component);
    if (share !== null) set.share = share;
    else if (rewritten !== null) set.rewritten = [...set.rewritten, rewritten];
    else set.components = [...set.components, component];
  }
  return [...sets.values()];
}

/** The generation by which shards know a set; null for what is no identifier (addon/lsm/sstable/descriptor.cc). */
export function generationOf(identifier: string): bigint | null {
  if (UUID_IDENTIFIER.test(identifier)) return fnv1a(identifier) | FIRST_UUID_GENERATION;
  if (!/^\d+$/.test(identifier)) return null;
  const number = BigInt(identifier);
  return number < FIRST_UUID_GENERATION ? number : null;
}

function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

export function isComplete(set: FileSet): boolean {
  return set.components.includes(TOC);
}

function parseMark(mark: RegExp, component: string): ShardShare | null {
  const match = mark.exec(component);
  if (match === null) return null;
  const share = { shard: Number(match[1]), count: Number(match[2]) };
  return share.shard < share.count ? share : null;
}
