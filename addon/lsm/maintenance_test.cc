// An operator's rewrites over a store on a simulated disk.
#include "lsm/maintenance.h"

#include <gtest/gtest.h>

#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

class MaintenanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    table_ = KeyValueTable::make();
    table_->compaction["enabled"] = "false";
    ASSERT_TRUE(shard_.open({table_}).ok());
  }
  void write(int32_t from, int32_t to, int64_t timestamp) {
    for (int32_t key = from; key < to; ++key) {
      UpdateBuilder builder(*table_, key);
      builder.row(0, {timestamp}).cell(KeyValueTable::kV, timestamp, "v" + std::to_string(key));
      ASSERT_TRUE(shard_.write(builder.update()).ok());
    }
    ASSERT_TRUE(shard_.wait(shard_.store().flush(table_->id)).ok());
  }
  Status reopen() {
    CETO_TRY(shard_.close());
    return shard_.open({table_});
  }
  size_t live_rows() {
    ReadCommand command;
    command.table = table_;
    command.now_seconds = shard_.clock().wall_seconds();
    const auto scanner = shard_.store().scan(command, TokenRange{});
    size_t rows = 0;
    for (;;) {
      const Step step = scanner->next_partition();
      if (step == Step::kWait) {
        shard_.wait(scanner->wait());
        continue;
      }
      if (step != Step::kReady) return step == Step::kEnd ? rows : SIZE_MAX;
      for (Step row = Step::kReady; row != Step::kEnd;) {
        row = scanner->rows().next();
        if (row == Step::kWait) shard_.wait(scanner->rows().wait());
        if (row == Step::kError) return SIZE_MAX;
        rows += row == Step::kReady;
      }
    }
  }
  Maintenance& maintenance() { return *shard_.store().maintenance(); }
  uint64_t sstables() { return shard_.store().table_stats(table_->id).sstables; }
  std::vector<uint64_t> generations() {
    std::vector<uint64_t> out;
    const auto all = maintenance().sstables(table_->id, nullptr);
    for (const SSTableInfo& each : all.value()) {
      const auto name =
          parse_sstable_file_name(each.data_path.substr(each.data_path.rfind('/') + 1));
      out.push_back(name->generation);
    }
    return out;
  }

  std::shared_ptr<TableSchema> table_;
  TestShard shard_;
};

TEST_F(MaintenanceTest, ATableWithoutAutomaticCompactionKeepsItsFiles) {
  for (int i = 0; i < 6; ++i) write(0, 10, i + 1);
  shard_.settle();
  EXPECT_EQ(sstables(), 6u);
}

TEST_F(MaintenanceTest, VerifyFindsGoodFilesGood) {
  write(0, 50, 1);
  const auto report = shard_.wait(
      maintenance().verify(table_->id, {.files = {.extended = true}, .check_owned_tokens = true}));
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report.value().good());
  EXPECT_EQ(report.value().partitions, 50u);
}

TEST_F(MaintenanceTest, ScrubUpgradeAndCleanupKeepAllData) {
  write(0, 50, 1);
  write(25, 75, 2);
  ASSERT_TRUE(shard_.wait(maintenance().scrub(table_->id, {})).ok());
  EXPECT_EQ(live_rows(), 75u);
  const std::vector<uint64_t> scrubbed = generations();
  ASSERT_TRUE(shard_.wait(maintenance().upgrade(table_->id, false)).ok());
  EXPECT_EQ(generations(), scrubbed);
  ASSERT_TRUE(shard_.wait(maintenance().upgrade(table_->id, true)).ok());
  EXPECT_NE(generations(), scrubbed);
  ASSERT_TRUE(shard_.wait(maintenance().cleanup(table_->id)).ok());
  EXPECT_EQ(sstables(), 2u);
  EXPECT_EQ(live_rows(), 75u);
}

TEST_F(MaintenanceTest, ScrubLeavesOutWhatIsDamagedAndTheRestIsReadAgain) {
  write(0, 400, 1);
  const std::string path = maintenance().sstables(table_->id, nullptr).value().front().data_path;
  auto content = shard_.io().read_file(path);
  ASSERT_TRUE(content.ok());
  content.value()[content.value().size() / 2] ^= 1;
  ASSERT_TRUE(shard_.io().write_file(path, content.value(), true).ok());
  EXPECT_EQ(live_rows(), SIZE_MAX);
  const auto report = shard_.wait(maintenance().scrub(table_->id, {}));
  ASSERT_TRUE(report.ok());
  EXPECT_GT(report.value().found.damaged_partitions, 0u);
  EXPECT_FALSE(maintenance().take_damage().empty());
  EXPECT_LT(live_rows(), 400u);
  EXPECT_EQ(live_rows(), report.value().found.partitions);
}

TEST_F(MaintenanceTest, AStartGoesOnWithoutADamagedPartThatCanBeMadeAnew) {
  enum { kCompact, kScrub, kUpgrade } way = kCompact;
  int64_t timestamp = 0;
  for (const char* const part : {"Filter.db", "Summary.db", "Digest.crc32", "TOC.txt"}) {
    SCOPED_TRACE(part);
    write(0, 200, ++timestamp);
    ASSERT_TRUE(shard_.wait(maintenance().upgrade(table_->id, true)).ok());
    std::string path = maintenance().sstables(table_->id, nullptr).value().front().data_path;
    path.replace(path.rfind("Data.db"), std::string::npos, part);
    auto content = shard_.io().read_file(path);
    ASSERT_TRUE(content.ok());
    content.value()[content.value().size() / 2] ^= 1;
    ASSERT_TRUE(shard_.io().write_file(path, content.value(), true).ok());

    ASSERT_TRUE(reopen().ok());
    const auto told = maintenance().take_damage();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_TRUE(told[0].text.starts_with(path + ": ")) << told[0].text;
    EXPECT_NE(told[0].text.find("offset 0; the SSTable is read without this file"),
              std::string::npos)
        << told[0].text;
    EXPECT_EQ(live_rows(), 200u);
    const auto report = shard_.wait(maintenance().verify(table_->id, {.files = {}}));
    ASSERT_TRUE(report.ok());
    ASSERT_FALSE(report.value().good());
    EXPECT_NE(report.value().problems.front().find(path), std::string::npos);

    if (way == kCompact) ASSERT_TRUE(shard_.wait(shard_.store().compact(table_->id)).ok());
    if (way == kScrub) ASSERT_TRUE(shard_.wait(maintenance().scrub(table_->id, {})).ok());
    if (way == kUpgrade) ASSERT_TRUE(shard_.wait(maintenance().upgrade(table_->id, true)).ok());
    way = way == kCompact ? kScrub : kUpgrade;
    static_cast<void>(maintenance().take_damage());
    ASSERT_TRUE(reopen().ok());
    EXPECT_TRUE(maintenance().take_damage().empty());
    EXPECT_EQ(live_rows(), 200u);
  }
}

// Nothing else has what they hold.
TEST_F(MaintenanceTest, AStartEndsWithTheNameOfADamagedPartThatIsNeeded) {
  write(0, 200, 1);
  const std::string data = maintenance().sstables(table_->id, nullptr).value().front().data_path;
  for (const char* const part : {"Statistics.db", "CompressionInfo.db"}) {
    std::string path = data;
    path.replace(path.rfind("Data.db"), std::string::npos, part);
    const auto whole = shard_.io().read_file(path);
    ASSERT_TRUE(whole.ok());
    std::string broken = whole.value();
    broken[broken.size() / 2] ^= 1;
    ASSERT_TRUE(shard_.io().write_file(path, broken, true).ok());
    const Status opened = reopen();
    ASSERT_FALSE(opened.ok()) << part;
    EXPECT_NE(opened.error().message.find(path), std::string::npos) << opened.error().message;
    EXPECT_NE(opened.error().message.find("offset"), std::string::npos) << opened.error().message;
    ASSERT_TRUE(shard_.io().write_file(path, whole.value(), true).ok());
  }
  ASSERT_TRUE(reopen().ok());
  EXPECT_EQ(live_rows(), 200u);
}

TEST_F(MaintenanceTest, GivenFilesAndTokenRangesAreCompacted) {
  for (int i = 0; i < 4; ++i) write(0, 10, i + 1);
  const std::vector<uint64_t> before = generations();
  ASSERT_TRUE(shard_.wait(maintenance().compact_files(table_->id, {before[1], before[2], 9})).ok());
  EXPECT_EQ(sstables(), 3u);
  ASSERT_TRUE(shard_.wait(maintenance().compact_range(table_->id, Token{0}, Token{0})).ok());
  ASSERT_TRUE(
      shard_.wait(maintenance().compact_range(table_->id, Token{INT64_MIN}, Token{INT64_MAX}))
          .ok());
  EXPECT_EQ(sstables(), 1u);
  EXPECT_EQ(live_rows(), 10u);
}

TEST_F(MaintenanceTest, GarbageThatOtherFilesDeletedOrReplacedIsDropped) {
  write(0, 20, 1);
  for (int32_t key = 0; key < 10; ++key) {
    UpdateBuilder gone(*table_, key);
    gone.row(0, {}, {5, static_cast<uint32_t>(shard_.clock().wall_seconds())});
    ASSERT_TRUE(shard_.write(gone.update()).ok());
  }
  ASSERT_TRUE(shard_.wait(shard_.store().flush(table_->id)).ok());
  write(10, 15, 7);
  const auto cells = [this] {
    uint64_t sum = 0;
    const auto all = maintenance().sstables(table_->id, nullptr);
    for (const SSTableInfo& each : all.value()) {
      sum += each.metadata.cells;
    }
    return sum;
  };
  EXPECT_EQ(cells(), 25u);
  const auto rows = GarbageGranularity::kRow;
  ASSERT_TRUE(shard_.wait(maintenance().collect_garbage(table_->id, rows)).ok());
  EXPECT_EQ(cells(), 15u);
  EXPECT_EQ(live_rows(), 10u);
  const auto by_cell = GarbageGranularity::kCell;
  ASSERT_TRUE(shard_.wait(maintenance().collect_garbage(table_->id, by_cell)).ok());
  EXPECT_EQ(cells(), 10u);
  EXPECT_EQ(live_rows(), 10u);
}

TEST_F(MaintenanceTest, StatisticsOfEachFileAreReadFromDisk) {
  write(0, 10, 1);
  write(0, 20, 2);
  const auto statistics = shard_.wait(maintenance().statistics(table_->id));
  ASSERT_TRUE(statistics.ok());
  uint64_t partitions = 0;
  for (const StatsComponent& each : statistics.value()) partitions += each.partition_sizes.count();
  EXPECT_EQ(partitions, 30u);
}

TEST_F(MaintenanceTest, ADroppedTableIsRefused) {
  ASSERT_TRUE(shard_.wait(shard_.store().drop_table(table_->id)).ok());
  EXPECT_FALSE(shard_.wait(maintenance().scrub(table_->id, {})).ok());
  EXPECT_FALSE(maintenance().sstables(table_->id, nullptr).ok());
}

}  // namespace
}  // namespace ceto
