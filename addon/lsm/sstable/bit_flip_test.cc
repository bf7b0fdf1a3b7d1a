// One flipped bit in any byte of any component: what would change an answer is found, by the read
// where the set has checksums for it and by verify where it has not, and its file is named.
#include <gtest/gtest.h>

#include <random>

#include "base/test_data.h"
#include "io/simulated_io.h"
#include "lsm/sstable/test_files.h"
#include "lsm/sstable/test_tables.h"
#include "lsm/sstable/verify.h"

namespace ceto {
namespace {

using namespace sstable_test;

// All that reads give of a set, the first error, and what was damaged but not needed.
struct Answers {
  std::string text;
  std::string error;
  std::string damage;
  std::string first_named() const { return error.empty() ? damage : error; }
};

// The set is read without it when it is damaged.
bool dispensable(std::string_view component) {
  return component == "Filter.db" || component == "Summary.db" || component == "Digest.crc32" ||
         component == "TOC.txt";
}

// A set of files on a disk in memory, which answers at once.
class FileSetOnDisk {
 public:
  FileSetOnDisk() {
    disk_.set_max_delay(0);
    CETO_ASSERT(io_.make_directories(kDirectory).ok());
  }

  Io& io() { return io_; }
  static std::string path(const std::string& component) {
    return std::string(kDirectory) + "/nb-1-big-" + component;
  }
  std::string read(const std::string& component) {
    auto content = io_.read_file(path(component));
    return content.ok() ? std::move(content).value() : std::string();
  }
  void write(const std::string& component, const std::string& content) {
    CETO_ASSERT(io_.write_file(path(component), content, false).ok());
  }

  // Scans both ways, whole and in slices, and each key as a table looks for it.
  Answers answers(const TableSchemaPtr& schema, const std::vector<std::string>& keys,
                  std::span<const Slice> slices) {
    Answers out;
    ChunkCache cache(1 << 20);
    std::vector<Error> damage;
    const auto opened = open_table(io_, cache, kDirectory, schema, 1, "nb", &damage);
    for (const Error& error : damage) out.damage += error.message + '\n';
    if (!opened) return {"", opened.error().message, out.damage};
    const auto keep = [&](const std::string& error) {
      if (out.error.empty()) out.error = error;
    };
    for (const bool reversed : {false, true}) {
      for (const auto& wanted : {std::span<const Slice>(), slices}) {
        ReadCommand command;
        command.table = schema;
        command.reversed = reversed;
        command.slices = wanted;
        std::string error;
        out.text += scan_text(io_, *opened.value(), command, {}, &error);
        for (const std::string& key : keys)
          out.text += read_key(*opened.value(), command, key, error);
        keep(error);
      }
    }
    return out;
  }

  std::string first_problem(const TableSchemaPtr& schema, bool extended) {
    NoPause background;
    const auto report = run_to_end(
        io_, verify_sstable(io_, {kDirectory, 1}, schema, {.extended = extended}, {background}));
    CETO_ASSERT(report.ok());
    return report.value().problems.empty() ? "" : report.value().problems.front();
  }

 private:
  static constexpr const char* kDirectory = "/t";

  std::string read_key(SSTable& table, const ReadCommand& command, const std::string& key,
                       std::string& error) {
    const Token token = token_of(Bytes(key));
    if (!table.may_contain(token, Bytes(key))) return "not there\n";
    const auto source = table.read(command, token, Bytes(key));
    const Step step = run_step(io_, *source, [&] { return source->open(); });
    if (step == Step::kError && error.empty()) error = source->error().message;
    if (step != Step::kReady) return "not there\n";
    return head_text(Bytes(key), source->partition_deletion(), source->static_row()) +
           read_rows(io_, *source, &error).value_or("");
  }

  SimulatedDisk disk_{1};
  SimulatedIo io_{disk_};
};

std::vector<std::string> keys_of(const RandomModel& model) {
  std::vector<std::string> keys = {"no such key"};
  for (const PartitionModel& partition : model.partitions) keys.push_back(partition.key);
  keys.resize(std::min<size_t>(keys.size(), 6));
  return keys;
}

// `content` with one bit of byte `at` flipped.
std::string flipped(std::string content, size_t at, uint64_t bit) {
  content[at] = static_cast<char>(content[at] ^ (1 << bit % 8));
  return content;
}

// Every `step`-th byte of every component; a set of Ceto's has checksums for all of them.
void expect_all_found(const RandomModel& model, size_t step, uint64_t seed) {
  std::mt19937_64 random(seed);
  FileSetOnDisk set;
  ASSERT_TRUE(write_model(set.io(), "/t", model).ok());
  const std::vector<std::string> keys = keys_of(model);
  const Answers good = set.answers(model.schema, keys, {});
  ASSERT_EQ(good.first_named(), "");
  for (const char* const component : kComponents) {
    const std::string whole = set.read(component);
    // Most of every set is these histograms, which have one checksum.
    const size_t pace = std::string_view(component) == "Statistics.db" ? step * 8 : step;
    for (size_t at = random() % pace; at < whole.size(); at += 1 + random() % (2 * pace - 1)) {
      set.write(component, flipped(whole, at, random()));
      const Answers found = set.answers(model.schema, keys, {});
      ASSERT_NE(found.first_named().find(FileSetOnDisk::path(component)), std::string::npos)
          << component << " byte " << at << ": " << found.first_named();
      ASSERT_NE(found.first_named().find("offset"), std::string::npos) << found.first_named();
      ASSERT_EQ(found.error.empty(), dispensable(component)) << component << " byte " << at;
      if (found.error.empty()) {
        ASSERT_EQ(found.text, good.text) << component << " byte " << at;
      }
      if (random() % 4 != 0) continue;
      const std::string verified = set.first_problem(model.schema, false);
      ASSERT_NE(verified.find(FileSetOnDisk::path(component)), std::string::npos)
          << component << " byte " << at << ": " << verified;
    }
    if (!whole.empty()) set.write(component, whole);
  }
  EXPECT_EQ(set.first_problem(model.schema, true), "");
}

uint64_t bytes_of(const RandomModel& model) {
  FileSetOnDisk set;
  CETO_ASSERT(write_model(set.io(), "/t", model).ok());
  uint64_t bytes = 0;
  for (const char* const component : kComponents) bytes += set.read(component).size();
  return bytes;
}

TEST(BitFlip, InAnyByteOfASmallSetIsFoundAndNamed) {
  struct Kind {
    const char* compressor;
    uint32_t chunk_length;
    size_t step;
  };
  constexpr Kind kKinds[] = {{"LZ4Compressor", 4096, 1},    {"", 0, 1},
                             {"SnappyCompressor", 4096, 9}, {"ZstdCompressor", 8192, 9},
                             {"NoopCompressor", 4096, 9},   {"DeflateCompressor", 4096, 9}};
  uint64_t seed = 1;
  for (const Kind& kind : kKinds) {
    // The next one that is small.
    for (;; ++seed) {
      RandomModel model(seed);
      keep_smallest(model, 4);
      model.schema->compression_class = kind.compressor;
      model.schema->compression_chunk_length = kind.chunk_length;
      if (model.partitions.size() < 2 || bytes_of(model) > 9000) continue;
      SCOPED_TRACE("model " + std::to_string(seed));
      expect_all_found(model, kind.step, seed++);
      break;
    }
    if (HasFatalFailure()) return;
  }
}

TEST(BitFlip, AnywhereInALargerSetIsFoundAndNamed) {
  size_t sets = 0;
  for (uint64_t seed = 1; sets < 4; ++seed) {
    const RandomModel model(seed);
    const uint64_t bytes = bytes_of(model);
    if (bytes < 40'000) continue;
    ++sets;
    SCOPED_TRACE("model " + std::to_string(seed));
    expect_all_found(model, bytes / 50, seed);
    if (HasFatalFailure()) return;
  }
}

// --- Cassandra's sets
// ------------------------------------------------------------------------------

struct Outcome {
  size_t found = 0;     // by reads, or at the opening and made good
  size_t harmless = 0;  // the same answers
  size_t verified = 0;  // other answers, found by the extended verify alone
};

// Cassandra's sets have checksums for the data and Statistics.db, and none for the index, the
// summary and the filter: there a flipped bit can hide a partition from a read by its key.
Outcome flip_golden(const std::string& table, const std::string& component) {
  const std::string testdata = test_data("lsm/sstable/testdata") + table + "/nb-1-big-";
  const auto schema = make_schema(table, golden_tables()[table]);
  FileSetOnDisk set;
  for (const char* const each : kComponents) {
    const std::string content = read_bytes(testdata + each);
    if (!content.empty()) set.write(each, content);
  }
  std::vector<std::string> keys;
  for (int32_t key = 0; key < 4; ++key)
    keys.push_back(std::string("\0\0\0", 3) + static_cast<char>(key));
  const Answers good = set.answers(schema, keys, {});
  EXPECT_EQ(good.first_named(), "");
  Outcome outcome;
  std::mt19937_64 random(7);
  const std::string whole = set.read(component);
  const size_t step = 1 + whole.size() / 400;
  for (size_t at = random() % step; at < whole.size(); at += step) {
    set.write(component, flipped(whole, at, random()));
    const Answers now = set.answers(schema, keys, {});
    if (!now.first_named().empty()) {
      ++outcome.found;
      EXPECT_NE(now.first_named().find("/t/nb-1-big-"), std::string::npos) << now.first_named();
      if (now.error.empty()) {
        EXPECT_EQ(now.text, good.text) << table << " " << component << " byte " << at;
      }
    } else if (now.text == good.text) {
      ++outcome.harmless;
      // An empty chunk at the end of the data is nothing that a read looks at.
      if (component == "Data.db") {
        EXPECT_NE(set.first_problem(schema, false), "") << table << " byte " << at;
      }
    } else {
      ++outcome.verified;
      EXPECT_NE(set.first_problem(schema, true), "") << table << " " << component << " byte " << at;
    }
  }
  return outcome;
}

TEST(BitFlip, InASetOfCassandraIsFoundByReadsOrByTheExtendedVerify) {
  for (const char* const table : {"kinds", "composite", "counters", "wide", "altered"}) {
    for (const char* const component : kComponents) {
      const Outcome outcome = flip_golden(table, component);
      const std::string_view name = component;
      // What has no checksum.
      if (name == "Index.db" || name == "Summary.db" || name == "Filter.db") continue;
      EXPECT_EQ(outcome.verified, 0u) << table << " " << component;
      if (name == "Statistics.db") {
        EXPECT_EQ(outcome.harmless, 0u) << table << " " << component;
      }
    }
  }
}

}  // namespace
}  // namespace ceto
