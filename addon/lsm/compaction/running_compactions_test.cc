#include "lsm/compaction/running_compactions.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace ceto {
namespace {

CompactionProgress about(CompactionKind kind, uint8_t table) {
  CompactionProgress out;
  out.kind = kind;
  out.table_id.fill(table);
  out.bytes_total = 100;
  return out;
}

TEST(RunningCompactions, an_entry_is_listed_while_it_lives_and_tells_how_far_it_is) {
  ManualClock clock(1'700'000'000'000'000);
  RunningCompactions running({}, 3);
  {
    RunningCompactions::Entry entry(running, clock, about(CompactionKind::kCompaction, 1));
    entry.advance(30);
    const auto listed = running.progress();
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].bytes_done, 30u);
    EXPECT_EQ(listed[0].bytes_total, 100u);
    EXPECT_EQ(timeuuid_micros({listed[0].id.data(), 16}), clock.wall_micros());
    entry.advance(300);
    EXPECT_EQ(running.progress()[0].bytes_done, 100u);
  }
  EXPECT_TRUE(running.progress().empty());
}

TEST(RunningCompactions, stops_by_kind_by_table_and_by_id) {
  ManualClock clock(1);
  RunningCompactions running({}, 0);
  RunningCompactions::Entry one(running, clock, about(CompactionKind::kCompaction, 1));
  RunningCompactions::Entry two(running, clock, about(CompactionKind::kCompaction, 2));
  RunningCompactions::Entry scrub(running, clock, about(CompactionKind::kScrub, 2));
  const TableId second = two.about().table_id;
  running.stop(CompactionKind::kCompaction, &second);
  EXPECT_FALSE(one.stopped());
  EXPECT_TRUE(two.stopped());
  EXPECT_FALSE(scrub.stopped());
  EXPECT_TRUE(running.stop(scrub.about().id));
  EXPECT_TRUE(scrub.stopped());
  EXPECT_FALSE(running.stop(Uuid{}));
  running.stop(std::nullopt, nullptr);
  EXPECT_TRUE(one.stopped());
}

TEST(RunningCompactions, keeps_the_newest_records_until_they_are_taken) {
  RunningCompactions running({}, 0);
  for (size_t i = 0; i < RunningCompactions::kMaxRecords + 5; ++i) {
    CompactionRecord record;
    record.bytes_in = i;
    running.record(std::move(record));
  }
  const auto taken = running.take_records();
  ASSERT_EQ(taken.size(), RunningCompactions::kMaxRecords);
  EXPECT_EQ(taken.front().bytes_in, 5u);
  EXPECT_TRUE(running.take_records().empty());
}

TEST(RunningCompactions, kinds_have_the_names_that_nodetool_stop_takes) {
  EXPECT_EQ(operation_name(CompactionKind::kUpgradeSSTables), "UPGRADE_SSTABLES");
  EXPECT_EQ(display_name(CompactionKind::kGarbageCollect), "Remove deleted data");
  EXPECT_EQ(compaction_kind_of("TOMBSTONE_COMPACTION"), CompactionKind::kTombstoneCompaction);
  EXPECT_FALSE(compaction_kind_of("Compaction").has_value());
}

}  // namespace
}  // namespace ceto
