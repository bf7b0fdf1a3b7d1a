// Time-window compaction: SSTables are grouped by the window that their newest data lies in; the
// window that is written to is compacted by size, an earlier one becomes one SSTable. Pure over a
// view; keeps only the newest window seen. Any thread. Source:
// org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy,
// TimeWindowCompactionStrategyOptions
#pragma once

#include "lsm/compaction/choice.h"
#include "lsm/compaction/size_tiered.h"

namespace ceto {

struct TimeWindowOptions {
  int64_t window_seconds = 86'400;
  double timestamps_per_second = 1e6;
  SizeTieredOptions size_tiered;
  // Only tables that set one of the options about tombstones are compacted for those alone.
  bool tombstone_compactions = false;

  static TimeWindowOptions from(const CompactionOptions& options);
};

// The first second of the window of a timestamp. Windows count from 1970.
int64_t window_of(int64_t timestamp, const TimeWindowOptions& options);

class TimeWindowChooser {
 public:
  explicit TimeWindowChooser(TimeWindowOptions options) : options_(options) {}
  // Among the idle SSTables of a view.
  CompactionChoice choose(const CompactionView& view, const std::vector<size_t>& idle);
  const TimeWindowOptions& options() const { return options_; }

 private:
  TimeWindowOptions options_;
  int64_t newest_window_ = 0;
};

}  // namespace ceto
