// A store whose disk is full or fails: it refuses writes, goes on reading, and goes on by itself.
#include <gtest/gtest.h>

#include "lsm/commitlog_format.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

class StoreDiskTest : public ::testing::Test {
 protected:
  StoreDiskTest() : shard_(5), schema_(KeyValueTable::make()) {
    shard_.config().memtable_bytes = 1 << 20;
    EXPECT_TRUE(shard_.open({schema_}).ok());
  }

  Status write(int32_t key, size_t bytes = 100) {
    UpdateBuilder builder(*schema_, key);
    builder.row(1, {1, kNoTtl, kNoDeletionTime});
    builder.cell(KeyValueTable::kV, 1, std::string(bytes, static_cast<char>('a' + key % 26)));
    return shard_.write(builder.update());
  }
  std::string read(int32_t key) {
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = TestShard::kStartMicros / 1'000'000;
    const std::string name = int_value(key);
    auto reader = shard_.store().read(command, token_of(Bytes(name)), Bytes(name));
    if (step(*reader, [&] { return reader->open(); }) != Step::kReady) return "";
    if (step(*reader, [&] { return reader->next(); }) != Step::kReady) return "";
    return reader->row().cells.empty() ? "" : reader->row().cells[0].value.str();
  }
  void pass_time() {
    shard_.clock().advance_micros(5'000'000);
    for (int i = 0; i < 40; ++i) shard_.turn();
  }
  DiskNews news() { return shard_.store().take_disk_news(); }
  std::vector<uint64_t> segment_ids(const std::string& log = "/commitlog") {
    std::vector<uint64_t> ids;
    const auto names = shard_.io().list(log + "/shard-0");
    EXPECT_TRUE(names.ok());
    for (const std::string& name : names.value()) {
      if (const auto id = parse_segment_name(name)) ids.push_back(*id);
    }
    std::ranges::sort(ids);
    return ids;
  }
  void remove_log() {
    const auto names = shard_.io().list("/commitlog/shard-0");
    ASSERT_TRUE(names.ok());
    for (const std::string& name : names.value()) {
      EXPECT_TRUE(shard_.io().unlink("/commitlog/shard-0/" + name).ok());
    }
  }

  TestShard shard_;
  TableSchemaPtr schema_;

 private:
  template <class Call>
  Step step(PartitionReader& reader, Call call) {
    for (;;) {
      const Step at = call();
      if (at != Step::kWait) return at;
      shard_.wait(reader.wait());
    }
  }
};

TEST_F(StoreDiskTest, a_full_disk_refuses_writes_serves_reads_and_goes_on_when_there_is_room) {
  shard_.disk().set_capacity_bytes(shard_.disk().used_bytes() + 100'000);
  int32_t written = 0;
  Status last;
  for (; written < 20'000; ++written) {
    last = write(written, 1000);
    if (!last) break;
  }
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code, ErrorCode::kDiskFull) << last.error().message;
  EXPECT_TRUE(shard_.store().stats().read_only);
  EXPECT_FALSE(shard_.store().write_pressure());
  EXPECT_TRUE(news().read_only);
  EXPECT_NE(news().reason.find("No space left"), std::string::npos) << news().reason;
  // Want of room is no failure for a policy.
  EXPECT_EQ(news().commitlog.count, 0u);
  EXPECT_EQ(news().data.count, 0u);
  for (int32_t key = 0; key < written; key += 37) ASSERT_EQ(read(key).size(), 1000u) << key;
  for (int i = 0; i < 5; ++i) pass_time();
  EXPECT_FALSE(write(written).ok());
  EXPECT_NE(shard_.store().next_wakeup_micros(), INT64_MAX);

  shard_.disk().set_capacity_bytes(UINT64_MAX);
  for (int i = 0; i < 10 && shard_.store().stats().read_only; ++i) pass_time();
  EXPECT_FALSE(shard_.store().stats().read_only);
  EXPECT_FALSE(news().read_only);
  EXPECT_TRUE(write(written).ok());
  shard_.crash(3);
  ASSERT_TRUE(shard_.open({schema_}).ok());
  for (int32_t key = 0; key < written; ++key) ASSERT_EQ(read(key).size(), 1000u) << key;
}

TEST_F(StoreDiskTest, a_flush_that_fails_makes_it_read_only_until_one_succeeds) {
  for (int32_t key = 0; key < 50; ++key) ASSERT_TRUE(write(key).ok());
  shard_.disk().fail_next(IoRequest::Kind::kWrite, EIO);
  EXPECT_FALSE(shard_.wait(shard_.store().flush_all()).ok());
  EXPECT_TRUE(shard_.store().stats().read_only);
  EXPECT_EQ(shard_.store().stats().flush_failures, 1u);
  EXPECT_EQ(news().data.count, 1u);
  const Status refused = write(60);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  for (int i = 0; i < 10 && shard_.store().stats().read_only; ++i) pass_time();
  EXPECT_FALSE(shard_.store().stats().read_only);
  EXPECT_EQ(shard_.store().stats().flushes, 1u);
  EXPECT_TRUE(write(60).ok());
  for (int32_t key = 0; key < 50; ++key) ASSERT_EQ(read(key).size(), 100u);
}

TEST_F(StoreDiskTest, a_failed_sync_of_the_log_costs_nothing_that_was_acknowledged) {
  for (int32_t key = 0; key < 20; ++key) ASSERT_TRUE(write(key).ok());
  shard_.disk().fail_next(IoRequest::Kind::kDataSync, EIO);
  ASSERT_TRUE(write(20).ok());
  EXPECT_EQ(news().commitlog.count, 1u);
  EXPECT_FALSE(news().read_only);
  for (int32_t key = 21; key < 40; ++key) ASSERT_TRUE(write(key).ok());
  shard_.crash(9);
  ASSERT_TRUE(shard_.open({schema_}).ok());
  for (int32_t key = 0; key < 40; ++key) ASSERT_EQ(read(key).size(), 100u) << key;
}

TEST_F(StoreDiskTest, a_truncation_that_fails_takes_all_or_nothing) {
  uint64_t failed = 0;
  for (uint64_t seed = 1; seed < 60; ++seed) {
    ASSERT_TRUE(write(1).ok());
    ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok());
    ASSERT_TRUE(write(2).ok());
    SimulatedFaults faults;
    faults.name_error = 0.2;
    shard_.disk().set_faults(faults);
    const Status truncated = shard_.wait(shard_.store().truncate_table(schema_->id));
    shard_.disk().set_faults({});
    // What is in memory comes into a set that the truncation does not name.
    if (!truncated) {
      ++failed;
      ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok());
    }
    shard_.crash(seed);
    ASSERT_TRUE(shard_.open({schema_}).ok());
    EXPECT_EQ(read(1).empty(), read(2).empty()) << "seed " << seed;
    EXPECT_TRUE(!truncated || read(1).empty()) << "seed " << seed;
    ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  }
  EXPECT_GT(failed, 10u);
}

TEST_F(StoreDiskTest, who_watches_hears_of_changes_and_of_the_end) {
  pass_time();  // the next log segment is news as well
  const uint64_t version = news().version;
  bool told = false;
  spawn(keep_end(shard_.store().await_disk_news(version), told));
  for (int i = 0; i < 5; ++i) shard_.turn();
  EXPECT_FALSE(told);
  shard_.store().note_read_failure({ErrorCode::kCorrupt, "a bad block"});
  EXPECT_TRUE(told);
  EXPECT_EQ(news().corrupt.last, "a bad block");
  bool ended = false;
  spawn(keep_end(shard_.store().await_disk_news(news().version), ended));
  ASSERT_TRUE(shard_.close().ok());
  EXPECT_TRUE(ended);
}

TEST_F(StoreDiskTest, segment_ids_are_not_used_again_after_the_log_was_removed) {
  constexpr uint64_t kStart = TestShard::kStartMicros / 1'000'000;
  EXPECT_EQ(segment_ids().front(), kStart);
  for (int32_t key = 0; key < 20; ++key) {
    ASSERT_TRUE(write(key, 100'000).ok());
    for (int i = 0; i < 10; ++i) shard_.turn();  // the next segment is made
  }
  const uint64_t last = segment_ids().back();
  EXPECT_GT(last, kStart + 5);
  ASSERT_TRUE(shard_.close().ok());
  ASSERT_TRUE(shard_.open({schema_}).ok());
  EXPECT_GT(segment_ids().back(), last);  // although the clock says less

  ASSERT_TRUE(shard_.close().ok());
  remove_log();
  shard_.clock().advance_micros(3'600'000'000);
  ASSERT_TRUE(shard_.open({schema_}).ok());
  EXPECT_EQ(segment_ids().front(), kStart + 3600);

  ASSERT_TRUE(shard_.close().ok());
  remove_log();
  shard_.config().commitlog_last_archived = kStart + 10'000;
  ASSERT_TRUE(shard_.open({schema_}).ok());
  EXPECT_EQ(segment_ids().front(), kStart + 10'001);

  ASSERT_TRUE(shard_.close().ok());
  remove_log();
  shard_.config().commitlog_last_archived = kMaxSegmentId - 1;
  const Status opened = shard_.open({schema_});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("used up"), std::string::npos);
}

// A disk that was put back to what it held before: what was archived since keeps its names.
TEST_F(StoreDiskTest, segment_ids_go_on_at_the_clock_where_the_log_is_an_older_copy) {
  ASSERT_TRUE(write(1).ok());
  ASSERT_TRUE(shard_.close().ok());
  shard_.clock().advance_micros(3'600'000'000);
  ASSERT_TRUE(shard_.open({schema_}).ok());
  const std::vector<uint64_t> ids = segment_ids();
  EXPECT_EQ(std::ranges::count(ids, TestShard::kStartMicros / 1'000'000 + 3600), 1);
  EXPECT_FALSE(read(1).empty());
}

TEST_F(StoreDiskTest, archived_segments_come_back_up_to_a_point_in_time) {
  shard_.config().commitlog_archiving = true;
  ASSERT_TRUE(shard_.close().ok());
  ASSERT_TRUE(shard_.open({schema_}).ok());
  ASSERT_TRUE(shard_.io().make_directories("/commitlog/restore").ok());
  uint64_t archived = 0, last_archived = 0;
  for (int32_t key = 0; key < 1500; ++key) {
    UpdateBuilder builder(*schema_, key);
    builder.row(1).cell(KeyValueTable::kV, 1000 + key, std::string(900, 'v'));
    ASSERT_TRUE(shard_.write(builder.update()).ok());
    for (const DiskNews::LogFile& file : news().to_archive) {
      const std::string copy = "/archive/shard-0-segment-" + std::to_string(file.id) + ".log";
      ASSERT_TRUE(shard_.io().make_directories("/archive").ok());
      const auto content = shard_.io().read_file(file.path);
      ASSERT_TRUE(content.ok());
      ASSERT_TRUE(shard_.io().write_file(copy, content.value(), true).ok());
      shard_.store().segment_archived(file.id);
      ++archived;
      last_archived = file.id;
    }
  }
  ASSERT_GE(archived, 3u);
  ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok());
  EXPECT_EQ(shard_.store().stats().commitlog_archive_pending, 0u);
  ASSERT_TRUE(shard_.close().ok());

  shard_.config().data_directory = "/data2";
  shard_.config().commitlog_directory = "/commitlog2";
  shard_.config().restore.active = true;
  shard_.config().restore.until_micros = 1000 + 499;
  ASSERT_TRUE(shard_.io().make_directories("/commitlog2/restore").ok());
  const auto names = shard_.io().list("/archive");
  ASSERT_TRUE(names.ok());
  for (const std::string& name : names.value()) {
    ASSERT_TRUE(shard_.io().link("/archive/" + name, "/commitlog2/restore/" + name).ok());
  }
  ASSERT_TRUE(shard_.open({schema_}).ok());
  EXPECT_EQ(read(0).size(), 900u);
  EXPECT_EQ(read(499).size(), 900u);
  EXPECT_EQ(read(500), "");
  EXPECT_GT(shard_.store().stats().restore_skipped_records, 0u);
  EXPECT_EQ(shard_.store().stats().foreign_segments, archived);
  // None of the new ones has the name of one that is archived.
  EXPECT_GT(segment_ids("/commitlog2").front(), last_archived);
  ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok());
  ASSERT_TRUE(shard_.wait(shard_.store().retire_foreign_segments()).ok());
  EXPECT_TRUE(shard_.io().list("/commitlog2/restore").value().empty());
  shard_.config().restore = {};
  shard_.crash(1);
  ASSERT_TRUE(shard_.open({schema_}).ok());
  EXPECT_EQ(read(499).size(), 900u);
  EXPECT_EQ(read(500), "");
}

}  // namespace
}  // namespace ceto
