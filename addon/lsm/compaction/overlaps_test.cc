#include "lsm/compaction/overlaps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace ceto {
namespace {

CompactionView view_of(const std::vector<std::pair<int64_t, int64_t>>& intervals) {
  CompactionView view;
  for (const auto& [first, last] : intervals) {
    CandidateSSTable& sstable = view.sstables.emplace_back();
    sstable.first = Token{first};
    sstable.last = Token{last};
  }
  return view;
}

std::vector<size_t> all_of(const CompactionView& view) {
  std::vector<size_t> all(view.sstables.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

std::vector<OverlapSet> sets_of(const CompactionView& view) {
  auto sets = overlap_sets(view, all_of(view));
  for (OverlapSet& set : sets) std::sort(set.begin(), set.end());
  return sets;
}

using Sets = std::vector<OverlapSet>;

TEST(Overlaps, a_set_ends_where_one_of_its_members_does) {
  EXPECT_EQ(sets_of(view_of({{0, 10}, {5, 20}, {11, 30}, {40, 50}})), (Sets{{0, 1}, {1, 2}, {3}}));
  EXPECT_EQ(sets_of(view_of({{0, 10}, {10, 20}})), (Sets{{0, 1}})) << "ends belong to both";
  EXPECT_EQ(sets_of(view_of({{0, 100}, {1, 2}, {3, 4}})), (Sets{{0, 1}, {0, 2}}));
  EXPECT_TRUE(sets_of(view_of({})).empty());
}

TEST(Overlaps, a_run_takes_what_the_method_of_inclusion_says) {
  // 2 and 3 share an SSTable with 4, 1 does with 2, 0 with none.
  const Sets sets = {{9}, {1, 2}, {2, 3}, {3, 4, 5}, {5, 6}, {6, 7}};
  const auto runs = [&](OverlapInclusion inclusion) {
    std::vector<std::pair<size_t, size_t>> out;
    for (const OverlapRun& run : overlap_runs(sets, 3, inclusion)) {
      out.emplace_back(run.begin, run.end);
    }
    return out;
  };
  using Runs = std::vector<std::pair<size_t, size_t>>;
  EXPECT_EQ(runs(OverlapInclusion::kNone), (Runs{{3, 4}}));
  EXPECT_EQ(runs(OverlapInclusion::kSingle), (Runs{{2, 5}}));
  EXPECT_EQ(runs(OverlapInclusion::kTransitive), (Runs{{1, 6}}));
}

TEST(Overlaps, groups_share_no_token) {
  const CompactionView view = view_of({{0, 10}, {20, 30}, {5, 12}, {30, 40}, {50, 60}});
  const auto groups = disjoint_groups(view, all_of(view));
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0], (std::vector<size_t>{0, 2}));
  EXPECT_EQ(groups[1], (std::vector<size_t>{1, 3}));
  EXPECT_EQ(groups[2], std::vector<size_t>{4});
}

}  // namespace
}  // namespace ceto
