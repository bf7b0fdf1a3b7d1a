import { createHash, getHashes } from 'node:crypto';
import type { FunctionArgument } from '../analyser/functions.ts';
import { invalidRequest } from '../errors/index.ts';
import {
  type CqlType,
  cqlName,
  decodeValue,
  EMPTY_BYTES,
  encodeValue,
  isNative,
  joinTuple,
  joinVector,
  type NativeKind,
  native,
  valueFromText,
} from '../types/index.ts';
import { type FunctionFactory, inferType, requireCount, scalar } from './definition.ts';

/** What hides a value of each native type, as the text of a literal. */
const DEFAULT_TEXTS: Readonly<Record<NativeKind, string>> = {
  ascii: '****',
  bigint: '0',
  blob: '',
  boolean: 'false',
  counter: '0',
  date: '1970-01-01',
  decimal: '0',
  double: '0',
  duration: '0s',
  empty: '',
  float: '0',
  inet: '0.0.0.0',
  int: '0',
  smallint: '0',
  text: '****',
  time: '00:00:00',
  timestamp: '0',
  timeuuid: '13814000-1dd2-11b2-8080-808080808080',
  tinyint: '0',
  uuid: '00000000-0000-0000-0000-000000000000',
  varint: '0',
};

/** The value that mask_default shows for a type (`AbstractType.getMaskedValue`). */
export function maskedValue(type: CqlType): Uint8Array {
  if (isNative(type)) return valueFromText(type, DEFAULT_TEXTS[type.kind]);
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return new Uint8Array(4);
    case 'tuple':
      return joinTuple(type.elements.map(maskedValue));
    case 'udt':
      return joinTuple(type.fields.map((field) => maskedValue(field.type)));
    case 'vector':
      return joinVector(type, new Array<Uint8Array>(type.dimension).fill(maskedValue(type.elements)));
    case 'reversed':
      return maskedValue(type.base);
    case 'custom':
      return EMPTY_BYTES;
  }
}

const first = (args: readonly FunctionArgument[]): FunctionArgument => args[0] as FunctionArgument;

const MASK_NULL: FunctionFactory = {
  name: 'mask_null',
  build(args) {
    requireCount('mask_null', args, [1], 'any');
    const type = inferType('mask_null', first(args));
    return scalar('mask_null', [type], type, () => null);
  },
};

const MASK_DEFAULT: FunctionFactory = {
  name: 'mask_default',
  build(args) {
    requireCount('mask_default', args, [1], 'any');
    const type = inferType('mask_default', first(args));
    const masked = maskedValue(type);
    return scalar('mask_default', [type], type, () => masked);
  },
};

const MASK_REPLACE: FunctionFactory = {
  name: 'mask_replace',
  build(args) {
    requireCount('mask_replace', args, [2], 'any, any');
    const type = inferType('mask_replace', first(args));
    const replacement = args[1] as FunctionArgument;
    if (replacement.test(type) === 'none') {
      throw invalidRequest(
        `Type error: ${replacement.text} cannot be passed as argument 1 of function system.mask_replace of type ${cqlName(type)}`,
      );
    }
    return scalar('mask_replace', [type, type], type, ([, given]) => given ?? null);
  },
};

const DEFAULT_ALGORITHM = 'SHA-256';

/** Java's name of a digest as Node calls it. */
function hashName(algorithm: string): string {
  const name = algorithm.toLowerCase().replace(/^sha-/, 'sha');
  if (getHashes().some((known) => known.toLowerCase() === name)) return name;
  throw invalidRequest(`Hash algorithm not found: ${algorithm}`);
}

const MASK_HASH: FunctionFactory = {
  name: 'mask_hash',
  build(args) {
    requireCount('mask_hash', args, [1, 2], 'any, [text]');
    const type = inferType('mask_hash', first(args));
    const text = native('text');
    const types = args.length === 2 ? [type, text] : [type];
    return scalar('mask_hash', types, native('blob'), ([value, algorithm]) => {
      const given = algorithm === undefined ? null : (decodeValue(text, algorithm) as string | null);
      const hash = createHash(hashName(given ?? DEFAULT_ALGORITHM));
      return value == null ? null : new Uint8Array(hash.update(value).digest());
    });
  },
};

type Hides = (index: number, begin: number, end: number, length: number) => boolean;

/** mask_inner shows the first `begin` and the last `end` characters, mask_outer hides them. */
function partial(name: 'mask_inner' | 'mask_outer', hides: Hides): FunctionFactory {
  return {
    name,
    build(args) {
      requireCount(name, args, [3, 4], '[text|varchar|ascii], int, int, [text]');
      const type = inferType(name, first(args));
      if (type.kind !== 'text' && type.kind !== 'ascii') {
        throw invalidRequest(
          `Function system.${name} requires an argument of type [text|varchar|ascii], ` +
            `but found argument ${first(args).text} of type ${cqlName(type)}`,
        );
      }
      const int = native('int');
      const text = native('text');
      const types = [type, int, int, ...(args.length === 4 ? [text] : [])];
      return scalar(name, types, type, ([value, begin, end, padding]) => {
        if (value == null) return null;
        const shown = { begin: decodeValue(int, begin ?? null), end: decodeValue(int, end ?? null) };
        const pad = paddingOf(name, padding === undefined ? null : (decodeValue(text, padding) as string | null));
        const characters = [...(decodeValue(type, value) as string)];
        const [from, to] = [Number(shown.begin ?? 0), Number(shown.end ?? 0)];
        const masked = characters.map((char, i) => (hides(i, from, to, characters.length) ? pad : char));
        return encodeValue(type, masked.join(''));
      });
    },
  };
}

function paddingOf(name: string, padding: string | null): string {
  if (padding === null) return '*';
  if ([...padding].length === 1) return padding;
  throw invalidRequest(
    `The padding argument for function system.${name} should be single-character, but '${padding}' has ${padding.length} characters.`,
  );
}

export const MASKING_FACTORIES: readonly FunctionFactory[] = [
  MASK_NULL,
  MASK_DEFAULT,
  MASK_REPLACE,
  MASK_HASH,
  partial('mask_inner', (i, begin, end, length) => i >= begin && i < length - end),
  partial('mask_outer', (i, begin, end, length) => i < begin || i >= length - end),
];
