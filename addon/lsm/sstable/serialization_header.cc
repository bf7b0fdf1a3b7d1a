#include "lsm/sstable/serialization_header.h"

#include <algorithm>

#include "lsm/sstable/schema_fit.h"
#include "types/compatible.h"

namespace ceto {

namespace {

HeaderColumns columns_of(const std::vector<const Column*>& columns) {
  HeaderColumns out;
  for (const Column* column : columns) {
    if (!out.columns.empty() && column->id < out.columns.back().id) out.ids_ascend = false;
    out.columns.push_back({column->name, column->type, true, false, column->id, kNoTimestamp});
  }
  return out;
}

void write_columns(ByteWriter& out, const HeaderColumns& columns) {
  out.unsigned_vint(columns.columns.size());
  for (const HeaderColumn& column : columns.columns) {
    out.vint_bytes(Bytes(column.name));
    out.vint_bytes(Bytes(column.type->marshal_name));
  }
}

// Finds the table's column of the same name, kind and nature (simple or multi-cell) that can read
// it.
void map_column(HeaderColumn& column, ColumnKind kind, const TableSchema& schema) {
  const Column* now = schema.column_named(column.name);
  if (now != nullptr && now->kind == kind && now->type->multi_cell == column.type->multi_cell &&
      value_compatible(*now->type, *column.type)) {
    column.known = true;
    column.id = now->id;
  }
  column.misfit = now != nullptr && !column.known;
  for (const DroppedColumn& dropped : schema.dropped) {
    if (dropped.name == column.name) {
      column.dropped_at = std::max(column.dropped_at, dropped.dropped_time_micros);
    }
  }
}

Result<HeaderColumns> read_columns(ByteReader& in, ColumnKind kind, const TableSchema& schema,
                                   const std::string& path) {
  HeaderColumns out;
  const uint64_t count = in.unsigned_vint();
  if (in.failed() || count > SerializationHeader::kMaxColumns) {
    return corrupt(path + ": bad count of columns in the serialization header");
  }
  for (uint64_t i = 0; i < count; ++i) {
    HeaderColumn column;
    column.name = in.vint_bytes().str();
    auto type = parse_type(in.vint_bytes().text());
    if (in.failed() || !type) {
      return corrupt(path + ": bad type of a column in the serialization header");
    }
    column.type = type.value();
    map_column(column, kind, schema);
    if (!out.columns.empty() && column.id < out.columns.back().id) out.ids_ascend = false;
    out.columns.push_back(std::move(column));
  }
  return out;
}

}  // namespace

std::string partition_key_type_name(const TableSchema& schema) {
  CETO_ASSERT(!schema.partition_key.empty());
  if (schema.partition_key.size() == 1) return schema.partition_key[0]->type->marshal_name;
  std::string name = "org.apache.cassandra.db.marshal.CompositeType(";
  for (size_t i = 0; i < schema.partition_key.size(); ++i) {
    if (i > 0) name += ',';
    name += schema.partition_key[i]->type->marshal_name;
  }
  return name + ')';
}

SerializationHeader SerializationHeader::of(const TableSchema& schema, const EncodingStats& stats) {
  SerializationHeader header;
  header.stats = stats;
  header.key_type_name = partition_key_type_name(schema);
  for (const Column* column : schema.clustering) header.clustering_types.push_back(column->type);
  header.statics = columns_of(schema.statics);
  header.regulars = columns_of(schema.regulars);
  return header;
}

void SerializationHeader::write(ByteWriter& out) const {
  out.unsigned_vint(static_cast<uint64_t>(stats.min_timestamp) -
                    static_cast<uint64_t>(sstable_format::kTimestampEpoch));
  write_int_delta(out, stats.min_local_deletion_time, sstable_format::kDeletionTimeEpoch);
  write_int_delta(out, stats.min_ttl, 0);
  out.vint_bytes(Bytes(key_type_name));
  out.unsigned_vint(clustering_types.size());
  for (const Type* type : clustering_types) out.vint_bytes(Bytes(type->marshal_name));
  write_columns(out, statics);
  write_columns(out, regulars);
}

Result<SerializationHeader> SerializationHeader::read(ByteReader& in, const TableSchema& schema,
                                                      const std::string& path) {
  SerializationHeader header;
  header.stats.min_timestamp = static_cast<int64_t>(
      in.unsigned_vint() + static_cast<uint64_t>(sstable_format::kTimestampEpoch));
  header.stats.min_local_deletion_time = static_cast<uint32_t>(in.unsigned_vint()) +
                                         static_cast<uint32_t>(sstable_format::kDeletionTimeEpoch);
  header.stats.min_ttl = static_cast<uint32_t>(in.unsigned_vint());
  header.key_type_name = in.vint_bytes().str();
  const uint64_t clusterings = in.unsigned_vint();
  if (in.failed() || clusterings != schema.clustering.size()) {
    return corrupt(path + ": the file's clustering columns are not those of table " +
                   schema.keyspace + "." + schema.name);
  }
  for (uint64_t i = 0; i < clusterings; ++i) {
    auto type = parse_type(in.vint_bytes().text());
    if (in.failed() || !type) {
      return corrupt(path + ": bad type of a clustering column in the serialization header");
    }
    header.clustering_types.push_back(type.value());
  }
  auto statics = read_columns(in, ColumnKind::kStatic, schema, path);
  if (!statics) return std::move(statics.error());
  header.statics = std::move(statics).value();
  auto regulars = read_columns(in, ColumnKind::kRegular, schema, path);
  if (!regulars) return std::move(regulars.error());
  header.regulars = std::move(regulars).value();
  CETO_TRY(check_schema_fit(header, schema, path));
  return header;
}

}  // namespace ceto
