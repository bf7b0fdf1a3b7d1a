// What a read of one partition looks at, and that it sees the same whatever it leaves out: the row
// cache, single rows from the newest files, files whose rows lie elsewhere.
#include <gtest/gtest.h>

#include "lsm/table_model.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

constexpr Liveness kLive{1, kNoTtl, kNoDeletionTime};
constexpr uint64_t kOnlyV[] = {uint64_t{1} << KeyValueTable::kV};

class TableRead : public ::testing::Test {
 protected:
  void open(int32_t rows_per_partition = 0) {
    schema_ = KeyValueTable::make();
    schema_->rows_per_partition = rows_per_partition;
    schema_->gc_grace_seconds = 1000;
    ASSERT_TRUE(shard_.open({schema_}).ok());
  }
  void write(UpdateBuilder& update) { ASSERT_TRUE(shard_.write(update.update()).ok()); }
  void write_row(int32_t key, int32_t c, int64_t timestamp, const std::string& v) {
    UpdateBuilder update(*schema_, key);
    update.row(c, {timestamp, kNoTtl, kNoDeletionTime})
        .cell(KeyValueTable::kV, timestamp, v)
        .cell(KeyValueTable::kW, timestamp, "w");
    write(update);
  }
  void flush() { ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok()); }
  void compact() { ASSERT_TRUE(shard_.wait(shard_.store().compact(schema_->id)).ok()); }

  ReadCommand command() {
    ReadCommand out;
    out.table = schema_;
    out.now_seconds = shard_.clock().wall_seconds();
    return out;
  }
  std::string read(int32_t key) { return read(key, command()); }
  std::string read(int32_t key, const ReadCommand& command) {
    const std::string bytes = int_value(key);
    auto reader = shard_.store().read(command, token_of(Bytes(bytes)), Bytes(bytes));
    std::string out;
    if (!step([&] { return reader->open(); }, *reader)) return out;
    if (reader->static_row()) out += TableModel::render(*reader->static_row(), true) + ";";
    while (step([&] { return reader->next(); }, *reader)) {
      out += TableModel::render(reader->row(), false) + ";";
    }
    return out;
  }
  // Of the rows at the places given.
  std::string read_rows(int32_t key, std::vector<int32_t> places,
                        std::span<const uint64_t> columns = {}) {
    std::vector<std::string> texts;
    for (const int32_t place : places) texts.push_back(int_value(place));
    std::vector<Bytes> values(texts.begin(), texts.end());
    std::vector<Slice> slices;
    for (const Bytes& value : values) slices.push_back({{{&value, 1}, false}, {{&value, 1}, true}});
    ReadCommand rows = command();
    rows.slices = slices;
    rows.columns = columns;
    return read(key, rows);
  }
  template <class Call>
  bool step(Call call, PartitionReader& reader) {
    for (;;) {
      const Step now = call();
      if (now == Step::kReady || now == Step::kEnd) return now == Step::kReady;
      EXPECT_EQ(now, Step::kWait);
      if (now != Step::kWait) return false;
      shard_.wait(reader.wait());
    }
  }
  // Chunks that reads have asked for so far.
  uint64_t chunks_asked() {
    const StoreStats stats = shard_.store().stats();
    return stats.chunk_cache_hits + stats.chunk_cache_misses;
  }
  template <class Read>
  uint64_t chunks_of(Read read) {
    const uint64_t before = chunks_asked();
    read();
    return chunks_asked() - before;
  }

  TestShard shard_;
  std::shared_ptr<TableSchema> schema_;
};

TEST_F(TableRead, a_partition_that_is_read_again_and_again_touches_no_sstable) {
  open();
  write_row(1, 1, 10, "a");
  flush();
  write_row(1, 2, 11, "b");
  flush();
  const std::string expected = read(1);
  EXPECT_EQ(read(1), expected);
  EXPECT_EQ(chunks_of([&] { EXPECT_EQ(read(1), expected); }), 0u);
  const StoreStats stats = shard_.store().stats();
  EXPECT_EQ(stats.row_cache_entries, 1u);
  EXPECT_EQ(stats.row_cache_hits, 1u);
  EXPECT_GT(stats.memory.row_cache_bytes, 0u);
  // Parts of it as well, in both orders.
  EXPECT_EQ(
      chunks_of([&] { EXPECT_EQ(read_rows(1, {2}), expected.substr(expected.find(';') + 1)); }),
      0u);
  ReadCommand backwards = command();
  backwards.reversed = true;
  EXPECT_EQ(chunks_of([&] { EXPECT_EQ(read(1, backwards).size(), expected.size()); }), 0u);
}

TEST_F(TableRead, what_is_written_after_a_partition_was_cached_is_seen_before_and_after_its_flush) {
  open();
  write_row(1, 1, 10, "a");
  write_row(1, 2, 10, "b");
  flush();
  read(1);
  read(1);
  ASSERT_EQ(shard_.store().stats().row_cache_entries, 1u);
  write_row(1, 1, 20, "newer");
  const std::string newer = read(1);
  EXPECT_NE(newer.find("newer"), std::string::npos);
  flush();
  EXPECT_EQ(read(1), newer);
  compact();
  EXPECT_EQ(read(1), newer);
  UpdateBuilder range(*schema_, 1);
  range.delete_range(1, 1, {30, 1'700'000'000});
  write(range);
  EXPECT_EQ(read(1).find("newer"), std::string::npos);
  flush();
  EXPECT_EQ(read(1).find("newer"), std::string::npos);
  EXPECT_NE(read(1).find('b'), std::string::npos);
  // An older write than the deletion, which is in the cache and in the files by now.
  read(1);
  write_row(1, 1, 25, "shadowed");
  EXPECT_EQ(read(1).find("shadowed"), std::string::npos);
  UpdateBuilder gone(*schema_, 1);
  gone.delete_partition({40, 1'700'000'000});
  write(gone);
  EXPECT_EQ(read(1), "");
  flush();
  EXPECT_EQ(read(1), "");
  read(1);
  write_row(1, 5, 35, "shadowed too");
  EXPECT_EQ(read(1), "");
}

// The new file has nothing of the partition that could tell the reader that its entry is old.
TEST_F(TableRead, a_cached_partition_does_not_come_back_when_its_deletion_is_purged) {
  open();
  write_row(1, 1, 10, "a");
  write_row(2, 1, 10, "stays");
  flush();
  read(1);
  EXPECT_NE(read(1), "");
  ASSERT_EQ(shard_.store().stats().row_cache_entries, 1u);
  UpdateBuilder gone(*schema_, 1);
  gone.delete_partition({20, static_cast<uint32_t>(shard_.clock().wall_seconds())});
  write(gone);
  flush();
  shard_.clock().advance_micros(2'000'000'000);
  compact();
  EXPECT_EQ(read(1), "");
  EXPECT_NE(read(2), "");
}

TEST_F(TableRead, what_a_slow_read_puts_into_the_cache_after_a_purge_is_not_used) {
  open();
  write_row(1, 1, 10, "a");
  write_row(2, 1, 10, "stays");
  flush();
  read(1);
  const std::string bytes = int_value(1);
  const ReadCommand whole = command();
  const auto slow = shard_.store().read(whole, token_of(Bytes(bytes)), Bytes(bytes));
  ASSERT_TRUE(step([&] { return slow->open(); }, *slow));
  UpdateBuilder gone(*schema_, 1);
  gone.delete_partition({20, static_cast<uint32_t>(shard_.clock().wall_seconds())});
  write(gone);
  flush();
  shard_.clock().advance_micros(2'000'000'000);
  compact();
  ASSERT_TRUE(step([&] { return slow->next(); }, *slow));
  ASSERT_FALSE(step([&] { return slow->next(); }, *slow));
  EXPECT_EQ(read(1), "");
}

TEST_F(TableRead, a_flush_of_other_partitions_leaves_a_cached_one_valid) {
  open();
  write_row(1, 1, 10, "a");
  flush();
  read(1);
  const std::string expected = read(1);
  for (int32_t key = 100; key < 110; ++key) write_row(key, 1, 20, "x");
  flush();
  EXPECT_EQ(chunks_of([&] { EXPECT_EQ(read(1), expected); }), 0u);
  compact();
  EXPECT_EQ(chunks_of([&] { EXPECT_EQ(read(1), expected); }), 0u);
}

TEST_F(TableRead, cached_cells_expire) {
  open();
  const auto expiry = static_cast<uint32_t>(shard_.clock().wall_seconds() + 100);
  UpdateBuilder update(*schema_, 1);
  update.row(1, {10, 100, expiry})
      .cell(Cell{10, 100, expiry, KeyValueTable::kV, update.keep("v"), {}});
  write(update);
  flush();
  read(1);
  EXPECT_NE(read(1), "");
  ASSERT_EQ(shard_.store().stats().row_cache_entries, 1u);
  shard_.clock().advance_micros(101'000'000);
  EXPECT_EQ(chunks_of([&] { EXPECT_EQ(read(1), ""); }), 0u);
}

TEST_F(TableRead, truncation_and_a_change_of_the_schema_end_what_was_cached) {
  open();
  write_row(1, 1, 10, "a");
  flush();
  read(1);
  const std::string expected = read(1);
  auto changed = KeyValueTable::make();
  changed->gc_grace_seconds = 1000;
  ASSERT_TRUE(shard_.store().put_table(changed).ok());
  EXPECT_GT(chunks_of([&] { EXPECT_EQ(read(1), expected); }), 0u);
  read(1);
  ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  EXPECT_EQ(read(1), "");
  write_row(1, 3, 5, "after");
  flush();
  EXPECT_NE(read(1).find("after"), std::string::npos);
}

TEST_F(TableRead, a_scan_neither_fills_nor_empties_the_row_cache) {
  open();
  for (int32_t key = 0; key < 200; ++key) write_row(key, 1, 10, std::string(100, 'x'));
  flush();
  read(7);
  read(7);
  const uint64_t entries = shard_.store().stats().row_cache_entries;
  for (int round = 0; round < 3; ++round) {
    const ReadCommand all = command();
    const TokenRange range;
    auto scanner = shard_.store().scan(all, range);
    for (;;) {
      const Step now = scanner->next_partition();
      if (now == Step::kEnd) break;
      if (now == Step::kWait) shard_.wait(scanner->wait());
    }
  }
  EXPECT_EQ(shard_.store().stats().row_cache_entries, entries);
  EXPECT_EQ(chunks_of([&] { read(7); }), 0u);
}

TEST_F(TableRead, caching_all_loads_the_partition_whole_for_a_part_of_it) {
  open(TableSchema::kAllRows);
  for (int32_t c = 0; c < 50; ++c) write_row(1, c, 10, "v" + std::to_string(c));
  flush();
  EXPECT_NE(read_rows(1, {17}).find("v17"), std::string::npos);
  EXPECT_EQ(chunks_of([&] { EXPECT_NE(read_rows(1, {33}).find("v33"), std::string::npos); }), 0u);
}

TEST_F(TableRead, a_number_of_rows_keeps_larger_partitions_out) {
  open(10);
  for (int32_t c = 0; c < 10; ++c) write_row(1, c, 10, "v");
  for (int32_t c = 0; c < 11; ++c) write_row(2, c, 10, "v");
  flush();
  read(1);
  EXPECT_EQ(chunks_of([&] { read(1); }), 0u);
  read(2);
  EXPECT_GT(chunks_of([&] { read(2); }), 0u);
  EXPECT_NE(read_rows(2, {3}), "");
  EXPECT_EQ(shard_.store().stats().row_cache_entries, 1u);
}

TEST_F(TableRead, a_partition_too_large_for_the_cache_is_read_in_parts) {
  shard_.config().row_cache_bytes = 64 * 1024;
  open(TableSchema::kAllRows);
  for (int32_t c = 0; c < 300; ++c) write_row(1, c, 10, "v" + std::to_string(c));
  flush();
  EXPECT_NE(read_rows(1, {250}).find("v250"), std::string::npos);
  EXPECT_NE(read_rows(1, {251}).find("v251"), std::string::npos);
  EXPECT_EQ(shard_.store().stats().row_cache_entries, 0u);
}

TEST_F(TableRead, the_row_cache_stays_within_its_limit_and_off_is_off) {
  shard_.config().row_cache_bytes = 256 * 1024;
  open();
  for (int32_t key = 0; key < 2000; ++key) write_row(key, 1, 10, std::string(200, 'x'));
  flush();
  for (int32_t key = 0; key < 2000; ++key) {
    read(key);
    EXPECT_NE(read(key), "");
    const StoreStats stats = shard_.store().stats();
    ASSERT_LE(stats.memory.row_cache_bytes, stats.row_cache_limit_bytes + 16 * 1024);
  }
  EXPECT_GT(shard_.store().stats().row_cache_entries, 100u);
  ASSERT_TRUE(shard_.close().ok());
  shard_.config().row_cache_bytes = 0;
  ASSERT_TRUE(shard_.open({schema_}).ok());
  for (int i = 0; i < 3; ++i) EXPECT_NE(read(5), "");
  EXPECT_EQ(shard_.store().stats().row_cache_entries, 0u);
}

TEST_F(TableRead, a_whole_row_is_read_from_the_newest_file_that_has_it) {
  shard_.config().row_cache_bytes = 0;
  open();
  for (int64_t round = 1; round <= 3; ++round) {
    write_row(1, 1, round * 10, "v" + std::to_string(round));
    write_row(1, 2, round * 10, "other");
    flush();
  }
  // Column m is in none of them, so only a read that does not want it can stop.
  std::string all, some;
  read_rows(1, {1});
  const uint64_t of_all = chunks_of([&] { all = read_rows(1, {1}); });
  const uint64_t of_some = chunks_of([&] { some = read_rows(1, {1}, kOnlyV); });
  EXPECT_NE(all.find("v3"), std::string::npos);
  EXPECT_NE(some.find("v3"), std::string::npos);
  EXPECT_LE(of_some * 2, of_all);
  // In memory: no file at all.
  write_row(1, 1, 50, "in memory");
  EXPECT_EQ(chunks_of([&] { some = read_rows(1, {1}, kOnlyV); }), 0u);
  EXPECT_NE(some.find("in memory"), std::string::npos);
}

TEST_F(TableRead, a_row_is_read_on_where_a_newer_version_lacks_something) {
  shard_.config().row_cache_bytes = 0;
  open();
  write_row(1, 1, 10, "old");
  flush();
  UpdateBuilder part(*schema_, 1);
  part.row(1, {20, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kW, 20, "new w");
  write(part);
  flush();
  const std::string row = read_rows(1, {1}, kOnlyV);
  EXPECT_NE(row.find("old"), std::string::npos);
  // Older by its timestamp, though newer as a file.
  write_row(1, 1, 5, "older");
  flush();
  EXPECT_NE(read_rows(1, {1}, kOnlyV).find("old"), std::string::npos);
  // A deletion in a newer file ends it for all older ones.
  UpdateBuilder range(*schema_, 1);
  range.delete_range(0, 5, {100, 1'700'000'000});
  write(range);
  EXPECT_EQ(chunks_of([&] { EXPECT_EQ(read_rows(1, {1}, kOnlyV), ""); }), 0u);
  flush();
  EXPECT_EQ(read_rows(1, {1, 3}), "");
}

TEST_F(TableRead, files_whose_rows_lie_outside_of_the_slice_are_not_read) {
  shard_.config().row_cache_bytes = 0;
  open();
  for (int32_t block = 0; block < 4; ++block) {
    for (int32_t c = 0; c < 10; ++c) write_row(1, block * 100 + c, 10 + block, "v");
    flush();
  }
  const auto slice_of = [&](int32_t from, int32_t to) {
    const std::string low = int_value(from), high = int_value(to);
    const Bytes low_bytes(low), high_bytes(high);
    const Slice slice{{{&low_bytes, 1}, false}, {{&high_bytes, 1}, true}};
    ReadCommand rows = command();
    rows.slices = {&slice, 1};
    rows.columns = kOnlyV;
    return read(1, rows);
  };
  slice_of(0, 1000);
  const uint64_t one = chunks_of([&] { EXPECT_NE(slice_of(100, 109), ""); });
  const uint64_t four = chunks_of([&] { EXPECT_NE(slice_of(0, 1000), ""); });
  EXPECT_LE(one * 3, four);
  EXPECT_EQ(chunks_of([&] { EXPECT_EQ(slice_of(50, 60), ""); }), 0u);
  // A partition deletion reaches everywhere, whatever rows its file has.
  UpdateBuilder gone(*schema_, 1);
  gone.delete_partition({11, 1'700'000'000}).row(900, {50, kNoTtl, kNoDeletionTime});
  write(gone);
  flush();
  EXPECT_EQ(slice_of(0, 9), "");
  EXPECT_EQ(slice_of(100, 109), "");
  EXPECT_NE(slice_of(200, 209), "");
}

TEST_F(TableRead, open_files_and_memtables_are_counted_in_the_budget) {
  open();
  for (int32_t key = 0; key < 500; ++key) write_row(key, 1, 10, std::string(500, 'x'));
  MemoryStats memory = shard_.store().stats().memory;
  EXPECT_GT(memory.memtable_bytes, 250'000u);
  flush();
  memory = shard_.store().stats().memory;
  EXPECT_LT(memory.memtable_bytes, 10'000u);
  EXPECT_GT(memory.filter_bytes, 0u);
  EXPECT_GT(memory.summary_bytes, 0u);
  EXPECT_GT(memory.offset_bytes, 0u);
  const TableStats table = shard_.store().table_stats(schema_->id);
  EXPECT_EQ(table.bloom_bytes, memory.filter_bytes);
  EXPECT_EQ(table.index_bytes, memory.summary_bytes);
  EXPECT_EQ(table.offset_bytes, memory.offset_bytes);
  ASSERT_TRUE(shard_.wait(shard_.store().drop_table(schema_->id)).ok());
  shard_.settle();
  for (int turn = 0; turn < 20; ++turn) shard_.turn();
  memory = shard_.store().stats().memory;
  EXPECT_EQ(memory.filter_bytes + memory.summary_bytes + memory.offset_bytes, 0u);
  EXPECT_EQ(memory.retired_bytes, 0u);
}

}  // namespace
}  // namespace ceto
