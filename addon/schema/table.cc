#include "schema/table.h"

#include <algorithm>
#include <cmath>

#include "base/byte_io.h"

namespace ceto {
namespace {

constexpr uint8_t kDescriptorVersion = 3;
enum Flag : uint32_t {
  kCounter = 1,
  kMemoryOnly = 2,
  kCompact = 4,
  kCdc = 8,
  kNoIncrementalBackups = 16,
  kAllFlags = 31
};

Error bad(const std::string& what) { return invalid_request("Table descriptor: " + what); }

Result<ColumnKind> decode_kind(uint8_t kind) {
  if (kind > static_cast<uint8_t>(ColumnKind::kRegular)) return bad("unknown kind of column");
  return static_cast<ColumnKind>(kind);
}

std::map<std::string, std::string> decode_map(ByteReader& in) {
  std::map<std::string, std::string> out;
  for (uint16_t left = in.u16(); left != 0 && !in.failed(); --left) {
    std::string key = in.u16_bytes().str();
    out[std::move(key)] = in.u16_bytes().str();
  }
  return out;
}

Status decode_options(ByteReader& in, TableSchema& table) {
  if (in.u8() != kDescriptorVersion) return bad("unknown version");
  const Bytes id = in.bytes(table.id.size());
  if (!in.failed()) std::copy(id.begin(), id.end(), table.id.begin());
  table.keyspace = in.u16_bytes().str();
  table.name = in.u16_bytes().str();
  table.replication_factor = in.u16();
  const uint32_t flags = in.u32();
  if ((flags & ~uint32_t{kAllFlags}) != 0) return bad("unknown flags");
  table.counter = (flags & kCounter) != 0;
  table.memory_only = (flags & kMemoryOnly) != 0;
  table.compact = (flags & kCompact) != 0;
  table.cdc = (flags & kCdc) != 0;
  table.incremental_backups = (flags & kNoIncrementalBackups) == 0;
  table.gc_grace_seconds = in.i32();
  table.default_ttl = in.i32();
  table.bloom_fp_chance = in.f64();
  table.compression_chunk_length = in.u32();
  table.compression_class = in.u16_bytes().str();
  table.compression_options = decode_map(in);
  table.compaction = decode_map(in);
  table.memtable_flush_period_ms = in.i32();
  table.crc_check_chance = in.f64();
  table.min_index_interval = in.i32();
  table.max_index_interval = in.i32();
  table.rows_per_partition = in.i32();
  if (in.failed()) return bad("truncated");
  return {};
}

bool is_chance(double v) { return v >= 0 && v <= 1; }  // and no NaN

Status check_options(const TableSchema& table) {
  if (table.keyspace.empty() || table.name.empty()) return bad("a table has no name");
  if (table.gc_grace_seconds < 0) return bad("gc_grace_seconds is negative");
  if (table.default_ttl < 0) return bad("default_time_to_live is negative");
  if (!is_chance(table.bloom_fp_chance) || table.bloom_fp_chance == 0) {
    return bad("bloom_filter_fp_chance is not in (0, 1]");
  }
  if (!is_chance(table.crc_check_chance)) return bad("crc_check_chance is not in [0, 1]");
  if (table.memtable_flush_period_ms < 0) return bad("memtable_flush_period_in_ms is negative");
  if (table.min_index_interval < 1 || table.max_index_interval < table.min_index_interval) {
    return bad("min_index_interval and max_index_interval do not fit");
  }
  if (table.rows_per_partition < TableSchema::kAllRows)
    return bad("rows_per_partition is negative");
  const uint32_t chunk = table.compression_chunk_length;
  constexpr uint32_t kMaxChunk = 1u << 24;
  if ((chunk & (chunk - 1)) != 0 || chunk > kMaxChunk) {
    return bad("chunk_length is no power of two up to 16 MiB");
  }
  if (chunk != 0 && table.compression_class.empty()) {
    return bad("chunk_length without a compressor");
  }
  return {};
}

bool is_key(ColumnKind kind) {
  return kind == ColumnKind::kPartitionKey || kind == ColumnKind::kClustering;
}

Result<Column> decode_column(ByteReader& in) {
  Column column;
  column.id = in.u16();
  column.name = in.u16_bytes().str();
  const uint8_t kind_byte = in.u8();
  column.position = in.u16();
  const Bytes marshal_name = in.u16_bytes();
  if (in.failed()) return bad("truncated");
  auto kind = decode_kind(kind_byte);
  if (!kind) return kind.error();
  column.kind = kind.value();
  if (column.id >= kMaxColumns) return bad("a column's id is above the limit");
  auto type = parse_type(marshal_name.text());
  if (!type) return type.error();
  column.type = type.value();
  if (is_key(column.kind) && column.type->multi_cell) {
    return bad("a key column's type is not frozen");
  }
  if (column.type->reversed && column.kind != ColumnKind::kClustering) {
    return bad("only clustering columns can be reversed");
  }
  return column;
}

Result<DroppedColumn> decode_dropped(ByteReader& in) {
  DroppedColumn column;
  column.id = in.u16();
  column.name = in.u16_bytes().str();
  const uint8_t kind_byte = in.u8();
  const Bytes marshal_name = in.u16_bytes();
  column.dropped_time_micros = in.i64();
  if (in.failed()) return bad("truncated");
  auto kind = decode_kind(kind_byte);
  if (!kind) return kind.error();
  column.kind = kind.value();
  if (column.id >= kMaxColumns) return bad("a column's id is above the limit");
  auto type = parse_type(marshal_name.text());
  if (!type) return type.error();
  column.type = type.value();
  return column;
}

Status place_key_column(const Column& column, std::vector<const Column*>& key) {
  if (column.position >= kMaxColumns) return bad("a key column's position is above the limit");
  if (key.size() <= column.position) key.resize(column.position + size_t{1}, nullptr);
  if (key[column.position] != nullptr) return bad("two key columns have one position");
  key[column.position] = &column;
  return {};
}

bool in_storage_order(const Column* a, const Column* b) {
  if (a->type->multi_cell != b->type->multi_cell) return b->type->multi_cell;
  return compare(Bytes(a->name), Bytes(b->name)) < 0;
}

// Partition key, clustering, static, regular; key columns by position, the others by name.
bool in_schema_order(const Column& a, const Column& b) {
  if (a.kind != b.kind) return a.kind < b.kind;
  if (is_key(a.kind)) return a.position < b.position;
  return compare(Bytes(a.name), Bytes(b.name)) < 0;
}

bool has_gap(const std::vector<const Column*>& key) {
  return std::find(key.begin(), key.end(), nullptr) != key.end();
}

// Fills the views, and checks what only all the columns together show.
Status make_views(TableSchema& table) {
  std::vector<std::string_view> names;
  for (const Column& column : table.columns) {
    names.push_back(column.name);
    if (table.by_id.size() <= column.id) table.by_id.resize(column.id + size_t{1}, nullptr);
    if (table.by_id[column.id] != nullptr) return bad("two columns have one id");
    table.by_id[column.id] = &column;
    Status placed;
    switch (column.kind) {
      case ColumnKind::kPartitionKey:
        placed = place_key_column(column, table.partition_key);
        break;
      case ColumnKind::kClustering:
        placed = place_key_column(column, table.clustering);
        break;
      case ColumnKind::kStatic:
        table.statics.push_back(&column);
        break;
      case ColumnKind::kRegular:
        table.regulars.push_back(&column);
        break;
    }
    if (!placed) return placed;
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
    return bad("two columns have one name");
  }
  if (table.partition_key.empty()) return bad("no partition key");
  if (has_gap(table.partition_key) || has_gap(table.clustering)) return bad("a key has a gap");
  for (const DroppedColumn& dropped : table.dropped) {
    if (table.column(dropped.id) != nullptr) return bad("a dropped column's id is in use");
  }
  std::sort(table.statics.begin(), table.statics.end(), in_storage_order);
  std::sort(table.regulars.begin(), table.regulars.end(), in_storage_order);
  return {};
}

}  // namespace

const Column* TableSchema::column_named(std::string_view column_name) const {
  for (const Column& column : columns) {
    if (column.name == column_name) return &column;
  }
  return nullptr;
}

Result<TableSchemaPtr> decode_table_descriptor(Bytes descriptor) {
  auto table = std::make_shared<TableSchema>();
  ByteReader in(descriptor);
  if (auto ok = decode_options(in, *table); !ok) return ok.error();
  if (auto ok = check_options(*table); !ok) return ok.error();
  const uint16_t column_count = in.u16();
  if (column_count > kMaxColumns) return bad("too many columns");
  for (uint16_t i = 0; i < column_count; ++i) {
    auto column = decode_column(in);
    if (!column) return column.error();
    table->columns.push_back(std::move(column).value());
  }
  const uint16_t dropped_count = in.u16();
  if (dropped_count > kMaxColumns) return bad("too many columns");
  for (uint16_t i = 0; i < dropped_count; ++i) {
    auto column = decode_dropped(in);
    if (!column) return column.error();
    table->dropped.push_back(std::move(column).value());
  }
  if (in.failed()) return bad("truncated");
  if (!in.at_end()) return bad("bytes after its end");
  for (const DroppedColumn& dropped : table->dropped) {
    for (Column& column : table->columns) {
      if (column.name != dropped.name) continue;
      column.dropped_time_micros =
          std::max(column.dropped_time_micros, dropped.dropped_time_micros);
    }
  }
  std::sort(table->columns.begin(), table->columns.end(), in_schema_order);
  if (auto ok = make_views(*table); !ok) return ok.error();
  return TableSchemaPtr(std::move(table));
}

std::string format_table_id(const TableId& id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < id.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kDigits[id[i] >> 4];
    out += kDigits[id[i] & 15];
  }
  return out;
}

}  // namespace ceto
