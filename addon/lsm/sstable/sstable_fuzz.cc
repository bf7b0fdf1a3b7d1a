// A set of files of any bytes: opened, read in every way, verified and salvaged.
#include <zlib.h>

#include "base/fuzz_target.h"
#include "base/test_data.h"
#include "io/simulated_io.h"
#include "lsm/sstable/salvage.h"
#include "lsm/sstable/test_files.h"
#include "lsm/sstable/test_tables.h"
#include "lsm/sstable/verify.h"

namespace ceto {
namespace {

using namespace sstable_test;

// The parts of an input: which table and how, then the components. One that is empty is not there.
constexpr size_t kStatistics = 6, kDigest = 7;
// As Cassandra writes them, and without checking chunks: checksums hold back nearly all that is
// random.
constexpr uint8_t kFewChecksums = 1;

struct Table {
  TableSchemaPtr schema;
  std::vector<std::string> keys;
  std::vector<Slice> slices;
  std::vector<std::string> components;
};

// Small ones, which are mutated faster, written by Ceto.
constexpr size_t kRandomTables = 10;
constexpr size_t kMostPartitions = 4;
constexpr size_t kMostBytes = 6000;

std::vector<std::string> written(const RandomModel& model) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  CETO_ASSERT(io.make_directories("/t").ok());
  CETO_ASSERT(write_model(io, "/t", model).ok());
  std::vector<std::string> out;
  for (const char* const component : kComponents) {
    const auto content = io.read_file(std::string("/t/nb-1-big-") + component);
    out.push_back(content.ok() ? content.value() : "");
  }
  return out;
}

size_t total(const std::vector<std::string>& components) {
  size_t out = 0;
  for (const std::string& one : components) out += one.size();
  return out;
}

// Of Cassandra, for the checksums that they lack and the tables that Ceto's tests do not make.
void add_golden(std::vector<Table>& tables) {
  const std::string testdata = test_data("lsm/sstable/testdata");
  for (const char* const name : {"counters", "composite", "kinds"}) {
    Table& table = tables.emplace_back();
    const auto schema = make_schema(name, golden_tables()[name]);
    schema->crc_check_chance = 0;
    table.schema = schema;
    table.keys = {std::string("\0\0\0\1", 4), "p"};
    for (const char* const component : kComponents) {
      table.components.push_back(read_bytes(testdata + name + "/nb-1-big-" + component));
    }
  }
}

const std::vector<Table>& tables() {
  static std::vector<std::unique_ptr<RandomModel>> models;  // slices point into them
  static const std::vector<Table> all = [] {
    std::vector<Table> out;
    for (uint64_t seed = 1; out.size() < kRandomTables; ++seed) {
      auto model = std::make_unique<RandomModel>(seed);
      keep_smallest(*model, kMostPartitions);
      if (model->partitions.empty()) continue;
      Table table;
      table.components = written(*model);
      if (total(table.components) > kMostBytes) continue;
      model->schema->crc_check_chance = 0;
      table.schema = model->schema;
      table.slices = model->random_slices(model->partitions[0]);
      for (const PartitionModel& partition : model->partitions) table.keys.push_back(partition.key);
      out.push_back(std::move(table));
      models.push_back(std::move(model));
    }
    add_golden(out);
    return out;
  }();
  return all;
}

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (size_t table = 0; table < tables().size(); ++table) {
    for (const uint8_t flags : {uint8_t{0}, kFewChecksums}) {
      std::vector<std::string> parts = {{static_cast<char>(table), static_cast<char>(flags)}};
      for (const std::string& one : tables()[table].components) parts.push_back(one);
      out.push_back(FuzzParts::join(parts));
    }
  }
  return out;
}

// The checksums of Statistics.db: of the count, of the table of contents, and of each part.
void repair_statistics(std::string& content) {
  auto* const bytes = reinterpret_cast<uint8_t*>(content.data());
  const auto crc = [&](size_t from, size_t size, uint32_t start = 0) {
    return static_cast<uint32_t>(crc32(start, bytes + from, static_cast<uInt>(size)));
  };
  if (content.size() < 8) return;
  const uint32_t count = load_be<uint32_t>(bytes);
  const size_t toc_end = 8 + size_t{count} * 8;
  if (count == 0 || count > 4 || content.size() < toc_end + 4) return;
  store_be(bytes + 4, crc(0, 4));
  store_be(bytes + toc_end, crc(8, toc_end - 8, crc(0, 4)));
  for (uint32_t i = 0; i < count; ++i) {
    const size_t begin = load_be<uint32_t>(bytes + 8 + i * 8 + 4);
    const size_t end =
        i + 1 < count ? load_be<uint32_t>(bytes + 8 + (i + 1) * 8 + 4) : content.size();
    if (begin > end || end > content.size() || end - begin < 4) return;
    store_be(bytes + end - 4, crc(begin, end - 4 - begin));
  }
}

void read_table(Io& io, SSTable& opened, const Table& table) {
  std::string error;
  for (const bool reversed : {false, true}) {
    for (const bool sliced : {false, true}) {
      ReadCommand command;
      command.table = table.schema;
      command.reversed = reversed;
      if (sliced) command.slices = table.slices;
      scan_text(io, opened, command, {}, &error);
      for (const std::string& key : table.keys) {
        const Token token = token_of(Bytes(key));
        if (!opened.may_contain(token, Bytes(key))) continue;
        const auto source = opened.read(command, token, Bytes(key));
        const Step step = run_step(io, *source, [&] { return source->open(); });
        if (step == Step::kReady) static_cast<void>(read_rows(io, *source, &error));
      }
    }
  }
}

void salvage(Io& io, const SSTablePtr& opened, const Table& table) {
  DamageLog log;
  SalvageReport report;
  ReadCommand command;
  command.table = table.schema;
  SalvageScan scan(std::static_pointer_cast<SSTableImpl>(opened), command, {}, report, log);
  std::string error;
  while (run_step(io, scan, [&] { return scan.next_partition(); }) == Step::kReady) {
    static_cast<void>(read_rows(io, scan.partition(), &error));
  }
}

void run(Bytes input) {
  const FuzzParts parts(input);
  if (parts[0].size() < 2) return;
  const Table& table = tables()[parts[0][0] % tables().size()];
  SimulatedDisk disk(1);
  disk.set_max_delay(0);
  SimulatedIo io(disk);
  CETO_ASSERT(io.make_directories("/t").ok());
  for (size_t i = 0; i < std::size(kComponents); ++i) {
    std::string content = parts[i + 1].str();
    if ((parts[0][1] & kFewChecksums) != 0) {
      if (i == kStatistics) repair_statistics(content);
      if (i == kDigest) content = content.substr(0, content.find('\n'));
    }
    if (content.empty()) continue;
    CETO_ASSERT(io.write_file(std::string("/t/nb-1-big-") + kComponents[i], content, false).ok());
  }
  NoPause background;
  static_cast<void>(run_to_end(io, verify_sstable(io, {"/t", 1}, table.schema, {.extended = true},
                                                  WorkPace{background}))
                        .ok());
  ChunkCache cache(1 << 20);
  std::vector<Error> damage;
  const auto opened = open_table(io, cache, "/t", table.schema, 1, "nb", &damage);
  if (!opened) return;
  read_table(io, *opened.value(), table);
  salvage(io, opened.value(), table);
  static_cast<void>(run_to_end(io, opened.value()->change_level(1)).ok());
}

const FuzzTarget sstables("sstables", true, seeds, run);

}  // namespace
}  // namespace ceto
