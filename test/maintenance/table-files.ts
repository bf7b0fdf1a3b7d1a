/** The SSTable files of one table of a running Ceto, and damage to them. */
import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export function tableFiles(ceto: { readonly directory: string }, keyspace: string, table: string): string[] {
  const directory = join(ceto.directory, 'node/data', keyspace);
  const folder = readdirSync(directory).find((name) => name.startsWith(`${table}-`));
  if (folder === undefined) throw new Error(`no files of ${keyspace}.${table}`);
  return readdirSync(join(directory, folder))
    .map((name) => join(directory, folder, name))
    .sort();
}

export function dataFiles(ceto: { readonly directory: string }, keyspace: string, table: string): string[] {
  return tableFiles(ceto, keyspace, table).filter((path) => path.endsWith('-Data.db'));
}

/** Flips one bit of the file, as a failing disk does. */
export function flipBit(path: string, offset: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  byte.writeUInt8(byte.readUInt8(0) ^ 0x10);
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
}
