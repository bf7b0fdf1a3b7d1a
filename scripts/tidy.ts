/** `npm run tidy`: the rules of tidy-rules.ts over every source file that git knows. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { checkFile } from './tidy-rules.ts';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => /\.(ts|cc|h|sh)$/.test(path) && existsSync(path));
const complaints = files.flatMap((path) => checkFile(path, readFileSync(path, 'utf8')));
for (const complaint of complaints) console.error(complaint);
console.log(`tidy: ${files.length} files, ${complaints.length} complaints`);
process.exitCode = complaints.length === 0 ? 0 : 1;
