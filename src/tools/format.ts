/** Numbers as Cassandra's nodetool prints them (org.apache.cassandra.io.util.FileUtils.stringifyFileSize). */

const UNITS = [
  { name: 'TiB', bytes: 2 ** 40 },
  { name: 'GiB', bytes: 2 ** 30 },
  { name: 'MiB', bytes: 2 ** 20 },
  { name: 'KiB', bytes: 2 ** 10 },
] as const;

/** `1.03 MiB`, `510 bytes`. */
export function formatSize(bytes: number): string {
  const unit = UNITS.find((candidate) => bytes >= candidate.bytes);
  return unit === undefined ? `${bytes} bytes` : `${trimZeros((bytes / unit.bytes).toFixed(2))} ${unit.name}`;
}

function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, '');
}

/** `90.41`: mebibytes with two digits. */
export function formatMebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(2);
}

/** `0.781`, or `NaN` for nothing asked. */
export function formatRate(hits: number, requests: number): string {
  return requests === 0 ? 'NaN' : (hits / requests).toFixed(3);
}

/** Columns as wide as their widest cell, two spaces between. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}
