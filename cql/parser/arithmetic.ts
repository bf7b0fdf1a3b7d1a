/** Products of terms and of selectables, whose grammar is the same. */
import type { ArithmeticOperator } from '../ast/index.ts';
import { Token } from '../lexer/index.ts';
import type { Cursor } from './cursor.ts';

export function multiplicative(kind: number): ArithmeticOperator | null {
  switch (kind) {
    case Token.STAR:
      return '*';
    case Token.SLASH:
      return '/';
    case Token.PERCENT:
      return '%';
    default:
      return null;
  }
}

/** Operands with `*`, `/` and `%` between them, from the left. */
export function parseProductOf<Operand>(
  cursor: Cursor,
  parseOperand: (cursor: Cursor) => Operand,
  operation: (operator: ArithmeticOperator, left: Operand, right: Operand) => Operand,
): Operand {
  let left = parseOperand(cursor);
  for (let operator = multiplicative(cursor.kind); operator !== null; operator = multiplicative(cursor.kind)) {
    cursor.advance();
    left = operation(operator, left, parseOperand(cursor));
  }
  return left;
}
