/** What differs between two servers by nature, replaced by a word; everything of the kind stands here. */
import type { WarnedAnswer } from './answer.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * A normaliser for the answers to one script. Uuids that the script does not write itself were made by the
 * server (table ids, host ids, now(), uuid()).
 */
export function normaliser(scriptText: string): (answer: WarnedAnswer) => WarnedAnswer {
  const written = new Set(scriptText.toLowerCase().match(UUID));
  return (answer) => {
    const text = JSON.stringify(answer).replace(UUID, (uuid) => (written.has(uuid) ? uuid : '<uuid>'));
    return JSON.parse(text) as WarnedAnswer;
  };
}
