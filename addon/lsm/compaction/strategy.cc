#include "lsm/compaction/strategy.h"

#include <algorithm>

#include "lsm/compaction/tombstones.h"

namespace ceto {

namespace {

using Chooser = std::variant<SizeTieredOptions, LeveledChooser, TimeWindowChooser, UnifiedChooser>;

Chooser make_chooser(const CompactionOptions& options) {
  const std::string_view name = strategy_name(options);
  if (name == "LeveledCompactionStrategy") return LeveledChooser(LeveledOptions::from(options));
  if (name == "TimeWindowCompactionStrategy") {
    return TimeWindowChooser(TimeWindowOptions::from(options));
  }
  if (name == "UnifiedCompactionStrategy") return UnifiedChooser(UnifiedOptions::from(options));
  return SizeTieredOptions::from(options);
}

// Repaired data is never mixed with other data.
std::vector<size_t> indexes_of(const CompactionView& view, bool repaired, bool with_busy) {
  std::vector<size_t> out;
  for (size_t i = 0; i < view.sstables.size(); ++i) {
    const CandidateSSTable& sstable = view.sstables[i];
    if (sstable.repaired == repaired && (with_busy || !sstable.busy)) out.push_back(i);
  }
  return out;
}

void map_back(std::vector<size_t>& indexes, const std::vector<size_t>& to) {
  for (size_t& index : indexes) index = to[index];
}

}  // namespace

CompactionStrategy::CompactionStrategy(const CompactionOptions& options)
    : common_(CommonCompactionOptions::from(options)), chooser_(make_chooser(options)) {}

uint32_t CompactionStrategy::fanout() const {
  const auto* leveled = std::get_if<LeveledChooser>(&chooser_);
  return leveled ? leveled->options().fanout : LeveledOptions{}.fanout;
}

CompactionChoice CompactionStrategy::choose(const CompactionView& view) {
  if (!common_.enabled) return {};
  CompactionChoice expired = choose_expired(view);
  if (!expired.empty()) return expired;
  CompactionChoice chosen = choose_among(view, false);
  CompactionChoice repaired = choose_among(view, true);
  const uint64_t pending = chosen.pending + repaired.pending;
  if (chosen.empty()) chosen = std::move(repaired);
  if (chosen.empty()) chosen = choose_for_tombstones(view);
  chosen.pending = std::max<uint64_t>(pending, chosen.empty() ? 0 : 1);
  if (chosen.relevel) return chosen;
  // What has expired among the inputs need not be read.
  chosen.expired = fully_expired(view, chosen.inputs, common_);
  std::erase_if(chosen.inputs, [&](size_t index) {
    return std::find(chosen.expired.begin(), chosen.expired.end(), index) != chosen.expired.end();
  });
  return chosen;
}

CompactionChoice CompactionStrategy::choose_expired(const CompactionView& view) {
  CompactionChoice choice;
  if (view.now_seconds < next_expired_check_seconds_) return choice;
  next_expired_check_seconds_ = view.now_seconds + common_.expired_check_seconds;
  for (const bool repaired : {false, true}) {
    const auto idle = indexes_of(view, repaired, false);
    for (const size_t index : fully_expired(view, idle, common_)) choice.expired.push_back(index);
  }
  choice.pending = choice.expired.empty() ? 0 : 1;
  return choice;
}

CompactionChoice CompactionStrategy::choose_among(const CompactionView& view, bool repaired) {
  if (auto* leveled = std::get_if<LeveledChooser>(&chooser_)) {
    return choose_leveled(*leveled, view, repaired);
  }
  const std::vector<size_t> idle = indexes_of(view, repaired, false);
  if (auto* windows = std::get_if<TimeWindowChooser>(&chooser_)) {
    return windows->choose(view, idle);
  }
  if (auto* unified = std::get_if<UnifiedChooser>(&chooser_)) return unified->choose(view, idle);
  SizeTieredChoice by_size = choose_size_tiered(view, idle, std::get<SizeTieredOptions>(chooser_));
  CompactionChoice choice;
  choice.inputs = std::move(by_size.inputs);
  choice.pending = by_size.pending;
  return choice;
}

CompactionChoice CompactionStrategy::choose_leveled(LeveledChooser& chooser,
                                                    const CompactionView& view, bool repaired) {
  const std::vector<size_t> group = indexes_of(view, repaired, true);
  if (group.empty()) return {};
  CompactionView part = view;
  part.sstables.clear();
  for (const size_t index : group) part.sstables.push_back(view.sstables[index]);
  CompactionChoice choice = chooser.choose(part);
  choice.pending = chooser.pending(part);
  map_back(choice.inputs, group);
  return choice;
}

CompactionChoice CompactionStrategy::choose_for_tombstones(const CompactionView& view) const {
  CompactionChoice choice;
  choice.kind = CompactionKind::kTombstoneCompaction;
  const auto* windows = std::get_if<TimeWindowChooser>(&chooser_);
  if (std::holds_alternative<UnifiedChooser>(chooser_) ||
      (windows && !windows->options().tombstone_compactions)) {
    return choice;
  }
  // The order in which they are looked at: leveled from the highest level and the most tombstones
  // down, windows from the smallest, others from the largest up.
  std::vector<std::pair<size_t, double>> order;
  for (size_t i = 0; i < view.sstables.size(); ++i) {
    const CandidateSSTable& sstable = view.sstables[i];
    if (sstable.busy) continue;
    const double ratio = droppable_ratio(sstable, view.gc_before_seconds);
    if (ratio <= common_.tombstone_threshold) continue;
    const auto bytes = static_cast<double>(sstable.data_bytes);
    order.emplace_back(i, leveled() ? sstable.level + std::min(ratio, 0.999)
                          : windows ? -bytes
                                    : bytes);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [index, rank] : order) {
    if (!worth_dropping_tombstones(view, index, common_)) continue;
    choice.inputs = {index};
    break;
  }
  if (choice.inputs.empty() || !leveled()) return choice;
  choice.plan.kind = OutputPlan::Kind::kBySize;
  choice.plan.level = view.sstables[choice.inputs[0]].level;
  choice.plan.max_bytes = std::get<LeveledChooser>(chooser_).options().sstable_bytes;
  return choice;
}

std::vector<CompactionChoice> CompactionStrategy::choose_major(const CompactionView& view) const {
  std::vector<CompactionChoice> out;
  for (const bool repaired : {false, true}) {
    const std::vector<size_t> all = indexes_of(view, repaired, false);
    if (all.empty()) continue;
    std::vector<std::vector<size_t>> groups{all};
    const auto* unified = std::get_if<UnifiedChooser>(&chooser_);
    if (unified) groups = disjoint_groups(view, all);
    for (std::vector<size_t>& group : groups) {
      CompactionChoice& choice = out.emplace_back();
      choice.kind = CompactionKind::kMajorCompaction;
      choice.expired = fully_expired(view, group, common_);
      std::erase_if(group, [&](size_t index) {
        const auto& expired = choice.expired;
        return std::find(expired.begin(), expired.end(), index) != expired.end();
      });
      if (unified) choice.plan = unified->plan(view, group);
      if (const auto* leveled = std::get_if<LeveledChooser>(&chooser_)) {
        choice.plan = {OutputPlan::Kind::kLevels, 1, leveled->options().sstable_bytes,
                       leveled->options().fanout, 1};
      }
      choice.inputs = std::move(group);
    }
  }
  return out;
}

OutputPlan CompactionStrategy::flush_plan(uint64_t flush_bytes) const {
  const auto* unified = std::get_if<UnifiedChooser>(&chooser_);
  return unified ? unified->flush_plan(flush_bytes) : OutputPlan{};
}

void CompactionStrategy::compacted(const CompactionView& view, const CompactionChoice& choice,
                                   Token last) {
  auto* leveled = std::get_if<LeveledChooser>(&chooser_);
  if (!leveled || choice.inputs.empty()) return;
  uint32_t lowest = kMaxLevels - 1;
  for (const size_t index : choice.inputs) {
    lowest = std::min(lowest, view.sstables[index].level);
  }
  leveled->compacted(lowest, last);
}

bool CompactionStrategy::may_purge(const CompactionView& view,
                                   const std::vector<size_t>& inputs) const {
  return !common_.only_purge_repaired_tombstones ||
         std::all_of(inputs.begin(), inputs.end(),
                     [&](size_t index) { return view.sstables[index].repaired; });
}

}  // namespace ceto
