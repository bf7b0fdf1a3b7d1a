#include "lsm/compaction/tombstones.h"

#include <gtest/gtest.h>

namespace ceto {
namespace {

constexpr uint32_t kLives = UINT32_MAX;
using Indexes = std::vector<size_t>;

CandidateSSTable sstable(int64_t first, int64_t last, int64_t min_timestamp, int64_t max_timestamp,
                         uint32_t max_local_deletion_time) {
  CandidateSSTable out;
  out.first = Token{first};
  out.last = Token{last};
  out.min_timestamp = min_timestamp;
  out.max_timestamp = max_timestamp;
  out.max_local_deletion_time = max_local_deletion_time;
  out.cells = 100;
  return out;
}

CompactionView view_of(std::vector<CandidateSSTable> sstables) {
  CompactionView view;
  view.sstables = std::move(sstables);
  view.now_seconds = 10'000'000;
  view.gc_before_seconds = 1'000;
  return view;
}

TEST(Tombstones, counts_between_two_points_change_evenly) {
  const DropTimes times = {{100, 10}, {200, 30}, {300, 20}};
  EXPECT_EQ(droppable_before(times, 99), 0);
  EXPECT_EQ(droppable_before(times, 100), 5);
  EXPECT_EQ(droppable_before(times, 150), 5 + (10 + 20) * 0.5 / 2);
  EXPECT_EQ(droppable_before(times, 200), 10 + 15);
  EXPECT_EQ(droppable_before(times, 300), 60);
  EXPECT_EQ(droppable_before(times, 5'000'000'000), 60);
  EXPECT_EQ(droppable_before({}, 1), 0);
}

TEST(Tombstones, an_sstable_without_cells_has_none_to_drop) {
  const DropTimes times = {{100, 30}};
  CandidateSSTable one = sstable(0, 9, 1, 2, kLives);
  one.drop_times = &times;
  EXPECT_DOUBLE_EQ(droppable_ratio(one, 500), 0.3);
  EXPECT_EQ(droppable_ratio(one, 50), 0);
  one.cells = 0;
  EXPECT_EQ(droppable_ratio(one, 500), 0);
}

TEST(Tombstones, are_worth_a_compaction_above_the_threshold_and_once_the_interval_is_over) {
  const DropTimes times = {{100, 30}};
  CompactionView view = view_of({sstable(0, 9, 1, 2, kLives)});
  view.sstables[0].drop_times = &times;
  CommonCompactionOptions options;
  EXPECT_TRUE(worth_dropping_tombstones(view, 0, options));
  options.tombstone_threshold = 0.3;
  EXPECT_FALSE(worth_dropping_tombstones(view, 0, options));
  options.tombstone_threshold = 0.2;
  view.sstables[0].created_seconds = view.now_seconds - 86'399;
  EXPECT_FALSE(worth_dropping_tombstones(view, 0, options));
  view.sstables[0].created_seconds = view.now_seconds - 86'400;
  EXPECT_TRUE(worth_dropping_tombstones(view, 0, options));
  options.only_purge_repaired_tombstones = true;
  EXPECT_FALSE(worth_dropping_tombstones(view, 0, options));
}

TEST(Tombstones, of_what_others_overlap_only_the_rest_counts_unless_that_is_unchecked) {
  const DropTimes times = {{100, 60}};
  CompactionView view =
      view_of({sstable(0, 1000, 5, 9, kLives), sstable(-50, 400, 1, 9, kLives),
               sstable(300, 500, 1, 9, kLives), sstable(2000, 3000, 1, 9, kLives)});
  view.sstables[0].drop_times = &times;
  CommonCompactionOptions options;
  options.tombstone_threshold = 0.29;  // half of the tokens with a ratio of 0.6
  EXPECT_TRUE(worth_dropping_tombstones(view, 0, options));
  options.tombstone_threshold = 0.31;
  EXPECT_FALSE(worth_dropping_tombstones(view, 0, options));
  options.unchecked_tombstone_compaction = true;
  EXPECT_TRUE(worth_dropping_tombstones(view, 0, options));
}

TEST(Expired, goes_when_nothing_lives_in_it_and_it_deletes_nothing_elsewhere) {
  CommonCompactionOptions options;
  // Older than everything around it.
  CompactionView view = view_of({sstable(0, 9, 10, 20, 999), sstable(0, 9, 21, 30, kLives)});
  EXPECT_EQ(fully_expired(view, {0, 1}, options), Indexes{0});
  EXPECT_EQ(fully_expired(view, {0}, options), Indexes{0});
  view.sstables[0].max_local_deletion_time = 1'000;
  EXPECT_TRUE(fully_expired(view, {0, 1}, options).empty()) << "gc_grace is not over";
  view.sstables[0].max_local_deletion_time = 999;
  view.sstables[1].min_timestamp = 20;
  EXPECT_TRUE(fully_expired(view, {0}, options).empty()) << "the other may hold what it deletes";
  options.ignore_overlaps_of_expired = true;
  EXPECT_EQ(fully_expired(view, {0}, options), Indexes{0});
  options.ignore_overlaps_of_expired = false;
  view.sstables[1].first = Token{10};
  view.sstables[1].last = Token{20};
  EXPECT_EQ(fully_expired(view, {0}, options), Indexes{0}) << "it does not overlap";
  view.memtable_min_timestamp = 15;
  EXPECT_TRUE(fully_expired(view, {0}, options).empty());
  view.memtable_min_timestamp = 21;
  EXPECT_EQ(fully_expired(view, {0}, options), Indexes{0});
  view.purge_allowed = false;
  EXPECT_TRUE(fully_expired(view, {0}, options).empty());
}

TEST(Expired, one_that_expired_too_does_not_hold_another_back) {
  const CompactionView view = view_of(
      {sstable(0, 9, 10, 20, 500), sstable(0, 9, 5, 15, 600), sstable(0, 9, 30, 40, kLives)});
  EXPECT_EQ(fully_expired(view, {0, 1, 2}, {}), (Indexes{0, 1}));
}

}  // namespace
}  // namespace ceto
