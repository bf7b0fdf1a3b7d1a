import type { ScalarFunction } from '../analyser/functions.ts';
import { CqlError, invalidRequest } from '../errors/index.ts';
import { NATIVE_KINDS, type NativeKind, native, toHex, validateValue } from '../types/index.ts';
import { SYSTEM, scalar } from './definition.ts';

const BLOB = native('blob');

function toBlob(name: string, kind: NativeKind): ScalarFunction {
  return scalar(name, [native(kind)], BLOB, ([bytes]) => bytes ?? null);
}

function fromBlob(name: string, kind: NativeKind, typeName: string): ScalarFunction {
  const type = native(kind);
  return scalar(name, [BLOB], type, ([bytes]) => {
    if (bytes === null || bytes === undefined) return null;
    try {
      validateValue(type, bytes);
    } catch (error) {
      if (!(error instanceof CqlError)) throw error;
      throw invalidRequest(
        `In call to function ${SYSTEM}.${name}, value 0x${toHex(bytes)} is not a valid binary representation for type ${typeName}`,
      );
    }
    return bytes;
  });
}

const CONVERTED: readonly (readonly [string, NativeKind])[] = [
  ...NATIVE_KINDS.filter((kind) => kind !== 'blob' && kind !== 'empty').map((kind) => [kind, kind] as const),
  ['varchar', 'text'],
];

/** `int_as_blob`, `blob_as_int` and so on, with the names of one word that they had before. */
export const BLOB_FUNCTIONS: readonly ScalarFunction[] = CONVERTED.flatMap(([name, kind]) => [
  toBlob(`${name}_as_blob`, kind),
  toBlob(`${name}asblob`, kind),
  fromBlob(`blob_as_${name}`, kind, name),
  fromBlob(`blobas${name}`, kind, name),
]);
