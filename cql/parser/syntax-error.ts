/** The one error that the parser throws; its message is what Cassandra 5.0 answers with error code 0x2000. */
export class CqlSyntaxError extends Error {
  override readonly name = 'CqlSyntaxError';
}
