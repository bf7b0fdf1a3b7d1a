import { componentTypes, someType, type UserType } from '../types/index.ts';

/** Types so ordered that each comes after those it is made of and the statements can be run as they stand. */
export function dependenciesFirst(types: readonly UserType[]): readonly UserType[] {
  const ordered: UserType[] = [];
  const visit = (type: UserType): void => {
    if (ordered.includes(type)) return;
    const isPart = (other: UserType): boolean =>
      componentTypes(type).some((part) => someType(part, (inner) => inner.kind === 'udt' && inner.name === other.name));
    for (const other of types) {
      if (other !== type && isPart(other)) visit(other);
    }
    ordered.push(type);
  };
  for (const type of types) visit(type);
  return ordered;
}
