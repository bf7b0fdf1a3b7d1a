import type { FunctionArgument } from '../analyser/functions.ts';
import { type CqlError, invalidRequest } from '../errors/index.ts';
import {
  type CqlType,
  compareValues,
  cqlName,
  decodeValue,
  encodeValue,
  freeze,
  isCollection,
  joinCollection,
  list,
  type MapType,
  native,
  set,
  splitCollection,
} from '../types/index.ts';
import { newTotal } from './aggregates.ts';
import { type FunctionFactory, inferType, requireCount, SYSTEM, scalar } from './definition.ts';
import { isNumericKind, type NumericKind } from './numbers.ts';

type ListOrSet = Extract<CqlType, { kind: 'list' | 'set' }>;

function wrongArgument(name: string, what: string, arg: FunctionArgument, type: CqlType): CqlError {
  return invalidRequest(
    `Function ${SYSTEM}.${name} requires a ${what} argument, but found argument ${arg.text} of type ${cqlName(type)}`,
  );
}

function factory(
  name: string,
  what: string,
  accepts: (type: CqlType) => boolean,
  build: (type: CqlType) => ReturnType<FunctionFactory['build']>,
): FunctionFactory {
  return {
    name,
    build(args) {
      requireCount(name, args, [1], what.includes('set/list') ? 'numeric_set_or_list' : what);
      const arg = args[0] as FunctionArgument;
      const type = inferType(name, arg);
      if (!accepts(type)) throw wrongArgument(name, what, arg, type);
      return build(type);
    },
  };
}

const isMap = (type: CqlType): boolean => type.kind === 'map';
const isListOrSet = (type: CqlType): boolean => type.kind === 'list' || type.kind === 'set';
const isNumeric = (type: CqlType): boolean => isListOrSet(type) && isNumericKind((type as ListOrSet).elements.kind);

/** One half of a map's entries: keys as a set, values as a list. */
function half(name: 'map_keys' | 'map_values'): FunctionFactory {
  const offset = name === 'map_keys' ? 0 : 1;
  return factory(name, 'map', isMap, (given) => {
    const type = given as MapType;
    const result = name === 'map_keys' ? set(type.keys, true) : list(type.values, true);
    return scalar(name, [given], result, ([bytes]) => {
      if (bytes === null || bytes === undefined) return null;
      return joinCollection(
        result,
        splitCollection(type, bytes).filter((_, i) => i % 2 === offset),
      );
    });
  });
}

const COUNT = factory('collection_count', 'collection', isCollection, (type) => {
  const int = native('int');
  return scalar('collection_count', [type], int, ([bytes]) => {
    if (bytes === null || bytes === undefined) return null;
    return encodeValue(int, new DataView(bytes.buffer, bytes.byteOffset).getInt32(0));
  });
});

function extreme(name: 'collection_min' | 'collection_max', sign: 1 | -1): FunctionFactory {
  return factory(name, 'set/list', isListOrSet, (type) => {
    const { elements } = type as ListOrSet;
    return scalar(name, [type], elements, ([bytes]) => {
      if (bytes === null || bytes === undefined) return null;
      let best: Uint8Array | null = null;
      for (const part of splitCollection(type as ListOrSet, bytes)) {
        if (best === null || sign * compareValues(elements, part, best) > 0) best = part;
      }
      return best;
    });
  });
}

function total(name: 'collection_sum' | 'collection_avg', result: 'sum' | 'average'): FunctionFactory {
  return factory(name, 'numeric set/list', isNumeric, (type) => {
    const { elements } = type as ListOrSet;
    return scalar(name, [type], elements, ([bytes]) => {
      if (bytes === null || bytes === undefined) return null;
      const running = newTotal(elements.kind as NumericKind);
      for (const part of splitCollection(type as ListOrSet, bytes)) {
        const value = decodeValue(freeze(elements), part);
        if (value !== null) running.add(value);
      }
      return encodeValue(elements, running[result]());
    });
  });
}

export const COLLECTION_FACTORIES: readonly FunctionFactory[] = [
  half('map_keys'),
  half('map_values'),
  COUNT,
  extreme('collection_min', -1),
  extreme('collection_max', 1),
  total('collection_sum', 'sum'),
  total('collection_avg', 'average'),
];
