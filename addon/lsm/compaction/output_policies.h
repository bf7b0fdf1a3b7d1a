// The policies behind an OutputPlan. Shard thread only.
// Source: org.apache.cassandra.db.compaction.writers.MaxSSTableSizeWriter,
// MajorLeveledCompactionWriter, unified.ShardedCompactionWriter
#pragma once

#include <memory>

#include "lsm/compaction/choice.h"
#include "lsm/compaction/rewrite.h"

namespace ceto {

// `bytes_in`: what is read, on disk, to tell how many outputs there may be.
std::unique_ptr<RewritePolicy> make_output_policy(const OutputPlan& plan, uint64_t bytes_in,
                                                  bool purges);

}  // namespace ceto
