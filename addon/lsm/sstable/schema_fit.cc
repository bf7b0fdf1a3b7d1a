#include "lsm/sstable/schema_fit.h"

#include "types/compatible.h"
#include "types/type_registry.h"

namespace ceto {

namespace {

std::string table_name(const TableSchema& schema) { return schema.keyspace + "." + schema.name; }

Error misfit(const std::string& path, const std::string& what, const std::string& type,
             const TableSchema& schema, const std::string& expected) {
  return corrupt(path + ": its " + what + " has the type " + type + ", that of table " +
                 table_name(schema) + " " + expected);
}

// Keys are one cell each, whether their types say so or not.
bool key_fits(const Type* expected, const Type* type) {
  return order_compatible(*freeze(expected), *freeze(type));
}

bool partition_key_fits(const Type& type, const std::vector<const Column*>& key) {
  if (key.size() == 1) return key_fits(key[0]->type, &type);
  const bool composite =
      type.kind == TypeKind::kCustom &&
      type.marshal_name.starts_with(std::string(kMarshalPackage) + "CompositeType(");
  if (!composite || type.parameters.size() != key.size()) return false;
  for (size_t i = 0; i < key.size(); ++i) {
    if (!key_fits(key[i]->type, type.parameters[i])) return false;
  }
  return true;
}

const char* name_of(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kPartitionKey:
      return "partition key";
    case ColumnKind::kClustering:
      return "clustering";
    case ColumnKind::kStatic:
      return "static";
    case ColumnKind::kRegular:
      return "regular";
  }
  CETO_UNREACHABLE("a column's kind");
}

Status check_columns(const HeaderColumns& columns, ColumnKind kind, const TableSchema& schema,
                     const std::string& path) {
  for (const HeaderColumn& column : columns.columns) {
    // Of a column that was dropped and is there again cells from before the drop may be of another
    // type; the reader sees to the later ones.
    if (!column.misfit || column.dropped_at != kNoTimestamp) continue;
    const Column* now = schema.column_named(column.name);
    CETO_ASSERT(now != nullptr);
    if (now->kind != kind) {
      return corrupt(path + ": its " + name_of(kind) + " column " + column.name + " is a " +
                     name_of(now->kind) + " column of table " + table_name(schema));
    }
    return misfit(path, "column " + column.name, column.type->marshal_name, schema,
                  now->type->marshal_name);
  }
  return {};
}

}  // namespace

Status check_schema_fit(const SerializationHeader& header, const TableSchema& schema,
                        const std::string& path) {
  const std::string expected = partition_key_type_name(schema);
  if (header.key_type_name != expected) {
    const auto key = parse_type(header.key_type_name);
    if (!key || !partition_key_fits(*key.value(), schema.partition_key)) {
      return misfit(path, "partition key", header.key_type_name, schema, expected);
    }
  }
  for (size_t i = 0; i < schema.clustering.size(); ++i) {
    const Column& column = *schema.clustering[i];
    if (key_fits(column.type, header.clustering_types[i])) continue;
    return misfit(path, "clustering column " + column.name,
                  header.clustering_types[i]->marshal_name, schema, column.type->marshal_name);
  }
  CETO_TRY(check_columns(header.statics, ColumnKind::kStatic, schema, path));
  return check_columns(header.regulars, ColumnKind::kRegular, schema, path);
}

}  // namespace ceto
