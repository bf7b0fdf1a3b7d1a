// Writing and reading SSTables in tests: a directory of its own, steps run to their end.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "io/background.h"
#include "io/run_to_end.h"
#include "lsm/chunk_cache.h"
#include "lsm/sstable/sstable.h"
#include "lsm/sstable/test_model.h"

namespace ceto::sstable_test {

// That a set may have.
inline constexpr const char* kComponents[] = {"Data.db",       "Index.db",           "Filter.db",
                                              "Summary.db",    "CompressionInfo.db", "CRC.db",
                                              "Statistics.db", "Digest.crc32",       "TOC.txt"};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "ceto-sstable-XXXXXX").string();
    CETO_ASSERT(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  std::string path;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::unique_ptr<Io> test_io() {
  auto io = make_io(IoBackend::kAuto);
  CETO_ASSERT(io.ok());
  return std::move(io).value();
}

// Never asks for a pause: the loop of a test only turns for the disk.
class NoPause final : public Background {
 public:
  bool should_yield() override { return false; }
  void park(std::coroutine_handle<>) override { CETO_UNREACHABLE("nobody pauses"); }
};

// Repeats `step` while it waits.
template <class Source, class StepOf>
Step run_step(Io& io, Source& source, StepOf step) {
  while (true) {
    const Step result = step();
    if (result != Step::kWait) return result;
    run_to_end(io, source.wait());
  }
}

// The rest of an opened partition; nullopt and `error` set when it fails.
inline std::optional<std::string> read_rows(Io& io, PartitionSource& source, std::string* error) {
  std::string out;
  while (true) {
    const Step step = run_step(io, source, [&] { return source.next(); });
    if (step == Step::kEnd) return out;
    if (step == Step::kError) {
      *error = source.error().message;
      return std::nullopt;
    }
    out += text_of(source.current());
  }
}

inline std::string head_text(Bytes key, const DeletionTime& deletion, const Row* static_row) {
  return hex(key) + " " + text_of(deletion) + "\n" +
         (static_row != nullptr ? "  static " + text_of(*static_row) + "\n" : "");
}

inline std::string text_of(const std::vector<Unfiltered>& unfiltereds) {
  std::string out;
  for (const Unfiltered& unfiltered : unfiltereds) out += text_of(unfiltered);
  return out;
}

inline std::string text_of(const PartitionModel& partition) {
  return head_text(Bytes(partition.key), partition.deletion, partition.static_row) +
         text_of(partition.unfiltereds);
}

// Leaves the `count` partitions that say least, for tests that look at every byte.
inline void keep_smallest(RandomModel& model, size_t count) {
  auto& all = model.partitions;
  if (all.size() <= count) return;
  std::vector<size_t> sizes;
  for (const PartitionModel& partition : all) sizes.push_back(text_of(partition).size());
  std::nth_element(sizes.begin(), sizes.begin() + static_cast<ptrdiff_t>(count), sizes.end());
  const size_t most = sizes[count];
  std::erase_if(all, [&](const auto& partition) { return text_of(partition).size() >= most; });
}

// Everything; on failure what was read and then the error in *error.
inline std::string text_of(Io& io, ScanSource& source, std::string* error) {
  std::string out;
  while (true) {
    const Step step = run_step(io, source, [&] { return source.next_partition(); });
    if (step == Step::kEnd) return out;
    if (step == Step::kError) {
      *error = source.error().message;
      return out;
    }
    PartitionSource& partition = source.partition();
    out += head_text(source.key(), partition.partition_deletion(), partition.static_row());
    const auto rows = read_rows(io, partition, error);
    if (!rows) return out;
    out += *rows;
  }
}

inline std::string scan_text(Io& io, SSTable& table, const ReadCommand& command,
                             const TokenRange& range, std::string* error) {
  const auto source = table.scan(command, range);
  return text_of(io, *source, error);
}

inline Status write_model(Io& io, const std::string& directory, const RandomModel& model,
                          SSTableWriterOptions options = {}) {
  const auto writer = make_sstable_writer(io, {directory, 1}, model.schema, options);
  for (const PartitionModel& partition : model.partitions) {
    CETO_TRY(writer->begin_partition(partition.token, Bytes(partition.key), partition.deletion,
                                     partition.static_row));
    for (const Unfiltered& unfiltered : partition.unfiltereds) {
      if (writer->add(unfiltered)) CETO_TRY(run_to_end(io, writer->drain()));
    }
    if (writer->end_partition()) CETO_TRY(run_to_end(io, writer->drain()));
  }
  return run_to_end(io, writer->finish());
}

inline Result<SSTablePtr> open_table(Io& io, ChunkCache& cache, const std::string& directory,
                                     TableSchemaPtr schema, uint64_t generation = 1,
                                     const std::string& version = "nb",
                                     std::vector<Error>* damage = nullptr) {
  return run_to_end(io, open_sstable(io, cache, {directory, generation, version}, std::move(schema),
                                     nullptr, damage));
}

}  // namespace ceto::sstable_test
