// Small files that a start reads, and the names of all files that it finds.
#include "base/fuzz_target.h"
#include "lsm/commitlog_format.h"
#include "lsm/crc32c.h"
#include "lsm/table_files.h"
#include "lsm/test_shard.h"
#include "lsm/transaction_log.h"
#include "lsm/truncations.h"

namespace ceto {
namespace {

using namespace lsm_test;

constexpr const char* kDirectory = "/data";

// --- the log of a compaction ---------------------------------------------------------------------

std::vector<std::string> transaction_log_seeds() {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  CETO_ASSERT(io.make_directories(kDirectory).ok());
  std::vector<std::string> out;
  TransactionLog log(io, kDirectory, 1025, 1);
  const auto keep = [&](const Status& done) {
    CETO_ASSERT(done.ok());
    out.push_back(io.read_file(log.path()).value());
  };
  keep(log.begin({1, 2, UINT64_MAX}));
  keep(log.add({3}));
  keep(log.commit());
  out.push_back(log.path().substr(log.path().rfind('/') + 1));
  return out;
}

void run_transaction_log(Bytes input) {
  static_cast<void>(TransactionLog::parse(input.text()));
  static_cast<void>(TransactionLog::shard_of_name(input.text()));
}

const FuzzTarget transaction_logs("transaction_logs", false, transaction_log_seeds,
                                  run_transaction_log);

// --- truncations ---------------------------------------------------------------------------------

std::vector<std::string> truncation_seeds() {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  CETO_ASSERT(io.make_directories(kDirectory).ok());
  Truncations truncations(io, kDirectory);
  std::vector<std::string> out;
  for (const uint8_t table : {1, 2}) {
    TableId id{};
    id.fill(table);
    CETO_ASSERT(truncations.put(id, {make_position(1, 4096), 2, {1025, 2049}}).ok());
    out.push_back(io.read_file(std::string(kDirectory) + "/truncations").value());
  }
  return out;
}

// With the checksum that it has, and with the right one.
void run_truncations(Bytes input) {
  for (const bool right_checksum : {false, true}) {
    SimulatedDisk disk(1);
    SimulatedIo io(disk);
    CETO_ASSERT(io.make_directories(kDirectory).ok());
    std::string content = input.str();
    if (right_checksum && content.size() >= 4) {
      auto* const end = reinterpret_cast<uint8_t*>(content.data()) + content.size() - 4;
      store_be<uint32_t>(end, crc32c(Bytes(content).sub(0, content.size() - 4)));
    }
    CETO_ASSERT(io.write_file(std::string(kDirectory) + "/truncations", content, true).ok());
    Truncations truncations(io, kDirectory);
    if (truncations.load()) static_cast<void>(truncations.prune(truncations.last_position()).ok());
  }
}

const FuzzTarget truncation_files("truncations", false, truncation_seeds, run_truncations);

// --- names ---------------------------------------------------------------------------------------

std::vector<std::string> name_seeds() {
  std::string set;
  for (const char* const component : {"Data.db", "Index.db", "TOC.txt"}) {
    set += SSTableDescriptor{"", 1025, "nb"}.path(component).substr(1) + "\n";
  }
  set += "nb-1025-big-" + share_mark({1, 2}) + "\nnb-1025-big-" + rewritten_mark({0, 3}) + "\n";
  return {set, "tmp-nb-18446744073709551615-big-Data.db\nmc-1-big-Data.db\noa-1-big-Data.db\n",
          "da-3gqz_0123_abcdefghijklmnopqr-bti-Data.db\nme-7-big-Statistics.db\n",
          "segment-12.log\nspare-13.log\nshard-4\nshard-1-segment-5.log\n"
          "nb_txn_compaction_00000001-0000-1000-8000-000000000001.log\n"};
}

void run_names(Bytes input) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  CETO_ASSERT(io.make_directories(kDirectory).ok());
  std::string_view left = input.text();
  while (!left.empty()) {
    const std::string name(left.substr(0, left.find('\n')));
    left.remove_prefix(std::min(left.size(), name.size() + 1));
    static_cast<void>(parse_sstable_file_name(name));
    static_cast<void>(parse_segment_name(name));
    static_cast<void>(parse_spare_name(name));
    static_cast<void>(parse_archive_name(name));
    static_cast<void>(parse_shard_directory(name));
    if (name.empty() || name.find_first_of(std::string_view("/\0", 2)) != std::string::npos ||
        name == "." || name == "..") {
      continue;
    }
    static_cast<void>(io.write_file(std::string(kDirectory) + "/" + name, "", false).ok());
  }
  const auto files = list_table_files(io, kDirectory);
  if (!files) return;
  for (const auto& [generation, set] : files.value().sets) {
    static_cast<void>(is_rewritten(set, 3));
    CETO_ASSERT(remove_set(io, kDirectory, set).ok());
  }
}

const FuzzTarget file_names("file_names", false, name_seeds, run_names);

}  // namespace
}  // namespace ceto
