/** Cassandra's short options of several letters, and its second long names, which commander does not take. */

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['-cf', '--column-family'],
  ['--table', '--column-family'],
  ['-kt', '--kt-list'],
  ['-kc', '--kt-list'],
  ['--kc.list', '--kt-list'],
  ['-sf', '--skip-flush'],
  ['-nt', '--no-ttl'],
  ['-niv', '--no-index-validation'],
  ['-ns', '--no-snapshot'],
  ['-st', '--start-token'],
  ['-et', '--end-token'],
  ['-id', '--compaction-id'],
  ['-ri', '--require-index-components'],
]);

/** The command line with the names that the commands know. */
export function withLongOptions(argv: readonly string[]): string[] {
  return argv.map((word) => {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const long = ALIASES.get(name);
    return long === undefined ? word : long + word.slice(name.length);
  });
}
