/** Asks the node; throws NodetoolError. */
export type Call = <Answer>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer>;

/** What nodetool says and ends with: a wrong request with exit code 1, as Cassandra; a failure with 2. */
export class NodetoolError extends Error {
  readonly failure: boolean;

  constructor(message: string, failure = false) {
    super(message);
    this.failure = failure;
  }
}
