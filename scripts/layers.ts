/**
 * The layers of docs/architecture.md: which folder may import what, and that no imports go round. Type
 * imports count: they tie two files together as any other does.
 */
import { posix } from 'node:path';

interface Layer {
  /** The other folders whose files it may import. */
  readonly folders: readonly string[];
  /** The packages it may import; null for any. Its tests may import any. */
  readonly packages: readonly string[] | null;
}

const LAYERS: Readonly<Record<string, Layer>> = {
  // The language does no input or output; MD5 makes the ids of prepared statements.
  cql: { folders: [], packages: ['node:crypto'] },
  storage: { folders: ['cql'], packages: null },
  src: { folders: ['storage', 'cql'], packages: null },
  test: { folders: ['src', 'storage', 'cql'], packages: null },
  bench: { folders: ['test', 'src', 'storage', 'cql'], packages: null },
  scripts: { folders: [], packages: null },
};

/** A file's path from the project's root, and its text. */
export type Sources = ReadonlyMap<string, string>;

/** Tests, and what only they use: `testing.ts` or a folder `testing`. */
const TEST_ONLY = /\.test\.ts$|\/testing(?:\.ts$|\/)/;

const IMPORT = /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

function importsOf(text: string): string[] {
  return Array.from(text.matchAll(IMPORT), (match) => match[1] ?? match[2] ?? '');
}

function checkImport(path: string, target: string, sources: Sources): string | null {
  const folder = path.split('/')[0] ?? '';
  const layer = LAYERS[folder];
  if (layer === undefined) return null;
  if (!target.startsWith('.')) {
    const free = layer.packages === null || TEST_ONLY.test(path);
    return free || layer.packages.includes(target) ? null : `${path}: ${folder} may not use the package ${target}`;
  }
  const file = posix.join(posix.dirname(path), target);
  if (!sources.has(file)) return `${path}: imports ${target}, which is not there`;
  const used = file.split('/')[0] ?? '';
  if (used === folder || layer.folders.includes(used)) return null;
  return `${path}: ${folder} may not use ${used} (${target})`;
}

/** The first round of imports that leads from a file back to itself, for every file that was not yet part of one. */
function rounds(sources: Sources): string[] {
  const finished = new Set<string>();
  const way: string[] = [];
  const complaints: string[] = [];
  const follow = (path: string): void => {
    const met = way.indexOf(path);
    if (met >= 0) complaints.push(`imports go round: ${[...way.slice(met), path].join(' -> ')}`);
    if (met >= 0 || finished.has(path)) return;
    way.push(path);
    for (const target of importsOf(sources.get(path) ?? '')) {
      const file = posix.join(posix.dirname(path), target);
      if (target.startsWith('.') && sources.has(file)) follow(file);
    }
    way.pop();
    finished.add(path);
  };
  for (const path of sources.keys()) follow(path);
  return complaints;
}

/** All complaints about the imports of TypeScript files. */
export function checkLayers(sources: Sources): string[] {
  const complaints: string[] = [];
  for (const [path, text] of sources) {
    for (const target of importsOf(text)) {
      const complaint = checkImport(path, target, sources);
      if (complaint !== null) complaints.push(complaint);
    }
  }
  return [...complaints, ...rounds(sources)];
}
