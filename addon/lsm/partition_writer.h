// write_partitions: a merged scan into SSTables, for flushes and compactions. Shard thread only;
// works in slices of background time. Partitions that have nothing left are not written.
#pragma once

#include <vector>

#include "io/background.h"
#include "lsm/compaction/running_compactions.h"
#include "lsm/merge_source.h"
#include "lsm/purge.h"
#include "lsm/sstable_outputs.h"
#include "lsm/throttle.h"

namespace ceto {

struct PartitionWriteJob {
  MergeScan& source;
  SSTableOutputs& outputs;
  Background& background;
  Purger* purger = nullptr;  // with `policy`, or neither
  PurgePolicy* policy = nullptr;
  Throttle* throttle = nullptr;
  // Either says so: ends with kShuttingDown.
  const bool* cancelled = nullptr;
  const RunningCompactions::Entry* running = nullptr;

  bool stopped() const { return (cancelled && *cancelled) || (running && running->stopped()); }
};

struct PartitionsWritten {
  uint64_t partitions = 0;
  uint64_t purged = 0;           // partitions that had nothing left
  std::vector<uint64_t> merged;  // [n]: how many partitions came out of n + 1 sources
};

// All that `job` refers to outlives the task. finish() of the outputs is the caller's.
Task<Result<PartitionsWritten>> write_partitions(PartitionWriteJob job);

}  // namespace ceto
