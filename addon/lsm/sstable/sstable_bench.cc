// Writes and point reads of SSTables, apart from the store: MB/s into Data.db (uncompressed bytes)
// and nanoseconds for one partition of one row whose chunks are in the cache. A program of its own:
//   ceto_sstable_bench DIRECTORY [partitions]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "base/byte_io.h"
#include "io/run_to_end.h"
#include "lsm/chunk_cache.h"
#include "lsm/sstable/sstable.h"
#include "lsm/sstable/test_schema.h"

namespace ceto {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The shape of the comparison with Cassandra: a key and five values of 34 bytes.
std::shared_ptr<TableSchema> bench_schema() {
  std::vector<sstable_test::ColumnSpec> specs = {
      {"key", ColumnKind::kPartitionKey, sstable_test::marshal("BytesType")}};
  for (int i = 0; i < 5; ++i) {
    specs.push_back(
        {"c" + std::to_string(i), ColumnKind::kRegular, sstable_test::marshal("BytesType")});
  }
  return sstable_test::make_schema("bench", specs);
}

struct Key {
  Token token;
  uint64_t number;
};

Task<Status> write_table(SSTableWriter& writer, const std::vector<Key>& keys) {
  std::mt19937_64 random(1);
  std::string value(34, 'x');
  for (const Key& key : keys) {
    uint8_t bytes[8];
    store_be(bytes, key.number);
    Cell cells[5];
    for (int c = 0; c < 5; ++c) {
      cells[c].column = static_cast<ColumnId>(c + 1);
      cells[c].timestamp = 1700000000000000 + static_cast<int64_t>(key.number);
      cells[c].value = Bytes(value);
    }
    for (size_t i = 0; i < value.size(); i += 4) value[i] = static_cast<char>(random());
    Unfiltered row;
    row.row.cells = cells;
    row.row.liveness.timestamp = cells[0].timestamp;
    CETO_CO_TRY(writer.begin_partition(key.token, {bytes, 8}, {}, nullptr));
    if (writer.add(row)) CETO_CO_TRY(co_await writer.drain());
    if (writer.end_partition()) CETO_CO_TRY(co_await writer.drain());
  }
  co_return co_await writer.finish();
}

bool read_one(Io& io, SSTable& table, const ReadCommand& command, const Key& key) {
  uint8_t bytes[8];
  store_be(bytes, key.number);
  const auto source = table.read(command, key.token, {bytes, 8});
  Step step;
  while ((step = source->open()) == Step::kWait) run_to_end(io, source->wait());
  if (step != Step::kReady) return false;
  while ((step = source->next()) == Step::kWait) run_to_end(io, source->wait());
  return step == Step::kReady && source->current().row.cells.size() == 5;
}

int run(const std::string& directory, size_t partitions) {
  auto io = make_io(IoBackend::kAuto);
  CETO_ASSERT(io.ok());
  std::vector<Key> keys(partitions);
  for (size_t i = 0; i < partitions; ++i) {
    uint8_t bytes[8];
    store_be(bytes, static_cast<uint64_t>(i));
    keys[i] = {token_of({bytes, 8}), i};
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.token < b.token; });
  const auto schema = bench_schema();
  auto start = std::chrono::steady_clock::now();
  auto writer =
      make_sstable_writer(*io.value(), {directory, 1}, schema, {.expected_partitions = partitions});
  const Status written = run_to_end(*io.value(), write_table(*writer, keys));
  if (!written.ok()) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
    return 1;
  }
  const double write_seconds = seconds_since(start);
  ChunkCache cache(1ull << 30);
  auto opened = run_to_end(*io.value(), open_sstable(*io.value(), cache, {directory, 1}, schema));
  CETO_ASSERT(opened.ok());
  SSTable& table = *opened.value();
  const double megabytes = double(table.metadata().uncompressed_bytes) / 1e6;
  std::printf("write: %zu partitions, %.1f MB, %.1f MB/s, %.0f ns a partition\n", partitions,
              megabytes, megabytes / write_seconds, write_seconds / double(partitions) * 1e9);
  ReadCommand command;
  command.table = schema;
  for (const Key& key : keys) CETO_ASSERT(read_one(*io.value(), table, command, key));
  std::mt19937_64 random(2);
  constexpr size_t kReads = 500000;
  start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < kReads; ++i) {
    CETO_ASSERT(read_one(*io.value(), table, command, keys[random() % keys.size()]));
  }
  std::printf("point read from cache: %.0f ns\n", seconds_since(start) / kReads * 1e9);
  table.mark_obsolete();
  return 0;
}

}  // namespace
}  // namespace ceto

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY [partitions]\n", argv[0]);
    return 2;
  }
  return ceto::run(argv[1], argc > 2 ? std::stoull(argv[2]) : 500000);
}
