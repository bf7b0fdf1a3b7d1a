// Overlap sets: which SSTables hold data of the same token, by section of the ring. Pure; any
// thread. Source: org.apache.cassandra.utils.Overlaps
#pragma once

#include "lsm/compaction/choice.h"

namespace ceto {

using OverlapSet = std::vector<size_t>;  // indexes into the view

// In token order; consecutive sets differ, and none is within the one before it.
std::vector<OverlapSet> overlap_sets(const CompactionView& view, const std::vector<size_t>& among);

enum class OverlapInclusion : uint8_t { kNone, kSingle, kTransitive };

// Runs [begin, end) of overlap sets around those of at least `threshold` members: alone, with the
// sets that share an SSTable with it, or with those that share one with any of the run.
struct OverlapRun {
  size_t begin = 0, end = 0;
};
std::vector<OverlapRun> overlap_runs(const std::vector<OverlapSet>& sets, size_t threshold,
                                     OverlapInclusion inclusion);

// Groups that share no token: what can be compacted apart.
std::vector<std::vector<size_t>> disjoint_groups(const CompactionView& view,
                                                 const std::vector<size_t>& among);

}  // namespace ceto
