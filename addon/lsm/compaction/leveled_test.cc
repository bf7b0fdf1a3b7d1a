#include "lsm/compaction/leveled.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ceto {
namespace {

constexpr uint64_t kMiB = 1 << 20;

CandidateSSTable sstable(uint32_t level, int64_t first, int64_t last, uint64_t mebibytes = 160) {
  CandidateSSTable out;
  out.level = level;
  out.first = Token{first};
  out.last = Token{last};
  out.data_bytes = mebibytes * kMiB;
  return out;
}

CompactionView view_of(std::vector<CandidateSSTable> sstables) {
  CompactionView view;
  view.sstables = std::move(sstables);
  for (size_t i = 0; i < view.sstables.size(); ++i) {
    view.sstables[i].generation = i + 1;
    view.sstables[i].max_timestamp = static_cast<int64_t>(i);
  }
  return view;
}

std::vector<size_t> sorted(std::vector<size_t> indexes) {
  std::sort(indexes.begin(), indexes.end());
  return indexes;
}

using Indexes = std::vector<size_t>;

TEST(Leveled, options_are_read_as_cassandra_names_them) {
  const auto options = LeveledOptions::from(
      {{"sstable_size_in_mb", "20"}, {"fanout_size", "5"}, {"single_sstable_uplevel", "false"}});
  EXPECT_EQ(options.sstable_bytes, 20 * kMiB);
  EXPECT_EQ(options.fanout, 5u);
  EXPECT_FALSE(options.single_sstable_uplevel);
  EXPECT_EQ(LeveledOptions{}.sstable_bytes, 160 * kMiB);
}

TEST(Leveled, a_level_may_hold_the_fanout_times_what_the_one_below_does) {
  const LeveledOptions options;
  const double one = 160.0 * kMiB;
  EXPECT_EQ(max_level_bytes(0, options), 4 * one);
  EXPECT_EQ(max_level_bytes(1, options), 10 * one);
  EXPECT_EQ(max_level_bytes(3, options), 1000 * one);
}

TEST(Leveled, little_in_level_0_is_merged_there) {
  LeveledChooser chooser({});
  const CompactionChoice choice =
      chooser.choose(view_of({sstable(0, 0, 100, 10), sstable(0, 50, 200, 10)}));
  EXPECT_EQ(sorted(choice.inputs), (Indexes{0, 1}));
  EXPECT_EQ(choice.plan.level, 0u);
}

TEST(Leveled, level_0_goes_into_level_1_with_all_that_lies_between_its_ends) {
  LeveledChooser chooser({});
  const CompactionChoice choice = chooser.choose(view_of({
      sstable(0, 0, 30),
      sstable(0, 70, 100),  // do not overlap one another
      sstable(1, 20, 25),
      sstable(1, 40, 50),
      sstable(1, 101, 110),
  }));
  EXPECT_EQ(sorted(choice.inputs), (Indexes{0, 1, 2, 3}));
  EXPECT_EQ(choice.plan.level, 1u);
  EXPECT_EQ(choice.plan.max_bytes, 160 * kMiB);
}

TEST(Leveled, what_another_compaction_has_is_left_alone_with_all_that_depends_on_it) {
  LeveledChooser chooser({});
  CompactionView view = view_of({sstable(0, 0, 30), sstable(0, 0, 100), sstable(1, 20, 25)});
  view.sstables[2].busy = true;
  EXPECT_TRUE(chooser.choose(view).inputs.empty());
  view.sstables[2].busy = false;
  EXPECT_EQ(chooser.choose(view).inputs.size(), 3u);
}

TEST(Leveled, at_most_max_threshold_of_level_0_at_once_the_oldest_first) {
  LeveledOptions options;
  options.size_tiered.max_threshold = 4;
  LeveledChooser chooser(options);
  std::vector<CandidateSSTable> many;
  for (int i = 0; i < 10; ++i) many.push_back(sstable(0, 0, 100));
  EXPECT_EQ(sorted(chooser.choose(view_of(many)).inputs), (Indexes{0, 1, 2, 3}));
}

TEST(Leveled, a_level_0_that_is_far_behind_is_compacted_by_size_before_higher_levels) {
  LeveledChooser chooser({});
  std::vector<CandidateSSTable> many;
  for (int i = 0; i < 40; ++i) many.push_back(sstable(0, 0, 1000, 10));
  for (int i = 0; i < 12; ++i) many.push_back(sstable(1, i * 10, i * 10 + 9));
  const CompactionChoice choice = chooser.choose(view_of(many));
  EXPECT_EQ(choice.inputs.size(), 32u);
  for (const size_t input : choice.inputs) EXPECT_LT(input, 40u);
  EXPECT_EQ(choice.plan.kind, OutputPlan::Kind::kOne);
  EXPECT_EQ(choice.plan.level, 0u);
}

TEST(Leveled, a_full_level_gives_one_with_what_it_overlaps_above_and_goes_round) {
  LeveledChooser chooser({});
  std::vector<CandidateSSTable> all;
  for (int i = 0; i < 12; ++i) all.push_back(sstable(1, i * 10, i * 10 + 9));
  all.push_back(sstable(2, 5, 7));
  all.push_back(sstable(2, 9, 12));
  CompactionChoice choice = chooser.choose(view_of(all));
  EXPECT_EQ(sorted(choice.inputs), (Indexes{0, 12, 13}));
  EXPECT_EQ(choice.plan.level, 2u);
  EXPECT_FALSE(choice.relevel);
  chooser.compacted(1, Token{12});
  choice = chooser.choose(view_of(all));
  EXPECT_EQ(choice.inputs, Indexes{2});
  EXPECT_EQ(choice.plan.level, 2u);
  EXPECT_TRUE(choice.relevel) << "nothing overlaps it there";
  chooser.compacted(1, Token{1000});
  EXPECT_EQ(sorted(chooser.choose(view_of(all)).inputs), (Indexes{0, 12, 13}));
}

TEST(Leveled, without_single_sstable_uplevel_one_alone_is_rewritten) {
  LeveledOptions options;
  options.single_sstable_uplevel = false;
  LeveledChooser chooser(options);
  std::vector<CandidateSSTable> all;
  for (int i = 0; i < 12; ++i) all.push_back(sstable(1, i * 10, i * 10 + 9));
  const CompactionChoice choice = chooser.choose(view_of(all));
  EXPECT_EQ(choice.inputs, Indexes{0});
  EXPECT_FALSE(choice.relevel);
}

TEST(Leveled, a_highest_level_that_had_no_part_for_long_gives_one_that_fits) {
  LeveledChooser chooser({});
  std::vector<CandidateSSTable> all;
  for (int i = 0; i < 12; ++i) all.push_back(sstable(1, i * 10, i * 10 + 9));
  all.push_back(sstable(2, 5, 7));
  all.push_back(sstable(4, 2, 3));
  all.push_back(sstable(4, 4, 500));
  for (int i = 0; i < 25; ++i) {
    EXPECT_EQ(sorted(chooser.choose(view_of(all)).inputs), (Indexes{0, 12})) << i;
  }
  const CompactionChoice choice = chooser.choose(view_of(all));
  EXPECT_EQ(sorted(choice.inputs), (Indexes{0, 12, 13}));
  EXPECT_EQ(choice.plan.level, 2u);
}

TEST(Leveled, one_that_overlaps_another_of_its_level_counts_as_level_0) {
  const CompactionView view =
      view_of({sstable(1, 0, 10), sstable(1, 11, 20), sstable(1, 20, 30), sstable(1, 31, 40),
               sstable(2, 0, 100), sstable(2, 50, 60), sstable(0, 0, 1), sstable(12, 0, 1)});
  EXPECT_EQ(usable_levels(view.sstables), (std::vector<uint32_t>{1, 1, 0, 1, 2, 0, 0, 0}));
}

TEST(Leveled, pending_counts_what_is_too_much_in_each_level) {
  LeveledChooser chooser({});
  std::vector<CandidateSSTable> all;
  for (int i = 0; i < 13; ++i) all.push_back(sstable(1, i * 10, i * 10 + 9));
  EXPECT_EQ(chooser.pending(view_of(all)), 3u);
  for (int i = 0; i < 6; ++i) all.push_back(sstable(0, 0, 100));
  EXPECT_EQ(chooser.pending(view_of(all)), 5u);
}

}  // namespace
}  // namespace ceto
