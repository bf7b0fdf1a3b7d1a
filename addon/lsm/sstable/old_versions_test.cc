// Files of Cassandra 3.11 and of the betas of 4.0 under testdata/old: every version that is read.
#include "base/byte_io.h"
#include "base/test_data.h"
#include "lsm/sstable/test_files.h"
#include "lsm/sstable/test_schema.h"

namespace ceto {
namespace {

using namespace sstable_test;

constexpr uint64_t kKinds = 13;  // the set of the table of all types

std::shared_ptr<TableSchema> schema_of(uint64_t generation) {
  constexpr auto pk = ColumnKind::kPartitionKey;
  constexpr auto ck = ColumnKind::kClustering;
  constexpr auto rg = ColumnKind::kRegular;
  const std::string text = marshal("UTF8Type");
  const std::string int32 = marshal("Int32Type");
  if (generation != kKinds) {
    return make_schema(
        "old", {{"pk", pk, text},
                {"ck1", ck, marshal("ReversedType(" + int32 + ")")},
                {"ck2", ck, text},
                {"s", ColumnKind::kStatic, text},
                {"v", rg, text},
                {"m", rg, marshal("MapType(" + text + "," + int32 + ")")},
                {"l", rg, marshal("FrozenType(" + marshal("ListType(" + int32 + ")") + ")")},
                {"st", rg, marshal("SetType(" + text + ")")}});
  }
  std::vector<ColumnSpec> specs = {{"pk", pk, int32}};
  const std::vector<std::pair<std::string, std::string>> types = {
      {"a", "AsciiType"},   {"b", "LongType"},    {"c", "BytesType"},       {"d", "BooleanType"},
      {"f", "DecimalType"}, {"g", "DoubleType"},  {"i", "InetAddressType"}, {"j", "Int32Type"},
      {"k", "ShortType"},   {"l", "UTF8Type"},    {"n", "TimestampType"},   {"p", "ByteType"},
      {"q", "UUIDType"},    {"r", "IntegerType"}, {"s", "FloatType"}};
  for (const auto& [name, type] : types) specs.push_back({name, rg, marshal(type)});
  specs.push_back({"t", rg, marshal("TupleType(" + int32 + "," + text + ")")});
  return make_schema("old", specs);
}

class OldVersion : public testing::TestWithParam<const char*> {};

TEST_P(OldVersion, IsReadAsCassandraWroteIt) {
  const std::string version = GetParam();
  const std::string directory = test_data("lsm/sstable/testdata/old") + version;
  const auto io = test_io();
  for (const uint64_t generation : {1u, 2u, 3u, 4u, 7u, 10u, 13u}) {
    SCOPED_TRACE(version + " " + std::to_string(generation));
    ChunkCache cache(1 << 20);
    const auto schema = schema_of(generation);
    const auto table = open_table(*io, cache, directory, schema, generation, version);
    ASSERT_TRUE(table.ok()) << table.error().message;
    ReadCommand command;
    command.table = schema;
    std::string error;
    const std::string text = scan_text(*io, *table.value(), command, {}, &error);
    EXPECT_EQ(error, "");
    const std::string path = directory + "/expected-" + std::to_string(generation) + ".txt";
    if (getenv("CETO_UPDATE_GOLDEN") != nullptr) write_bytes(path, text);
    EXPECT_EQ(text, read_bytes(path));
    // The bloom filter, whose bits lie otherwise before `na`, knows every key.
    const auto scan = table.value()->scan(command, {});
    size_t partitions = 0;
    while (run_step(*io, *scan, [&] { return scan->next_partition(); }) == Step::kReady) {
      EXPECT_TRUE(table.value()->may_contain(scan->token(), scan->key()));
      ++partitions;
    }
    EXPECT_EQ(table.value()->metadata().partitions, partitions);
    EXPECT_GT(partitions, 0u);
  }
}

TEST_P(OldVersion, SlicesUseTheBlockIndex) {
  const std::string version = GetParam();
  const auto io = test_io();
  ChunkCache cache(1 << 20);
  const auto schema = schema_of(3);
  const auto table =
      open_table(*io, cache, test_data("lsm/sstable/testdata/old") + version, schema, 3, version);
  ASSERT_TRUE(table.ok()) << table.error().message;
  std::string low(4, '\0'), high(4, '\0');
  store_be(reinterpret_cast<uint8_t*>(high.data()), int32_t{350});
  store_be(reinterpret_cast<uint8_t*>(low.data()), int32_t{340});
  const Bytes from[] = {Bytes(high)};
  const Bytes to[] = {Bytes(low)};
  ReadCommand command;
  command.table = schema;
  const Slice slices[] = {{{from, false}, {to, true}}};
  command.slices = slices;
  const std::string key = "wide";
  for (const bool reversed : {false, true}) {
    command.reversed = reversed;
    const auto source = table.value()->read(command, token_of(Bytes(key)), Bytes(key));
    ASSERT_EQ(run_step(*io, *source, [&] { return source->open(); }), Step::kReady);
    size_t rows = 0;
    while (run_step(*io, *source, [&] { return source->next(); }) == Step::kReady) ++rows;
    EXPECT_EQ(rows, 11u);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, OldVersion, testing::Values("mc", "md", "me", "na"));

TEST(SSTableVersions, OthersAreNamedAndRefused) {
  EXPECT_FALSE(supported_sstable_version("ka"));
  EXPECT_FALSE(supported_sstable_version("oa"));
  for (const char* name : {"oa-1-big-Data.db", "da-1-bti-Data.db", "nc-7-big-Data.db",
                           "nb-3gvv_0nny_2kqfk2vtsoa9bb0j9t-big-Data.db"}) {
    EXPECT_TRUE(is_sstable_data(name)) << name;
  }
  for (const char* name : {"manifest.json", "Data.db", "nb-1-big-Index.db", "tmp-nb-1-big-Data.db",
                           "nb_txn_compaction_1.log"}) {
    EXPECT_FALSE(is_sstable_data(name)) << name;
  }
}

}  // namespace
}  // namespace ceto
