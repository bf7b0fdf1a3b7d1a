/**
 * Corpus files: CQL statements, each ended by `;` at the end of a line (a batch by `APPLY BATCH;`), with
 * comments and with directives, which hold for the next statement only:
 *
 *     -- @page 3                    ask for pages of three rows, until the last
 *     -- @bind [1, "x", null]       prepare, and execute with these values (may stand several times)
 *     -- @names ["a", "b"]          the values of @bind and @values go by these names
 *     -- @prepare                   prepare only
 *     -- @values ["00000001"]       send with the text, as hex
 *     -- @consistency QUORUM        also @serial LOCAL_SERIAL
 *     -- @timestamp 1000            the request's own timestamp
 *     -- @now 1700000000            the time that expiry is judged by, in seconds (protocol v5)
 *     -- @in other_keyspace         the request's own keyspace (protocol v5)
 *     -- @setup                     runs, and its answer is not compared
 *
 * In the first comment of a file `-- @protocol 4` chooses another version than 5, and `-- @no-keyspace`
 * leaves out the keyspace that is otherwise made and used before the first statement.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ProtocolVersion } from '../protocol-client/frames.ts';
import { type Consistency, isConsistency } from '../protocol-client/requests.ts';
import type { Json } from '../protocol-client/value-bytes.ts';

export interface Statement {
  readonly cql: string;
  readonly line: number;
  readonly pageSize?: number;
  /** One list of values for each execution; prepared when present, even with none. */
  readonly bind?: readonly (readonly Json[])[];
  readonly names?: readonly string[];
  readonly values?: readonly Buffer[];
  readonly consistency?: Consistency;
  readonly serialConsistency?: Consistency;
  readonly timestamp?: bigint;
  readonly nowInSeconds?: number;
  readonly keyspace?: string;
  readonly setup?: boolean;
}

export interface Script {
  /** The file's name without its ending; also the keyspace's, with `_` for `-`. */
  readonly name: string;
  readonly keyspace: string;
  readonly makesKeyspace: boolean;
  readonly version: ProtocolVersion;
  readonly statements: readonly Statement[];
}

type Directives = { -readonly [Key in keyof Omit<Statement, 'cql' | 'line'>]: Statement[Key] };
type DirectiveReader = (directives: Directives, text: string) => void;

function consistency(text: string): Consistency {
  if (!isConsistency(text)) throw new Error(`no consistency level: ${text}`);
  return text;
}

const READERS: Readonly<Record<string, DirectiveReader>> = {
  page: (directives, text) => {
    directives.pageSize = Number(text);
  },
  bind: (directives, text) => {
    directives.bind = [...(directives.bind ?? []), JSON.parse(text) as Json[]];
  },
  names: (directives, text) => {
    directives.names = JSON.parse(text) as string[];
  },
  prepare: (directives) => {
    directives.bind = [];
  },
  values: (directives, text) => {
    directives.values = (JSON.parse(text) as string[]).map((hex) => Buffer.from(hex, 'hex'));
  },
  consistency: (directives, text) => {
    directives.consistency = consistency(text);
  },
  serial: (directives, text) => {
    directives.serialConsistency = consistency(text);
  },
  timestamp: (directives, text) => {
    directives.timestamp = BigInt(text);
  },
  now: (directives, text) => {
    directives.nowInSeconds = Number(text);
  },
  in: (directives, text) => {
    directives.keyspace = text;
  },
  setup: (directives) => {
    directives.setup = true;
  },
};

const VERSIONS: Readonly<Record<string, ProtocolVersion>> = { '3': 3, '4': 4, '5': 5 };

export function parseScript(name: string, text: string): Script {
  const statements: Statement[] = [];
  let version: ProtocolVersion = 5;
  let makesKeyspace = true;
  let directives: Directives = {};
  let pending: string[] = [];
  let startLine = 0;
  text.split('\n').forEach((line, index) => {
    if (pending.length === 0) {
      const directive = /^-- @([\w-]+)\s*(.*)$/.exec(line);
      if (directive !== null) {
        const [, key = '', value = ''] = directive;
        if (key === 'protocol') version = VERSIONS[value.trim()] ?? fail(name, index, `no protocol version ${value}`);
        else if (key === 'no-keyspace') makesKeyspace = false;
        else (READERS[key] ?? fail(name, index, `no directive @${key}`))(directives, value.trim());
        return;
      }
      if (line.trim() === '' || line.startsWith('--')) return;
      startLine = index + 1;
    }
    pending.push(line);
    const cql = pending.join('\n');
    if (!ends(cql)) return;
    statements.push({ cql: cql.trimEnd().slice(0, -1), line: startLine, ...directives });
    pending = [];
    directives = {};
  });
  if (pending.length > 0) fail(name, startLine - 1, 'a statement without its end');
  return { name, keyspace: `compare_${name.replaceAll('-', '_')}`, makesKeyspace, version, statements };
}

function ends(cql: string): boolean {
  const ending = /^\s*BEGIN\s+(\w+\s+)?BATCH\b/i.test(cql) ? /\bAPPLY\s+BATCH\s*;\s*$/i : /;\s*$/;
  return ending.test(cql);
}

function fail(name: string, index: number, why: string): never {
  throw new Error(`corpus/${name}.cql:${index + 1}: ${why}`);
}

const CORPUS = join(import.meta.dirname, 'corpus');

/** All scripts in the order of their names, or those whose names contain `filter`. */
export function readCorpus(filter = ''): Script[] {
  return readdirSync(CORPUS)
    .filter((file) => file.endsWith('.cql') && file.includes(filter))
    .sort()
    .map((file) => parseScript(basename(file, '.cql'), readFileSync(join(CORPUS, file), 'utf8')));
}
