import { compareBytes, EMPTY_BYTES, toHex, viewOf } from './bytes.ts';
import { marshalError, type ValueCodec } from './codec.ts';

const V4_BYTES = 4;
const V6_GROUPS = 8;

/**
 * Address bytes of a literal as Java's InetAddress reads it, without looking a name up; `localhost` alone is known.
 * IPv4 may be given by fewer than four parts, the last of which fills what is left.
 */
export function parseInet(text: string): Uint8Array | null {
  if (text.toLowerCase() === 'localhost') return Uint8Array.of(127, 0, 0, 1);
  const address = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (!address.includes(':')) return parseV4(address);
  const bytes = parseV6(address.replace(/%[0-9A-Za-z]+$/, ''));
  return bytes !== null && isMappedV4(bytes) ? bytes.slice(12) : bytes;
}

function parseV4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length > V4_BYTES || !parts.every((part) => /^\d{1,10}$/.test(part))) return null;
  const last = Number(parts[parts.length - 1]);
  const leading = parts.slice(0, -1).map(Number);
  const rest = V4_BYTES - leading.length;
  if (leading.some((part) => part > 255) || last >= 256 ** rest) return null;
  const tail = Array.from({ length: rest }, (_, i) => Math.floor(last / 256 ** (rest - 1 - i)) % 256);
  return Uint8Array.from([...leading, ...tail]);
}

function parseV6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0] as string);
  const tail = halves.length === 2 ? groupsOf(halves[1] as string) : [];
  if (head === null || tail === null) return null;
  const missing = V6_GROUPS - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The 16-bit groups of `a:b:…`, a dotted IPv4 tail being two of them. */
function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const tail = part.split('.').length === V4_BYTES ? parseV4(part) : null;
      if (tail === null) return null;
      const view = viewOf(tail);
      groups.push(view.getUint16(0), view.getUint16(2));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

function isMappedV4(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** As Java's getHostAddress prints it: IPv6 without leaving zeros out. */
export function inetText(bytes: Uint8Array): string {
  if (bytes.length === V4_BYTES) return bytes.join('.');
  if (isMappedV4(bytes)) return bytes.subarray(12).join('.');
  const view = viewOf(bytes);
  return Array.from({ length: V6_GROUPS }, (_, i) => view.getUint16(2 * i).toString(16)).join(':');
}

function encode(text: string): Uint8Array {
  const bytes = parseInet(text);
  if (bytes === null) throw marshalError(`Unable to make inet address from '${text}'`);
  return bytes;
}

export const inetCodec: ValueCodec<string> = {
  quoted: true,
  validate(bytes) {
    if (bytes.length === 0 || bytes.length === V4_BYTES || bytes.length === 2 * V6_GROUPS) return;
    throw marshalError(`Expected 4 or 16 byte inetaddress; got ${toHex(bytes)}`);
  },
  fromText: (text) => (text === '' ? EMPTY_BYTES : encode(text)),
  toText: inetText,
  decode: (bytes) => (bytes.length === 0 ? null : inetText(bytes)),
  encode,
  compare: compareBytes,
};
