// TableSchema: one version of a table as the shard sees it, decoded from the descriptor that
// TypeScript sends (docs/formats/table-descriptor.md). Immutable once made and shared by reference
// count, so any thread may read it. Columns are known inside the shard by their stable `id`, which
// is never used again after a drop, so that rows in memory survive ALTER TABLE unchanged.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "types/type.h"

namespace ceto {

using TableId = std::array<uint8_t, 16>;
using ColumnId = uint16_t;
inline constexpr ColumnId kMaxColumns =
    4096;  // ids are below this, so column sets are small bitmaps

enum class ColumnKind : uint8_t { kPartitionKey = 0, kClustering = 1, kStatic = 2, kRegular = 3 };

struct Column {
  ColumnId id = 0;
  std::string name;
  ColumnKind kind = ColumnKind::kRegular;
  uint16_t position = 0;  // of a key column among its kind
  const Type* type = nullptr;
  // Of a column that is there again after a drop of its name: cells with a timestamp up to this do
  // not count. INT64_MIN: never dropped.
  int64_t dropped_time_micros = std::numeric_limits<int64_t>::min();
};

struct DroppedColumn {
  ColumnId id = 0;
  std::string name;
  ColumnKind kind = ColumnKind::kRegular;
  const Type* type = nullptr;
  int64_t dropped_time_micros = 0;  // cells of it with a timestamp up to this are gone
};

struct TableSchema {
  TableId id{};
  std::string keyspace;
  std::string name;
  uint16_t replication_factor = 1;  // of its keyspace, over all datacenters
  bool counter = false;
  bool memory_only = false;  // system tables that are refilled at start: no commit log, no files
  bool compact = false;
  bool cdc = false;
  bool incremental_backups = true;
  int32_t gc_grace_seconds = 864000;
  int32_t default_ttl = 0;
  double bloom_fp_chance = 0.01;
  uint32_t compression_chunk_length = 16384;  // 0: not compressed
  std::string compression_class;              // "LZ4Compressor" …
  std::map<std::string, std::string> compression_options;
  std::map<std::string, std::string> compaction;  // with "class"
  int32_t memtable_flush_period_ms = 0;
  double crc_check_chance = 1.0;
  int32_t min_index_interval = 128;
  int32_t max_index_interval = 2048;
  // Of `caching`: partitions of up to so many rows go into the row cache; 0: NONE, those that it
  // chooses; kAllRows: ALL, any.
  static constexpr int32_t kAllRows = -1;
  int32_t rows_per_partition = 0;
  std::vector<Column> columns;  // partition key, clustering, static, regular; each part in order
  std::vector<DroppedColumn> dropped;

  // Made by decode: views into `columns`.
  std::vector<const Column*> partition_key;  // by position
  std::vector<const Column*> clustering;     // by position
  // Simple columns before multi-cell ones, each in byte order of the name: Cassandra's order in
  // SSTable headers and row serialization.
  std::vector<const Column*> statics;
  std::vector<const Column*> regulars;
  std::vector<const Column*> by_id;  // index: ColumnId; nullptr for ids that are dropped or unused

  TableSchema() = default;
  TableSchema(const TableSchema&) = delete;  // the views point into this object
  const Column* column(ColumnId column_id) const {
    return column_id < by_id.size() ? by_id[column_id] : nullptr;
  }
  const Column* column_named(std::string_view column_name) const;
};

using TableSchemaPtr = std::shared_ptr<const TableSchema>;

Result<TableSchemaPtr> decode_table_descriptor(Bytes descriptor);
std::string format_table_id(const TableId& id);  // 36 characters, as a uuid

}  // namespace ceto
