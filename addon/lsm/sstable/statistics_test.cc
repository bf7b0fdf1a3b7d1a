// Statistics.db: what Cassandra wrote is read and written anew, and says the same.
#include "lsm/sstable/statistics.h"

#include "base/test_data.h"
#include "lsm/sstable/test_files.h"
#include "lsm/sstable/test_tables.h"

namespace ceto {
namespace {

using namespace sstable_test;

StatisticsFile statistics_of(const std::string& directory, const TableSchema& schema) {
  const std::string path = directory + "/nb-1-big-Statistics.db";
  const std::string content = read_bytes(path);
  auto read = deserialize_statistics(Bytes(content), "nb", schema, path);
  EXPECT_TRUE(read.ok()) << read.error().message;
  return read.ok() ? std::move(read).value() : StatisticsFile{};
}

// Everything in `table`, to a set in `directory` with the bases of its deltas.
Status write_anew(Io& io, SSTable& table, const TableSchemaPtr& schema, const EncodingStats& bases,
                  const std::string& directory) {
  SSTableWriterOptions options;
  options.min_timestamp = bases.min_timestamp;
  options.min_local_deletion_time = bases.min_local_deletion_time;
  options.min_ttl = bases.min_ttl;
  const auto writer = make_sstable_writer(io, {directory, 1}, schema, options);
  ReadCommand command;
  command.table = schema;
  const auto source = table.scan(command, {});
  while (run_step(io, *source, [&] { return source->next_partition(); }) == Step::kReady) {
    PartitionSource& partition = source->partition();
    CETO_TRY(writer->begin_partition(source->token(), source->key(), partition.partition_deletion(),
                                     partition.static_row()));
    while (run_step(io, partition, [&] { return partition.next(); }) == Step::kReady) {
      if (writer->add(partition.current())) CETO_TRY(run_to_end(io, writer->drain()));
    }
    if (writer->end_partition()) CETO_TRY(run_to_end(io, writer->drain()));
  }
  return run_to_end(io, writer->finish());
}

template <class Written>
std::string bytes_of(Written& value) {
  std::string bytes;
  ByteWriter out(bytes);
  value.write(out);
  return hex(Bytes(bytes));
}

std::string hex_of(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += hex(Bytes(value)) + ' ';
  return out;
}

class StatisticsOf : public testing::TestWithParam<const char*> {};

TEST_P(StatisticsOf, AreThoseThatCassandraWroteForTheSameContent) {
  const std::string from = test_data("lsm/sstable/testdata") + GetParam();
  const auto io = test_io();
  ChunkCache cache(1 << 20);
  const auto schema = make_schema(GetParam(), golden_tables()[GetParam()]);
  const auto table = open_table(*io, cache, from, schema);
  ASSERT_TRUE(table.ok()) << table.error().message;
  StatisticsFile expected = statistics_of(from, *schema);
  TemporaryDirectory to;
  ASSERT_TRUE(write_anew(*io, *table.value(), schema, expected.header.stats, to.path).ok());
  StatisticsFile got = statistics_of(to.path, *schema);
  StatsComponent& a = expected.stats;
  StatsComponent& b = got.stats;
  EXPECT_EQ(expected.bloom_fp_chance, got.bloom_fp_chance);
  EXPECT_EQ(hex(Bytes(expected.cardinality)), hex(Bytes(got.cardinality)));
  EXPECT_EQ(bytes_of(a.partition_sizes), bytes_of(b.partition_sizes));
  EXPECT_EQ(bytes_of(a.cell_counts), bytes_of(b.cell_counts));
  EXPECT_EQ(bytes_of(a.tombstone_drop_times), bytes_of(b.tombstone_drop_times));
  EXPECT_EQ(a.min_timestamp, b.min_timestamp);
  EXPECT_EQ(a.max_timestamp, b.max_timestamp);
  EXPECT_EQ(a.min_local_deletion_time, b.min_local_deletion_time);
  EXPECT_EQ(a.max_local_deletion_time, b.max_local_deletion_time);
  EXPECT_EQ(a.min_ttl, b.min_ttl);
  EXPECT_EQ(a.max_ttl, b.max_ttl);
  EXPECT_EQ(hex_of(a.min_clustering), hex_of(b.min_clustering));
  EXPECT_EQ(hex_of(a.max_clustering), hex_of(b.max_clustering));
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_EQ(a.rows, b.rows);
}

INSTANTIATE_TEST_SUITE_P(Tables, StatisticsOf,
                         testing::Values("kinds", "wide", "counters", "composite", "altered",
                                         "manycols", "blocks", "many"));

TEST(KeyCardinality, ListsHashesUntilTheyAreTooMany) {
  KeyCardinality few;
  KeyCardinality many;
  for (uint32_t key = 0; key < 20000; ++key) {
    const Bytes bytes(reinterpret_cast<const uint8_t*>(&key), sizeof key);
    if (key < 1000) few.add(bytes);
    many.add(bytes);
  }
  const std::string sparse = few.serialize();
  const std::string dense = many.serialize();
  EXPECT_EQ(sparse[6], 1);
  EXPECT_LT(sparse.size(), 4000u);
  EXPECT_EQ(dense[6], 0);
  EXPECT_EQ(dense.size(), 4 + 3 + 2 + 1366 * 4u);
}

}  // namespace
}  // namespace ceto
