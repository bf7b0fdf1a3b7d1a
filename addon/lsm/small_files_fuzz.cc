// Small files that a start reads, and the names of all files that it finds.
#include "base/fuzz_target.h"
#include "lsm/commitlog_format.h"
#include "lsm/crc32c.h"
#include "lsm/replay_positions.h"
#include "lsm/table_files.h"
#include "lsm/test_shard.h"
#include "lsm/transaction_log.h"

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
  const auto keep = [&](Task<Status> writing) {
    CETO_ASSERT(run_to_end(io, std::move(writing)).ok());
    out.push_back(io.read_file(log.path()).value());
  };
  const SSTableDescriptor by_uuid{kDirectory, kFirstUuidGeneration, "nb",
                                  "3h5u_0dqj_3xglm255jrkpa62vtj"};
  keep(log.begin({{kDirectory, 1}, {kDirectory, 2, "mc"}, by_uuid}));
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

// --- replay positions ----------------------------------------------------------------------------

std::vector<std::string> replay_position_seeds() {
  ReplayPositions::Entries entries;
  std::vector<std::string> out;
  for (const uint8_t table : {1, 2}) {
    TableId id{};
    id.fill(table);
    entries[id] = {make_position(1, 4096), make_position(2, 8192), 2, {1025, 2049}};
    out.push_back(ReplayPositions::encode(entries));
  }
  return out;
}

// With the checksum that it has, and with the right one.
void run_replay_positions(Bytes input) {
  for (const bool right_checksum : {false, true}) {
    std::string content = input.str();
    if (right_checksum && content.size() >= 4) {
      auto* const end = reinterpret_cast<uint8_t*>(content.data()) + content.size() - 4;
      store_be<uint32_t>(end, crc32c(Bytes(content).sub(0, content.size() - 4)));
    }
    const auto entries = ReplayPositions::parse(Bytes(content));
    if (!entries) continue;
    const auto again = ReplayPositions::parse(Bytes(ReplayPositions::encode(*entries)));
    CETO_ASSERT(again == entries);
  }
}

const FuzzTarget replay_positions("replay_positions", false, replay_position_seeds,
                                  run_replay_positions);

// --- names ---------------------------------------------------------------------------------------

std::vector<std::string> name_seeds() {
  std::string set;
  for (const char* const component : {"Data.db", "Index.db", "TOC.txt"}) {
    set += SSTableDescriptor{"", 1025, "nb"}.path(component).substr(1) + "\n";
  }
  set += "nb-1025-big-" + share_mark({1, 2}) + "\nnb-1025-big-" + rewritten_mark({0, 3}) + "\n";
  return {
      set, "tmp-nb-18446744073709551615-big-Data.db\nmc-1-big-Data.db\noa-1-big-Data.db\n",
      "da-3gqz_0123_abcdefghijklmnopqr-bti-Data.db\nnb-3h5u_0dqj_3xglm255jrkpa62vtj-big-TOC.txt\n",
      "nb-3h5u_0dqj_3xglm255jrkpa62vtj-big-Shard-0-of-2.txt\nme-7-big-Statistics.db\n",
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
