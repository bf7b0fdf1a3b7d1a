/**
 * Numbers with a unit as Cassandra's options have them: "100MiB", "1.5 GB" (FBUtilities.parseHumanReadable and
 * prettyPrintBinary).
 */

const PREFIXES = 'qryzafpnum KMGTPEZYRQ';
const NO_PREFIX = PREFIXES.indexOf(' ');

export type HumanReadable = { readonly value: number } | { readonly problem: string };

/** The value, or why there is none, in Cassandra's words. */
export function parseHumanReadable(text: string, unit: string): HumanReadable {
  if (!text.endsWith(unit)) return { problem: `${text} does not end in unit ${unit}` };
  const body = text.slice(0, text.length - unit.length);
  const number = /^(?:NaN|[+-]?Infinity|[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(body);
  if (number === null) return { problem: 'null' };
  let value = Number(number[0]);
  let at = number[0].length;
  const exponent = /^\*2\^([+-]?\d+)/.exec(body.slice(at));
  if (exponent !== null) {
    value *= 2 ** Number(exponent[1]);
    at += exponent[0].length;
  }
  while (/\s/.test(body.charAt(at))) at++;
  const power = at < body.length ? PREFIXES.indexOf(body.charAt(at)) - NO_PREFIX : 0;
  if (at < body.length && power >= -NO_PREFIX) {
    at++;
    const binary = body.charAt(at) === 'i';
    if (binary) at++;
    value *= binary ? 2 ** (10 * power) : 1000 ** power;
  }
  if (at === body.length) return { value };
  return { problem: `Unexpected characters between pos ${at} and ${body.length} in ${text}` };
}

/** With three places behind the point and the prefix that leaves less than 1024 before it. */
export function humanReadable(value: number, unit: string): string {
  const power = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value)) / 10);
  const prefix = power === 0 ? '' : `${PREFIXES.charAt(NO_PREFIX + power)}i`;
  return `${(value / 2 ** (10 * power)).toFixed(3)}${prefix}${unit}`;
}
