/** `npm run tidy`: the rules of tidy-rules.ts and layers.ts over every source file that git knows. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { checkLayers } from './layers.ts';
import { checkFile } from './tidy-rules.ts';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => /\.(ts|cc|h|sh|md|cql|ya?ml|jsonc?)$/.test(path) && existsSync(path));
const sources = new Map(files.map((path) => [path, readFileSync(path, 'utf8')]));
const complaints = [
  ...Array.from(sources).flatMap(([path, text]) => checkFile(path, text)),
  ...checkLayers(new Map(Array.from(sources).filter(([path]) => path.endsWith('.ts')))),
];
for (const complaint of complaints) console.error(complaint);
console.log(`tidy: ${files.length} files, ${complaints.length} complaints`);
process.exitCode = complaints.length === 0 ? 0 : 1;
