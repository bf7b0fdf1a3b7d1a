#include "lsm/sstable_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace ceto {
namespace {

using Intervals = std::vector<SSTableRuns::Interval>;

std::vector<uint32_t> find(const SSTableRuns& runs, int64_t token) {
  std::vector<uint32_t> found;
  runs.find(Token{token}, found);
  std::sort(found.begin(), found.end());
  return found;
}

TEST(SSTableRuns, there_are_as_many_as_sstables_overlap_at_one_token) {
  EXPECT_EQ(SSTableRuns(Intervals{}).size(), 0u);
  EXPECT_EQ(SSTableRuns(Intervals{{Token{0}, Token{9}}, {Token{10}, Token{19}}}).size(), 1u);
  EXPECT_EQ(SSTableRuns(Intervals{{Token{0}, Token{10}}, {Token{10}, Token{19}}}).size(), 2u);
  Intervals level;
  for (int64_t i = 0; i < 1000; ++i) level.push_back({Token{i * 10}, Token{i * 10 + 9}});
  level.push_back({Token{INT64_MIN}, Token{INT64_MAX}});
  const SSTableRuns runs(level);
  EXPECT_EQ(runs.size(), 2u);
  EXPECT_EQ(find(runs, 4567), (std::vector<uint32_t>{456, 1000}));
}

TEST(SSTableRuns, find_and_within_give_what_looking_at_each_would) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    Intervals all;
    for (uint64_t n = random() % 30; n > 0; --n) {
      const auto first = static_cast<int64_t>(random() % 100);
      all.push_back({Token{first}, Token{first + static_cast<int64_t>(random() % 20)}});
    }
    const SSTableRuns runs(all);
    const auto from = static_cast<int64_t>(random() % 120);
    const auto to = from + static_cast<int64_t>(random() % 30);
    std::vector<uint32_t> covering;
    std::vector<uint32_t> reaching;
    for (uint32_t i = 0; i < all.size(); ++i) {
      if (all[i].first.value <= from && from <= all[i].last.value) covering.push_back(i);
      if (all[i].first.value <= to && from <= all[i].last.value) reaching.push_back(i);
    }
    EXPECT_EQ(find(runs, from), covering);
    std::vector<uint32_t> found;
    for (const std::vector<uint32_t>& run : runs.within(Token{from}, Token{to})) {
      for (size_t i = 0; i < run.size(); ++i) {
        if (i > 0) {
          EXPECT_LT(all[run[i - 1]].last, all[run[i]].first);
        }
        found.push_back(run[i]);
      }
    }
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, reaching);
  }
}

}  // namespace
}  // namespace ceto
