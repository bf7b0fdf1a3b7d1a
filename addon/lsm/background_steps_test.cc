// No step of background work holds up the queries of its shard: flushes, compactions and what they
// leave behind, measured step by step on a real disk.
#include <gtest/gtest.h>

#include "lsm/disk_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

// A slice is half a millisecond, and ends with the step that it is in. What is measured is
// processor time, which page faults, caches shared with other programs and sanitizers stretch, so
// the bound is generous; a step that grows with the data goes far beyond it.
constexpr int64_t kMaxStepNanos = 8'000'000;

class BackgroundSteps : public ::testing::Test {
 protected:
  void write_partitions(int32_t count, int64_t timestamp) {
    const std::string value(200, 'v');
    for (int32_t key = 0; key < count; ++key) {
      UpdateBuilder update(*schema_, key);
      update.row(1, {timestamp, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kV, timestamp, value);
      ASSERT_TRUE(shard_.write(update.update()).ok());
      if (key % 64 == 0) shard_.turn();
    }
  }
  TableSchemaPtr schema_ = KeyValueTable::make();
  DiskShard shard_;
};

TEST_F(BackgroundSteps, of_flush_and_compaction_are_short_however_much_there_is) {
  shard_.config().memtable_bytes = 512 << 20;
  shard_.config().chunk_cache_bytes = 64 << 20;
  ASSERT_TRUE(shard_.open({schema_}).ok());
  constexpr int32_t kPartitions = 60'000;
  for (int64_t round = 1; round <= 2; ++round) {
    write_partitions(kPartitions, round);
    if (HasFatalFailure()) return;
    shard_.forget_steps();
    ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok());
    for (int i = 0; i < 1000; ++i) shard_.turn();
    EXPECT_EQ(shard_.store().stats().memory.retired_bytes, 0u);
    std::printf("flush: longest step %ld us\n", shard_.longest_step_nanos() / 1000);
    EXPECT_LE(shard_.longest_step_nanos(), kMaxStepNanos);
  }
  shard_.forget_steps();
  ASSERT_TRUE(shard_.wait(shard_.store().compact(schema_->id)).ok());
  for (int i = 0; i < 1000; ++i) shard_.turn();
  std::printf("compaction: longest step %ld us, %lu slices overran\n",
              shard_.longest_step_nanos() / 1000, shard_.scheduler().overruns());
  EXPECT_LE(shard_.longest_step_nanos(), kMaxStepNanos);
}

}  // namespace
}  // namespace ceto
