#include "lsm/replay_positions.h"

#include <gtest/gtest.h>

#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

constexpr const char* kFolder = "/commitlog/shard-0";
constexpr const char* kFile = "/commitlog/shard-0/replay-positions";

TableId table(uint8_t number) {
  TableId id{};
  id.fill(number);
  return id;
}

class ReplayPositionsTest : public ::testing::Test {
 protected:
  ReplayPositionsTest() { CETO_ASSERT(io_.make_directories(kFolder).ok()); }
  template <class T>
  T wait(Task<T> task) {
    return run(io_, background_, std::move(task));
  }
  ReplayPositions::Entries on_disk() {
    ReplayPositions read(io_, kFolder);
    EXPECT_TRUE(read.load().ok());
    return read.entries();
  }

  SimulatedDisk disk_{1};
  SimulatedIo io_{disk_};
  QueuedBackground background_;
  ReplayPositions positions_{io_, kFolder};
};

TEST_F(ReplayPositionsTest, every_flipped_bit_is_found) {
  ReplayPositions::Entries entries;
  entries[table(1)] = {100, 50, 3, {1024, 2049}};
  entries[table(2)] = {0, UINT64_MAX, 1, {}};
  const std::string content = ReplayPositions::encode(entries);
  EXPECT_EQ(ReplayPositions::parse(Bytes(content)), entries);
  for (size_t bit = 0; bit < 8 * content.size(); ++bit) {
    std::string flipped = content;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(ReplayPositions::parse(Bytes(flipped)), std::nullopt) << bit;
  }
  EXPECT_EQ(ReplayPositions::parse(Bytes(content).sub(0, content.size() - 1)), std::nullopt);
}

TEST_F(ReplayPositionsTest, a_truncation_is_on_disk_at_once_a_flush_when_it_is_settled) {
  ASSERT_TRUE(positions_.load().ok());
  positions_.flushed(table(1), 10);
  EXPECT_TRUE(on_disk().empty());
  ASSERT_TRUE(wait(positions_.settle()).ok());
  EXPECT_EQ(on_disk(), positions_.entries());
  ASSERT_TRUE(wait(positions_.truncate(table(1), 20, 2, {7})).ok());
  EXPECT_EQ(on_disk().at(table(1)), (ReplayPosition{20, 10, 2, {7}}));

  // What is saved already is not written again.
  const uint64_t operations = disk_.operations();
  ASSERT_TRUE(wait(positions_.settle()).ok());
  EXPECT_EQ(disk_.operations(), operations);

  positions_.prune(UINT64_MAX);
  EXPECT_NE(positions_.find(table(1)), nullptr) << "its sets are not gone yet";
  positions_.forget_generations();
  positions_.prune(20);
  EXPECT_NE(positions_.find(table(1)), nullptr);
  positions_.prune(21);
  EXPECT_EQ(positions_.find(table(1)), nullptr);
}

TEST_F(ReplayPositionsTest, a_truncation_that_fails_is_undone_and_in_doubt_until_that_is_on_disk) {
  ASSERT_TRUE(wait(positions_.truncate(table(1), 10, 1, {3})).ok());
  uint64_t reached_disk = 0;
  for (uint64_t cut = 0; cut < 40; ++cut) {
    SimulatedFaults faults;
    faults.name_error = 0.3;
    disk_.set_faults(faults);
    const Status done = wait(positions_.truncate(table(1), 20 + cut, 1, {4}));
    disk_.set_faults({});
    EXPECT_EQ(positions_.in_doubt(), !done.ok());
    if (done) {
      ASSERT_TRUE(wait(positions_.truncate(table(1), 10, 1, {3})).ok());
      continue;
    }
    EXPECT_EQ(*positions_.find(table(1)), (ReplayPosition{10, 0, 1, {3}}));
    reached_disk += on_disk() != positions_.entries() ? 1 : 0;
    ASSERT_TRUE(wait(positions_.settle()).ok());
    EXPECT_FALSE(positions_.in_doubt());
    EXPECT_EQ(on_disk(), positions_.entries());
  }
  EXPECT_GT(reached_disk, 0u) << "the doubt has never been any";
}

TEST_F(ReplayPositionsTest, a_file_of_an_earlier_format_ends_the_start) {
  ASSERT_TRUE(io_.write_file(std::string(kFolder) + "/truncations", "x", true).ok());
  const Status loaded = positions_.load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().message.find("earlier format"), std::string::npos);
  ASSERT_TRUE(io_.unlink(std::string(kFolder) + "/truncations").ok());
  ASSERT_TRUE(io_.write_file(kFile, "short", true).ok());
  EXPECT_EQ(positions_.load().error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace ceto
