/** What the engine's benchmark measures, as it is written to the results file. */
import type { ResultsHead } from '../command.ts';
import type { EngineBenchOptions } from './options.ts';

/** Figures of one run of a program by their names. */
export type Figures = Readonly<Record<string, number>>;

/** One measurement in one round. */
export interface Sample extends Figures {
  /** User and system time of the program, with all of its threads. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export interface EngineResults extends ResultsHead {
  readonly options: EngineBenchOptions;
  /** By the measurement's name; an entry a round. */
  readonly samples: Record<string, Sample[]>;
}

/** Both lists have one entry a round. Empty: it was not measured. */
export function figures(results: EngineResults, measurement: string, figure: string): number[] {
  return (results.samples[measurement] ?? []).map((sample) => sample[figure] ?? Number.NaN);
}
