// Size-tiered compaction: SSTables of about one size are merged once there are enough of them.
// Pure: sizes in, a choice out. Any thread. Source:
// org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy,
// SizeTieredCompactionStrategyOptions
#pragma once

#include "lsm/compaction/choice.h"
#include "lsm/compaction/options.h"

namespace ceto {

struct SizeTieredOptions {
  uint32_t min_threshold = 4;
  uint32_t max_threshold = 32;
  double bucket_low = 0.5;
  double bucket_high = 1.5;
  uint64_t min_sstable_size = 50ull << 20;

  static SizeTieredOptions from(const CompactionOptions& options);
};

// Groups of indexes into `sizes`, each ascending by size. A table joins the bucket whose average is
// near its size; those below min_sstable_size share one.
std::vector<std::vector<size_t>> size_buckets(const std::vector<uint64_t>& sizes,
                                              const SizeTieredOptions& options);

struct SizeTieredChoice {
  std::vector<size_t> inputs;  // empty: nothing to do
  uint64_t pending = 0;        // compactions that are due, this one included
};

// Of the buckets that are full enough the one with the smallest tables, which costs least.
SizeTieredChoice choose_size_tiered(const std::vector<uint64_t>& sizes,
                                    const SizeTieredOptions& options);
// Likewise, among some of a view's SSTables.
SizeTieredChoice choose_size_tiered(const CompactionView& view, const std::vector<size_t>& among,
                                    const SizeTieredOptions& options);

}  // namespace ceto
