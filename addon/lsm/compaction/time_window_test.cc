#include "lsm/compaction/time_window.h"

#include <gtest/gtest.h>

#include <numeric>

namespace ceto {
namespace {

constexpr int64_t kHour = 3'600'000'000;  // of microseconds

CompactionView view_of(const std::vector<std::pair<int64_t, uint64_t>>& newest_and_bytes) {
  CompactionView view;
  for (const auto& [newest, bytes] : newest_and_bytes) {
    CandidateSSTable& sstable = view.sstables.emplace_back();
    sstable.max_timestamp = newest;
    sstable.data_bytes = bytes;
  }
  return view;
}

CompactionChoice choose(TimeWindowChooser& chooser, const CompactionView& view) {
  std::vector<size_t> idle(view.sstables.size());
  std::iota(idle.begin(), idle.end(), size_t{0});
  return chooser.choose(view, idle);
}

using Indexes = std::vector<size_t>;

TEST(TimeWindow, windows_begin_at_multiples_of_their_size_since_1970) {
  const auto hours = TimeWindowOptions::from(
      {{"compaction_window_unit", "HOURS"}, {"compaction_window_size", "2"}});
  EXPECT_EQ(hours.window_seconds, 7200);
  EXPECT_EQ(window_of(0, hours), 0);
  EXPECT_EQ(window_of(2 * kHour - 1, hours), 0);
  EXPECT_EQ(window_of(2 * kHour, hours), 7200);
  const auto millis = TimeWindowOptions::from({{"timestamp_resolution", "MILLISECONDS"}});
  EXPECT_EQ(window_of(86'400'000, millis), 86'400);
  const auto seconds = TimeWindowOptions::from({{"timestamp_resolution", "SECONDS"}});
  EXPECT_GT(window_of(INT64_MAX, seconds), 0);
  EXPECT_LT(window_of(INT64_MIN, seconds), 0);
}

TEST(TimeWindow, an_earlier_window_becomes_one_sstable_the_newest_is_compacted_by_size) {
  TimeWindowChooser chooser(TimeWindowOptions::from({{"compaction_window_unit", "HOURS"}}));
  CompactionChoice choice =
      choose(chooser, view_of({{5 * kHour, 10}, {5 * kHour + 1, 10}, {5 * kHour + 2, 10}}));
  EXPECT_TRUE(choice.inputs.empty()) << "three are below min_threshold";
  choice = choose(chooser, view_of({{5 * kHour, 10},
                                    {5 * kHour + 1, 10},
                                    {5 * kHour + 2, 10},
                                    {5 * kHour + 3, 10},
                                    {3 * kHour, 50},
                                    {3 * kHour + 7, 40}}));
  EXPECT_EQ(choice.inputs.size(), 4u);
  EXPECT_EQ(choice.pending, 2u);
  choice = choose(chooser, view_of({{5 * kHour, 10}, {3 * kHour, 50}, {3 * kHour + 7, 40}}));
  EXPECT_EQ(choice.inputs, (Indexes{2, 1})) << "the smaller one first";
}

TEST(TimeWindow, the_newest_window_ever_seen_stays_the_newest) {
  TimeWindowChooser chooser(TimeWindowOptions::from({{"compaction_window_unit", "HOURS"}}));
  EXPECT_TRUE(choose(chooser, view_of({{9 * kHour, 10}})).inputs.empty());
  EXPECT_EQ(choose(chooser, view_of({{5 * kHour, 10}, {5 * kHour, 10}})).inputs.size(), 2u);
}

TEST(TimeWindow, an_earlier_window_gives_max_threshold_at_once) {
  auto options = TimeWindowOptions::from(
      {{"compaction_window_unit", "HOURS"}, {"max_threshold", "4"}, {"min_threshold", "2"}});
  TimeWindowChooser chooser(options);
  std::vector<std::pair<int64_t, uint64_t>> all(6, {kHour, 7});
  all.emplace_back(9 * kHour, 7);
  EXPECT_EQ(choose(chooser, view_of(all)).inputs, (Indexes{0, 1, 2, 3}));
}

TEST(TimeWindow, tombstones_alone_cause_compactions_only_where_an_option_about_them_is_set) {
  EXPECT_FALSE(TimeWindowOptions::from({}).tombstone_compactions);
  EXPECT_TRUE(TimeWindowOptions::from({{"tombstone_threshold", "0.2"}}).tombstone_compactions);
  EXPECT_TRUE(
      TimeWindowOptions::from({{"unchecked_tombstone_compaction", "true"}}).tombstone_compactions);
}

}  // namespace
}  // namespace ceto
