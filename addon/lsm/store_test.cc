#include <gtest/gtest.h>

#include <algorithm>

#include "lsm/table_files.h"
#include "lsm/test_shard.h"
#include "lsm/transaction_log.h"

namespace ceto {
namespace {

using namespace lsm_test;

class StoreTest : public ::testing::Test {
 protected:
  Liveness at(int64_t timestamp) const { return {timestamp, kNoTtl, kNoDeletionTime}; }
  uint32_t now() { return static_cast<uint32_t>(shard_.clock().wall_seconds()); }
  void open() {
    const Status opened = shard_.open({schema_});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
  }
  Status put(int32_t key, int32_t c, int64_t timestamp, const std::string& value) {
    UpdateBuilder update(*schema_, key);
    update.row(c, at(timestamp)).cell(KeyValueTable::kV, timestamp, value);
    return shard_.write(update.update());
  }
  Status flush() { return shard_.wait(shard_.store().flush_all()); }
  Status compact() { return shard_.wait(shard_.store().compact(schema_->id)); }
  void restart() {
    ASSERT_TRUE(shard_.close().ok());
    open();
  }

  // The values of column v by row; nothing for rows without one.
  std::vector<std::string> values(int32_t key) { return values(shard_, key); }
  std::vector<std::string> values(TestShard& shard, int32_t key) {
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = shard.clock().wall_seconds();
    const std::string bytes = int_value(key);
    auto reader = shard.store().read(command, token_of(Bytes(bytes)), Bytes(bytes));
    std::vector<std::string> out;
    bool opened = false;
    for (;;) {
      const Step step = opened ? reader->next() : reader->open();
      if (step == Step::kEnd) return out;
      if (step == Step::kError) {
        ADD_FAILURE() << reader->error().message;
        return out;
      }
      if (step == Step::kWait) {
        shard.wait(reader->wait());
        continue;
      }
      if (opened) {
        for (const Cell& cell : reader->row().cells) out.push_back(cell.value.str());
      }
      opened = true;
    }
  }
  // Once what compactions read is gone, beside the shard's thread.
  std::vector<std::string> files() {
    shard_.settle();
    auto names = shard_.io().list(table_directory("/data", *schema_));
    if (!names) return {};
    std::sort(names.value().begin(), names.value().end());
    return names.value();
  }
  size_t sets() {
    shard_.settle();
    const auto listed = list_table_files(shard_.io(), table_directory("/data", *schema_));
    return listed.ok() ? listed.value().sets.size() : 0;
  }

  using Values = std::vector<std::string>;
  std::shared_ptr<TableSchema> schema_ = KeyValueTable::make();
  TestShard shard_;
};

TEST_F(StoreTest, a_write_is_read_from_memory_from_disk_and_after_a_restart) {
  open();
  ASSERT_TRUE(put(1, 1, 10, "one").ok());
  EXPECT_EQ(values(1), Values{"one"});
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(values(1), Values{"one"});
  ASSERT_TRUE(put(1, 1, 11, "two").ok());
  ASSERT_TRUE(put(1, 2, 11, "three").ok());
  EXPECT_EQ(values(1), (Values{"two", "three"}));
  restart();
  EXPECT_EQ(values(1), (Values{"two", "three"}));
  EXPECT_EQ(values(2), Values{});
}

TEST_F(StoreTest, an_update_of_one_column_makes_a_row_that_is_there_for_a_read_of_another) {
  open();
  UpdateBuilder update(*schema_, 1);
  update.row(1).cell(KeyValueTable::kW, 5, "w");
  ASSERT_TRUE(shard_.write(update.update()).ok());
  for (int round = 0; round < 2; ++round) {
    const uint64_t only_v[] = {uint64_t{1} << KeyValueTable::kV};
    ReadCommand command;
    command.table = schema_;
    command.columns = only_v;
    const std::string key = int_value(1);
    auto reader = shard_.store().read(command, token_of(Bytes(key)), Bytes(key));
    const auto repeat = [&](auto call) {
      Step step = call();
      for (; step == Step::kWait; step = call()) shard_.wait(reader->wait());
      return step;
    };
    ASSERT_EQ(repeat([&] { return reader->open(); }), Step::kReady);
    ASSERT_EQ(repeat([&] { return reader->next(); }), Step::kReady);
    EXPECT_TRUE(reader->row().cells.empty());
    ASSERT_TRUE(flush().ok());
  }
}

TEST_F(StoreTest, a_truncation_survives_a_crash_and_later_writes_stay) {
  open();
  ASSERT_TRUE(put(1, 1, 10, "on disk").ok());
  ASSERT_TRUE(flush().ok());
  ASSERT_TRUE(put(2, 1, 10, "in the log").ok());
  ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  EXPECT_EQ(values(1), Values{});
  EXPECT_EQ(values(2), Values{});
  ASSERT_TRUE(put(3, 1, 10, "after").ok());
  for (uint64_t seed = 1; seed < 6; ++seed) {
    shard_.crash(seed);
    open();
    EXPECT_EQ(values(1), Values{});
    EXPECT_EQ(values(2), Values{});
    EXPECT_EQ(values(3), Values{"after"});
    if (seed == 2) {
      ASSERT_TRUE(flush().ok());
    }
  }
}

TEST_F(StoreTest, a_dropped_table_leaves_no_files_and_its_log_records_are_passed_over) {
  open();
  ASSERT_TRUE(put(1, 1, 10, "one").ok());
  ASSERT_TRUE(flush().ok());
  ASSERT_TRUE(put(1, 1, 11, "two").ok());
  ASSERT_TRUE(shard_.wait(shard_.store().drop_table(schema_->id)).ok());
  EXPECT_EQ(shard_.store().table(schema_->id), nullptr);
  EXPECT_EQ(files(), Values{});
  ASSERT_TRUE(shard_.close().ok());
  ASSERT_TRUE(shard_.open({}).ok());
}

// What readers of the dropped one hold goes by its name.
TEST_F(StoreTest, a_table_made_anew_with_the_id_of_a_dropped_one_keeps_its_files) {
  open();
  ASSERT_TRUE(put(1, 1, 10, "before").ok());
  ASSERT_TRUE(flush().ok());
  ReadCommand command;
  command.table = schema_;
  const TokenRange everywhere;
  auto reader = shard_.store().scan(command, everywhere);
  ASSERT_EQ(reader->next_partition(), Step::kWait);
  ASSERT_TRUE(shard_.wait(shard_.store().drop_table(schema_->id)).ok());
  ASSERT_NE(files(), Values{}) << "the reader holds nothing";
  ASSERT_TRUE(shard_.store().put_table(schema_).ok());
  // As the node does: the log has records of the id.
  ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  ASSERT_TRUE(put(1, 1, 10, "after").ok());
  ASSERT_TRUE(flush().ok());
  reader.reset();
  // The log gives up its first segments.
  for (int32_t more = 2; more < 20; ++more) {
    ASSERT_TRUE(put(more, 1, 10, std::string(60'000, 'x')).ok());
  }
  ASSERT_TRUE(flush().ok());
  restart();
  EXPECT_EQ(values(1), Values{"after"});
}

TEST_F(StoreTest, a_reader_outlives_flush_compaction_and_drop) {
  open();
  ASSERT_TRUE(put(1, 1, 10, "memory").ok());
  ReadCommand command;
  command.table = schema_;
  const std::string key = int_value(1);
  auto from_memory = shard_.store().read(command, token_of(Bytes(key)), Bytes(key));
  ASSERT_EQ(from_memory->open(), Step::kReady);
  ASSERT_TRUE(flush().ok());
  auto from_disk = shard_.store().read(command, token_of(Bytes(key)), Bytes(key));
  ASSERT_TRUE(put(1, 2, 10, "more").ok());
  ASSERT_TRUE(compact().ok());
  ASSERT_TRUE(shard_.wait(shard_.store().drop_table(schema_->id)).ok());
  ASSERT_EQ(from_memory->next(), Step::kReady);
  EXPECT_EQ(from_memory->row().cells[0].value.text(), "memory");
  Step step = from_disk->open();
  for (; step == Step::kWait; step = from_disk->open()) shard_.wait(from_disk->wait());
  ASSERT_EQ(step, Step::kReady);
  for (step = from_disk->next(); step == Step::kWait; step = from_disk->next()) {
    shard_.wait(from_disk->wait());
  }
  ASSERT_EQ(step, Step::kReady);
  EXPECT_EQ(from_disk->row().cells[0].value.text(), "memory");
  from_memory.reset();
  from_disk.reset();
  ASSERT_TRUE(shard_.close().ok());
  EXPECT_EQ(files(), Values{});
}

TEST_F(StoreTest, compaction_purges_a_tombstone_only_after_gc_grace) {
  schema_->gc_grace_seconds = 100;
  schema_->compaction["enabled"] = "false";
  open();
  ASSERT_TRUE(put(1, 1, 10, "old").ok());
  UpdateBuilder gone(*schema_, 1);
  gone.delete_partition({20, now()});
  ASSERT_TRUE(shard_.write(gone.update()).ok());
  ASSERT_TRUE(flush().ok());
  ASSERT_TRUE(compact().ok());
  EXPECT_EQ(shard_.store().table_stats(schema_->id).sstables, 1u);
  shard_.clock().advance_micros(200'000'000);
  ASSERT_TRUE(compact().ok());
  EXPECT_EQ(shard_.store().table_stats(schema_->id).sstables, 0u);
  EXPECT_EQ(values(1), Values{});
  EXPECT_EQ(sets(), 0u);
}

TEST_F(StoreTest, a_tombstone_stays_while_another_sstable_has_what_it_deletes) {
  schema_->gc_grace_seconds = 0;
  open();
  ASSERT_TRUE(put(1, 1, 10, "old").ok());
  ASSERT_TRUE(flush().ok());
  UpdateBuilder gone(*schema_, 1);
  gone.delete_partition({20, now()});
  ASSERT_TRUE(shard_.write(gone.update()).ok());
  shard_.clock().advance_micros(10'000'000);
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(shard_.store().table_stats(schema_->id).sstables, 2u);
  EXPECT_EQ(values(1), Values{});
  ASSERT_TRUE(compact().ok());
  EXPECT_EQ(shard_.store().table_stats(schema_->id).sstables, 0u);
}

// A cut before the last segment's begin leaves that segment void: it must not outlive those before
// it, which say so.
TEST_F(StoreTest, what_one_start_has_left_out_of_the_log_is_not_found_by_the_next) {
  constexpr int32_t kKeys = 30;
  uint64_t cuts = 0;
  for (uint64_t seed = 1; seed < 150; ++seed) {
    TestShard shard(seed);
    shard.config().commitlog_segment_bytes = 64 * 1024;
    ASSERT_TRUE(shard.open({schema_}).ok());
    std::deque<UpdateBuilder> updates;
    for (int32_t key = 0; key < kKeys; ++key) {
      UpdateBuilder& update = updates.emplace_back(*schema_, key);
      update.row(1, at(10)).cell(KeyValueTable::kV, 10, std::string(9000, 'x'));
      static_cast<void>(shard.store().apply({&update.update(), 1}).ok());
      if (key % 5 == 0) shard.turn();
    }
    shard.crash(seed);
    ASSERT_TRUE(shard.open({schema_}).ok());
    cuts += shard.store().stats().torn_segments;
    const auto read_all = [&] {
      std::string found;
      for (int32_t key = 0; key < kKeys; ++key) found += values(shard, key).empty() ? '.' : 'x';
      return found;
    };
    const std::string there = read_all();
    ASSERT_TRUE(shard.wait(shard.store().flush_all()).ok());
    for (uint64_t turns = seed % 20; turns > 0; --turns) shard.turn();
    shard.crash(seed);
    ASSERT_TRUE(shard.open({schema_}).ok());
    EXPECT_EQ(read_all(), there) << "seed " << seed;
  }
  EXPECT_GT(cuts, 10u);
}

// Their own deletion may be in a segment that is gone, and purged from the SSTables.
TEST_F(StoreTest, records_that_are_in_sstables_are_not_replayed) {
  schema_->gc_grace_seconds = 0;
  open();
  UpdateBuilder deletion(*schema_, 1);
  deletion.delete_partition({100, now()});
  ASSERT_TRUE(shard_.write(deletion.update()).ok());
  for (int32_t key = 10; key < 20; ++key) {
    ASSERT_TRUE(put(key, 1, 10, std::string(60'000, 'x')).ok());
  }
  ASSERT_TRUE(put(1, 1, 50, "late").ok());
  EXPECT_EQ(values(1), Values{});
  ASSERT_TRUE(flush().ok());
  shard_.settle();
  shard_.clock().advance_micros(1'000'000);
  ASSERT_TRUE(compact().ok());
  EXPECT_EQ(values(1), Values{});
  shard_.crash(1);
  open();
  EXPECT_GT(shard_.store().stats().replayed_records, 0u);
  EXPECT_EQ(values(1), Values{});
  EXPECT_EQ(values(19).size(), 1u);
}

TEST_F(StoreTest, four_sstables_of_a_size_are_merged_in_the_background) {
  open();
  for (int32_t round = 0; round < 4; ++round) {
    ASSERT_TRUE(put(round, 1, 10, "v").ok());
    ASSERT_TRUE(flush().ok());
  }
  shard_.settle();
  EXPECT_EQ(shard_.store().table_stats(schema_->id).sstables, 1u);
  EXPECT_EQ(sets(), 1u);
  for (int32_t round = 0; round < 4; ++round) EXPECT_EQ(values(round), Values{"v"});
  EXPECT_EQ(shard_.store().stats().compactions, 1u);
  for (const std::string& name : files()) EXPECT_FALSE(name.starts_with("nb_txn")) << name;
}

TEST_F(StoreTest, memory_pressure_flushes_and_frees_the_log) {
  shard_.config().memtable_bytes = 4 << 20;
  shard_.config().commitlog_segment_bytes = 256 * 1024;
  open();
  uint64_t held_back = 0;
  for (int32_t i = 0; i < 6000; ++i) {
    ASSERT_TRUE(put(i, 1, 10, std::string(2000, 'x')).ok());
    held_back += shard_.store().write_pressure() ? 1 : 0;
    ASSERT_LT(shard_.store().stats().memtable_bytes, uint64_t{6} << 20);
  }
  shard_.settle();
  EXPECT_GT(shard_.store().stats().flushes, 2u);
  EXPECT_LT(shard_.store().stats().commitlog_bytes, uint64_t{8} << 20);
  EXPECT_EQ(values(5999).size(), 1u);
  EXPECT_EQ(values(0).size(), 1u);
}

TEST_F(StoreTest, full_memtables_refuse_writes_as_overloaded) {
  shard_.config().memtable_bytes = 1 << 20;
  open();
  Status last;
  for (int32_t i = 0; last.ok() && i < 2000; ++i) {
    UpdateBuilder update(*schema_, i);
    update.row(1, at(10)).cell(KeyValueTable::kV, 10, std::string(2000, 'x'));
    const auto applied = shard_.store().apply({&update.update(), 1});
    if (!applied) last = applied.error();
  }
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code, ErrorCode::kOverloaded);
  EXPECT_TRUE(shard_.store().write_pressure());
}

TEST_F(StoreTest, a_mutation_of_more_than_half_a_segment_is_refused) {
  shard_.config().commitlog_segment_bytes = 64 * 1024;
  open();
  const Status refused = put(1, 1, 10, std::string(40'000, 'x'));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(put(1, 1, 10, std::string(20'000, 'x')).ok());
}

TEST_F(StoreTest, a_memory_only_table_has_no_log_and_no_files) {
  schema_->memory_only = true;
  open();
  UpdateBuilder update(*schema_, 1);
  update.row(1, at(10)).cell(KeyValueTable::kV, 10, "v");
  const auto position = shard_.store().apply({&update.update(), 1});
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(position.value(), 0u);
  EXPECT_EQ(shard_.store().stats().commitlog_records, 0u);
  ASSERT_TRUE(flush().ok());
  EXPECT_EQ(values(1), Values{"v"});
  EXPECT_EQ(files(), Values{});
  ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  EXPECT_EQ(values(1), Values{});
}

TEST_F(StoreTest, a_column_that_is_dropped_is_gone_from_memory_and_from_disk) {
  open();
  UpdateBuilder both(*schema_, 1);
  both.row(1, at(5)).cell(KeyValueTable::kV, 5, "v").cell(KeyValueTable::kW, 5, "w");
  ASSERT_TRUE(shard_.write(both.update()).ok());
  ASSERT_TRUE(flush().ok());
  UpdateBuilder again(*schema_, 1);
  again.row(2, at(5)).cell(KeyValueTable::kV, 5, "v2").cell(KeyValueTable::kW, 5, "w2");
  ASSERT_TRUE(shard_.write(again.update()).ok());
  EXPECT_EQ(values(1), (Values{"v", "w", "v2", "w2"}));
  auto altered = KeyValueTable::make();
  altered->by_id[KeyValueTable::kW] = nullptr;
  std::erase_if(altered->regulars, [](const Column* c) { return c->id == KeyValueTable::kW; });
  altered->dropped.push_back({KeyValueTable::kW, "w", ColumnKind::kRegular,
                              altered->regulars[0]->type, TestShard::kStartMicros});
  schema_ = altered;
  ASSERT_TRUE(shard_.store().put_table(altered).ok());
  EXPECT_EQ(values(1), (Values{"v", "v2"}));
  ASSERT_TRUE(flush().ok());
  ASSERT_TRUE(compact().ok());
  EXPECT_EQ(values(1), (Values{"v", "v2"}));
}

// --- starts after a crash
// -------------------------------------------------------------------------

TEST_F(StoreTest, what_an_unfinished_flush_left_is_removed) {
  open();
  ASSERT_TRUE(put(1, 1, 10, "one").ok());
  ASSERT_TRUE(flush().ok());
  const std::string directory = table_directory("/data", *schema_);
  const SSTableDescriptor half{directory, make_generation(50, 0), "nb"};
  ASSERT_TRUE(write_mark(shard_.io(), half, share_mark({0, 1})).ok());
  ASSERT_TRUE(shard_.io().write_file(half.path("Data.db"), "half", true).ok());
  ASSERT_TRUE(shard_.io().write_file(half.temporary_path("Index.db"), "half", true).ok());
  restart();
  EXPECT_EQ(sets(), 1u);
  EXPECT_EQ(values(1), Values{"one"});
  // And its number is not used again while its files might still be there.
  ASSERT_TRUE(put(2, 1, 10, "two").ok());
  ASSERT_TRUE(flush().ok());
  const auto listed = list_table_files(shard_.io(), directory);
  ASSERT_TRUE(listed.ok());
  for (const auto& [generation, set] : listed.value().sets) {
    EXPECT_TRUE(generation_counter(generation) == 1 || generation_counter(generation) > 50);
  }
}

Task<Status> compact_and_drop(Store& store, TableId id) {
  const Status compacted = co_await store.compact(id);
  if (!compacted) co_return compacted;
  co_return co_await store.drop_table(id);
}

// What the compaction read goes beside the shard's thread, and waits for that when the drop comes.
TEST_F(StoreTest, a_drop_right_after_a_compaction_leaves_no_directory) {
  ASSERT_TRUE(shard_.open({schema_}).ok());
  for (const char* value : {"a", "b", "c"}) {
    ASSERT_TRUE(put(1, 1, 10, value).ok());
    ASSERT_TRUE(flush().ok());
  }
  const std::string directory = table_directory("/data", *schema_);
  ASSERT_TRUE(shard_.io().exists(directory).value());
  ASSERT_TRUE(shard_.wait(compact_and_drop(shard_.store(), schema_->id)).ok());
  shard_.settle();
  EXPECT_FALSE(shard_.io().exists(directory).value());
}

TEST_F(StoreTest, a_transaction_log_decides_which_side_of_a_compaction_counts) {
  for (const bool committed : {false, true}) {
    TestShard shard;
    ASSERT_TRUE(shard.open({schema_}).ok());
    std::vector<SSTableDescriptor> found;
    for (const char* value : {"old", "new"}) {
      UpdateBuilder update(*schema_, 1);
      update.row(1, at(10)).cell(KeyValueTable::kV, 10, value);
      ASSERT_TRUE(shard.write(update.update()).ok());
      ASSERT_TRUE(shard.wait(shard.store().flush_all()).ok());
    }
    const std::string directory = table_directory("/data", *schema_);
    const auto listed = list_table_files(shard.io(), directory);
    ASSERT_TRUE(listed.ok());
    for (const auto& [generation, set] : listed.value().sets) {
      found.push_back(set.descriptor(directory));
    }
    ASSERT_EQ(found.size(), 2u);
    TransactionLog log(shard.io(), directory, make_generation(50, 0), 0);
    ASSERT_TRUE(shard.wait(log.begin({found[0]})).ok());
    ASSERT_TRUE(shard.wait(log.add({found[1].generation, make_generation(51, 0)})).ok());
    if (committed) {
      ASSERT_TRUE(shard.wait(log.commit()).ok());
    }
    ASSERT_TRUE(shard.close().ok());
    ASSERT_TRUE(shard.open({schema_}).ok());
    const auto left = list_table_files(shard.io(), directory).value();
    ASSERT_EQ(left.sets.size(), 1u);
    EXPECT_EQ(left.sets.begin()->first, found[committed ? 1 : 0].generation);
    EXPECT_TRUE(left.transaction_logs.empty());
  }
}

TEST(TransactionLog, a_line_that_does_not_check_ends_the_log) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  ASSERT_TRUE(io.make_directories("/t").ok());
  TransactionLog log(io, "/t", 4096, 3);
  ASSERT_TRUE(run_to_end(io, log.begin({{"/t", 1024}, {"/t", 1027, "mc"}})).ok());
  ASSERT_TRUE(run_to_end(io, log.add({2048, 2049})).ok());
  ASSERT_TRUE(run_to_end(io, log.commit()).ok());
  const std::string name = log.path().substr(3);
  EXPECT_EQ(TransactionLog::shard_of_name(name), 3u);
  std::string content = io.read_file(log.path()).value();
  const TransactionRecords whole = TransactionLog::parse(content);
  EXPECT_TRUE(whole.committed);
  EXPECT_EQ(whole.added, (std::vector<uint64_t>{2048, 2049}));
  EXPECT_EQ(whole.removed, (std::vector<uint64_t>{1024, 1027}));
  content[content.find("COMMIT") + 1] = 'o';
  EXPECT_FALSE(TransactionLog::parse(content).committed);
}

// As Cassandra 5.0.6 writes it; those of before wrote no last dash.
TEST(TransactionLog, what_a_cassandra_wrote_is_followed) {
  const std::string added =
      "ADD:[/var/lib/cassandra/data/k/b-a05b3560e95511f19b137fb57609a35c/"
      "nb-3h5u_0dox_11q0w2cwbrpgp8vdr0-big-,0,8][79215424]\n";
  const uint64_t generation = *generation_of_identifier("3h5u_0dox_11q0w2cwbrpgp8vdr0");
  const TransactionRecords open = TransactionLog::parse(added);
  EXPECT_EQ(open.added, std::vector<uint64_t>{generation});
  EXPECT_FALSE(open.committed);
  EXPECT_TRUE(TransactionLog::parse(added + "COMMIT:[,0,0][2613697770]\n").committed);
  EXPECT_FALSE(TransactionLog::parse(added + "COMMIT:[,0,0][2613697771]\n").committed);
  const TransactionRecords old =
      TransactionLog::parse("REMOVE:[/d/k/t-1/mc-7-big,1764132000123,8][3683318316]\n");
  EXPECT_EQ(old.removed, std::vector<uint64_t>{7});
}

}  // namespace
}  // namespace ceto
