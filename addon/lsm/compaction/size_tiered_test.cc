#include "lsm/compaction/size_tiered.h"

#include <gtest/gtest.h>

namespace ceto {
namespace {

constexpr uint64_t kMiB = 1 << 20;

TEST(SizeTiered, tables_near_a_buckets_average_share_it) {
  const SizeTieredOptions options;
  const std::vector<uint64_t> sizes = {100 * kMiB, 110 * kMiB, 1000 * kMiB, 90 * kMiB};
  const auto buckets = size_buckets(sizes, options);
  ASSERT_EQ(buckets.size(), 2u);
  EXPECT_EQ(buckets[0], (std::vector<size_t>{3, 0, 1}));
  EXPECT_EQ(buckets[1], std::vector<size_t>{2});
}

TEST(SizeTiered, small_tables_share_one_bucket_whatever_their_sizes) {
  const auto buckets = size_buckets({1, 1000, kMiB, 40 * kMiB}, {});
  EXPECT_EQ(buckets.size(), 1u);
}

TEST(SizeTiered, waits_for_min_threshold_and_takes_at_most_max_threshold) {
  SizeTieredOptions options;
  EXPECT_TRUE(choose_size_tiered(std::vector<uint64_t>{1, 2, 3}, options).inputs.empty());
  EXPECT_EQ(choose_size_tiered(std::vector<uint64_t>{1, 2, 3, 4}, options).inputs.size(), 4u);
  const SizeTieredChoice many = choose_size_tiered(std::vector<uint64_t>(40, 7), options);
  EXPECT_EQ(many.inputs.size(), 32u);
  EXPECT_EQ(many.pending, 2u);
}

TEST(SizeTiered, options_are_read_as_cassandra_names_them) {
  const auto options = SizeTieredOptions::from({{"min_threshold", "2"},
                                                {"max_threshold", "8"},
                                                {"bucket_low", "0.25"},
                                                {"bucket_high", "2.5"},
                                                {"min_sstable_size", "1024"}});
  EXPECT_EQ(options.min_threshold, 2u);
  EXPECT_EQ(options.max_threshold, 8u);
  EXPECT_EQ(options.bucket_low, 0.25);
  EXPECT_EQ(options.bucket_high, 2.5);
  EXPECT_EQ(options.min_sstable_size, 1024u);
}

}  // namespace
}  // namespace ceto
