// Flipped bits and cut files: found and named where there is a checksum, never a crash.
#include <random>

#include "base/test_data.h"
#include "lsm/sstable/test_files.h"
#include "lsm/sstable/test_tables.h"

namespace ceto {
namespace {

using namespace sstable_test;

// Opens and reads everything in every way; the first error's text, or what was damaged and not
// needed, or "".
std::string read_everything(Io& io, const std::string& directory, TableSchemaPtr schema,
                            const std::vector<std::string>& keys) {
  ChunkCache cache(1 << 20);
  std::vector<Error> damage;
  auto opened = open_table(io, cache, directory, schema, 1, "nb", &damage);
  if (!opened.ok()) return opened.error().message;
  std::string error;
  for (const bool reversed : {false, true}) {
    ReadCommand command;
    command.table = schema;
    command.reversed = reversed;
    scan_text(io, *opened.value(), command, {}, &error);
    for (const std::string& key : keys) {
      const auto source = opened.value()->read(command, token_of(Bytes(key)), Bytes(key));
      const Step step = run_step(io, *source, [&] { return source->open(); });
      if (step == Step::kReady) static_cast<void>(read_rows(io, *source, &error));
      if (step == Step::kError) error = source->error().message;
    }
  }
  return error.empty() && !damage.empty() ? damage.front().message : error;
}

constexpr const char* kComponents[] = {"Data.db",       "Index.db",           "Filter.db",
                                       "Summary.db",    "CompressionInfo.db", "CRC.db",
                                       "Statistics.db", "Digest.crc32",       "TOC.txt"};

TEST(Corruption, EveryFlippedBitOfAFileIsFoundAndItsFileNamed) {
  const auto io = test_io();
  std::mt19937_64 random(1);
  for (const uint64_t seed : {5, 8, 13, 21, 34}) {
    TemporaryDirectory directory;
    const RandomModel model(seed);
    ASSERT_TRUE(write_model(*io, directory.path, model).ok());
    ASSERT_EQ(read_everything(*io, directory.path, model.schema, {}), "");
    for (const char* component : kComponents) {
      const std::string path = directory.path + "/nb-1-big-" + component;
      if (!std::filesystem::exists(path)) continue;
      const std::string whole = read_bytes(path);
      for (int i = 0; i < 25; ++i) {
        std::string broken = whole;
        const size_t at = random() % broken.size();
        broken[at] = static_cast<char>(broken[at] ^ (1 << random() % 8));
        write_bytes(path, broken);
        const std::string error = read_everything(*io, directory.path, model.schema, {});
        EXPECT_NE(error.find(path), std::string::npos)
            << "seed " << seed << ", " << component << " byte " << at << ": " << error;
        EXPECT_NE(error.find("offset"), std::string::npos) << error;
      }
      write_bytes(path, whole);
    }
  }
}

TEST(Corruption, CutFilesAreFound) {
  const auto io = test_io();
  std::mt19937_64 random(2);
  TemporaryDirectory directory;
  const RandomModel model(5);
  ASSERT_TRUE(write_model(*io, directory.path, model).ok());
  for (const std::string_view component : kComponents) {
    const std::string path = directory.path + "/nb-1-big-" + std::string(component);
    // What is left of Digest.crc32 may be a whole one as Cassandra writes it.
    if (!std::filesystem::exists(path) || component == "Digest.crc32") continue;
    const std::string whole = read_bytes(path);
    for (int i = 0; i < 20; ++i) {
      write_bytes(path, whole.substr(0, random() % whole.size()));
      EXPECT_NE(read_everything(*io, directory.path, model.schema, {}), "") << component;
    }
    write_bytes(path, whole);
  }
}

// Cassandra's own files have no checksum for the index, the summary, the filter and the chunk
// offsets, and crc_check_chance 0 takes the one of the data away: whatever is read then, nothing
// breaks.
TEST(Corruption, FilesWithoutChecksumsNeverCrashTheReader) {
  const auto io = test_io();
  std::mt19937_64 random(3);
  const std::string testdata = test_data("lsm/sstable/testdata");
  size_t found = 0, flips = 0;
  for (const char* table : {"wide", "kinds", "composite", "many", "manycols", "counters"}) {
    TemporaryDirectory directory;
    std::filesystem::copy(testdata + table, directory.path);
    const auto schema = make_schema(table, golden_tables()[table]);
    schema->crc_check_chance = 0;
    for (const char* component : kComponents) {
      const std::string path = directory.path + "/nb-1-big-" + component;
      if (!std::filesystem::exists(path)) continue;
      const std::string whole = read_bytes(path);
      for (int i = 0; i < 40; ++i) {
        std::string broken = whole;
        for (size_t n = 1 + random() % 3; n > 0; --n) {
          const size_t at = random() % broken.size();
          broken[at] = static_cast<char>(broken[at] ^ (1 << random() % 8));
        }
        write_bytes(path, broken);
        ++flips;
        found +=
            !read_everything(*io, directory.path, schema, {std::string("p"), "q", "gone"}).empty();
      }
      write_bytes(path, whole);
    }
  }
  EXPECT_GT(found * 3, flips);  // most of what is flipped contradicts something
}

}  // namespace
}  // namespace ceto
