// What bloom filters do for reads is counted, and stays counted when SSTables go.
#include <gtest/gtest.h>

#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

class FilterUseTest : public ::testing::Test {
 protected:
  static constexpr int32_t kKeys = 400;  // the even ones are there

  FilterUseTest() {
    const auto schema = KeyValueTable::make();
    schema->bloom_fp_chance = 0.3;
    schema->compaction = {{"class", "SizeTieredCompactionStrategy"}};
    schema_ = schema;
    EXPECT_TRUE(shard_.open({schema_}).ok());
  }
  void put_even_keys() {
    const int64_t timestamp = ++timestamp_;
    for (int32_t key = 0; key < kKeys; key += 2) {
      UpdateBuilder update(*schema_, key);
      update.row(1, {timestamp, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kV, timestamp, "v");
      ASSERT_TRUE(shard_.write(update.update()).ok());
    }
    ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok());
  }
  bool found(int32_t key) {
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = shard_.clock().wall_seconds();
    const std::string bytes = int_value(key);
    const auto reader = shard_.store().read(command, token_of(Bytes(bytes)), Bytes(bytes));
    for (;;) {
      const Step step = reader->open();
      EXPECT_NE(step, Step::kError);
      if (step != Step::kWait) return step == Step::kReady;
      shard_.wait(reader->wait());
    }
  }
  FilterUse of_table() { return shard_.store().table_stats(schema_->id).filters; }
  FilterUse of_store() { return shard_.store().stats().filters; }

  TestShard shard_;
  TableSchemaPtr schema_;
  int64_t timestamp_ = 0;
};

TEST_F(FilterUseTest, each_lookup_counts_once) {
  put_even_keys();
  for (int32_t key = 0; key < kKeys; key += 2) EXPECT_TRUE(found(key));
  EXPECT_EQ(of_table().true_positives, 200u);
  EXPECT_EQ(of_table().false_positives + of_table().true_negatives, 0u);
  for (int32_t key = 1; key < kKeys; key += 2) EXPECT_FALSE(found(key));
  const FilterUse use = of_table();
  EXPECT_EQ(use.true_positives, 200u);
  // Keys before the first and behind the last are not looked for.
  EXPECT_LE(use.false_positives + use.true_negatives, 200u);
  EXPECT_GE(use.false_positives + use.true_negatives, 190u);
  EXPECT_GT(use.false_positives, 20u);
  EXPECT_LT(use.false_positives, 100u);
  EXPECT_EQ(of_store().false_positives, use.false_positives);
}

TEST_F(FilterUseTest, what_was_counted_stays_after_a_compaction_and_for_the_node_after_a_drop) {
  put_even_keys();
  for (int32_t key = 0; key < kKeys; ++key) EXPECT_EQ(found(key), key % 2 == 0);
  put_even_keys();
  const FilterUse before = of_table();
  EXPECT_GT(before.false_positives, 0u);
  ASSERT_TRUE(shard_.wait(shard_.store().compact(schema_->id)).ok());
  EXPECT_EQ(of_table().false_positives, before.false_positives);
  EXPECT_EQ(of_table().true_positives, before.true_positives);
  EXPECT_EQ(of_table().true_negatives, before.true_negatives);
  ASSERT_TRUE(shard_.wait(shard_.store().drop_table(schema_->id)).ok());
  EXPECT_EQ(of_store().false_positives, before.false_positives);
}

}  // namespace
}  // namespace ceto
