#include "lsm/compaction/strategy.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ceto {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr uint32_t kLives = UINT32_MAX;
using Indexes = std::vector<size_t>;

CompactionOptions named(const std::string& name, CompactionOptions options = {}) {
  options["class"] = "org.apache.cassandra.db.compaction." + name;
  return options;
}

CandidateSSTable sstable(uint64_t mebibytes, int64_t first = 0, int64_t last = 1000) {
  CandidateSSTable out;
  out.data_bytes = mebibytes * kMiB;
  out.first = Token{first};
  out.last = Token{last};
  out.min_timestamp = out.max_timestamp = 50;
  out.max_local_deletion_time = kLives;
  out.cells = 100;
  return out;
}

CompactionView view_of(std::vector<CandidateSSTable> sstables) {
  CompactionView view;
  view.sstables = std::move(sstables);
  view.now_seconds = 10'000'000;
  view.gc_before_seconds = 1'000;
  for (size_t i = 0; i < view.sstables.size(); ++i) view.sstables[i].generation = i + 1;
  return view;
}

Indexes sorted(Indexes indexes) {
  std::sort(indexes.begin(), indexes.end());
  return indexes;
}

TEST(Strategy, one_that_is_not_named_is_size_tiered) {
  CompactionStrategy strategy({});
  EXPECT_FALSE(strategy.leveled());
  EXPECT_EQ(
      strategy.choose(view_of({sstable(1), sstable(1), sstable(1), sstable(1)})).inputs.size(), 4u);
}

TEST(Strategy, chooses_nothing_when_it_is_not_enabled_but_a_major_compaction_all) {
  CompactionStrategy strategy(named("SizeTieredCompactionStrategy", {{"enabled", "false"}}));
  const CompactionView view = view_of({sstable(1), sstable(1), sstable(1), sstable(1)});
  EXPECT_TRUE(strategy.choose(view).empty());
  ASSERT_EQ(strategy.choose_major(view).size(), 1u);
  EXPECT_EQ(strategy.choose_major(view)[0].inputs.size(), 4u);
}

TEST(Strategy, what_is_busy_is_not_chosen) {
  CompactionStrategy strategy({});
  CompactionView view = view_of({sstable(1), sstable(1), sstable(1), sstable(1)});
  view.sstables[2].busy = true;
  EXPECT_TRUE(strategy.choose(view).empty());
}

TEST(Strategy, repaired_data_is_not_mixed_with_other_data) {
  for (const char* name : {"SizeTieredCompactionStrategy", "LeveledCompactionStrategy",
                           "TimeWindowCompactionStrategy", "UnifiedCompactionStrategy"}) {
    SCOPED_TRACE(name);
    CompactionStrategy strategy(named(name));
    std::vector<CandidateSSTable> all(8, sstable(1));
    for (size_t i = 0; i < 8; i += 2) all[i].repaired = true;
    CompactionView view = view_of(all);
    EXPECT_EQ(sorted(strategy.choose(view).inputs), (Indexes{1, 3, 5, 7}));
    for (size_t i = 1; i < 8; i += 2) view.sstables[i].busy = true;
    EXPECT_EQ(sorted(strategy.choose(view).inputs), (Indexes{0, 2, 4, 6}));
    for (CandidateSSTable& each : view.sstables) each.busy = false;
    EXPECT_EQ(strategy.choose_major(view).size(), 2u);
  }
}

TEST(Strategy, what_has_expired_goes_first_and_is_looked_for_at_intervals) {
  for (const char* name : {"SizeTieredCompactionStrategy", "LeveledCompactionStrategy",
                           "TimeWindowCompactionStrategy", "UnifiedCompactionStrategy"}) {
    SCOPED_TRACE(name);
    CompactionStrategy strategy(named(name));
    std::vector<CandidateSSTable> all{sstable(1), sstable(1)};
    all[0].max_local_deletion_time = 999;
    all[0].min_timestamp = all[0].max_timestamp = 10;
    CompactionView view = view_of(all);
    CompactionChoice choice = strategy.choose(view);
    EXPECT_EQ(choice.expired, Indexes{0});
    EXPECT_TRUE(choice.inputs.empty());
    view.now_seconds += 599;
    EXPECT_TRUE(strategy.choose(view).expired.empty() || !strategy.choose(view).inputs.empty());
    view.now_seconds += 1;
    EXPECT_EQ(strategy.choose(view).expired, Indexes{0});
  }
}

TEST(Strategy, expired_inputs_of_a_compaction_are_not_read) {
  CompactionStrategy strategy({});
  std::vector<CandidateSSTable> all(4, sstable(1));
  CompactionView view = view_of(all);
  static_cast<void>(strategy.choose(view));
  view.sstables[1].max_local_deletion_time = 999;
  view.sstables[1].max_timestamp = 10;
  const CompactionChoice choice = strategy.choose(view);
  EXPECT_EQ(sorted(choice.inputs), (Indexes{0, 2, 3}));
  EXPECT_EQ(choice.expired, Indexes{1});
}

TEST(Strategy, tombstones_cause_a_compaction_of_one_when_there_is_nothing_else_to_do) {
  const DropTimes many = {{100, 60}};
  const DropTimes more = {{100, 80}};
  const auto choose = [&](const CompactionOptions& options) {
    CompactionStrategy strategy(options);
    CompactionView view = view_of({sstable(100, 0, 10), sstable(300, 20, 30), sstable(2, 40, 50)});
    for (CandidateSSTable& each : view.sstables) each.drop_times = &many;
    view.sstables[0].drop_times = &more;
    view.sstables[0].level = view.sstables[1].level = 1;
    CompactionChoice choice = strategy.choose(view);
    EXPECT_TRUE(choice.empty() || choice.kind == CompactionKind::kTombstoneCompaction);
    return choice;
  };
  EXPECT_EQ(choose({}).inputs, Indexes{1}) << "the largest";
  const CompactionChoice leveled = choose(named("LeveledCompactionStrategy"));
  EXPECT_EQ(leveled.inputs, Indexes{0}) << "of the highest level, the one with the most";
  EXPECT_EQ(leveled.plan.level, 1u);
  EXPECT_TRUE(choose(named("TimeWindowCompactionStrategy", {{"min_threshold", "2"}})).empty());
  EXPECT_EQ(choose(named("TimeWindowCompactionStrategy", {{"tombstone_threshold", "0.2"}})).inputs,
            Indexes{2})
      << "the smallest";
  EXPECT_TRUE(choose(named("UnifiedCompactionStrategy")).empty());
}

TEST(Strategy, a_major_compaction_is_as_the_strategy_would_have_it) {
  const CompactionView view =
      view_of({sstable(300, 0, 10), sstable(300, 5, 30), sstable(200, 40, 50)});
  const auto major = [&](const char* name) {
    return CompactionStrategy(named(name)).choose_major(view);
  };
  for (const char* name : {"SizeTieredCompactionStrategy", "TimeWindowCompactionStrategy"}) {
    const auto choices = major(name);
    ASSERT_EQ(choices.size(), 1u);
    EXPECT_EQ(choices[0].plan.kind, OutputPlan::Kind::kOne);
    EXPECT_EQ(choices[0].kind, CompactionKind::kMajorCompaction);
  }
  const auto leveled = major("LeveledCompactionStrategy");
  ASSERT_EQ(leveled.size(), 1u);
  EXPECT_EQ(leveled[0].plan.kind, OutputPlan::Kind::kLevels);
  EXPECT_EQ(leveled[0].plan.level, 1u);
  const auto unified = major("UnifiedCompactionStrategy");
  ASSERT_EQ(unified.size(), 2u) << "what shares no token is compacted apart";
  EXPECT_EQ(sorted(unified[0].inputs), (Indexes{0, 1}));
  EXPECT_EQ(unified[1].inputs, Indexes{2});
}

TEST(Options, sizes_and_percentages_are_read_as_people_write_them) {
  const auto size = [](const char* text) {
    uint64_t bytes = 7;
    read_size_option({{"s", text}}, "s", bytes);
    return bytes;
  };
  EXPECT_EQ(size("0B"), 0u);
  EXPECT_EQ(size("100MiB"), 100 * kMiB);
  EXPECT_EQ(size("1.5 GiB"), 1536 * kMiB);
  EXPECT_EQ(size("2KB"), 2000u);
  EXPECT_EQ(size("12"), 7u);
  double part = 0;
  read_percent_option({{"p", "33.3%"}}, "p", part);
  EXPECT_DOUBLE_EQ(part, 0.333);
  read_percent_option({{"p", "0.5"}}, "p", part);
  EXPECT_DOUBLE_EQ(part, 0.5);
}

}  // namespace
}  // namespace ceto
