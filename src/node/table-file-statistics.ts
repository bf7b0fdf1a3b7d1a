/** What nodetool tablestats tells of a table's SSTables. */
import type { TableMetadata } from '../../cql/schema/index.ts';
import type { SSTableFile } from '../../storage/maintenance-port.ts';
import type { TableFileStatistics } from '../admin/operations.ts';

/** The version that is written now (addon/lsm/sstable/sstable.h). */
const CURRENT_FILE = /\/nb-[0-9A-Za-z_]+-big-Data\.db$/;

export function tableFileStatistics(table: TableMetadata, files: readonly SSTableFile[]): TableFileStatistics {
  const levels: { sstables: number; bytes: number }[] = [];
  for (const file of files) {
    for (let level = levels.length; level <= file.level; level++) levels.push({ sstables: 0, bytes: 0 });
    const at = levels[file.level];
    if (at === undefined) continue;
    at.sstables += 1;
    at.bytes += Number(file.dataBytes);
  }
  const bytes = (repaired: boolean) =>
    files.reduce((sum, file) => sum + (file.repairedAt > 0n === repaired ? Number(file.uncompressedBytes) : 0), 0);
  return {
    old: files.filter(({ path }) => !CURRENT_FILE.test(path)).length,
    maxBytes: files.reduce((most, file) => Math.max(most, Number(file.diskBytes)), 0),
    leveled: table.params.compaction.get('class')?.endsWith('LeveledCompactionStrategy') ?? false,
    levels,
    repairedBytes: bytes(true),
    unrepairedBytes: bytes(false),
  };
}
