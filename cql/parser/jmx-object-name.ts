/** Names of managed beans, `domain:key=value,…`, as `javax.management.ObjectName` reads them. */

/** What a value without quotes may not contain; `*` and `?` make it a pattern. */
const PLAIN_VALUE = /^[^,=:"\n]*$/;
/** In quotes a backslash goes before `\`, `"`, `*`, `?` and for the letter n. */
const QUOTED_VALUE = /^"(?:[^"\\\n]|\\[\\"*?n])*"$/;
const KEY = /^[^,=:*?\n]+$/;
/** A property, whose value may be in quotes with commas inside. */
const PROPERTY = /([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/y;

/** The name with its keys in order, or null if it is none. */
export function canonicalObjectName(text: string): string | null {
  const colon = text.indexOf(':');
  if (colon === -1 || text.slice(0, colon).includes('\n')) return null;
  const properties = splitProperties(text.slice(colon + 1));
  if (properties === null) return null;
  const keys = [...properties.keys()].filter((key) => key !== '*').sort();
  const parts = keys.map((key) => `${key}=${properties.get(key)}`);
  if (properties.has('*')) parts.push('*');
  return `${text.slice(0, colon)}:${parts.join(',')}`;
}

/** Key → value; `*`, which stands for any further properties, is a key of its own. Null if the list is none. */
function splitProperties(list: string): ReadonlyMap<string, string> | null {
  const properties = new Map<string, string>();
  let position = 0;
  while (position < list.length) {
    if (list[position] === '*' && (position + 1 === list.length || list[position + 1] === ',')) {
      if (properties.has('*')) return null;
      properties.set('*', '');
      position += 2;
      if (position === list.length) return null;
      continue;
    }
    PROPERTY.lastIndex = position;
    const match = PROPERTY.exec(list);
    if (match === null) return null;
    const [whole, key = '', value = ''] = match;
    const valid = KEY.test(key) && (PLAIN_VALUE.test(value) || QUOTED_VALUE.test(value)) && !properties.has(key);
    if (!valid) return null;
    properties.set(key, value);
    position += whole.length;
    if (whole.endsWith(',') && position === list.length) return null;
  }
  return properties.size === 0 ? null : properties;
}

export function isObjectNamePattern(text: string): boolean {
  return /[*?]/.test(text.replaceAll(/\\[*?]/g, ''));
}
