// A set is opened as one of a table whose types are others than when it was written.
#include "lsm/sstable/schema_fit.h"

#include "base/byte_io.h"
#include "lsm/sstable/test_files.h"

namespace ceto {
namespace {

using namespace sstable_test;

constexpr int64_t kWrittenAt = 1700000000000000;

std::string int_bytes(int32_t value) {
  std::string out(4, '\0');
  store_be(reinterpret_cast<uint8_t*>(out.data()), value);
  return out;
}

struct Types {
  std::string key = "Int32Type", clustering = "UTF8Type", fixed = "UTF8Type", value = "Int32Type";
};

std::vector<ColumnSpec> specs_of(const Types& types) {
  return {{"p", ColumnKind::kPartitionKey, types.key},
          {"c", ColumnKind::kClustering, types.clustering},
          {"s", ColumnKind::kStatic, types.fixed},
          {"v", ColumnKind::kRegular, types.value}};
}

class SchemaFit : public testing::Test {
 protected:
  void SetUp() override { write(specs_of({}), false); }

  // One partition of one row, whose value of `v` is an int, or a map's entry.
  void write(const std::vector<ColumnSpec>& specs, bool map) {
    written_ = make_schema("t", specs);
    const auto writer = make_sstable_writer(*io_, {directory_.path, 1}, written_, {});
    const std::string key = int_bytes(7), clustering = "c", value = int_bytes(5);
    Cell cell;
    cell.column = written_->column_named("v")->id;
    cell.timestamp = kWrittenAt;
    cell.value = Bytes(value);
    if (map) cell.path = Bytes(value);
    const Bytes values[] = {Bytes(clustering)};
    Unfiltered row;
    row.row.clustering = values;
    row.row.cells = {&cell, 1};
    ASSERT_TRUE(writer->begin_partition(token_of(Bytes(key)), Bytes(key), {}, nullptr).ok());
    if (writer->add(row)) ASSERT_TRUE(run_to_end(*io_, writer->drain()).ok());
    if (writer->end_partition()) ASSERT_TRUE(run_to_end(*io_, writer->drain()).ok());
    ASSERT_TRUE(run_to_end(*io_, writer->finish()).ok());
  }
  // Opens the set as one of `schema`: its text, or the error's.
  std::string opened(const TableSchemaPtr& schema) {
    ChunkCache cache(1 << 20);
    const auto table = open_table(*io_, cache, directory_.path, schema);
    if (!table) {
      EXPECT_EQ(table.error().code, ErrorCode::kCorrupt);
      return table.error().message;
    }
    ReadCommand command;
    command.table = schema;
    std::string error;
    const std::string text = scan_text(*io_, *table.value(), command, {}, &error);
    return error.empty() ? text : error;
  }
  std::string opened(const Types& types) { return opened(make_schema("t", specs_of(types))); }
  std::string refusal(const std::string& what, const std::string& type,
                      const std::string& expected) {
    return statistics() + ": its " + what + " has the type " + marshal(type) +
           ", that of table ks.t " + marshal(expected);
  }
  std::string statistics() const { return directory_.path + "/nb-1-big-Statistics.db"; }

  std::unique_ptr<Io> io_ = test_io();
  TemporaryDirectory directory_;
  TableSchemaPtr written_;
};

TEST_F(SchemaFit, AColumnOfAnotherTypeIsRefusedWhateverItsKind) {
  EXPECT_EQ(opened({.key = "UTF8Type"}), refusal("partition key", "Int32Type", "UTF8Type"));
  EXPECT_EQ(opened({.clustering = "Int32Type"}),
            refusal("clustering column c", "UTF8Type", "Int32Type"));
  EXPECT_EQ(
      opened({.clustering = "ReversedType(UTF8Type)"}),
      refusal("clustering column c", "UTF8Type", "ReversedType(" + marshal("UTF8Type") + ")"));
  EXPECT_EQ(opened({.fixed = "Int32Type"}), refusal("column s", "UTF8Type", "Int32Type"));
  EXPECT_EQ(opened({.value = "LongType"}), refusal("column v", "Int32Type", "LongType"));
  EXPECT_EQ(opened({.value = "SetType(Int32Type)"}),
            refusal("column v", "Int32Type", "SetType(" + marshal("Int32Type") + ")"));
}

TEST_F(SchemaFit, AKeyOfMoreColumnsIsRefused) {
  auto specs = specs_of({});
  specs.push_back({"q", ColumnKind::kPartitionKey, "UTF8Type"});
  EXPECT_EQ(opened(make_schema("t", specs)),
            refusal("partition key", "Int32Type",
                    "CompositeType(" + marshal("Int32Type") + "," + marshal("UTF8Type") + ")"));
}

TEST_F(SchemaFit, AColumnOfAnotherKindIsRefused) {
  auto specs = specs_of({});
  specs[3].kind = ColumnKind::kStatic;
  EXPECT_EQ(opened(make_schema("t", specs)),
            statistics() + ": its regular column v is a static column of table ks.t");
}

TEST_F(SchemaFit, ValuesAreReadByTheTypeThatTheFileHas) {
  const std::string expected = opened(written_);
  EXPECT_NE(expected.find("00000005"), std::string::npos) << expected;
  for (const char* wider : {"IntegerType", "BytesType", "SimpleDateType"}) {
    EXPECT_EQ(opened({.clustering = "BytesType", .fixed = "BytesType", .value = wider}), expected);
  }
}

TEST_F(SchemaFit, WhatWasReadOfANarrowerTypeIsWrittenAsOneOfTheTable) {
  const auto schema = make_schema("t", specs_of({.value = "IntegerType"}));
  const std::string expected = opened(schema);
  ChunkCache cache(1 << 20);
  const auto table = open_table(*io_, cache, directory_.path, schema);
  ASSERT_TRUE(table.ok());
  const auto writer = make_sstable_writer(*io_, {directory_.path, 2}, schema, {});
  ReadCommand command;
  command.table = schema;
  const auto source = table.value()->scan(command, {});
  ASSERT_EQ(run_step(*io_, *source, [&] { return source->next_partition(); }), Step::kReady);
  ASSERT_TRUE(writer->begin_partition(source->token(), source->key(), {}, nullptr).ok());
  PartitionSource& rows = source->partition();
  while (run_step(*io_, rows, [&] { return rows.next(); }) == Step::kReady) {
    if (writer->add(rows.current())) ASSERT_TRUE(run_to_end(*io_, writer->drain()).ok());
  }
  if (writer->end_partition()) ASSERT_TRUE(run_to_end(*io_, writer->drain()).ok());
  ASSERT_TRUE(run_to_end(*io_, writer->finish()).ok());
  const auto again = open_table(*io_, cache, directory_.path, schema, 2);
  ASSERT_TRUE(again.ok()) << again.error().message;
  std::string error;
  EXPECT_EQ(scan_text(*io_, *again.value(), command, {}, &error), expected);
}

TEST_F(SchemaFit, ColumnsThatTheTableDoesNotHaveArePassedOver) {
  auto specs = specs_of({});
  specs.pop_back();
  EXPECT_EQ(opened(make_schema("t", specs)).find("00000005"), std::string::npos);
}

TEST_F(SchemaFit, OfAColumnThatWasDroppedTheTypeDoesNotMatterBeforeTheDrop) {
  for (const char* now : {"LongType", "SetType(Int32Type)"}) {
    const auto schema = make_schema("t", specs_of({.value = now}));
    schema->dropped.push_back(
        {99, "v", ColumnKind::kRegular, simple_type(TypeKind::kInt), kWrittenAt});
    EXPECT_EQ(opened(schema).find("00000005"), std::string::npos);
    EXPECT_EQ(opened(schema).find("Data.db"), std::string::npos) << opened(schema);
    // A later cell is not one of the column that is there now.
    schema->dropped[0].dropped_time_micros = kWrittenAt - 1;
    EXPECT_NE(opened(schema).find("Data.db"), std::string::npos) << opened(schema);
  }
}

TEST_F(SchemaFit, AMapWhoseColumnIsNowSomethingElseIsRefused) {
  write(specs_of({.value = "MapType(Int32Type,Int32Type)"}), true);
  EXPECT_NE(opened({.value = "BytesType"}).find("its column v has the type"), std::string::npos);
  EXPECT_NE(opened({.value = "MapType(UTF8Type,Int32Type)"}).find("its column v has the type"),
            std::string::npos);
  EXPECT_EQ(opened(written_).find("its column v has the type"), std::string::npos);
}

}  // namespace
}  // namespace ceto
