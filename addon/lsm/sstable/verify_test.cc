// Verify: good files pass, damage in each component is found and its file named.
#include "lsm/sstable/verify.h"

#include <random>

#include "base/test_data.h"
#include "lsm/sstable/test_files.h"
#include "lsm/sstable/test_tables.h"

namespace ceto {
namespace {

using namespace sstable_test;

VerifyReport verify(Io& io, const std::string& directory, const TableSchemaPtr& schema,
                    bool extended) {
  NoPause background;
  auto report =
      run_to_end(io, verify_sstable(io, {directory, 1}, schema,
                                    {.extended = extended, .quick = false}, WorkPace{background}));
  CETO_ASSERT(report.ok());
  return std::move(report).value();
}

std::string first_problem(const VerifyReport& report) {
  return report.problems.empty() ? "" : report.problems.front();
}

TEST(Verify, FilesOfRandomTablesAreGood) {
  const auto io = test_io();
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    TemporaryDirectory directory;
    const RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    const VerifyReport report = verify(*io, directory.path, model.schema, true);
    EXPECT_EQ(first_problem(report), "") << "seed " << seed;
    EXPECT_EQ(report.partitions, model.partitions.size());
  }
}

TEST(Verify, FilesOfCassandraAreGood) {
  const auto io = test_io();
  const std::string testdata = test_data("lsm/sstable/testdata");
  for (const auto& [name, columns] : golden_tables()) {
    const VerifyReport report = verify(*io, testdata + name, make_schema(name, columns), true);
    EXPECT_EQ(first_problem(report), "") << name;
    EXPECT_GT(report.partitions, 0u) << name;
  }
}

TEST(Verify, EveryFlippedBitIsFoundAndItsFileNamedWithoutReadingRows) {
  const auto io = test_io();
  std::mt19937_64 random(4);
  for (const uint64_t seed : {5, 8, 13}) {
    TemporaryDirectory directory;
    const RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    for (const char* component :
         {"Data.db", "Index.db", "Filter.db", "Summary.db", "CompressionInfo.db", "CRC.db",
          "Statistics.db", "Digest.crc32", "TOC.txt"}) {
      const std::string path = directory.path + "/nb-1-big-" + component;
      if (!std::filesystem::exists(path)) continue;
      const std::string whole = read_bytes(path);
      for (int i = 0; i < 6; ++i) {
        std::string broken = whole;
        const size_t at = random() % broken.size();
        broken[at] = static_cast<char>(broken[at] ^ (1 << random() % 8));
        write_bytes(path, broken);
        const std::string problem = first_problem(verify(*io, directory.path, model.schema, false));
        EXPECT_NE(problem.find(path), std::string::npos)
            << "seed " << seed << ", " << component << " byte " << at << ": " << problem;
      }
      write_bytes(path, whole);
    }
    EXPECT_TRUE(verify(*io, directory.path, model.schema, true).good());
  }
}

// Cassandra's own files have no checksum but the data's: the walk holds the rest against the rows.
TEST(Verify, ContradictionsOfFilesWithoutChecksumsAreFoundByTheExtendedCheck) {
  const auto io = test_io();
  std::mt19937_64 random(6);
  const std::string testdata = test_data("lsm/sstable/testdata");
  TemporaryDirectory directory;
  std::filesystem::copy(testdata + "many", directory.path);
  const auto schema = make_schema("many", golden_tables()["many"]);
  const std::string path = directory.path + "/nb-1-big-Index.db";
  const std::string whole = read_bytes(path);
  for (int i = 0; i < 40; ++i) {
    std::string broken = whole;
    const size_t at = random() % broken.size();
    broken[at] = static_cast<char>(broken[at] ^ (1 << random() % 8));
    write_bytes(path, broken);
    EXPECT_FALSE(verify(*io, directory.path, schema, true).good()) << "byte " << at;
  }
}

TEST(Verify, AMissingComponentIsNamed) {
  const auto io = test_io();
  const RandomModel model(5);
  for (const char* component : {"Index.db", "Filter.db", "Summary.db", "Statistics.db"}) {
    TemporaryDirectory directory;
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    const std::string path = directory.path + "/nb-1-big-" + component;
    std::filesystem::remove(path);
    EXPECT_NE(first_problem(verify(*io, directory.path, model.schema, false)).find(path),
              std::string::npos)
        << component;
  }
}

TEST(Verify, StopsWhenToldTo) {
  const auto io = test_io();
  TemporaryDirectory directory;
  const RandomModel model(5);
  ASSERT_TRUE(write_model(*io, directory.path, model).ok());
  NoPause background;
  const bool stop = true;
  const auto report = run_to_end(*io, verify_sstable(*io, {directory.path, 1}, model.schema, {},
                                                     WorkPace{background, nullptr, &stop}));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kShuttingDown);
}

}  // namespace
}  // namespace ceto
