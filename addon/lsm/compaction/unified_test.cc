#include "lsm/compaction/unified.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace ceto {
namespace {

constexpr double kMiB = 1 << 20;
constexpr double kGiB = 1 << 30;
constexpr Token kFirst{INT64_MIN};
constexpr Token kLast{INT64_MAX};

using Indexes = std::vector<size_t>;

struct Interval {
  Token first, last;
  uint64_t mebibytes = 100;
};

CompactionView view_of(const std::vector<Interval>& intervals) {
  CompactionView view;
  int64_t at = 0;
  for (const Interval& each : intervals) {
    CandidateSSTable& sstable = view.sstables.emplace_back();
    sstable.first = each.first;
    sstable.last = each.last;
    sstable.data_bytes = each.mebibytes << 20;
    sstable.max_timestamp = ++at;
  }
  view.flush_bytes = 100 << 20;
  return view;
}

Indexes all_of(const CompactionView& view) {
  Indexes all(view.sstables.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

Indexes sorted(Indexes indexes) {
  std::sort(indexes.begin(), indexes.end());
  return indexes;
}

TEST(Unified, options_are_read_as_cassandra_names_them) {
  const auto options = UnifiedOptions::from({{"scaling_parameters", "T4, N, L10, -3, 2"},
                                             {"target_sstable_size", "512MiB"},
                                             {"min_sstable_size", "0B"},
                                             {"base_shard_count", "8"},
                                             {"sstable_growth", "50%"},
                                             {"flush_size_override", "16MiB"},
                                             {"max_sstables_to_compact", "20"},
                                             {"overlap_inclusion_method", "single"}});
  EXPECT_EQ(options.scaling_parameters, (std::vector<int32_t>{2, 0, -8, -3, 2}));
  EXPECT_EQ(options.target_sstable_bytes, 512 * kMiB);
  EXPECT_EQ(options.min_sstable_bytes, 0u);
  EXPECT_EQ(options.base_shard_count, 8u);
  EXPECT_EQ(options.sstable_growth, 0.5);
  EXPECT_EQ(options.flush_size_override, 16u << 20);
  EXPECT_EQ(options.max_sstables_to_compact, 20u);
  EXPECT_EQ(options.inclusion, OverlapInclusion::kSingle);
  EXPECT_EQ(options.fanout(2), 10u);
  EXPECT_EQ(options.threshold(2), 2u);
  EXPECT_EQ(options.threshold(0), 4u);
  EXPECT_EQ(options.fanout(99), 4u);
}

// Cassandra 5.0.6's Controller.getNumShards gave these.
TEST(Unified, the_ring_is_cut_into_as_many_shards_as_cassandra_cuts_it) {
  struct Case {
    double target;
    uint64_t min_bytes;
    uint32_t base;
    double growth;
    std::vector<uint32_t> shards;
  };
  const double densities[] = {1 * kMiB,   50 * kMiB,  100 * kMiB,  199 * kMiB, 250 * kMiB,
                              399 * kMiB, 400 * kMiB, 1 * kGiB,    3 * kGiB,   6 * kGiB,
                              20 * kGiB,  100 * kGiB, 1024 * kGiB, 100e12};
  const Case cases[] = {
      {kGiB, 100 << 20, 4, 0.333, {1, 1, 1, 1, 2, 2, 4, 4, 4, 4, 16, 32, 128, 4096}},
      {kGiB, 0, 4, 0, {4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 16, 128, 1024, 131072}},
      {kGiB, 0, 3, 0, {3, 3, 3, 3, 3, 3, 3, 3, 3, 6, 24, 96, 768, 98304}},
      {100 * kMiB, 0, 1, 0.5, {1, 1, 1, 1, 2, 2, 2, 4, 4, 8, 16, 32, 128, 1024}},
      {kGiB, 100 << 20, 4, 1, {1, 1, 1, 1, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4}},
      {kGiB, 300 << 20, 12, 0.333, {1, 1, 1, 1, 1, 1, 1, 2, 4, 12, 12, 48, 192, 6144}},
  };
  for (const Case& each : cases) {
    UnifiedOptions options;
    options.target_sstable_bytes = each.target;
    options.min_sstable_bytes = each.min_bytes;
    options.base_shard_count = each.base;
    options.sstable_growth = each.growth;
    for (size_t i = 0; i < std::size(densities); ++i) {
      EXPECT_EQ(shard_count(densities[i], options), each.shards[i])
          << "density " << densities[i] << " base " << each.base << " growth " << each.growth;
    }
  }
}

TEST(Unified, shards_are_equal_parts_of_the_ring) {
  EXPECT_EQ(shard_of_ring(kFirst, 4), 0u);
  EXPECT_EQ(shard_of_ring(Token{-1}, 4), 1u);
  EXPECT_EQ(shard_of_ring(Token{0}, 4), 2u);
  EXPECT_EQ(shard_of_ring(kLast, 4), 3u);
  EXPECT_EQ(shard_of_ring(kLast, 1), 0u);
  EXPECT_DOUBLE_EQ(ring_part(kFirst, kLast), 1);
  EXPECT_DOUBLE_EQ(ring_part(Token{0}, kLast), 0.5);
  EXPECT_EQ(ring_part(Token{7}, Token{7}), 1);
}

TEST(Unified, tiered_levels_wait_for_as_many_as_their_threshold) {
  UnifiedChooser chooser({});
  CompactionView view = view_of({{kFirst, kLast}, {kFirst, kLast}, {kFirst, kLast}});
  EXPECT_TRUE(chooser.choose(view, all_of(view)).empty());
  view = view_of({{kFirst, kLast}, {kFirst, kLast}, {kFirst, kLast}, {kFirst, kLast}});
  const CompactionChoice choice = chooser.choose(view, all_of(view));
  EXPECT_EQ(sorted(choice.inputs), (Indexes{0, 1, 2, 3}));
  EXPECT_EQ(choice.pending, 1u);
}

TEST(Unified, leveled_levels_compact_two_that_overlap) {
  UnifiedChooser chooser(UnifiedOptions::from({{"scaling_parameters", "L10"}}));
  const CompactionView view = view_of({{kFirst, Token{-1}}, {Token{0}, kLast}, {Token{5}, kLast}});
  EXPECT_EQ(sorted(chooser.choose(view, all_of(view)).inputs), (Indexes{1, 2}));
}

TEST(Unified, levels_are_told_apart_by_density_not_by_size) {
  UnifiedChooser chooser({});
  // A quarter of the ring with 100 MiB is as dense as the whole of it with 400.
  const Token quarter{INT64_MIN + (INT64_MAX / 2)};
  std::vector<Interval> three(3, {kFirst, kLast, 400});
  three.push_back({kFirst, quarter, 100});
  CompactionView view = view_of(three);
  EXPECT_EQ(chooser.choose(view, all_of(view)).inputs.size(), 4u);
  three.back() = {kFirst, kLast, 100};
  view = view_of(three);
  EXPECT_TRUE(chooser.choose(view, all_of(view)).empty());
}

TEST(Unified, late_compactions_do_in_one_step_what_several_would_have_done) {
  UnifiedChooser chooser({});  // T4
  const CompactionView view = view_of(std::vector<Interval>(55, {kFirst, kLast}));
  const CompactionChoice choice = chooser.choose(view, all_of(view));
  EXPECT_EQ(sorted(choice.inputs), (Indexes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}))
      << "the oldest";
  UnifiedChooser leveled(UnifiedOptions::from({{"scaling_parameters", "L4"}}));
  EXPECT_EQ(leveled.choose(view, all_of(view)).inputs.size(), 48u);
}

TEST(Unified, outputs_are_cut_by_the_density_of_all_inputs_together) {
  UnifiedOptions options;
  options.min_sstable_bytes = 0;
  options.sstable_growth = 0;
  UnifiedChooser chooser(options);
  const CompactionView view = view_of(std::vector<Interval>(4, {kFirst, kLast, 5 << 10}));
  const OutputPlan plan = chooser.plan(view, all_of(view));
  EXPECT_EQ(plan.kind, OutputPlan::Kind::kByShards);
  EXPECT_EQ(plan.shards, 16u);
}

}  // namespace
}  // namespace ceto
