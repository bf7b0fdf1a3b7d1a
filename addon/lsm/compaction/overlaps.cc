#include "lsm/compaction/overlaps.h"

#include <algorithm>

namespace ceto {

namespace {

// Members by index, for sets of thousands.
class Members {
 public:
  void add_all(const OverlapSet& set) {
    for (const size_t one : set) {
      if (one >= in_.size()) in_.resize(one + 1);
      in_[one] = true;
    }
  }
  bool share_one(const OverlapSet& set) const {
    return std::any_of(set.begin(), set.end(),
                       [&](size_t one) { return one < in_.size() && in_[one]; });
  }

 private:
  std::vector<bool> in_;
};

std::vector<size_t> by_first_token(const CompactionView& view, std::vector<size_t> indexes) {
  std::stable_sort(indexes.begin(), indexes.end(), [&](size_t a, size_t b) {
    return view.sstables[a].first < view.sstables[b].first;
  });
  return indexes;
}

}  // namespace

std::vector<OverlapSet> overlap_sets(const CompactionView& view, const std::vector<size_t>& among) {
  std::vector<OverlapSet> sets;
  OverlapSet active;
  for (const size_t index : by_first_token(view, among)) {
    const Token first = view.sstables[index].first;
    const auto ended = [&](size_t other) { return view.sstables[other].last < first; };
    if (std::any_of(active.begin(), active.end(), ended)) {
      sets.push_back(active);
      std::erase_if(active, ended);
    }
    active.push_back(index);
  }
  if (!active.empty()) sets.push_back(std::move(active));
  return sets;
}

std::vector<OverlapRun> overlap_runs(const std::vector<OverlapSet>& sets, size_t threshold,
                                     OverlapInclusion inclusion) {
  std::vector<OverlapRun> runs;
  size_t free_from = 0;  // sets below belong to a run
  for (size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].size() < threshold) continue;
    OverlapRun run{i, i + 1};
    if (inclusion != OverlapInclusion::kNone) {
      const bool transitive = inclusion == OverlapInclusion::kTransitive;
      Members target;
      target.add_all(sets[i]);
      while (run.begin > free_from && target.share_one(sets[run.begin - 1])) {
        --run.begin;
        if (transitive) target.add_all(sets[run.begin]);
      }
      while (run.end < sets.size() && target.share_one(sets[run.end])) {
        if (transitive) target.add_all(sets[run.end]);
        ++run.end;
      }
    }
    runs.push_back(run);
    free_from = run.end;
    i = run.end - 1;
  }
  return runs;
}

std::vector<std::vector<size_t>> disjoint_groups(const CompactionView& view,
                                                 const std::vector<size_t>& among) {
  std::vector<std::vector<size_t>> groups;
  Token reached;
  for (const size_t index : by_first_token(view, among)) {
    const CandidateSSTable& sstable = view.sstables[index];
    if (groups.empty() || sstable.first > reached) {
      groups.emplace_back();
      reached = sstable.last;
    }
    groups.back().push_back(index);
    reached = std::max(reached, sstable.last);
  }
  return groups;
}

}  // namespace ceto
