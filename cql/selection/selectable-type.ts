import { callSite } from '../analyser/function-call.ts';
import type { CqlFunction, FunctionArgument } from '../analyser/index.ts';
import { resolveColumn } from '../analyser/names.ts';
import { weakest } from '../analyser/term-assignment.ts';
import { resolveType } from '../analyser/type-resolution.ts';
import {
  castFunction,
  type FunctionName,
  functionText,
  NEGATION,
  operatorFunction,
  type Selectable,
  type SelectedMapOrUserType,
} from '../ast/index.ts';
import { CqlError, invalidRequest } from '../errors/index.ts';
import {
  type Assignability,
  type CqlType,
  isCollection,
  isMultiCell,
  list,
  native,
  preferredType,
  set,
  testAssignment,
  tuple,
  type UserType,
  unwrapReversed,
} from '../types/index.ts';
import { selectableText } from './selectable-text.ts';
import { type SelectionContext, selectionReceiver } from './selection-context.ts';

/** A selectable that is a call: its function and arguments. */
export function asCall(
  selectable: Selectable,
): { readonly name: FunctionName; readonly args: readonly Selectable[] } | null {
  switch (selectable.kind) {
    case 'SelectedFunctionCall':
      return selectable;
    case 'SelectedCast':
      return { name: castFunction(selectable.type.name), args: [selectable.selectable] };
    case 'SelectedOperation':
      return { name: operatorFunction(selectable.operator), args: [selectable.left, selectable.right] };
    case 'SelectedNegation':
      return { name: NEGATION, args: [selectable.operand] };
    default:
      return null;
  }
}

/** The function that a call means; null when there is none of the name. */
export function resolveSelected(
  context: SelectionContext,
  call: { readonly name: FunctionName; readonly args: readonly Selectable[] },
  expected: CqlType | null,
): CqlFunction | null {
  const args = call.args.map((arg) => argumentOf(context, arg));
  const site = callSite(context.analysis, selectionReceiver(context, native('blob')), expected);
  return context.analysis.environment.functions.resolve(call.name, args, site);
}

function argumentOf(context: SelectionContext, selectable: Selectable): FunctionArgument {
  const exact = exactSelectableType(context, selectable);
  return {
    text: selectableText(selectable, context.table.keyspace),
    exactType: exact,
    compatibleType: exact ?? compatibleType(context, selectable),
    arrayLength: selectable.kind === 'SelectedList' ? selectable.elements.length : null,
    test: (type) => testSelectable(context, selectable, type),
  };
}

function compatibleType(context: SelectionContext, selectable: Selectable): CqlType | null {
  if (selectable.kind === 'SelectedTerm' && selectable.term.kind === 'Constant') {
    return preferredType(selectable.term.type, selectable.term.text);
  }
  if (selectable.kind === 'SelectedParenthesesOrTuple' && selectable.elements.length === 1) {
    const [only] = selectable.elements as readonly [Selectable];
    return exactSelectableType(context, only) ?? compatibleType(context, only);
  }
  return null;
}

/** The type that a selectable has whatever it is for; null when only the receiver can tell (`getExactTypeIfKnown`). */
export function exactSelectableType(context: SelectionContext, selectable: Selectable): CqlType | null {
  const exact = (inner: Selectable): CqlType | null => exactSelectableType(context, inner);
  const firstKnown = (elements: readonly Selectable[]): CqlType | null =>
    elements.map(exact).find((type) => type !== null) ?? null;
  switch (selectable.kind) {
    case 'SelectedColumn':
      return resolveColumn(context.table, selectable.name).type;
    case 'SelectedTerm':
    case 'SelectedMapOrUserType':
      return null;
    case 'SelectedCountRows':
      return native('bigint');
    case 'SelectedWritetimeOrTtl':
      return writetimeType(selectable.function, exact(selectable.selected));
    case 'SelectedField': {
      const type = exact(selectable.receiver);
      if (type?.kind !== 'udt') return null;
      return type.fields.find((field) => field.name === selectable.field)?.type ?? null;
    }
    case 'SelectedElement': {
      const type = exact(selectable.receiver);
      if (type === null || !isCollection(type)) return null;
      return type.kind === 'map' ? type.values : type.elements;
    }
    case 'SelectedSlice': {
      const type = exact(selectable.receiver);
      return type !== null && isCollection(type) ? type : null;
    }
    case 'SelectedTypeHint':
      return resolveType(context.analysis.schema, context.table.keyspace, selectable.type);
    case 'SelectedParenthesesOrTuple': {
      if (selectable.elements.length === 1) return null;
      const types = selectable.elements.map(exact);
      return types.includes(null) ? null : tuple(types as CqlType[]);
    }
    case 'SelectedList': {
      const type = firstKnown(selectable.elements);
      return type === null ? null : list(type);
    }
    case 'SelectedSet': {
      const type = firstKnown(selectable.elements);
      return type === null ? null : set(type);
    }
    default:
      return returnType(context, selectable);
  }
}

/** Of several cells a list, except for the greatest of them. */
export function writetimeType(kind: 'writetime' | 'maxwritetime' | 'ttl', selected: CqlType | null): CqlType {
  const one = native(kind === 'ttl' ? 'int' : 'bigint');
  return selected !== null && isMultiCell(selected) && kind !== 'maxwritetime' ? list(one, true) : one;
}

function returnType(context: SelectionContext, selectable: Selectable): CqlType | null {
  const call = asCall(selectable);
  if (call === null) return null;
  let found: CqlFunction | null;
  try {
    found = resolveSelected(context, call, null);
  } catch (error) {
    if (error instanceof CqlError) return null;
    throw error;
  }
  // An argument of no function is told of before the function that it is given to.
  if (found === null && selectable.kind === 'SelectedFunctionCall') throw unknownFunction(call.name);
  return found?.returnType ?? null;
}

export function unknownFunction(name: FunctionName): CqlError {
  return invalidRequest(`Unknown function '${functionText(name)}'`);
}

/** Whether a selectable may be given to a receiver of the type (`Selectable.testAssignment`). */
export function testSelectable(context: SelectionContext, selectable: Selectable, receiver: CqlType): Assignability {
  const type = unwrapReversed(receiver);
  const all = (elements: readonly Selectable[], element: CqlType): Assignability =>
    elements.length === 0 ? 'weak' : weakest(elements.map((inner) => testSelectable(context, inner, element)));
  switch (selectable.kind) {
    case 'SelectedTerm':
      return context.analysis.testTerm(selectable.term, selectionReceiver(context, type));
    case 'SelectedList':
      if (type.kind === 'vector' && type.dimension !== selectable.elements.length) return 'none';
      return type.kind === 'list' || type.kind === 'vector' ? all(selectable.elements, type.elements) : 'none';
    case 'SelectedSet':
      if (type.kind === 'map' && selectable.elements.length === 0) return 'weak';
      return type.kind === 'set' ? all(selectable.elements, type.elements) : 'none';
    case 'SelectedMapOrUserType':
      if (type.kind === 'udt') return testFields(context, selectable, type);
      if (type.kind !== 'map') return 'none';
      return weakest([
        all(
          selectable.entries.map((entry) => entry.key),
          type.keys,
        ),
        all(
          selectable.entries.map((entry) => entry.value),
          type.values,
        ),
      ]);
    case 'SelectedParenthesesOrTuple':
      return testParentheses(context, selectable.elements, type);
    default: {
      const exact = exactSelectableType(context, selectable);
      return exact === null ? 'none' : testAssignment(exact, type);
    }
  }
}

function testFields(context: SelectionContext, selectable: SelectedMapOrUserType, type: UserType): Assignability {
  for (const { key, value } of selectable.entries) {
    const field = key.kind === 'SelectedColumn' ? type.fields.find(({ name }) => name === key.name) : undefined;
    if (field !== undefined && testSelectable(context, value, field.type) === 'none') return 'none';
  }
  return 'weak';
}

function testParentheses(context: SelectionContext, elements: readonly Selectable[], type: CqlType): Assignability {
  if (type.kind !== 'tuple') {
    return elements.length === 1 ? testSelectable(context, elements[0] as Selectable, type) : 'none';
  }
  if (elements.length > type.elements.length) return 'none';
  return weakest(elements.map((element, i) => testSelectable(context, element, type.elements[i] as CqlType)));
}
