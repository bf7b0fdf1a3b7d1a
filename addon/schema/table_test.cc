#include "schema/table.h"

#include <gtest/gtest.h>

#include <random>

#include "schema/partition_key.h"
#include "schema/test_descriptor.h"

namespace ceto {
namespace {

using ColumnSpec = schema_test::DescribedColumn;

std::string descriptor(const std::vector<ColumnSpec>& columns, uint32_t flags = 1 | 8) {
  schema_test::TableDescriptor table;
  table.flags = flags;
  table.columns = columns;
  table.dropped = {{9, "gone", 123456}};
  return table.encode();
}

const std::vector<ColumnSpec> kColumns = {
    {5, "m", ColumnKind::kRegular, 0, "MapType(UTF8Type,Int32Type)"},
    {4, "z", ColumnKind::kRegular, 0, "Int32Type"},
    {3, "a", ColumnKind::kRegular, 0, "SetType(Int32Type)"},
    {2, "s", ColumnKind::kStatic, 0, "UTF8Type"},
    {1, "c", ColumnKind::kClustering, 0, "ReversedType(TimeUUIDType)"},
    {6, "k2", ColumnKind::kPartitionKey, 1, "UTF8Type"},
    {0, "k1", ColumnKind::kPartitionKey, 0, "Int32Type"},
};

TEST(TableDescriptor, decodes_options_and_columns_in_storage_order) {
  auto decoded = decode_table_descriptor(Bytes(descriptor(kColumns)));
  ASSERT_TRUE(decoded) << decoded.error().message;
  const TableSchema& table = *decoded.value();
  EXPECT_EQ(table.keyspace, "ks");
  EXPECT_EQ(table.name, "t");
  EXPECT_EQ(table.replication_factor, 3);
  EXPECT_TRUE(table.counter);
  EXPECT_TRUE(table.cdc);
  EXPECT_FALSE(table.memory_only);
  EXPECT_EQ(table.default_ttl, 60);
  EXPECT_EQ(table.compression_options.at("lz4_compressor_type"), "fast");
  EXPECT_EQ(table.compaction.at("class"), "SizeTieredCompactionStrategy");
  EXPECT_EQ(format_table_id(table.id), "00010203-0405-0607-0809-0a0b0c0d0e0f");
  ASSERT_EQ(table.partition_key.size(), 2u);
  EXPECT_EQ(table.partition_key[0]->name, "k1");
  EXPECT_EQ(table.partition_key[1]->name, "k2");
  EXPECT_TRUE(table.clustering[0]->type->reversed);
  ASSERT_EQ(table.regulars.size(), 3u);
  EXPECT_EQ(table.regulars[0]->name, "z");  // simple before multi-cell
  EXPECT_EQ(table.regulars[1]->name, "a");
  EXPECT_EQ(table.regulars[2]->name, "m");
  EXPECT_EQ(table.column(4)->name, "z");
  EXPECT_EQ(table.column(7), nullptr);
  EXPECT_EQ(table.column_named("s")->id, 2);
  EXPECT_EQ(table.column_named("nobody"), nullptr);
  ASSERT_EQ(table.dropped.size(), 1u);
  EXPECT_EQ(table.dropped[0].dropped_time_micros, 123456);
}

TEST(TableDescriptor, a_column_that_is_there_again_knows_when_its_name_was_dropped) {
  std::vector<ColumnSpec> columns = kColumns;
  columns.push_back({7, "gone", ColumnKind::kRegular, 0, "UTF8Type"});
  auto decoded = decode_table_descriptor(Bytes(descriptor(columns)));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded.value()->column(7)->dropped_time_micros, 123456);
  EXPECT_EQ(decoded.value()->column(4)->dropped_time_micros, INT64_MIN);
}

void expect_refused(std::vector<ColumnSpec> columns, const char* why) {
  auto decoded = decode_table_descriptor(Bytes(descriptor(columns)));
  ASSERT_FALSE(decoded) << why;
  EXPECT_EQ(decoded.error().code, ErrorCode::kInvalid);
  EXPECT_NE(decoded.error().message.find(why), std::string::npos) << decoded.error().message;
}

TEST(TableDescriptor, contradictions_are_refused) {
  const ColumnSpec key{0, "k", ColumnKind::kPartitionKey, 0, "Int32Type"};
  expect_refused({}, "no partition key");
  expect_refused({key, {0, "x", ColumnKind::kRegular, 0, "Int32Type"}}, "one id");
  expect_refused({key, {1, "k", ColumnKind::kRegular, 0, "Int32Type"}}, "one name");
  expect_refused({key, {9, "x", ColumnKind::kRegular, 0, "Int32Type"}}, "in use");
  expect_refused({key, {1, "x", ColumnKind::kPartitionKey, 2, "Int32Type"}}, "gap");
  expect_refused({key, {1, "x", ColumnKind::kPartitionKey, 0, "Int32Type"}}, "one position");
  expect_refused({key, {1, "x", ColumnKind::kRegular, 0, "NoSuchType"}}, "Unable to find");
  expect_refused({key, {4096, "x", ColumnKind::kRegular, 0, "Int32Type"}}, "above the limit");
  expect_refused({key, {1, "x", ColumnKind::kClustering, 0, "ListType(Int32Type)"}}, "not frozen");
  expect_refused({key, {1, "x", ColumnKind::kRegular, 0, "ReversedType(Int32Type)"}}, "reversed");
  EXPECT_FALSE(decode_table_descriptor(Bytes(descriptor({key}, 64))));
}

TEST(TableDescriptor, truncated_and_damaged_bytes_are_refused_without_harm) {
  const std::string whole = descriptor(kColumns);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_table_descriptor(Bytes(whole).sub(0, size))) << size;
  }
  EXPECT_FALSE(decode_table_descriptor(Bytes(whole + '\0')));
  const uint64_t seed = 3;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = whole;
    for (uint64_t flips = 1 + random() % 3; flips != 0; --flips) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    }
    (void)decode_table_descriptor(Bytes(damaged));
  }
}

TEST(PartitionKey, composites_have_cassandras_form_and_split_again) {
  Arena arena;
  const Bytes parts[] = {std::string_view("\0\0\0\7", 4), std::string_view(""),
                         std::string_view("ab")};
  const Bytes key = make_partition_key(parts, arena).value();
  EXPECT_EQ(key.str(), std::string("\0\4\0\0\0\7\0\0\0\0\0\2ab\0", 15));
  Bytes split[3];
  ASSERT_TRUE(split_partition_key(key, split));
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(split[i].str(), parts[i].str());
  EXPECT_FALSE(split_partition_key(key.sub(0, key.size() - 1), split));
  Bytes two[2];
  EXPECT_FALSE(split_partition_key(key, two));
  std::string bound = key.str();
  bound.back() = 1;
  EXPECT_FALSE(split_partition_key(Bytes(bound), split));
}

TEST(PartitionKey, a_single_column_is_the_key_itself) {
  Arena arena;
  const Bytes part[] = {std::string_view("key")};
  EXPECT_EQ(make_partition_key(part, arena).value().data(), part[0].data());
}

TEST(PartitionKey, empty_and_too_long_keys_have_cassandras_words) {
  Arena arena;
  const Bytes empty[] = {Bytes()};
  EXPECT_EQ(make_partition_key(empty, arena).error().message, "Key may not be empty");
  const std::string text(70'000, 'x');
  const Bytes single[] = {Bytes(text)};
  EXPECT_EQ(make_partition_key(single, arena).error().message,
            "Key length of 70000 is longer than maximum of 65535");
  const Bytes composite[] = {Bytes(text), Bytes()};
  EXPECT_EQ(make_partition_key(composite, arena).error().message,
            "Key length of 70000 is longer than maximum of 65535");
  const Bytes both_empty[] = {Bytes(), Bytes()};
  EXPECT_TRUE(make_partition_key(both_empty, arena));
}

}  // namespace
}  // namespace ceto
