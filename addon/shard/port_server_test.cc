// What main says to a shard, through the shard itself.
#include <gtest/gtest.h>

#include "protocol/frame.h"
#include "shard/test_shards.h"

namespace ceto {
namespace {

using namespace ceto::testing;

class PortServerTest : public ::testing::Test {
 protected:
  void SetUp() override { shards_.call_all(ToShard::kOpen, Bytes(sample_.tables)); }

  // RUN_BATCH of one statement with two values.
  static std::string batch_of(const std::string& plan, int type) {
    return p16(1) + blob(plan) + p16(2) + blob(int_bytes(1)) + blob(int_bytes(2)) + p8(type) +
           p8(4) + p16(1) + p8(0);
  }

  const SampleBytes sample_;
  TestShards shards_;
};

TEST_F(PortServerTest, a_batch_of_what_is_no_modification_is_refused) {
  const auto answer = shards_.call(0, ToShard::kRunBatch, Bytes(batch_of(sample_.plans[0], 0)));
  EXPECT_EQ(answer.type, FromShard::kResult);
  EXPECT_EQ(answer.body[0], static_cast<char>(Opcode::kError));
}

TEST_F(PortServerTest, a_batch_of_an_unknown_type_is_refused) {
  const auto answer = shards_.call(0, ToShard::kRunBatch, Bytes(batch_of(sample_.plans[5], 9)));
  EXPECT_EQ(answer.type, FromShard::kResult);
  EXPECT_EQ(answer.body[0], static_cast<char>(Opcode::kError));
}

}  // namespace
}  // namespace ceto
