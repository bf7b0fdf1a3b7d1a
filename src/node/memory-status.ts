/** What the shards' numbers say about memory (StoreStats in addon/lsm/store.h), for the admin endpoint. */
import type { CacheStatus, MemoryUse } from '../admin/operations.ts';

type Numbers = Readonly<Record<string, number>>;

export function cacheStatus(numbers: Numbers, cache: 'chunk_cache' | 'row_cache', entries: string): CacheStatus {
  return {
    entries: numbers[`${cache}_${entries}`] ?? 0,
    bytes: numbers[`${cache}_bytes`] ?? 0,
    limitBytes: numbers[`${cache}_limit_bytes`] ?? 0,
    hits: numbers[`${cache}_hits_total`] ?? 0,
    misses: numbers[`${cache}_misses_total`] ?? 0,
  };
}

const METRIC_OF: Readonly<Record<MemoryUse, string>> = {
  budget: 'memory_budget_bytes',
  used: 'memory_used_bytes',
  memtable: 'memtable_bytes',
  memtable_limit: 'memtable_limit_bytes',
  system: 'memory_system_bytes',
  retired: 'memory_retired_bytes',
  filter: 'memory_filter_bytes',
  summary: 'memory_summary_bytes',
  offset: 'memory_offset_bytes',
};

export function memoryStatus(numbers: Numbers): Record<MemoryUse, number> {
  const entries = Object.entries(METRIC_OF).map(([use, metric]) => [use, numbers[metric] ?? 0]);
  return Object.fromEntries(entries) as Record<MemoryUse, number>;
}
