import type { AggregateFunction, ScalarFunction } from '../analyser/index.ts';
import type { Selectable } from '../ast/index.ts';
import { invalidRequest } from '../errors/index.ts';
import { type CqlType, native, sameType } from '../types/index.ts';
import { selectableText } from './selectable-text.ts';
import { asCall, exactSelectableType, resolveSelected, unknownFunction } from './selectable-type.ts';
import type { SelectionContext } from './selection-context.ts';
import { combinedSelector, type PreparedSelector } from './selector.ts';

/** Functions, aggregates, casts and arithmetic (`Selectable.WithFunction`, `WithCast`). */
export function prepareCallSelector(
  context: SelectionContext,
  selectable: Selectable,
  expected: CqlType | null,
): PreparedSelector {
  const call = asCall(selectable);
  if (call === null) throw new Error(`${selectable.kind} is no call`);
  if (selectable.kind === 'SelectedCast') {
    const same = sameTypeCast(context, selectable.selectable, selectable.type.name);
    if (same !== null) return same;
    // What is cast must have a type of its own.
    context.prepare(selectable.selectable);
  }
  const found = resolveSelected(context, call, expected);
  if (found === null) {
    if (selectable.kind === 'SelectedCast') {
      const [text, type] = [selectableText(selectable.selectable, context.table.keyspace), selectable.type.name];
      throw invalidRequest(`${text} cannot be cast to ${type}`);
    }
    throw unknownFunction(call.name);
  }
  const args = call.args.map((arg, i) => context.prepare(arg, found.argumentTypes[i] ?? null));
  return found.kind === 'aggregate' ? aggregateSelector(found, args) : scalarSelector(found, args);
}

/** A cast to the type that is there already is nothing, not even in the column's name. */
function sameTypeCast(context: SelectionContext, selectable: Selectable, typeName: string): PreparedSelector | null {
  const target = native(typeName === 'varchar' ? 'text' : (typeName as 'int'));
  const type = exactSelectableType(context, selectable);
  return type !== null && sameType(type, target) ? context.prepare(selectable) : null;
}

function scalarSelector(found: ScalarFunction, args: readonly PreparedSelector[]): PreparedSelector {
  return {
    name: found.columnName(args.map((arg) => arg.name)),
    type: found.returnType,
    aggregates: args.some((arg) => arg.aggregates),
    raw: null,
    countsRows: false,
    start(execution) {
      const parts = args.map((arg) => arg.start(execution));
      return combinedSelector(parts, (values) => found.execute(values, execution.context));
    },
  };
}

function aggregateSelector(found: AggregateFunction, args: readonly PreparedSelector[]): PreparedSelector {
  if (args.some((arg) => arg.aggregates)) {
    throw invalidRequest('aggregate functions cannot be used as arguments of aggregate functions');
  }
  return {
    name: found.columnName(args.map((arg) => arg.name)),
    type: found.returnType,
    aggregates: true,
    raw: null,
    countsRows: false,
    start(execution) {
      const parts = args.map((arg) => arg.start(execution));
      let state = found.start();
      return {
        add(row) {
          for (const part of parts) part.add(row);
          state.add(parts.map((part) => part.output()));
          for (const part of parts) part.reset();
        },
        output: () => state.result(),
        reset() {
          state = found.start();
        },
      };
    },
  };
}
