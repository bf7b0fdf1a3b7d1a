// What a shard's compactions are doing and what they did: the values behind nodetool
// compactionstats, system_views.sstable_tasks and system.compaction_history. Any thread.
// Source: org.apache.cassandra.db.compaction.OperationType, CompactionInfo,
// db.SystemKeyspace.updateCompactionHistory
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "schema/table.h"
#include "types/uuid.h"

namespace ceto {

// Everything that reads whole SSTables in the background.
enum class CompactionKind : uint8_t {
  kCompaction,
  kMajorCompaction,
  kTombstoneCompaction,
  kCleanup,
  kScrub,
  kUpgradeSSTables,
  kVerify,
  kGarbageCollect,
  kRelocate,  // sets of an earlier shard count on their way into the present shards' own
};
inline constexpr size_t kCompactionKinds = 9;

// Cassandra's names: as `nodetool stop` takes it, and as its tables show it.
std::string_view operation_name(CompactionKind kind);  // MAJOR_COMPACTION
std::string_view display_name(CompactionKind kind);    // Major compaction
std::optional<CompactionKind> compaction_kind_of(std::string_view operation_name);

struct CompactionProgress {
  Uuid id{};  // a timeuuid: when it began
  CompactionKind kind = CompactionKind::kCompaction;
  TableId table_id{};
  std::string keyspace, table;
  uint64_t bytes_done = 0, bytes_total = 0;  // of the inputs, uncompressed
  std::string_view unit = "bytes";
  uint32_t sstables = 0;  // inputs
  std::string target_directory;
};

struct CompactionRecord {
  Uuid id{};  // as in its CompactionProgress
  std::string keyspace, table;
  int64_t ended_at_millis = 0;
  uint64_t bytes_in = 0, bytes_out = 0;    // of Data.db on disk
  std::map<int32_t, int64_t> rows_merged;  // how many partitions came out of so many inputs
  std::map<std::string, std::string> properties;
};

}  // namespace ceto
