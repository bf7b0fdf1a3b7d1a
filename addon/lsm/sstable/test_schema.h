// Schemas for the SSTable tests, built from marshal class names as Cassandra writes them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "schema/table.h"

namespace ceto::sstable_test {

inline std::string marshal(const std::string& simple) {
  return "org.apache.cassandra.db.marshal." + simple;
}

struct ColumnSpec {
  std::string name;
  ColumnKind kind;
  std::string type;  // marshal class name
};

// Ids follow the order of the specs, which need not be the order of the names.
inline std::shared_ptr<TableSchema> make_schema(const std::string& table,
                                                const std::vector<ColumnSpec>& specs) {
  auto schema = std::make_shared<TableSchema>();
  schema->keyspace = "ks";
  schema->name = table;
  schema->id.fill(7);
  schema->compression_class = "LZ4Compressor";
  for (size_t i = 0; i < specs.size(); ++i) {
    Column column;
    column.id = static_cast<ColumnId>(i);
    column.name = specs[i].name;
    column.kind = specs[i].kind;
    auto type = parse_type(specs[i].type);
    CETO_ASSERT(type.ok());
    column.type = type.value();
    schema->columns.push_back(std::move(column));
  }
  std::stable_sort(schema->columns.begin(), schema->columns.end(),
                   [](const Column& a, const Column& b) { return a.kind < b.kind; });
  schema->by_id.resize(specs.size());
  for (Column& column : schema->columns) {
    auto& part = column.kind == ColumnKind::kPartitionKey ? schema->partition_key
                 : column.kind == ColumnKind::kClustering ? schema->clustering
                 : column.kind == ColumnKind::kStatic     ? schema->statics
                                                          : schema->regulars;
    column.position = static_cast<uint16_t>(part.size());
    part.push_back(&column);
    schema->by_id[column.id] = &column;
  }
  const auto header_order = [](const Column* a, const Column* b) {
    if (a->type->multi_cell != b->type->multi_cell) return b->type->multi_cell;
    return a->name < b->name;
  };
  std::sort(schema->statics.begin(), schema->statics.end(), header_order);
  std::sort(schema->regulars.begin(), schema->regulars.end(), header_order);
  return schema;
}

}  // namespace ceto::sstable_test
