#include "lsm/compaction/leveled.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace ceto {

namespace {

struct Span {
  Token first, last;
};

Span span_of(const CompactionView& view, const std::vector<size_t>& indexes) {
  CETO_ASSERT(!indexes.empty());
  Span span{view.sstables[indexes[0]].first, view.sstables[indexes[0]].last};
  for (const size_t index : indexes) {
    span.first = std::min(span.first, view.sstables[index].first);
    span.last = std::max(span.last, view.sstables[index].last);
  }
  return span;
}

// All that reach into the span, also where no single one of its makers does: the outputs may.
std::vector<size_t> overlapping(const CompactionView& view, const Span& span,
                                const std::vector<size_t>& others) {
  std::vector<size_t> out;
  for (const size_t other : others) {
    if (view.sstables[other].overlaps(span.first, span.last)) out.push_back(other);
  }
  return out;
}

uint64_t total_bytes(const CompactionView& view, const std::vector<size_t>& indexes) {
  uint64_t sum = 0;
  for (const size_t index : indexes) sum += view.sstables[index].data_bytes;
  return sum;
}

bool any_busy(const CompactionView& view, const std::vector<size_t>& indexes) {
  return std::any_of(indexes.begin(), indexes.end(),
                     [&](size_t index) { return view.sstables[index].busy; });
}

std::vector<size_t> idle(const CompactionView& view, const std::vector<size_t>& indexes) {
  std::vector<size_t> out;
  for (const size_t index : indexes) {
    if (!view.sstables[index].busy) out.push_back(index);
  }
  return out;
}

bool contains(const std::vector<size_t>& indexes, size_t one) {
  return std::find(indexes.begin(), indexes.end(), one) != indexes.end();
}

void sort_by_age(const CompactionView& view, std::vector<size_t>& indexes) {
  std::sort(indexes.begin(), indexes.end(), [&](size_t a, size_t b) {
    const CandidateSSTable& left = view.sstables[a];
    const CandidateSSTable& right = view.sstables[b];
    return std::pair(left.max_timestamp, left.generation) <
           std::pair(right.max_timestamp, right.generation);
  });
}

}  // namespace

LeveledOptions LeveledOptions::from(const CompactionOptions& options) {
  LeveledOptions out;
  uint64_t mebibytes = out.sstable_bytes >> 20;
  read_option(options, "sstable_size_in_mb", mebibytes);
  out.sstable_bytes = std::max<uint64_t>(mebibytes, 1) << 20;
  read_option(options, "fanout_size", out.fanout);
  out.fanout = std::max(out.fanout, 1u);
  read_option(options, "single_sstable_uplevel", out.single_sstable_uplevel);
  out.size_tiered = SizeTieredOptions::from(options);
  return out;
}

double max_level_bytes(uint32_t level, const LeveledOptions& options) {
  const double one = static_cast<double>(options.sstable_bytes);
  if (level == 0) return 4 * one;
  return std::pow(static_cast<double>(options.fanout), level) * one;
}

std::vector<uint32_t> usable_levels(const std::vector<CandidateSSTable>& sstables) {
  std::vector<size_t> by_age(sstables.size());
  for (size_t i = 0; i < by_age.size(); ++i) by_age[i] = i;
  std::sort(by_age.begin(), by_age.end(),
            [&](size_t a, size_t b) { return sstables[a].generation < sstables[b].generation; });
  std::vector<uint32_t> levels(sstables.size(), 0);
  // By level: last token by first token.
  std::array<std::map<Token, Token>, kMaxLevels> taken;
  for (const size_t index : by_age) {
    const CandidateSSTable& sstable = sstables[index];
    if (sstable.level == 0 || sstable.level >= kMaxLevels) continue;
    auto& level = taken[sstable.level];
    const auto after = level.lower_bound(sstable.first);
    const bool meets_next = after != level.end() && after->first <= sstable.last;
    const bool meets_previous = after != level.begin() && std::prev(after)->second >= sstable.first;
    if (meets_next || meets_previous) continue;
    level.emplace(sstable.first, sstable.last);
    levels[index] = sstable.level;
  }
  return levels;
}

LeveledChooser::Levels LeveledChooser::levels_of(const CompactionView& view) {
  Levels levels;
  for (size_t i = 0; i < view.sstables.size(); ++i) {
    CETO_ASSERT(view.sstables[i].level < kMaxLevels);
    levels[view.sstables[i].level].push_back(i);
  }
  for (uint32_t level = 1; level < kMaxLevels; ++level) {
    std::sort(levels[level].begin(), levels[level].end(),
              [&](size_t a, size_t b) { return view.sstables[a].first < view.sstables[b].first; });
  }
  return levels;
}

// The level of the result, and how it is cut.
CompactionChoice LeveledChooser::planned(const CompactionView& view,
                                         std::vector<size_t> inputs) const {
  CompactionChoice choice;
  uint32_t lowest = kMaxLevels;
  uint32_t highest = 0;
  for (const size_t index : inputs) {
    lowest = std::min(lowest, view.sstables[index].level);
    highest = std::max(highest, view.sstables[index].level);
  }
  const bool stays = highest == 0 && total_bytes(view, inputs) < options_.sstable_bytes;
  choice.plan.kind = OutputPlan::Kind::kBySize;
  choice.plan.level = stays ? 0 : lowest == highest ? highest + 1 : highest;
  choice.plan.level = std::min(choice.plan.level, kMaxLevels - 1);
  choice.plan.max_bytes = options_.sstable_bytes;
  choice.relevel = inputs.size() == 1 && options_.single_sstable_uplevel;
  choice.inputs = std::move(inputs);
  return choice;
}

CompactionChoice LeveledChooser::level_0_by_size(const CompactionView& view,
                                                 const Levels& levels) const {
  CompactionChoice choice;
  if (levels[0].size() <= kMaxLevel0) return choice;
  choice.inputs = choose_size_tiered(view, idle(view, levels[0]), options_.size_tiered).inputs;
  choice.plan = {};  // one output of level 0, however large
  return choice;
}

// The oldest of level 0 with all of level 0 that they overlap, and what that overlaps in level 1
// once it is worth an SSTable there.
std::vector<size_t> LeveledChooser::from_level_0(const CompactionView& view,
                                                 const Levels& levels) const {
  std::vector<size_t> busy;
  for (const size_t index : levels[0]) {
    if (view.sstables[index].busy) busy.push_back(index);
  }
  std::vector<size_t> remaining = idle(view, levels[0]);
  sort_by_age(view, remaining);
  std::vector<size_t> candidates;
  const size_t limit = options_.size_tiered.max_threshold;
  for (const size_t oldest : remaining) {
    if (contains(candidates, oldest)) continue;
    const CandidateSSTable& sstable = view.sstables[oldest];
    const Span span{sstable.first, sstable.last};
    if (!overlapping(view, span, busy).empty()) continue;
    for (const size_t other : overlapping(view, span, remaining)) {
      const bool near_busy =
          !busy.empty() &&
          view.sstables[other].overlaps(span_of(view, busy).first, span_of(view, busy).last);
      if (!near_busy && !contains(candidates, other)) candidates.push_back(other);
    }
    if (candidates.size() > limit) {
      sort_by_age(view, candidates);
      candidates.resize(limit);
      break;
    }
  }
  if (candidates.empty()) return {};
  if (total_bytes(view, candidates) > options_.sstable_bytes) {
    const Span span = span_of(view, candidates);
    const std::vector<size_t> next = overlapping(view, span, levels[1]);
    if (any_busy(view, next) || !overlapping(view, span, busy).empty()) return {};
    candidates.insert(candidates.end(), next.begin(), next.end());
  }
  if (candidates.size() < 2) return {};
  return candidates;
}

// Round and round through the level, from where the last compaction ended.
std::vector<size_t> LeveledChooser::from_level(const CompactionView& view, const Levels& levels,
                                               uint32_t level) const {
  const std::vector<size_t>& here = levels[level];
  size_t start = 0;
  if (const auto& last = last_compacted_[level]) {
    while (start < here.size() && view.sstables[here[start]].first <= *last) ++start;
  }
  for (size_t i = 0; i < here.size(); ++i) {
    const size_t index = here[(start + i) % here.size()];
    const CandidateSSTable& sstable = view.sstables[index];
    std::vector<size_t> inputs =
        overlapping(view, {sstable.first, sstable.last}, levels[level + 1]);
    inputs.insert(inputs.begin(), index);
    if (!any_busy(view, inputs)) return inputs;
  }
  return {};
}

// The highest level that is not empty may have been left alone for long: old data there keeps
// tombstones alive. One of its SSTables that lies wholly within the inputs can come along.
void LeveledChooser::add_starved(const CompactionView& view, const Levels& levels, uint32_t target,
                                 std::vector<size_t>& inputs) {
  for (uint32_t level = 1; level < kMaxLevels; ++level) ++compactions_without_[level];
  compactions_without_[target] = 0;
  for (uint32_t level = kMaxLevels - 1; level > 0; --level) {
    if (levels[level].empty()) continue;
    if (compactions_without_[level] <= kStarvedAfter || level <= target) return;
    const Span span = span_of(view, inputs);
    for (const size_t index : levels[level]) {
      const CandidateSSTable& sstable = view.sstables[index];
      if (sstable.busy || sstable.first < span.first || sstable.last > span.last) continue;
      inputs.push_back(index);
      return;
    }
    return;
  }
}

CompactionChoice LeveledChooser::choose(const CompactionView& view) {
  const Levels levels = levels_of(view);
  for (uint32_t level = kMaxLevels - 2; level > 0; --level) {
    const double bytes = static_cast<double>(total_bytes(view, idle(view, levels[level])));
    if (bytes <= 1.001 * max_level_bytes(level, options_)) continue;
    // A level 0 that is far behind costs reads more than a level that is too large.
    CompactionChoice by_size = level_0_by_size(view, levels);
    if (!by_size.empty()) return by_size;
    std::vector<size_t> inputs = from_level(view, levels, level);
    if (inputs.empty()) continue;
    const uint32_t target = planned(view, inputs).plan.level;
    add_starved(view, levels, target, inputs);
    CompactionChoice choice = planned(view, std::move(inputs));
    choice.plan.level = target;
    return choice;
  }
  if (levels[0].empty()) return {};
  std::vector<size_t> inputs = from_level_0(view, levels);
  if (inputs.empty()) return level_0_by_size(view, levels);
  return planned(view, std::move(inputs));
}

uint64_t LeveledChooser::pending(const CompactionView& view) const {
  const Levels levels = levels_of(view);
  double tasks = 0;
  for (uint32_t level = 0; level < kMaxLevels; ++level) {
    const double too_much = static_cast<double>(total_bytes(view, levels[level])) -
                            1.001 * max_level_bytes(level, options_);
    if (too_much > 0) tasks += std::ceil(too_much / static_cast<double>(options_.sstable_bytes));
  }
  return static_cast<uint64_t>(tasks);
}

void LeveledChooser::compacted(uint32_t lowest, Token last) {
  CETO_ASSERT(lowest < kMaxLevels);
  last_compacted_[lowest] = last;
}

}  // namespace ceto
