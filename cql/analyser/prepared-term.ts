import type { CqlType, TupleType, UserType, VectorType } from '../types/index.ts';
import type { BoundValue, EvaluationContext } from './evaluation.ts';

/** A value that the worker evaluates once for each execution; the plan refers to it by its order. */
export interface ComputedValue {
  readonly type: CqlType;
  evaluate(values: readonly BoundValue[], context: EvaluationContext): BoundValue;
}

/** The functions without arguments that the shard evaluates itself. */
export type NativeCall = 'now' | 'uuid' | 'current_timestamp' | 'current_date' | 'current_time' | 'current_timeuuid';

/** A term after analysis: its type is known, its constants are serialized. */
export type PreparedTerm =
  | { readonly kind: 'null' }
  | { readonly kind: 'constant'; readonly bytes: Uint8Array }
  | { readonly kind: 'marker'; readonly index: number }
  | { readonly kind: 'computed'; readonly value: ComputedValue }
  | {
      readonly kind: 'collection';
      readonly type: 'list' | 'set';
      readonly elementType: CqlType;
      readonly elements: readonly PreparedTerm[];
    }
  | {
      readonly kind: 'map';
      readonly keyType: CqlType;
      readonly entries: readonly (readonly [PreparedTerm, PreparedTerm])[];
    }
  | { readonly kind: 'tuple'; readonly type: TupleType | UserType; readonly elements: readonly PreparedTerm[] }
  | { readonly kind: 'vector'; readonly type: VectorType; readonly elements: readonly PreparedTerm[] }
  | { readonly kind: 'call'; readonly call: NativeCall; readonly value: ComputedValue }
  | { readonly kind: 'token'; readonly components: readonly PreparedTerm[]; readonly value: ComputedValue };

export const NULL_TERM: PreparedTerm = Object.freeze({ kind: 'null' });

export function constant(bytes: Uint8Array | null): PreparedTerm {
  return bytes === null ? NULL_TERM : { kind: 'constant', bytes };
}

export function isConstant(term: PreparedTerm): boolean {
  return term.kind === 'constant' || term.kind === 'null';
}

/** The parts of a term, outermost level only. */
export function termParts(term: PreparedTerm): readonly PreparedTerm[] {
  switch (term.kind) {
    case 'collection':
    case 'tuple':
    case 'vector':
      return term.elements;
    case 'map':
      return term.entries.flat();
    case 'token':
      return term.components;
    default:
      return [];
  }
}

/** Whether a marker stands in the term as itself; a call over markers does not count (`Term.containsBindMarker`). */
export function containsMarker(term: PreparedTerm): boolean {
  return term.kind === 'marker' || termParts(term).some(containsMarker);
}
