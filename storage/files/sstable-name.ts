/**
 * Names of SSTable components, `nb-<generation>-big-<Component>`, and the marks beside them that say which
 * shard's tokens a set holds (docs/formats/data-directory.md).
 */
import { filesIn } from './table-directory.ts';

export const TOC = 'TOC.txt';
const NAME = /^(?:[\w-]+?-)??([a-z]{2})-([0-9a-z_]+)-(big|bti)-(.+)$/;
const SHARE_MARK = /^Shard-(\d+)-of-(\d+)\.txt$/;
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
  /** Digits, or Cassandra's time-based text. */
  readonly generation: string;
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
    const [, version, generation, format, component] = NAME.exec(name) ?? [];
    if (name.startsWith('tmp-') || version === undefined || generation === undefined) continue;
    if (format === undefined || component === undefined) continue;
    const prefix = name.slice(0, name.length - component.length - 1);
    const set = sets.get(prefix) ?? {
      prefix,
      version,
      format,
      generation,
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

export function isComplete(set: FileSet): boolean {
  return set.components.includes(TOC);
}

function parseMark(mark: RegExp, component: string): ShardShare | null {
  const match = mark.exec(component);
  if (match === null) return null;
  const share = { shard: Number(match[1]), count: Number(match[2]) };
  return share.shard < share.count ? share : null;
}
