/** Lines of Cassandra's transaction logs, as addon/lsm/transaction_log.h reads them (docs/formats/data-directory.md). */
import { crc32 } from 'node:zlib';

/**
 * Without a COMMIT behind it a start removes the set. `path` is what the names of its files begin with, the dash
 * before the component included. Source: org.apache.cassandra.db.lifecycle.LogRecord
 */
export function addedLine(path: string): string {
  const noTimeNoCount = new Uint8Array(12);
  return `ADD:[${path},0,0][${crc32(noTimeNoCount, crc32('ADD', crc32(path)))}]\n`;
}
