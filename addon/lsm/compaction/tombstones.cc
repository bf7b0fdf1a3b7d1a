#include "lsm/compaction/tombstones.h"

#include <algorithm>

namespace ceto {

double droppable_before(const DropTimes& times, int64_t second) {
  const auto next =
      std::upper_bound(times.begin(), times.end(), second,
                       [](int64_t at, auto& point) { return at < int64_t{point.first}; });
  double sum = 0;
  if (next == times.end()) {
    for (const auto& [point, count] : times) sum += static_cast<double>(count);
    return sum;
  }
  if (next == times.begin()) return 0;
  const auto last = std::prev(next);
  for (auto at = times.begin(); at != last; ++at) sum += static_cast<double>(at->second);
  const double here = static_cast<double>(last->second);
  const double weight =
      static_cast<double>(second - last->first) / static_cast<double>(next->first - last->first);
  const double there = here + (static_cast<double>(next->second) - here) * weight;
  return sum + here / 2 + (here + there) * weight / 2;
}

double droppable_ratio(const CandidateSSTable& sstable, int64_t gc_before_seconds) {
  if (sstable.cells == 0 || sstable.drop_times == nullptr) return 0;
  return droppable_before(*sstable.drop_times, gc_before_seconds) /
         static_cast<double>(sstable.cells);
}

namespace {

double width(Token first, Token last) {
  return static_cast<double>(last.value) - static_cast<double>(first.value);
}

// The part of an SSTable's token range that none of the others reaches into. Tokens are hashes, so
// it is about the part of its partitions as well.
double part_alone(const CandidateSSTable& sstable, std::vector<const CandidateSSTable*>& others) {
  const double whole = width(sstable.first, sstable.last);
  if (whole <= 0) return 0;
  std::sort(others.begin(), others.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  double alone = 0;
  Token reached = sstable.first;
  for (const CandidateSSTable* other : others) {
    if (other->first > reached) alone += width(reached, std::min(other->first, sstable.last));
    reached = std::max(reached, other->last);
  }
  if (reached < sstable.last) alone += width(reached, sstable.last);
  return alone / whole;
}

}  // namespace

bool worth_dropping_tombstones(const CompactionView& view, size_t index,
                               const CommonCompactionOptions& options) {
  const CandidateSSTable& sstable = view.sstables[index];
  if (!view.purge_allowed || (options.only_purge_repaired_tombstones && !sstable.repaired)) {
    return false;
  }
  // Ratios are estimates: one that a compaction did not bring down must not cause the next at once.
  if (view.now_seconds < sstable.created_seconds + options.tombstone_compaction_interval_seconds) {
    return false;
  }
  const double ratio = droppable_ratio(sstable, view.gc_before_seconds);
  if (ratio <= options.tombstone_threshold) return false;
  if (options.unchecked_tombstone_compaction) return true;
  std::vector<const CandidateSSTable*> others;
  for (size_t i = 0; i < view.sstables.size(); ++i) {
    if (i != index && view.sstables[i].overlaps(sstable)) others.push_back(&view.sstables[i]);
  }
  if (others.empty() || !fully_expired(view, {index}, options).empty()) return true;
  return part_alone(sstable, others) * ratio > options.tombstone_threshold;
}

std::vector<size_t> fully_expired(const CompactionView& view, const std::vector<size_t>& among,
                                  const CommonCompactionOptions& options) {
  std::vector<size_t> expired;
  if (!view.purge_allowed) return expired;
  const auto lives = [&](const CandidateSSTable& sstable) {
    return int64_t{sstable.max_local_deletion_time} >= view.gc_before_seconds;
  };
  for (const size_t index : among) {
    const CandidateSSTable& sstable = view.sstables[index];
    if (options.only_purge_repaired_tombstones && !sstable.repaired) return {};
    if (!lives(sstable)) expired.push_back(index);
  }
  if (options.ignore_overlaps_of_expired || expired.empty()) return expired;
  // The oldest that any of them might have to delete.
  int64_t oldest = view.memtable_min_timestamp;
  for (const CandidateSSTable& other : view.sstables) {
    if (!lives(other)) continue;
    const bool near = std::any_of(among.begin(), among.end(), [&](size_t index) {
      return view.sstables[index].overlaps(other);
    });
    if (near) oldest = std::min(oldest, other.min_timestamp);
  }
  std::erase_if(expired,
                [&](size_t index) { return view.sstables[index].max_timestamp >= oldest; });
  return expired;
}

}  // namespace ceto
