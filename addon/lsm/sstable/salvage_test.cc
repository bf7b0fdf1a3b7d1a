// Salvage: what damage leaves of a file is read, and nothing else.
#include "lsm/sstable/salvage.h"

#include <random>

#include "lsm/sstable/test_files.h"

namespace ceto {
namespace {

using namespace sstable_test;

struct Salvaged {
  std::vector<std::string> partitions;  // texts
  SalvageReport report;
  std::vector<DamageLine> lines;
};

Salvaged salvage(Io& io, const SSTablePtr& table, const TableSchemaPtr& schema) {
  Salvaged out;
  DamageLog log;
  ReadCommand command;
  command.table = schema;
  SalvageScan scan(std::static_pointer_cast<SSTableImpl>(table), command, {.validate = false},
                   out.report, log);
  for (;;) {
    const Step step = run_step(io, scan, [&] { return scan.next_partition(); });
    if (step == Step::kEnd) break;
    CETO_ASSERT(step == Step::kReady);
    PartitionSource& partition = scan.partition();
    std::string text =
        head_text(scan.key(), partition.partition_deletion(), partition.static_row());
    std::string error;
    const auto rows = read_rows(io, partition, &error);
    EXPECT_EQ(error, "");
    out.partitions.push_back(text + rows.value_or(""));
  }
  out.lines = log.take();
  return out;
}

std::vector<std::string> texts_of(const RandomModel& model) {
  std::vector<std::string> out;
  for (const PartitionModel& partition : model.partitions) out.push_back(text_of(partition));
  return out;
}

TEST(Salvage, GoodFilesAreReadWhole) {
  const auto io = test_io();
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    TemporaryDirectory directory;
    const RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    ChunkCache cache(1 << 20);
    auto table = open_table(*io, cache, directory.path, model.schema);
    ASSERT_TRUE(table.ok());
    const Salvaged salvaged = salvage(*io, table.value(), model.schema);
    EXPECT_EQ(salvaged.partitions, texts_of(model)) << "seed " << seed;
    EXPECT_EQ(salvaged.report.damaged_partitions, 0u);
    EXPECT_TRUE(salvaged.lines.empty());
  }
}

// What the table holds open in memory does not need the files; the index is made good by the data.
TEST(Salvage, NothingIsLostByDamageToAnythingButTheData) {
  const auto io = test_io();
  std::mt19937_64 random(7);
  for (const uint64_t seed : {5, 8, 13, 21}) {
    for (const char* component : {"Index.db", "Filter.db", "Summary.db", "CompressionInfo.db",
                                  "Statistics.db", "Digest.crc32", "TOC.txt"}) {
      TemporaryDirectory directory;
      const RandomModel model(seed);
      ASSERT_TRUE(write_model(*io, directory.path, model).ok());
      const std::string path = directory.path + "/nb-1-big-" + component;
      if (!std::filesystem::exists(path)) continue;
      ChunkCache cache(1 << 20);
      auto table = open_table(*io, cache, directory.path, model.schema);
      ASSERT_TRUE(table.ok());
      std::string broken = read_bytes(path);
      const size_t at = random() % broken.size();
      broken[at] = static_cast<char>(broken[at] ^ (1 << random() % 8));
      write_bytes(path, broken);
      const Salvaged salvaged = salvage(*io, table.value(), model.schema);
      EXPECT_EQ(salvaged.partitions, texts_of(model))
          << "seed " << seed << ", " << component << " byte " << at;
    }
  }
}

TEST(Salvage, DamagedDataLosesWhatItHeldAndIsNamed) {
  const auto io = test_io();
  std::mt19937_64 random(9);
  size_t kept = 0, all = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    TemporaryDirectory directory;
    const RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    const std::string path = directory.path + "/nb-1-big-Data.db";
    ChunkCache cache(1 << 20);
    auto table = open_table(*io, cache, directory.path, model.schema);
    ASSERT_TRUE(table.ok());
    std::string broken = read_bytes(path);
    const size_t at = random() % broken.size();
    broken[at] = static_cast<char>(broken[at] ^ (1 << random() % 8));
    write_bytes(path, broken);
    const Salvaged salvaged = salvage(*io, table.value(), model.schema);
    ASSERT_FALSE(salvaged.lines.empty()) << "seed " << seed;
    EXPECT_NE(salvaged.lines.front().text.find(path), std::string::npos)
        << salvaged.lines.front().text;
    EXPECT_GT(salvaged.report.damaged_partitions, 0u);
    // Whole partitions are as they were written; those that lost a part begin with its key.
    const std::vector<std::string> texts = texts_of(model);
    all += texts.size();
    for (const std::string& partition : salvaged.partitions) {
      const std::string key = partition.substr(0, partition.find(' ') + 1);
      const auto written = std::find_if(texts.begin(), texts.end(), [&](const std::string& text) {
        return text.starts_with(key);
      });
      ASSERT_NE(written, texts.end());
      kept += *written == partition;
    }
    EXPECT_GE(salvaged.report.damaged_partitions + salvaged.partitions.size(), texts.size())
        << "seed " << seed;
  }
  EXPECT_GT(kept, all / 4);
}

}  // namespace
}  // namespace ceto
