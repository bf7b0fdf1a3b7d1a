#include "lsm/sstable/sstable.h"

#include <algorithm>

#include "lsm/sstable/file_writer.h"
#include "lsm/sstable/test_files.h"

namespace ceto {
namespace {

using namespace sstable_test;

// `CETO_SEED=n` replays one seed.
std::vector<uint64_t> seeds(uint64_t count) {
  if (const char* one = getenv("CETO_SEED")) return {std::stoull(one)};
  std::vector<uint64_t> out;
  for (uint64_t seed = 1; seed <= count; ++seed) out.push_back(seed);
  return out;
}

std::string cell_text(const Cell& cell) {
  Row row;
  row.cells = {&cell, 1};
  return text_of(row);
}

SSTablePtr opened(Result<SSTablePtr> result) {
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.ok() ? result.value() : nullptr;
}

TEST(SSTable, ScanGivesBackWhatWasWritten) {
  const auto io = test_io();
  for (const uint64_t seed : seeds(50)) {
    SCOPED_TRACE("CETO_SEED=" + std::to_string(seed));
    TemporaryDirectory directory;
    const RandomModel model(seed);
    const Status written = write_model(*io, directory.path, model);
    ASSERT_TRUE(written.ok()) << written.error().message;
    ChunkCache cache(seed % 2 ? 1 << 20 : 64 << 10);
    const SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
    ASSERT_NE(table, nullptr);
    std::string expected;
    for (const PartitionModel& partition : model.partitions) expected += text_of(partition);
    ReadCommand command;
    command.table = model.schema;
    std::string error;
    ASSERT_EQ(scan_text(*io, *table, command, {}, &error), expected) << error;
    EXPECT_EQ(table->metadata().partitions, model.partitions.size());
    EXPECT_EQ(table->metadata().first_key, model.partitions.front().key);
    EXPECT_EQ(table->metadata().last_key, model.partitions.back().key);
  }
}

TEST(SSTable, SlicesInBothDirectionsAreBalancedAndComplete) {
  const auto io = test_io();
  size_t wide = 0, markers = 0;  // the seeds must reach the block index and range tombstones
  for (const uint64_t seed : seeds(50)) {
    SCOPED_TRACE("CETO_SEED=" + std::to_string(seed));
    TemporaryDirectory directory;
    RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    ChunkCache cache(seed % 2 ? 1 << 20 : 32 << 10);
    const SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
    ASSERT_NE(table, nullptr);
    for (const PartitionModel& partition : model.partitions) {
      wide += partition.unfiltereds.size() > 90;
      for (const Unfiltered& u : partition.unfiltereds) markers += u.is_marker;
      for (const bool reversed : {false, true}) {
        std::vector<Slice> slices = model.random_slices(partition);
        ReadCommand command;
        command.table = model.schema;
        command.slices = slices;
        command.reversed = reversed;
        const auto source = table->read(command, partition.token, Bytes(partition.key));
        ASSERT_EQ(run_step(*io, *source, [&] { return source->open(); }), Step::kReady);
        std::string error;
        const auto rows = read_rows(*io, *source, &error);
        ASSERT_TRUE(rows.has_value()) << error;
        if (slices.empty()) slices = {Slice{}};
        ASSERT_EQ(*rows, text_of(sliced(*model.schema, partition.unfiltereds, slices, reversed)));
        EXPECT_EQ(text_of(source->partition_deletion()), text_of(partition.deletion));
      }
    }
  }
  if (getenv("CETO_SEED") == nullptr) {
    EXPECT_GT(wide, 20u);
    EXPECT_GT(markers, 1000u);
  }
}

TEST(SSTable, KeysThatAreNotThereEndAtOnce) {
  const auto io = test_io();
  TemporaryDirectory directory;
  const RandomModel model(7);
  ASSERT_TRUE(write_model(*io, directory.path, model).ok());
  ChunkCache cache(1 << 20);
  const SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
  ASSERT_NE(table, nullptr);
  ReadCommand command;
  command.table = model.schema;
  for (int i = 0; i < 2000; ++i) {
    const std::string key = "absent" + std::to_string(i);
    const auto source = table->read(command, token_of(Bytes(key)), Bytes(key));
    ASSERT_EQ(run_step(*io, *source, [&] { return source->open(); }), Step::kEnd);
  }
}

TEST(SSTable, TokenRangesAndPagingGiveTheirPart) {
  const auto io = test_io();
  for (const uint64_t seed : seeds(20)) {
    SCOPED_TRACE("CETO_SEED=" + std::to_string(seed));
    TemporaryDirectory directory;
    RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    ChunkCache cache(1 << 20);
    const SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
    ASSERT_NE(table, nullptr);
    ReadCommand command;
    command.table = model.schema;
    for (int i = 0; i < 10; ++i) {
      const size_t a = model.below(model.partitions.size());
      const size_t b = a + model.below(model.partitions.size() - a);
      TokenRange range{model.partitions[a].token, model.partitions[b].token, {}, false};
      size_t from = a;
      if (i % 2) {
        range.from_key = Bytes(model.partitions[a].key);
        range.after_key = i % 4 == 1;
        from += range.after_key;
      }
      std::string expected;
      for (size_t p = from; p <= b; ++p) expected += text_of(model.partitions[p]);
      std::string error;
      ASSERT_EQ(scan_text(*io, *table, command, range, &error), expected) << error;
    }
  }
}

TEST(SSTable, OnlyTheWantedColumnsAreGiven) {
  const auto io = test_io();
  for (const uint64_t seed : seeds(20)) {
    SCOPED_TRACE("CETO_SEED=" + std::to_string(seed));
    TemporaryDirectory directory;
    RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    ChunkCache cache(1 << 20);
    const SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
    ASSERT_NE(table, nullptr);
    std::vector<uint64_t> wanted(model.schema->by_id.size() / 64 + 1);
    for (uint64_t& word : wanted) word = model.below(SIZE_MAX) | 1;
    const auto has = [&](ColumnId id) { return (wanted[id / 64] >> (id % 64) & 1) != 0; };
    ReadCommand command;
    command.table = model.schema;
    command.columns = wanted;
    const auto scan = table->scan(command, {});
    size_t rows = 0;
    while (run_step(*io, *scan, [&] { return scan->next_partition(); }) == Step::kReady) {
      PartitionSource& partition = scan->partition();
      while (run_step(*io, partition, [&] { return partition.next(); }) == Step::kReady) {
        const Unfiltered& unfiltered = partition.current();
        if (unfiltered.is_marker) continue;
        ++rows;
        for (const Cell& cell : unfiltered.row.cells) EXPECT_TRUE(has(cell.column));
        for (const ComplexDeletion& complex : unfiltered.row.complex) {
          EXPECT_TRUE(has(complex.column));
        }
      }
    }
    EXPECT_LE(rows, table->metadata().rows);
  }
}

TEST(SSTable, ColumnsAreMappedByNameAcrossVersionsOfTheTable) {
  const auto io = test_io();
  TemporaryDirectory directory;
  const RandomModel model(11);
  ASSERT_TRUE(write_model(*io, directory.path, model).ok());
  // The same columns under other ids, in another order.
  std::vector<ColumnSpec> specs;
  for (const Column& column : model.schema->columns) {
    specs.push_back({column.name, column.kind, column.type->marshal_name});
  }
  std::stable_sort(specs.begin(), specs.end(), [](const ColumnSpec& a, const ColumnSpec& b) {
    return a.kind != b.kind ? a.kind < b.kind : a.kind >= ColumnKind::kStatic && a.name > b.name;
  });
  const auto renumbered = make_schema("random", specs);
  std::vector<ColumnId> now(model.schema->by_id.size());
  for (const Column& column : model.schema->columns) {
    now[column.id] = renumbered->column_named(column.name)->id;
  }
  ChunkCache cache(1 << 20);
  const SSTablePtr table = opened(open_table(*io, cache, directory.path, renumbered));
  ASSERT_NE(table, nullptr);
  ReadCommand command;
  command.table = renumbered;
  const auto scan = table->scan(command, {});
  for (const PartitionModel& partition : model.partitions) {
    ASSERT_EQ(run_step(*io, *scan, [&] { return scan->next_partition(); }), Step::kReady);
    for (const Unfiltered& expected : partition.unfiltereds) {
      PartitionSource& source = scan->partition();
      ASSERT_EQ(run_step(*io, source, [&] { return source.next(); }), Step::kReady);
      if (expected.is_marker) continue;
      std::vector<std::string> before, after;
      for (Cell cell : expected.row.cells) {
        cell.column = now[cell.column];
        before.push_back(cell_text(cell));
      }
      const auto& cells = source.current().row.cells;
      for (const Cell& cell : cells) after.push_back(cell_text(cell));
      EXPECT_TRUE(std::is_sorted(cells.begin(), cells.end(),
                                 [](const Cell& a, const Cell& b) { return a.column < b.column; }));
      std::sort(before.begin(), before.end());
      std::sort(after.begin(), after.end());
      EXPECT_EQ(before, after);
    }
  }
}

TEST(SSTable, AbandonedWriterLeavesNothing) {
  const auto io = test_io();
  TemporaryDirectory directory;
  const RandomModel model(3);
  {
    const auto writer = make_sstable_writer(*io, {directory.path, 1}, model.schema, {});
    const PartitionModel& partition = model.partitions.front();
    ASSERT_TRUE(writer->begin_partition(partition.token, Bytes(partition.key), {}, nullptr).ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path));
}

TEST(SSTable, ObsoleteFilesGoWithTheLastReference) {
  const auto io = test_io();
  TemporaryDirectory directory;
  const RandomModel model(4);
  ASSERT_TRUE(write_model(*io, directory.path, model).ok());
  ChunkCache cache(1 << 20);
  SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
  ASSERT_NE(table, nullptr);
  ReadCommand command;
  command.table = model.schema;
  auto scan = table->scan(command, {});
  table->mark_obsolete();
  table.reset();
  EXPECT_EQ(run_step(*io, *scan, [&] { return scan->next_partition(); }), Step::kReady);
  EXPECT_FALSE(std::filesystem::is_empty(directory.path));
  scan.reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory.path));
  while (cache.trim(64)) {
  }
  EXPECT_EQ(cache.size_bytes(), 0u);
}

TEST(SSTable, AWalkReadsWhatAScanDoes) {
  const auto io = test_io();
  for (const unsigned seed : {5, 6, 7}) {
    TemporaryDirectory directory;
    const RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    ChunkCache cache(1 << 20);
    const SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
    ASSERT_NE(table, nullptr);
    ReadCommand command;
    command.table = model.schema;
    std::string error;
    const auto walk = table->walk(command);
    EXPECT_EQ(text_of(*io, *walk, &error), scan_text(*io, *table, command, {}, &error));
    EXPECT_EQ(error, "");
    // What is not read of a partition is passed over.
    const auto heads = table->walk(command);
    for (const PartitionModel& partition : model.partitions) {
      ASSERT_EQ(run_step(*io, *heads, [&] { return heads->next_partition(); }), Step::kReady);
      EXPECT_EQ(heads->key(), Bytes(partition.key));
      EXPECT_EQ(heads->token(), partition.token);
      run_step(*io, heads->partition(), [&] { return heads->partition().next(); });
    }
    EXPECT_EQ(run_step(*io, *heads, [&] { return heads->next_partition(); }), Step::kEnd);
    // Reads ahead, of what was in the cache.
    while (io->in_flight() > 0) io->wait();
  }
}

TEST(SSTable, AWalkRefusesPartitionsThatAreOutOfOrder) {
  const auto io = test_io();
  RandomModel model(8);
  model.partitions.resize(2);
  SSTableWriterOptions options;
  options.compression = CompressionParameters{"", 0, {}};
  const auto data_of = [&](const RandomModel& written, const std::string& directory) {
    EXPECT_TRUE(write_model(*io, directory, written, options).ok());
    return run_to_end(*io, read_whole_file(*io, directory + "/nb-1-big-Data.db", 1 << 30)).value();
  };
  TemporaryDirectory directory, of_one;
  std::string data = data_of(model, directory.path);
  model.partitions.resize(1);
  const size_t first_bytes = data_of(model, of_one.path).size();
  std::rotate(data.begin(), data.begin() + static_cast<ptrdiff_t>(first_bytes), data.end());
  ASSERT_TRUE(io->write_file(directory.path + "/nb-1-big-Data.db", data, false).ok());
  for (const char* checks : {"CRC.db", "Digest.crc32"}) {
    ASSERT_TRUE(io->unlink(directory.path + "/nb-1-big-" + checks).ok());
  }
  ChunkCache cache(1 << 20);
  const SSTablePtr table = opened(open_table(*io, cache, directory.path, model.schema));
  ASSERT_NE(table, nullptr);
  ReadCommand command;
  command.table = model.schema;
  std::string error;
  const auto walk = table->walk(command);
  text_of(*io, *walk, &error);
  EXPECT_NE(error.find("out of order"), std::string::npos) << error;
  while (io->in_flight() > 0) io->wait();
}

TEST(SSTable, FileNamesAreParsed) {
  const auto name = parse_sstable_file_name("nb-42-big-CompressionInfo.db");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->version, "nb");
  EXPECT_EQ(name->generation, 42u);
  EXPECT_EQ(name->component, "CompressionInfo.db");
  EXPECT_FALSE(name->temporary);
  EXPECT_TRUE(parse_sstable_file_name("tmp-nb-1-big-Data.db")->temporary);
  for (const char* other :
       {"nb-x-big-Data.db", "da-1-bti-Data.db", "manifest.json", "nb-1", "",
        "nb-3h5u_0dqj_3xglm255jrkpa62vt-big-Data.db", "nb-3h5u-0dqj_3xglm255jrkpa62vtj-big-Data.db",
        "nb-3h5u_0dqj_3xglm255jrkpa62vt.-big-Data.db", "nb-9223372036854775808-big-Data.db"}) {
    EXPECT_FALSE(parse_sstable_file_name(other).has_value()) << other;
  }
}

TEST(SSTable, a_set_named_by_a_uuid_has_a_generation_of_its_own) {
  const std::string file = "nb-3h5u_0dqj_3xglm255jrkpa62vtj-big-Data.db";
  const auto name = parse_sstable_file_name(file);
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->uuid, "3h5u_0dqj_3xglm255jrkpa62vtj");
  // storage/files/sstable-name.test.ts has the same.
  EXPECT_EQ(name->generation, 14895147137285343236u);
  EXPECT_EQ(name->component, "Data.db");
  const SSTableDescriptor set{"/t", name->generation, name->version, name->uuid};
  EXPECT_EQ(set.path("Data.db"), "/t/" + file);
  EXPECT_NE(*generation_of_identifier("3h5u_0dqk_4jjcq255jrkpa62vtj"), name->generation);
}

}  // namespace
}  // namespace ceto
