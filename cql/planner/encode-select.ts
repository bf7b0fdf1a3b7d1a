import type { RawColumn, RawKind } from '../selection/index.ts';
import { writeMetadata, writeRawMetadata } from './encode-metadata.ts';
import { writeClustering, writeFilters, writePartition } from './encode-restrictions.ts';
import type { PlanWriter } from './plan-writer.ts';
import type { PreparedSelect } from './select.ts';

const FLAGS = { distinct: 1, reversed: 2, allowFiltering: 4, count: 8, staticOnlyPartitions: 16 } as const;

const RAW_KINDS: Readonly<Record<RawKind, number>> = { value: 0, writetime: 1, ttl: 2, maxwritetime: 3 };

/** The body of a select plan. */
export function writeSelect(out: PlanWriter, select: PreparedSelect, metadataId: Uint8Array): void {
  const { restrictions, selection, selected, count } = select;
  let flags = 0;
  if (select.distinct) flags |= FLAGS.distinct;
  if (select.reversed) flags |= FLAGS.reversed;
  if (restrictions.options.allowFiltering) flags |= FLAGS.allowFiltering;
  if (count) flags |= FLAGS.count;
  if (select.staticOnlyPartitions) flags |= FLAGS.staticOnlyPartitions;
  out.table(select.table).u32(flags);
  writePartition(out, restrictions);
  writeClustering(out, restrictions);
  writeFilters(out, restrictions);
  writeSelected(out, count ? [] : selected);
  if (select.finished) writeRawMetadata(out, selected.length);
  else writeMetadata(out, selection.columns, metadataId);
  out.optionalTerm(select.limit).optionalTerm(select.perPartitionLimit).u16(select.ordering.length);
  for (const { selected: index, descending } of select.ordering) out.u16(index).u8(descending ? 1 : 0);
}

function writeSelected(out: PlanWriter, selected: readonly RawColumn[]): void {
  out.u16(selected.length);
  for (const { kind, column } of selected) out.u8(RAW_KINDS[kind]).column(column);
}
