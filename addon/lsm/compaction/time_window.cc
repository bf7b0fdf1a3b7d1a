#include "lsm/compaction/time_window.h"

#include <algorithm>
#include <functional>
#include <map>

namespace ceto {

namespace {

// Compactions that are due in a window.
uint64_t due_in(size_t sstables, bool newest, const SizeTieredOptions& options) {
  return sstables >= (newest ? options.min_threshold : 2) ? 1 : 0;
}

}  // namespace

TimeWindowOptions TimeWindowOptions::from(const CompactionOptions& options) {
  TimeWindowOptions out;
  out.size_tiered = SizeTieredOptions::from(options);
  int64_t unit_seconds = 86'400;
  const auto unit = options.find("compaction_window_unit");
  if (unit != options.end()) {
    if (unit->second == "MINUTES") unit_seconds = 60;
    if (unit->second == "HOURS") unit_seconds = 3'600;
  }
  uint32_t size = 1;
  read_option(options, "compaction_window_size", size);
  out.window_seconds = unit_seconds * std::max(size, 1u);
  const std::map<std::string, double> per_second = {
      {"NANOSECONDS", 1e9}, {"MICROSECONDS", 1e6}, {"MILLISECONDS", 1e3}, {"SECONDS", 1}};
  const auto resolution = options.find("timestamp_resolution");
  if (resolution != options.end() && per_second.contains(resolution->second)) {
    out.timestamps_per_second = per_second.at(resolution->second);
  }
  out.tombstone_compactions = options.contains("tombstone_threshold") ||
                              options.contains("tombstone_compaction_interval") ||
                              options.contains("unchecked_tombstone_compaction");
  return out;
}

int64_t window_of(int64_t timestamp, const TimeWindowOptions& options) {
  // By way of whole seconds, and of long double, which holds every timestamp.
  const auto exact =
      static_cast<long double>(timestamp) / static_cast<long double>(options.timestamps_per_second);
  constexpr long double kFarthest = 9.0e18L;
  const auto seconds = static_cast<int64_t>(std::clamp(exact, -kFarthest, kFarthest));
  return seconds - seconds % options.window_seconds;
}

CompactionChoice TimeWindowChooser::choose(const CompactionView& view,
                                           const std::vector<size_t>& idle) {
  std::map<int64_t, std::vector<size_t>, std::greater<>> windows;
  for (const size_t index : idle) {
    const int64_t window = window_of(view.sstables[index].max_timestamp, options_);
    windows[window].push_back(index);
    newest_window_ = std::max(newest_window_, window);
  }
  CompactionChoice choice;
  for (auto& [window, members] : windows) {
    const bool newest = window >= newest_window_;
    choice.pending += due_in(members.size(), newest, options_.size_tiered);
    if (!choice.inputs.empty()) continue;
    if (newest) {
      choice.inputs = choose_size_tiered(view, members, options_.size_tiered).inputs;
    } else if (members.size() >= 2) {
      // The smallest first: the largest may already be what the window was compacted to.
      std::stable_sort(members.begin(), members.end(), [&](size_t a, size_t b) {
        return view.sstables[a].data_bytes < view.sstables[b].data_bytes;
      });
      const size_t limit = options_.size_tiered.max_threshold;
      if (members.size() > limit) members.resize(limit);
      choice.inputs = std::move(members);
    }
  }
  return choice;
}

}  // namespace ceto
