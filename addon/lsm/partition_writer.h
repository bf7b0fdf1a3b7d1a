// write_partitions: a merged scan into an SSTable, for flushes and compactions. Shard thread only;
// works in slices of background time. Partitions that have nothing left are not written.
#pragma once

#include "io/background.h"
#include "lsm/merge_source.h"
#include "lsm/purge.h"
#include "lsm/sstable/sstable.h"
#include "lsm/throttle.h"

namespace ceto {

// How a compaction purges; a flush has none.
class PurgePolicy {
 public:
  virtual ~PurgePolicy() = default;
  // See Purger::begin_partition.
  virtual int64_t max_purgeable_timestamp(Token token, Bytes key) = 0;
};

struct PartitionWriteJob {
  ScanSource& source;
  SSTableWriter& writer;
  Background& background;
  Purger* purger = nullptr;  // with `policy`, or neither
  PurgePolicy* policy = nullptr;
  Throttle* throttle = nullptr;
  const bool* cancelled = nullptr;  // set: ends with kShuttingDown
};

// The count of partitions written. All that `job` refers to outlives the task. finish() of the
// writer is the caller's.
Task<Result<uint64_t>> write_partitions(PartitionWriteJob job);

}  // namespace ceto
