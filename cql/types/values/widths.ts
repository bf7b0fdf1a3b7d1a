import { NATIVE_TYPES } from '../native-kinds.ts';
import { type CqlType, isNative } from '../type.ts';

/** Length of every value of the type, -1 when it varies (`AbstractType.valueLengthIfFixed`). */
export function fixedLength(type: CqlType): number {
  if (isNative(type)) return NATIVE_TYPES[type.kind].fixedLength;
  if (type.kind === 'reversed') return fixedLength(type.base);
  if (type.kind === 'custom') return type.className.endsWith('.LexicalUUIDType') ? 16 : -1;
  if (type.kind !== 'vector') return -1;
  const width = fixedLength(type.elements);
  return width < 0 ? -1 : width * type.dimension;
}

export function isFixedLength(type: CqlType): boolean {
  return fixedLength(type) >= 0;
}
