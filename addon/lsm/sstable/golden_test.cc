// Files of the real Cassandra under testdata/: everything in them is read.
#include <map>

#include "base/byte_io.h"
#include "base/test_data.h"
#include "lsm/sstable/bloom_filter.h"
#include "lsm/sstable/test_files.h"
#include "lsm/sstable/test_tables.h"

namespace ceto {
namespace {

using namespace sstable_test;

std::string testdata() { return test_data("lsm/sstable/testdata"); }

std::string int_bytes(int32_t value) {
  std::string out(4, '\0');
  store_be(reinterpret_cast<uint8_t*>(out.data()), value);
  return out;
}

struct Golden {
  explicit Golden(const std::string& table)
      : Golden(table, make_schema(table, golden_tables()[table])) {}
  Golden(const std::string& table, std::shared_ptr<TableSchema> its_schema)
      : io(test_io()), cache(1 << 20), schema(std::move(its_schema)) {
    auto result = open_table(*io, cache, testdata() + table, schema);
    EXPECT_TRUE(result.ok()) << result.error().message;
    if (result.ok()) sstable = result.value();
    command.table = schema;
  }
  std::string scan() {
    std::string error;
    std::string text = scan_text(*io, *sstable, command, {}, &error);
    EXPECT_EQ(error, "");
    return text;
  }

  std::unique_ptr<Io> io;
  ChunkCache cache;
  std::shared_ptr<TableSchema> schema;
  SSTablePtr sstable;
  ReadCommand command;
};

class GoldenTable : public testing::TestWithParam<const char*> {};

TEST_P(GoldenTable, IsReadAsCassandraWroteIt) {
  Golden golden(GetParam());
  ASSERT_NE(golden.sstable, nullptr);
  const std::string path = testdata() + GetParam() + "/expected.txt";
  const std::string text = golden.scan();
  if (getenv("CETO_UPDATE_GOLDEN") != nullptr) write_bytes(path, text);
  EXPECT_EQ(text, read_bytes(path));
  EXPECT_FALSE(text.empty());
}

INSTANTIATE_TEST_SUITE_P(Tables, GoldenTable,
                         testing::Values("kinds", "wide", "counters", "composite", "altered",
                                         "manycols"));

TEST(Golden, EveryKeyIsFoundByItself) {
  Golden golden("many");
  ASSERT_NE(golden.sstable, nullptr);
  EXPECT_EQ(golden.sstable->metadata().partitions, 1000u);
  EXPECT_EQ(golden.sstable->metadata().rows, 1000u);
  for (int32_t pk = 0; pk < 1000; ++pk) {
    const std::string key = int_bytes(pk);
    const auto source = golden.sstable->read(golden.command, token_of(Bytes(key)), Bytes(key));
    ASSERT_EQ(run_step(*golden.io, *source, [&] { return source->open(); }), Step::kReady);
    ASSERT_EQ(run_step(*golden.io, *source, [&] { return source->next(); }), Step::kReady);
    const Row& row = source->current().row;
    ASSERT_EQ(row.cells.size(), 1u);
    EXPECT_EQ(row.cells[0].value, Bytes(int_bytes(pk * 3)));
    EXPECT_EQ(row.cells[0].timestamp, 1700000000000001);
    EXPECT_EQ(run_step(*golden.io, *source, [&] { return source->next(); }), Step::kEnd);
  }
}

TEST(Golden, CassandrasBloomFilterRulesOutMostOtherKeys) {
  Golden golden("many");
  ASSERT_NE(golden.sstable, nullptr);
  const auto filter = BloomFilter::deserialize(read_bytes(testdata() + "many/nb-1-big-Filter.db"),
                                               "nb", "Filter.db");
  ASSERT_TRUE(filter.ok());
  int false_positives = 0;
  for (int32_t pk = 0; pk < 11000; ++pk) {
    const bool may = filter.value().may_contain(Bytes(int_bytes(pk)));
    if (pk < 1000) {
      EXPECT_TRUE(may) << pk;
    } else {
      false_positives += may;
    }
  }
  EXPECT_LT(false_positives, 300);  // 1 % is promised
}

TEST(Golden, FilterIsTheOneThatCassandraMakesOfTheKeys) {
  const std::string theirs = read_bytes(testdata() + "many/nb-1-big-Filter.db");
  BloomFilter ours(1000, 0.01);
  for (int32_t pk = 0; pk < 1000; ++pk) ours.add(Bytes(int_bytes(pk)));
  EXPECT_EQ(ours.serialize(), theirs);
}

// All of a partition, kept by the arena.
std::vector<Unfiltered> whole_partition(Golden& golden, const std::string& key, Arena& arena) {
  std::vector<Unfiltered> out;
  const auto source = golden.sstable->read(golden.command, token_of(Bytes(key)), Bytes(key));
  EXPECT_EQ(run_step(*golden.io, *source, [&] { return source->open(); }), Step::kReady);
  const auto copy = [&arena](Clustering values) {
    const auto to = arena.make_array<Bytes>(values.size());
    for (size_t i = 0; i < to.size(); ++i) to[i] = arena.copy(values[i]);
    return Clustering(to);
  };
  while (run_step(*golden.io, *source, [&] { return source->next(); }) == Step::kReady) {
    Unfiltered kept = source->current();
    kept.marker.bound.prefix = copy(kept.marker.bound.prefix);
    kept.row.clustering = copy(kept.row.clustering);
    const auto cells = arena.make_array<Cell>(kept.row.cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      cells[i] = kept.row.cells[i];
      cells[i].value = arena.copy(cells[i].value);
    }
    kept.row.cells = cells;
    out.push_back(kept);
  }
  return out;
}

TEST(Golden, SlicesUseCassandrasBlockIndex) {
  Golden golden("blocks");
  ASSERT_NE(golden.sstable, nullptr);
  Arena arena;
  const std::string key = int_bytes(1);
  const std::vector<Unfiltered> all = whole_partition(golden, key, arena);
  ASSERT_EQ(all.size(), 3002u);  // two markers
  const auto bound = [&arena](int32_t ck, bool after) {
    const auto values = arena.make_array<Bytes>(1);
    values[0] = arena.copy(Bytes(int_bytes(ck)));
    return Bound{values, after};
  };
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{
           {0, 10}, {50, 150}, {1000, 1001}, {2400, 2600}, {2999, 5000}, {-5, -1}, {1500, 1500}}) {
    for (const bool reversed : {false, true}) {
      const std::vector<Slice> slices = {{bound(from, false), bound(to, true)},
                                         {bound(to + 500, true), bound(to + 520, false)}};
      ReadCommand command = golden.command;
      command.slices = slices;
      command.reversed = reversed;
      const auto source = golden.sstable->read(command, token_of(Bytes(key)), Bytes(key));
      ASSERT_EQ(run_step(*golden.io, *source, [&] { return source->open(); }), Step::kReady);
      std::string error;
      EXPECT_EQ(read_rows(*golden.io, *source, &error),
                text_of(sliced(*golden.schema, all, slices, reversed)))
          << from << " to " << to << error;
    }
  }
}

TEST(Golden, DroppedColumnsAreGoneAndRowsOfNothingElseToo) {
  auto specs = golden_tables()["altered"];
  specs.pop_back();  // d
  Golden dropped("altered", make_schema("altered", specs));
  ASSERT_NE(dropped.sstable, nullptr);
  const std::string text = dropped.scan();
  EXPECT_EQ(text.find(hex(Bytes(std::string_view("dropped"))).substr(1, 14)), std::string::npos);
  EXPECT_EQ(text.find(hex(Bytes(std::string_view("nothing left"))).substr(1, 20)),
            std::string::npos);
  // The first two rows have a primary key of their own; the third had only d.
  EXPECT_NE(text.find("row ('00000001',)"), std::string::npos);
  EXPECT_NE(text.find("row ('00000002',)"), std::string::npos);
  EXPECT_EQ(text.find("row ('00000003',)"), std::string::npos);
}

TEST(Golden, ColumnAddedAgainDoesNotShowWhatWasDropped) {
  for (const int64_t dropped_at : {1700000000000000, 1700000000000001}) {
    auto schema = make_schema("altered", golden_tables()["altered"]);
    const Column* d = schema->column_named("d");
    schema->dropped.push_back({99, "d", ColumnKind::kRegular, d->type, dropped_at});
    Golden golden("altered", schema);
    ASSERT_NE(golden.sstable, nullptr);
    const bool shown = golden.scan().find("row ('00000003',)") != std::string::npos;
    EXPECT_EQ(shown, dropped_at < 1700000000000001);
  }
}

TEST(Golden, MissingSummaryAndFilterAreMadeUpFor) {
  for (const char* missing : {"Summary.db", "Filter.db", "Digest.crc32", "TOC.txt", "CRC.db"}) {
    for (const char* table : {"many", "composite"}) {
      TemporaryDirectory directory;
      std::filesystem::copy(testdata() + table, directory.path);
      std::filesystem::remove(directory.path + "/nb-1-big-" + missing);
      Golden whole(table);
      const auto opened = open_table(*whole.io, whole.cache, directory.path, whole.schema);
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      std::string error;
      EXPECT_EQ(scan_text(*whole.io, *opened.value(), whole.command, {}, &error), whole.scan());
      EXPECT_EQ(opened.value()->metadata().last_key, whole.sstable->metadata().last_key);
    }
  }
}

}  // namespace
}  // namespace ceto
