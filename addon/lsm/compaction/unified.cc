#include "lsm/compaction/unified.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

namespace ceto {

namespace {

// N, L<n>, T<n> or a number; 2 (T4) for what is none of them.
int32_t scaling_parameter(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text == "N") return 0;
  const bool leveled = text.starts_with('L');
  const bool tiered = text.starts_with('T');
  uint32_t number = 0;
  const bool negative = text.starts_with('-');
  const std::string digits(leveled || tiered || negative ? text.substr(1) : text);
  CompactionOptions one{{"n", digits}};
  number = UINT32_MAX;
  read_option(one, "n", number);
  constexpr uint32_t kLargest = 1u << 20;
  if (number > kLargest) return 2;
  const auto value = static_cast<int32_t>(number);
  if (leveled) return 2 - std::max(value, 2);
  if (tiered) return std::max(value, 2) - 2;
  return negative ? -value : value;
}

constexpr double kRing = 18446744073709551616.0;  // 2^64 tokens

uint64_t ring_position(Token token) {
  return static_cast<uint64_t>(token.value) ^ (uint64_t{1} << 63);
}

}  // namespace

UnifiedOptions UnifiedOptions::from(const CompactionOptions& options) {
  UnifiedOptions out;
  const auto scaling = options.find("scaling_parameters");
  if (scaling != options.end()) {
    out.scaling_parameters.clear();
    std::string_view rest = scaling->second;
    while (true) {
      const size_t comma = rest.find(',');
      out.scaling_parameters.push_back(scaling_parameter(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  uint64_t target = static_cast<uint64_t>(out.target_sstable_bytes);
  read_size_option(options, "target_sstable_size", target);
  out.target_sstable_bytes = static_cast<double>(std::max<uint64_t>(target, 1 << 20));
  read_size_option(options, "min_sstable_size", out.min_sstable_bytes);
  read_size_option(options, "flush_size_override", out.flush_size_override);
  read_option(options, "base_shard_count", out.base_shard_count);
  out.base_shard_count = std::max(out.base_shard_count, 1u);
  read_percent_option(options, "sstable_growth", out.sstable_growth);
  uint32_t limit = 0;
  read_option(options, "max_sstables_to_compact", limit);
  if (limit > 0) out.max_sstables_to_compact = limit;
  const auto inclusion = options.find("overlap_inclusion_method");
  if (inclusion != options.end()) {
    const char first = static_cast<char>(inclusion->second.empty() ? 'T' : inclusion->second[0]);
    if (first == 'N' || first == 'n') out.inclusion = OverlapInclusion::kNone;
    if (first == 'S' || first == 's') out.inclusion = OverlapInclusion::kSingle;
  }
  return out;
}

uint32_t UnifiedOptions::fanout(uint32_t level) const {
  const int32_t w = scaling(level);
  return static_cast<uint32_t>(w < 0 ? 2 - w : 2 + w);
}

uint32_t UnifiedOptions::threshold(uint32_t level) const {
  const int32_t w = scaling(level);
  return w <= 0 ? 2 : static_cast<uint32_t>(2 + w);
}

uint32_t shard_count(double density, const UnifiedOptions& options) {
  constexpr double kMaxSplit = 1 << 20;  // of each base shard
  const uint32_t base = options.base_shard_count;
  if (options.min_sstable_bytes > 0) {
    const double count = density / static_cast<double>(options.min_sstable_bytes);
    // Less than a whole number of base shards: as many as divide the base count evenly.
    if (count < base) {
      return std::min(std::bit_floor(static_cast<uint32_t>(count) | 1), base & (~base + 1));
    }
  }
  if (options.sstable_growth == 1) return base;
  if (options.sstable_growth == 0) {
    const double count =
        std::min(density / (options.target_sstable_bytes * std::sqrt(0.5) * base), kMaxSplit);
    return base * std::bit_floor(static_cast<uint32_t>(count) | 1);
  }
  const double doublings =
      std::log2(density / (options.target_sstable_bytes * base)) * (1 - options.sstable_growth) +
      0.5;
  if (!(doublings >= 0)) return base;
  return base << static_cast<uint32_t>(std::min(doublings, 20.0));
}

uint32_t shard_of_ring(Token token, uint32_t shards) {
  return static_cast<uint32_t>((static_cast<unsigned __int128>(ring_position(token)) * shards) >>
                               64);
}

double ring_part(Token first, Token last) {
  const double part = (static_cast<double>(ring_position(last) - ring_position(first)) + 1) / kRing;
  // An SSTable of one partition is as dense as one that covers everything.
  return part >= std::ldexp(1.0, -48) ? part : 1;
}

double density(const CandidateSSTable& sstable) {
  return static_cast<double>(sstable.data_bytes) / ring_part(sstable.first, sstable.last);
}

double density(const CompactionView& view, const std::vector<size_t>& indexes) {
  if (indexes.empty()) return 0;
  Token first = view.sstables[indexes[0]].first;
  Token last = view.sstables[indexes[0]].last;
  uint64_t bytes = 0;
  for (const size_t index : indexes) {
    first = std::min(first, view.sstables[index].first);
    last = std::max(last, view.sstables[index].last);
    bytes += view.sstables[index].data_bytes;
  }
  return static_cast<double>(bytes) / ring_part(first, last);
}

std::vector<UnifiedChooser::Level> UnifiedChooser::levels_of(const CompactionView& view,
                                                             std::vector<size_t> idle) const {
  std::stable_sort(idle.begin(), idle.end(), [&](size_t a, size_t b) {
    return density(view.sstables[a]) < density(view.sstables[b]);
  });
  const uint64_t flush =
      options_.flush_size_override > 0 ? options_.flush_size_override : view.flush_bytes;
  // A little below a flush, so that those which come out smaller belong to the first level as well.
  const double base =
      static_cast<double>(std::max<uint64_t>(flush, 1 << 20)) * (1 - 0.9 / options_.fanout(0));
  std::vector<Level> levels(1);
  double limit = std::floor(base * options_.fanout(0));
  for (const size_t index : idle) {
    while (density(view.sstables[index]) >= limit && levels.size() < kMaxDensityLevels) {
      const auto next = static_cast<uint32_t>(levels.size());
      levels.push_back({next, {}});
      limit = std::floor(limit * options_.fanout(next));
    }
    levels.back().sstables.push_back(index);
  }
  return levels;
}

// When compaction is late it does in one step what it would have done in several, no more.
size_t UnifiedChooser::pick_size(const Level& level, size_t overlap) const {
  const size_t fanout = options_.fanout(level.index);
  const size_t limit = std::max<size_t>(fanout, options_.max_sstables_to_compact);
  if (overlap <= fanout) return overlap;
  if (overlap <= fanout * options_.fanout(level.index + 1) || limit == fanout) {
    return std::min(overlap, limit);
  }
  const size_t most = std::min(limit, overlap);
  size_t size = fanout;
  uint32_t index = level.index;
  for (size_t next = size * options_.fanout(++index); next <= most;
       next *= options_.fanout(++index)) {
    size = next;
  }
  if (options_.scaling(level.index) < 0) size *= most / size;
  return size;
}

UnifiedChooser::Pick UnifiedChooser::pick_in(const CompactionView& view, const Level& level) {
  Pick pick;
  const std::vector<OverlapSet> sets = overlap_sets(view, level.sstables);
  for (const OverlapSet& set : sets) pick.overlap = std::max(pick.overlap, set.size());
  const size_t threshold = options_.threshold(level.index);
  if (pick.overlap < threshold) return pick;
  OverlapRun chosen;
  uint32_t equals = 0;
  for (const OverlapRun& run : overlap_runs(sets, threshold, options_.inclusion)) {
    size_t overlap = 0;
    for (size_t i = run.begin; i < run.end; ++i) overlap = std::max(overlap, sets[i].size());
    pick.pending += overlap / threshold;
    // One of those that cost reads most, at random, so that no part of the ring waits for ever.
    if (overlap == pick.overlap && random_() % ++equals == 0) chosen = run;
  }
  // An SSTable is in a row of sets.
  std::map<size_t, OverlapRun> where;
  for (size_t i = chosen.begin; i < chosen.end; ++i) {
    for (const size_t one : sets[i]) {
      where.try_emplace(one, OverlapRun{i, i}).first->second.end = i + 1;
    }
  }
  std::vector<size_t> all;
  for (const auto& [one, its_sets] : where) all.push_back(one);
  // The oldest first, as long as no section gives more than may be compacted at once.
  std::stable_sort(all.begin(), all.end(), [&](size_t a, size_t b) {
    return view.sstables[a].max_timestamp < view.sstables[b].max_timestamp;
  });
  const size_t limit = pick_size(level, pick.overlap);
  std::vector<size_t> taken(sets.size(), 0);
  for (const size_t one : all) {
    bool full = false;
    for (size_t i = where[one].begin; i < where[one].end; ++i) full |= ++taken[i] > limit;
    if (full) break;
    pick.inputs.push_back(one);
  }
  return pick;
}

CompactionChoice UnifiedChooser::choose(const CompactionView& view,
                                        const std::vector<size_t>& idle) {
  CompactionChoice choice;
  size_t most = 0;
  bool any = false;
  for (const Level& level : levels_of(view, idle)) {
    if (level.sstables.empty()) continue;
    Pick pick = pick_in(view, level);
    choice.pending += pick.pending;
    if (any && pick.overlap <= most) continue;
    // The level that costs reads most, also when it has nothing to compact yet.
    any = true;
    most = pick.overlap;
    choice.inputs = std::move(pick.inputs);
  }
  if (!choice.inputs.empty()) choice.plan = plan(view, choice.inputs);
  return choice;
}

OutputPlan UnifiedChooser::plan(const CompactionView& view,
                                const std::vector<size_t>& inputs) const {
  OutputPlan plan;
  plan.shards = shard_count(density(view, inputs), options_);
  plan.kind = plan.shards > 1 ? OutputPlan::Kind::kByShards : OutputPlan::Kind::kOne;
  return plan;
}

OutputPlan UnifiedChooser::flush_plan(uint64_t flush_bytes) const {
  OutputPlan plan;
  plan.shards = shard_count(static_cast<double>(flush_bytes), options_);
  plan.kind = plan.shards > 1 ? OutputPlan::Kind::kByShards : OutputPlan::Kind::kOne;
  return plan;
}

}  // namespace ceto
