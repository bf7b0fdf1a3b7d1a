/** A value as bound to a marker: serialized, null, or `undefined` for one left unset. */
export type BoundValue = Uint8Array | null | undefined;

/** What a function may ask for while a statement runs. */
export interface EvaluationContext {
  /** Wall clock in milliseconds: a seam for tests. */
  readonly now: () => number;
}
