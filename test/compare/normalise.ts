/** What differs between two servers, or between two starts of one, by nature; every rule of the kind stands here. */
import type { WarnedAnswer } from './answer.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly replace: (found: string, ...groups: string[]) => string;
}

const sorted = (list: string, separator: string | RegExp, glue: string) => list.split(separator).sort().join(glue);

/** Over the JSON text of an answer. */
const RULES: readonly Rule[] = [
  // Cassandra lists a function's overloads in the order of a hash set of objects.
  {
    pattern: /\(known type signatures: (.*?)\)(?=")/g,
    replace: (_, list = '') => `(known type signatures: ${sorted(list, /, (?=[\w.]+ : \()/, ', ')})`,
  },
  {
    pattern: /\(can be matched by following signatures: (.*?)\): use type casts/g,
    replace: (_, list = '') =>
      `(can be matched by following signatures: ${sorted(list, /, (?=[\w.]+ : \()/, ', ')}): use type casts`,
  },
  // The columns of a restriction on several at once, in the order of a hash set.
  {
    pattern: /More than one restriction was found for the (start|end) bound on ([\w ,]+)/g,
    replace: (_, bound = '', list = '') =>
      `More than one restriction was found for the ${bound} bound on ${sorted(list, ' ,', ' ,')}`,
  },
  // DESCRIBE CLUSTER: the random tokens of the node and its storage port.
  {
    pattern: /\{'-?\d+': \['\/127\.0\.0\.1:\d+'\](, '-?\d+': \['\/127\.0\.0\.1:\d+'\])*\}/g,
    replace: () => '<ranges>',
  },
];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * A normaliser for the answers to one script. Uuids that the script does not write itself were made by the
 * server (table ids, host ids, now(), uuid()).
 */
export function normaliser(scriptText: string): (answer: WarnedAnswer) => WarnedAnswer {
  const written = new Set(scriptText.toLowerCase().match(UUID));
  const uuids: Rule = { pattern: UUID, replace: (uuid) => (written.has(uuid) ? uuid : '<uuid>') };
  return (answer) => {
    let text = JSON.stringify(answer);
    for (const { pattern, replace } of [...RULES, uuids]) text = text.replace(pattern, replace);
    return JSON.parse(text) as WarnedAnswer;
  };
}
