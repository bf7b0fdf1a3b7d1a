// Compactions and the free space of the disk.
#include "lsm/compaction/space.h"

#include <gtest/gtest.h>

#include "lsm/compaction/compaction.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

TEST(CompactionSpace, a_reservation_shrinks_as_its_files_grow) {
  CompactionSpace space;
  {
    CompactionSpace::Reservation first = space.reserve(100);
    CompactionSpace::Reservation second = space.reserve(50);
    EXPECT_EQ(space.reserved_bytes(), 150u);
    first.written(30);
    EXPECT_EQ(space.reserved_bytes(), 120u);
    first.written(20);  // a file that ended smaller than it was taken for
    EXPECT_EQ(space.reserved_bytes(), 120u);
    first.written(1000);
    EXPECT_EQ(space.reserved_bytes(), 50u);
    second = CompactionSpace::Reservation();
    EXPECT_EQ(space.reserved_bytes(), 0u);
  }
  EXPECT_EQ(space.reserved_bytes(), 0u);
}

// What a strategy chose, on a disk with so many free bytes.
class FitToDiskTest : public ::testing::Test {
 protected:
  FitToDiskTest() : disk_(1), io_(disk_), clock_(TestShard::kStartMicros) {
    config_.data_directory = "/data";
    config_.commitlog_directory = "/log";
    config_.min_free_bytes = 1000;
    config_.compaction_space_fraction = 0.5;
    context_.emplace(config_, io_, background_, background_, clock_);
  }
  ~FitToDiskTest() override { table_.reset(); }

  void make_table(const std::string& strategy) {
    const auto schema = KeyValueTable::make();
    schema->compaction = {{"class", strategy}};
    table_.emplace(*context_, schema);
  }
  void input(uint64_t bytes, uint32_t level = 0) {
    choice_.inputs.push_back(view_.sstables.size());
    add(bytes, level);
  }
  void expired(uint64_t bytes) {
    choice_.expired.push_back(view_.sstables.size());
    add(bytes, 0);
  }
  // For compactions, that is: as much again is none of their business, and a thousand beside.
  Result<CompactionSpace::Reservation> fit(uint64_t usable_bytes) {
    disk_.set_capacity_bytes(disk_.used_bytes() + 2 * usable_bytes + 1000);
    return fit_to_disk(*context_, *table_, view_, choice_);
  }
  std::vector<uint64_t> input_bytes() const {
    std::vector<uint64_t> out;
    for (const size_t index : choice_.inputs) out.push_back(view_.sstables[index].data_bytes);
    return out;
  }

  using Sizes = std::vector<uint64_t>;
  SimulatedDisk disk_;
  SimulatedIo io_;
  ManualClock clock_;
  QueuedBackground background_;
  StoreConfig config_;
  std::optional<StoreContext> context_;
  std::optional<TableStore> table_;
  CompactionView view_;
  CompactionChoice choice_;

 private:
  void add(uint64_t bytes, uint32_t level) {
    CandidateSSTable& made = view_.sstables.emplace_back();
    made.data_bytes = bytes;
    made.level = level;
  }
};

TEST_F(FitToDiskTest, what_fits_is_compacted_whole) {
  make_table("SizeTieredCompactionStrategy");
  for (const uint64_t bytes : {100, 400, 200, 300}) input(bytes);
  const auto space = fit(1000);
  ASSERT_TRUE(space.ok());
  EXPECT_EQ(context_->space->reserved_bytes(), 1000u);
  EXPECT_EQ(input_bytes(), (Sizes{100, 400, 200, 300}));
  EXPECT_EQ(context_->compactions_reduced, 0u);
}

TEST_F(FitToDiskTest, the_largest_are_left_out_until_the_others_fit) {
  make_table("SizeTieredCompactionStrategy");
  for (const uint64_t bytes : {100, 400, 200, 300}) input(bytes);
  const auto space = fit(599);
  ASSERT_TRUE(space.ok());
  EXPECT_EQ(context_->space->reserved_bytes(), 300u);
  EXPECT_EQ(input_bytes(), (Sizes{100, 200}));
  EXPECT_EQ(context_->compactions_reduced, 1u);
  EXPECT_EQ(context_->sstables_left_out, 2u);
  const DiskNews news = context_->disk.take();
  ASSERT_EQ(news.notices.size(), 1u);
  EXPECT_EQ(news.notices[0],
            "Not enough space for a compaction of ks.t, 0.0 MiB estimated: it goes on without 2 of "
            "its SSTables");
}

TEST_F(FitToDiskTest, one_alone_is_not_written_anew) {
  make_table("SizeTieredCompactionStrategy");
  for (const uint64_t bytes : {100, 400, 200}) input(bytes);
  const auto space = fit(299);
  ASSERT_FALSE(space.ok());
  EXPECT_EQ(space.error().code, ErrorCode::kDiskFull);
  EXPECT_TRUE(space.error().message.starts_with("Not enough space for compaction ("));
  EXPECT_TRUE(space.error().message.ends_with(
      ") of ks.t, estimated sstables = 1, expected write size = 300"))
      << space.error().message;
  EXPECT_EQ(context_->space->reserved_bytes(), 0u);
  EXPECT_EQ(context_->compactions_aborted, 1u);
  EXPECT_EQ(input_bytes(), (Sizes{100, 400, 200}));
}

TEST_F(FitToDiskTest, what_has_expired_goes_without_the_others) {
  make_table("SizeTieredCompactionStrategy");
  for (const uint64_t bytes : {100, 200}) input(bytes);
  expired(5000);
  ASSERT_TRUE(fit(10).ok());
  EXPECT_TRUE(choice_.inputs.empty());
  EXPECT_EQ(choice_.expired.size(), 1u);
}

TEST_F(FitToDiskTest, what_running_compactions_have_yet_to_write_is_taken) {
  make_table("SizeTieredCompactionStrategy");
  for (const uint64_t bytes : {100, 200}) input(bytes);
  CompactionSpace::Reservation other = context_->space->reserve(701);
  EXPECT_FALSE(fit(1000).ok());
  other.written(1);
  EXPECT_TRUE(fit(1000).ok());
}

TEST_F(FitToDiskTest, of_a_leveled_compaction_only_inputs_of_level_0_are_left_out) {
  make_table("LeveledCompactionStrategy");
  choice_.plan.level = 1;
  input(100);
  input(300);
  input(200);
  input(1000, 1);
  EXPECT_FALSE(fit(1099).ok());
  EXPECT_EQ(input_bytes(), (Sizes{100, 300, 200, 1000}));
  ASSERT_TRUE(fit(1300).ok());
  EXPECT_EQ(input_bytes(), (Sizes{100, 200, 1000}));
  choice_.plan.level = 2;
  EXPECT_FALSE(fit(1200).ok());
}

class FullDiskCompactionTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kMinFreeBytes = uint64_t{1} << 40;
  FullDiskCompactionTest() { shard_.config().min_free_bytes = kMinFreeBytes; }

  void flush_some(int count) {
    for (int flush = 0; flush < count; ++flush) {
      for (int32_t key = 0; key < 20; ++key) {
        UpdateBuilder update(*schema_, key);
        const int64_t timestamp = ++timestamp_;
        update.row(1, {timestamp, kNoTtl, kNoDeletionTime})
            .cell(KeyValueTable::kV, timestamp, "v" + std::to_string(flush));
        ASSERT_TRUE(shard_.write(update.update()).ok());
      }
      ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok());
    }
  }
  size_t sstables() { return shard_.store().table_stats(schema_->id).sstables; }
  void pass_a_minute() {
    for (int i = 0; i < 13; ++i) {
      shard_.clock().advance_micros(5'000'000);
      for (int j = 0; j < 100; ++j) shard_.turn();
    }
    shard_.settle();
  }

  TestShard shard_{3};
  TableSchemaPtr schema_ = KeyValueTable::make();
  int64_t timestamp_ = 0;
};

TEST_F(FullDiskCompactionTest, is_told_counted_and_done_when_there_is_room) {
  ASSERT_TRUE(shard_.open({schema_}).ok());
  shard_.disk().set_capacity_bytes(kMinFreeBytes);
  flush_some(5);
  shard_.settle();
  EXPECT_EQ(sstables(), 5u);
  EXPECT_EQ(shard_.store().stats().compactions_aborted, 1u) << "not again with each flush";
  const DiskNews news = shard_.store().take_disk_news();
  ASSERT_EQ(news.notices.size(), 1u);
  EXPECT_TRUE(news.notices[0].starts_with("Not enough space for compaction (")) << news.notices[0];
  EXPECT_EQ(news.data.count, 0u) << "no failure for a policy";
  const Status asked = shard_.wait(shard_.store().compact(schema_->id));
  ASSERT_FALSE(asked.ok());
  EXPECT_TRUE(asked.error().message.starts_with("Not enough space for compaction ("));
  EXPECT_EQ(sstables(), 5u);
  shard_.disk().set_capacity_bytes(UINT64_MAX);
  pass_a_minute();
  EXPECT_EQ(sstables(), 1u);
  EXPECT_EQ(shard_.store().stats().compactions_reduced, 0u);
}

}  // namespace
}  // namespace ceto
