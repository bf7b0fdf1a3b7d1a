/** Arithmetic and casts are calls of functions, by these names. */

import type { FunctionName } from './names.ts';
import type { ArithmeticOperator } from './term.ts';

const OPERATOR_FUNCTIONS: Readonly<Record<ArithmeticOperator, string>> = {
  '+': '_add',
  '-': '_substract',
  '*': '_multiply',
  '/': '_divide',
  '%': '_modulo',
};

export function operatorFunction(operator: ArithmeticOperator): FunctionName {
  return { keyspace: 'system', name: OPERATOR_FUNCTIONS[operator] };
}

export const NEGATION: FunctionName = { keyspace: 'system', name: '_negate' };

export function castFunction(type: string): FunctionName {
  return { keyspace: 'system', name: `cast_as_${type}` };
}
