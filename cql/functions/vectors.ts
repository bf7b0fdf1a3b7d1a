import type { FunctionArgument } from '../analyser/functions.ts';
import { invalidRequest } from '../errors/index.ts';
import { type CqlType, cqlName, decodeValue, encodeValue, native, vector } from '../types/index.ts';
import { type FunctionFactory, requireCount, SYSTEM, scalar } from './definition.ts';

type VectorType = Extract<CqlType, { kind: 'vector' }>;
type Similarity = (left: readonly number[], right: readonly number[]) => number;

const dot: Similarity = (left, right) => left.reduce((sum, value, i) => sum + value * (right[i] as number), 0);

/** Scaled to [0, 1] as the vector index scores them. */
const SIMILARITIES: Readonly<Record<string, Similarity>> = {
  similarity_cosine: (left, right) => (1 + dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right))) / 2,
  similarity_euclidean(left, right) {
    const squares = left.reduce((sum, value, i) => sum + (value - (right[i] as number)) ** 2, 0);
    return 1 / (1 + squares);
  },
  similarity_dot_product: (left, right) => (1 + dot(left, right)) / 2,
};

function isFloatVector(type: CqlType): type is VectorType {
  return type.kind === 'vector' && type.elements.kind === 'float';
}

/** The type of both arguments: that of the one which has one, a literal's own length otherwise. */
function argumentType(name: string, args: readonly FunctionArgument[]): CqlType {
  const known = args.map((arg) => arg.exactType).filter((type) => type !== null);
  const vectors = known.filter(isFloatVector);
  for (const [i, arg] of args.entries()) {
    const type = arg.exactType ?? (arg.arrayLength === null ? arg.compatibleType : null);
    if (type !== null && !isFloatVector(type) && type.kind !== 'list') {
      throw invalidRequest(
        `Function ${SYSTEM}.${name} requires a float vector argument, but found argument ${args[i]?.text} of type ${cqlName(type)}`,
      );
    }
  }
  const found = vectors[0] ?? literalType(name, args);
  const fits = args.every((arg) => arg.test(found) !== 'none');
  if (!fits) throw invalidRequest('All arguments must have the same vector dimensions');
  return vector(found.elements, found.dimension);
}

/** Two `[…]` are vectors as long as the first of them. */
function literalType(name: string, args: readonly FunctionArgument[]): VectorType {
  const [first] = args;
  if (first === undefined || first.arrayLength === null) {
    throw invalidRequest(
      `Cannot infer type of argument ${first?.text} in call to function ${SYSTEM}.${name}: use type casts to disambiguate`,
    );
  }
  if (first.arrayLength === 0) throw invalidRequest('vectors may only have positive dimensions; given 0');
  const type = vector(native('float'), first.arrayLength);
  for (const [i, arg] of args.entries()) {
    if (arg.arrayLength !== first.arrayLength || arg.test(type) !== 'none') continue;
    throw invalidRequest(
      `Type error: ${arg.text} cannot be passed as argument ${i} of function ${SYSTEM}.${name} of type ${cqlName(type)}`,
    );
  }
  return type;
}

export const VECTOR_FACTORIES: readonly FunctionFactory[] = Object.entries(SIMILARITIES).map(([name, similarity]) => ({
  name,
  build(args) {
    requireCount(name, args, [2], 'vector<float, n>, vector<float, n>');
    const type = argumentType(name, args);
    const float = native('float');
    return scalar(name, [type, type], float, ([left, right]) => {
      if (left == null || right == null) return null;
      const [a, b] = [left, right].map((bytes) => decodeValue(type, bytes) as number[]) as [number[], number[]];
      const isZero = (values: readonly number[]): boolean => values.every((value) => value === 0);
      if (name === 'similarity_cosine' && (isZero(a) || isZero(b))) {
        throw invalidRequest(`Function ${SYSTEM}.${name} doesn't support all-zero vectors.`);
      }
      return encodeValue(float, similarity(a, b));
    });
  },
}));
