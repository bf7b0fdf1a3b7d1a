// Starts with another number of shards: what one count wrote is whole under every other.
#include <gtest/gtest.h>

#include "lsm/maintenance.h"
#include "lsm/table_files.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

// The shards of one node on one disk; as their clocks stand still they can take turns.
class Node {
 public:
  Node(SimulatedDisk& disk, TableSchemaPtr schema, uint32_t count)
      : schema_(std::move(schema)), clock_(TestShard::kStartMicros) {
    for (uint32_t shard = 0; shard < count; ++shard) {
      StoreConfig config;
      config.data_directory = "/data";
      config.commitlog_directory = "/commitlog";
      config.shard = shard;
      config.shard_count = count;
      config.commitlog_segment_bytes = 64 * 1024;
      config.compaction_bytes_per_second = 0;
      Shard& made = shards_.emplace_back();
      made.io = std::make_unique<SimulatedIo>(disk);
      made.store = make_store(config, *made.io, made.background, clock_);
      const Status opened = run(*made.io, made.background, made.store->open({schema_}));
      EXPECT_TRUE(opened.ok()) << opened.error().message;
    }
  }

  void put(int32_t key, int64_t timestamp, const std::string& value) {
    UpdateBuilder update(*schema_, key);
    update.row(1, {timestamp, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kV, timestamp, value);
    ASSERT_TRUE(owner(update.update().token).store->apply({&update.update(), 1}).ok());
  }
  void erase(int32_t key, int64_t timestamp) {
    UpdateBuilder update(*schema_, key);
    update.delete_partition({timestamp, static_cast<uint32_t>(clock_.wall_seconds())});
    ASSERT_TRUE(owner(update.update().token).store->apply({&update.update(), 1}).ok());
  }
  std::string get(int32_t key) {
    const std::string bytes = int_value(key);
    const Token token = token_of(Bytes(bytes));
    Shard& shard = owner(token);
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = clock_.wall_seconds();
    auto reader = shard.store->read(command, token, Bytes(bytes));
    for (bool opened = false;;) {
      const Step step = opened ? reader->next() : reader->open();
      EXPECT_NE(step, Step::kError);
      if (step == Step::kEnd || step == Step::kError) return "";
      if (step == Step::kWait) {
        run(*shard.io, shard.background, reader->wait());
      } else if (opened) {
        return reader->row().cells[0].value.str();
      } else {
        opened = true;
      }
    }
  }
  // How many partitions all shards' scans give.
  size_t scan() {
    size_t count = 0;
    for (Shard& shard : shards_) {
      ReadCommand command;
      command.table = schema_;
      command.now_seconds = clock_.wall_seconds();
      const TokenRange range;
      auto scanner = shard.store->scan(command, range);
      for (;;) {
        const Step step = scanner->next_partition();
        if (step == Step::kEnd) break;
        EXPECT_NE(step, Step::kError);
        if (step == Step::kWait)
          run(*shard.io, shard.background, scanner->wait());
        else
          ++count;
      }
    }
    return count;
  }
  void flush() {
    for (Shard& shard : shards_) {
      ASSERT_TRUE(run(*shard.io, shard.background, shard.store->flush_all()).ok());
    }
  }
  void retire() {
    for (Shard& shard : shards_) {
      ASSERT_TRUE(run(*shard.io, shard.background, shard.store->retire_foreign_segments()).ok());
    }
  }
  void settle() {
    for (Shard& shard : shards_) settle(shard);
  }
  void settle(size_t shard) { settle(shards_[shard]); }
  void turn() {
    for (Shard& shard : shards_) {
      static_cast<void>(shard.background.run());
      if (shard.io->in_flight() > 0) shard.io->wait();
    }
  }
  void truncate() {
    for (size_t shard = 0; shard < shards_.size(); ++shard) truncate(shard);
  }
  void truncate(size_t number) {
    Shard& shard = shards_[number];
    Task<Status> truncation = shard.store->truncate_table(schema_->id);
    ASSERT_TRUE(run(*shard.io, shard.background, std::move(truncation)).ok());
  }
  // Each shard's answer.
  std::vector<Status> compact() {
    std::vector<Status> out;
    for (Shard& shard : shards_) {
      Task<Status> compaction = shard.store->compact(schema_->id);
      out.push_back(run(*shard.io, shard.background, std::move(compaction)));
    }
    return out;
  }
  ScrubReport scrub() {
    ScrubReport all;
    for (Shard& shard : shards_) {
      auto task = shard.store->maintenance()->scrub(schema_->id, {});
      const auto report = run(*shard.io, shard.background, std::move(task));
      EXPECT_TRUE(report.ok()) << report.error().message;
      if (!report) continue;
      all.sstables += report.value().sstables;
      all.found.partitions += report.value().found.partitions;
    }
    return all;
  }
  void close() { ASSERT_TRUE(end().ok()); }
  // Of a node that was killed or has lost its power: whatever that gives.
  Status end() {
    Status first;
    for (Shard& shard : shards_) {
      const Status closed = run(*shard.io, shard.background, shard.store->close());
      if (first && !closed) first = closed.error();
      settle(shard);
      shard.store.reset();
    }
    return first;
  }
  Io& io() { return *shards_[0].io; }

 private:
  struct Shard {
    std::unique_ptr<SimulatedIo> io;
    QueuedBackground background;
    std::unique_ptr<Store> store;
  };
  void settle(Shard& shard) {
    while (shard.background.run() || shard.io->in_flight() > 0) {
      if (shard.io->in_flight() > 0) shard.io->wait();
    }
  }
  Shard& owner(Token token) {
    return shards_[shard_of(token, static_cast<uint32_t>(shards_.size()))];
  }
  TableSchemaPtr schema_;
  ManualClock clock_;
  std::deque<Shard> shards_;
};

TEST(Reshard, every_partition_is_there_once_under_any_sequence_of_counts) {
  SimulatedDisk disk(1);
  const TableSchemaPtr schema = KeyValueTable::make();
  constexpr int32_t kKeys = 200;
  int64_t timestamp = 1;
  int round = 0;
  for (const uint32_t count : {1u, 3u, 2u, 4u, 1u}) {
    SCOPED_TRACE("count " + std::to_string(count));
    Node node(disk, schema, count);
    if (round > 0) {
      for (int32_t key = 0; key < kKeys; ++key) {
        ASSERT_EQ(node.get(key), key % 5 == round - 1 ? "" : "v" + std::to_string(round - 1))
            << key;
      }
      node.flush();
      node.retire();
      // Half of the starts get no time to rewrite what is shared.
      if (round % 2 == 0) node.settle();
    }
    for (int32_t key = 0; key < kKeys; ++key) node.put(key, timestamp, "v" + std::to_string(round));
    ++timestamp;
    node.flush();
    for (int32_t key = round; key < kKeys; key += 5) node.erase(key, timestamp);
    ++timestamp;
    EXPECT_EQ(node.scan(), size_t{kKeys});
    node.close();
    ++round;
  }
  Node node(disk, schema, 2);
  node.flush();
  node.retire();
  node.settle();
  EXPECT_EQ(node.scan(), size_t{kKeys});
  for (int32_t key = 0; key < kKeys; ++key) {
    EXPECT_EQ(node.get(key), key % 5 == 4 ? "" : "v4") << key;
  }
  // All shared sets were rewritten and removed by the last shard that needed them.
  const auto files = list_table_files(node.io(), table_directory("/data", *schema));
  ASSERT_TRUE(files.ok());
  for (const auto& [generation, set] : files.value().sets) {
    EXPECT_EQ(set.share.count, 2u) << generation;
    EXPECT_TRUE(set.rewritten.empty()) << generation;
  }
  node.close();
}

// A share that was rewritten from a shared set, and truncated since, is still in that set.
TEST(Reshard, a_shared_set_is_not_read_for_shares_that_were_rewritten) {
  SimulatedDisk disk(1);
  const TableSchemaPtr schema = KeyValueTable::make();
  // So many that the reads come before the last start has rewritten it whole.
  constexpr int32_t kKeys = 2000;
  {
    Node node(disk, schema, 1);
    for (int32_t key = 0; key < kKeys; ++key) {
      node.put(key, 1, "v");
      if (key % 200 == 199) node.flush();
    }
    node.close();
  }
  {
    Node node(disk, schema, 2);
    node.flush();
    node.retire();
    node.settle(0);
    node.truncate(0);
    node.close();
  }
  Node node(disk, schema, 1);
  for (int32_t key = 0; key < 20; ++key) {
    const std::string bytes = int_value(key);
    const bool kept = shard_of(token_of(Bytes(bytes)), 2) == 1;
    EXPECT_EQ(node.get(key), kept ? "v" : "") << key;
  }
  node.close();
}

// Its index is damaged in a way that no checksum tells, as that of a set of Cassandra's may be.
TEST(Reshard, a_damaged_shared_set_fails_what_would_leave_it_out_until_it_is_scrubbed) {
  SimulatedDisk disk(1);
  const TableSchemaPtr schema = KeyValueTable::make();
  constexpr int32_t kKeys = 400;
  {
    Node node(disk, schema, 1);
    for (int32_t key = 0; key < kKeys; ++key) node.put(key, 1, "v");
    node.flush();
    const auto files = list_table_files(node.io(), table_directory("/data", *schema));
    ASSERT_EQ(files.value().sets.size(), 1u);
    const FileSet& set = files.value().sets.begin()->second;
    const SSTableDescriptor of = set.descriptor(table_directory("/data", *schema));
    std::string index = node.io().read_file(of.path("Index.db")).value();
    index[index.size() / 2] = static_cast<char>(index[index.size() / 2] ^ 8);
    ASSERT_TRUE(node.io().write_file(of.path("Index.db"), index, true).ok());
    ASSERT_TRUE(node.io().unlink(of.path("Digest.crc32")).ok());
    node.close();
    // What the log still has would be written once more.
    SimulatedIo io(disk);
    const std::string log = "/commitlog/shard-0";
    const auto segments = io.list(log);
    ASSERT_TRUE(segments.ok());
    for (const std::string& each : segments.value()) {
      ASSERT_TRUE(io.unlink(log + '/' + each).ok());
    }
  }
  Node node(disk, schema, 2);
  node.flush();
  node.retire();
  node.settle();
  size_t failed = 0;
  for (const Status& done : node.compact()) failed += !done.ok();
  EXPECT_GT(failed, 0u);
  const ScrubReport report = node.scrub();
  EXPECT_EQ(report.found.partitions, size_t{kKeys});
  node.settle();
  EXPECT_EQ(node.scan(), size_t{kKeys});
  for (int32_t key = 0; key < kKeys; ++key) EXPECT_EQ(node.get(key), "v") << key;
  for (const Status& done : node.compact()) EXPECT_TRUE(done.ok()) << done.error().message;
  node.settle();
  const auto files = list_table_files(node.io(), table_directory("/data", *schema));
  for (const auto& [generation, set] : files.value().sets) {
    EXPECT_EQ(set.share.count, 2u) << generation;
    EXPECT_TRUE(set.rewritten.empty()) << generation;
  }
  node.close();
}

// A shard that is no more has given up its log, and then the process was killed before anything
// synced the folder.
TEST(Reshard, a_log_that_was_given_up_does_not_come_back_with_the_next_power_cut) {
  const TableSchemaPtr schema = KeyValueTable::make();
  for (uint64_t seed = 1; seed < 60; ++seed) {
    SimulatedDisk disk(seed);
    {
      Node node(disk, schema, 2);
      for (int32_t key = 0; key < 20; ++key) node.put(key, 1, "old");
      node.close();
    }
    {
      Node node(disk, schema, 2);
      node.flush();
      for (uint64_t turns = seed % 10; turns > 0; --turns) node.turn();
      disk.kill();
      static_cast<void>(node.end().ok());
    }
    {
      Node node(disk, schema, 1);
      node.flush();
      node.retire();
      EXPECT_EQ(node.scan(), 20u);
      node.truncate();
      EXPECT_EQ(node.scan(), 0u);
      disk.crash(seed);
      static_cast<void>(node.end().ok());
    }
    Node node(disk, schema, 1);
    EXPECT_EQ(node.scan(), 0u) << "seed " << seed;
    node.close();
  }
}

}  // namespace
}  // namespace ceto
