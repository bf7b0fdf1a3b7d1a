// Unified compaction: levels by density (bytes per part of the ring), each with a scaling parameter
// that makes it tiered or leveled, and outputs cut at shard boundaries so that they stay near a
// target size. Pure over a view; keeps only a generator of random choices. Any thread. Source:
// org.apache.cassandra.db.compaction.UnifiedCompactionStrategy, unified.Controller,
// ShardManagerNoDisks, CEP-26
#pragma once

#include <algorithm>
#include <random>

#include "lsm/compaction/choice.h"
#include "lsm/compaction/options.h"
#include "lsm/compaction/overlaps.h"

namespace ceto {

struct UnifiedOptions {
  std::vector<int32_t> scaling_parameters{2};  // T4; the last one holds for all further levels
  double target_sstable_bytes = 1024.0 * 1024 * 1024;
  uint64_t min_sstable_bytes = 100ull << 20;
  uint32_t base_shard_count = 4;
  double sstable_growth = 0.333;
  uint64_t flush_size_override = 0;  // 0: the table's own flushes are measured
  uint32_t max_sstables_to_compact = INT32_MAX;
  OverlapInclusion inclusion = OverlapInclusion::kTransitive;

  static UnifiedOptions from(const CompactionOptions& options);

  int32_t scaling(uint32_t level) const {
    return scaling_parameters[std::min<size_t>(level, scaling_parameters.size() - 1)];
  }
  // How many times more the next level holds, and how many overlapping SSTables are compacted.
  uint32_t fanout(uint32_t level) const;
  uint32_t threshold(uint32_t level) const;
};

// In how many parts the ring is cut for data of a density: a power of two times the base count, or
// a part of that for little data.
uint32_t shard_count(double density, const UnifiedOptions& options);
// Which of them a token lies in.
uint32_t shard_of_ring(Token token, uint32_t shards);

// The part of the ring between two tokens; 1 for what is too small to tell.
double ring_part(Token first, Token last);
double density(const CandidateSSTable& sstable);
// Of several together.
double density(const CompactionView& view, const std::vector<size_t>& indexes);

class UnifiedChooser {
 public:
  explicit UnifiedChooser(UnifiedOptions options) : options_(std::move(options)) {}
  // Among the idle SSTables of a view.
  CompactionChoice choose(const CompactionView& view, const std::vector<size_t>& idle);
  OutputPlan plan(const CompactionView& view, const std::vector<size_t>& inputs) const;
  const UnifiedOptions& options() const { return options_; }
  // How a flush is cut.
  OutputPlan flush_plan(uint64_t flush_bytes) const;

 private:
  static constexpr uint32_t kMaxDensityLevels = 32;  // enough for petabytes
  struct Level {
    uint32_t index = 0;
    std::vector<size_t> sstables;
  };
  struct Pick {
    std::vector<size_t> inputs;
    size_t overlap = 0;
    uint64_t pending = 0;
  };
  std::vector<Level> levels_of(const CompactionView& view, std::vector<size_t> idle) const;
  Pick pick_in(const CompactionView& view, const Level& level);
  size_t pick_size(const Level& level, size_t overlap) const;

  UnifiedOptions options_;
  std::minstd_rand random_{1};
};

}  // namespace ceto
