// CompactionStrategy: a table's compaction options at work: which of the four strategies chooses,
// and what all of them have in common (tombstones, expiry, thresholds). Pure over views; keeps what
// its strategy keeps between choices. Owned by the TableStore, which makes a new one when the
// options are altered. Shard thread only. Source:
// org.apache.cassandra.db.compaction.CompactionStrategyManager, AbstractCompactionStrategy
#pragma once

#include <variant>

#include "lsm/compaction/leveled.h"
#include "lsm/compaction/time_window.h"
#include "lsm/compaction/unified.h"

namespace ceto {

class CompactionStrategy {
 public:
  explicit CompactionStrategy(const CompactionOptions& options);

  const CommonCompactionOptions& common() const { return common_; }
  // Whether the levels of SSTables mean something: then views have usable_levels().
  bool leveled() const { return std::holds_alternative<LeveledChooser>(chooser_); }
  uint32_t fanout() const;

  // What is to be done next, nothing when compaction is not enabled. Counts what is due.
  CompactionChoice choose(const CompactionView& view);
  // What a major compaction does, one after the other; nothing in the view is busy.
  std::vector<CompactionChoice> choose_major(const CompactionView& view) const;
  // How a flush is cut when flushes come to so many bytes on average.
  OutputPlan flush_plan(uint64_t flush_bytes) const;
  // A choice was carried out and wrote up to `last`.
  void compacted(const CompactionView& view, const CompactionChoice& choice, Token last);
  // Whether tombstones may be dropped when these are rewritten.
  bool may_purge(const CompactionView& view, const std::vector<size_t>& inputs) const;

 private:
  CompactionChoice choose_expired(const CompactionView& view);
  CompactionChoice choose_among(const CompactionView& view, bool repaired);
  CompactionChoice choose_leveled(LeveledChooser& chooser, const CompactionView& view,
                                  bool repaired);
  CompactionChoice choose_for_tombstones(const CompactionView& view) const;

  CommonCompactionOptions common_;
  std::variant<SizeTieredOptions, LeveledChooser, TimeWindowChooser, UnifiedChooser> chooser_;
  int64_t next_expired_check_seconds_ = 0;
};

}  // namespace ceto
