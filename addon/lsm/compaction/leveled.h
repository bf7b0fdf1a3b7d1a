// Leveled compaction: above level 0 the SSTables of a level do not overlap, each level holds
// `fanout_size` times what the one below holds, and what is too much in one moves on, with what it
// overlaps, into the next. Pure over a view; keeps only where it last was in each level. Any
// thread. Source: org.apache.cassandra.db.compaction.LeveledManifest, LeveledGenerations,
// LeveledCompactionStrategy
#pragma once

#include <array>
#include <optional>

#include "lsm/compaction/choice.h"
#include "lsm/compaction/size_tiered.h"

namespace ceto {

// Levels 0 to 8: enough for a petabyte with the default sizes.
inline constexpr uint32_t kMaxLevels = 9;

struct LeveledOptions {
  uint64_t sstable_bytes = 160ull << 20;
  uint32_t fanout = 10;
  bool single_sstable_uplevel = true;
  SizeTieredOptions size_tiered;  // for a level 0 that has grown too long

  static LeveledOptions from(const CompactionOptions& options);
};

// What level `level` may hold.
double max_level_bytes(uint32_t level, const LeveledOptions& options);

// The levels as they may be used: an SSTable that overlaps one of its level counts as level 0, the
// younger of the two does. Levels beyond the last count as level 0 as well.
std::vector<uint32_t> usable_levels(const std::vector<CandidateSSTable>& sstables);

class LeveledChooser {
 public:
  explicit LeveledChooser(LeveledOptions options) : options_(options) {}

  // `view` has usable levels.
  CompactionChoice choose(const CompactionView& view);
  // An estimate of the compactions until every level holds what it may.
  uint64_t pending(const CompactionView& view) const;
  // What a chosen compaction of `lowest` as its lowest level wrote up to.
  void compacted(uint32_t lowest, Token last);

  const LeveledOptions& options() const { return options_; }

 private:
  // Level 0 is compacted by size beyond this many, as it costs every read.
  static constexpr size_t kMaxLevel0 = 32;
  // A level that had no part in so many compactions gives one of its SSTables to the next that can
  // take it.
  static constexpr uint32_t kStarvedAfter = 25;

  using Levels = std::array<std::vector<size_t>, kMaxLevels>;
  static Levels levels_of(const CompactionView& view);
  CompactionChoice level_0_by_size(const CompactionView& view, const Levels& levels) const;
  std::vector<size_t> from_level_0(const CompactionView& view, const Levels& levels) const;
  std::vector<size_t> from_level(const CompactionView& view, const Levels& levels,
                                 uint32_t level) const;
  void add_starved(const CompactionView& view, const Levels& levels, uint32_t target,
                   std::vector<size_t>& inputs);
  CompactionChoice planned(const CompactionView& view, std::vector<size_t> inputs) const;

  LeveledOptions options_;
  std::array<std::optional<Token>, kMaxLevels> last_compacted_;
  std::array<uint32_t, kMaxLevels> compactions_without_{};
};

}  // namespace ceto
