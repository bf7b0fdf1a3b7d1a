#include "types/type.h"

#include "base/assert.h"
#include "types/type_registry.h"

namespace ceto {
namespace {

std::string joined(const Type& type, const char* open) {
  std::string out = open;
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    if (i != 0) out += ", ";
    out += cql_type_name(*type.parameters[i]);
  }
  return out + '>';
}

std::string unfrozen_cql_name(const Type& type) {
  switch (type.kind) {
    case TypeKind::kAscii:
      return "ascii";
    case TypeKind::kBigint:
      return "bigint";
    case TypeKind::kBlob:
      return "blob";
    case TypeKind::kBoolean:
      return "boolean";
    case TypeKind::kCounter:
      return "counter";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kDecimal:
      return "decimal";
    case TypeKind::kDouble:
      return "double";
    case TypeKind::kDuration:
      return "duration";
    case TypeKind::kEmpty:
      return "empty";
    case TypeKind::kFloat:
      return "float";
    case TypeKind::kInet:
      return "inet";
    case TypeKind::kInt:
      return "int";
    case TypeKind::kSmallint:
      return "smallint";
    case TypeKind::kText:
      return "text";
    case TypeKind::kTime:
      return "time";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kTimeuuid:
      return "timeuuid";
    case TypeKind::kTinyint:
      return "tinyint";
    case TypeKind::kUuid:
      return "uuid";
    case TypeKind::kVarint:
      return "varint";
    case TypeKind::kList:
      return joined(type, "list<");
    case TypeKind::kSet:
      return joined(type, "set<");
    case TypeKind::kMap:
      return joined(type, "map<");
    case TypeKind::kTuple:
      return joined(type, "tuple<");
    case TypeKind::kUdt:
      return type.udt_name;
    case TypeKind::kVector:
      return "vector<" + cql_type_name(*type.parameters[0]) + ", " +
             std::to_string(type.dimensions) + ">";
    case TypeKind::kCustom:
      return "'" + type.marshal_name + "'";
  }
  CETO_UNREACHABLE("a kind of type without a name");
}

}  // namespace

const Type* Type::path_type() const {
  if (!multi_cell) return nullptr;
  switch (kind) {
    case TypeKind::kList:
      return simple_type(TypeKind::kTimeuuid);
    case TypeKind::kSet:
    case TypeKind::kMap:
      return parameters[0];
    case TypeKind::kUdt:
      return simple_type(TypeKind::kSmallint);
    default:
      return nullptr;
  }
}

const Type* Type::cell_value_type() const {
  if (!multi_cell) return nullptr;
  switch (kind) {
    case TypeKind::kList:
      return parameters[0];
    case TypeKind::kSet:
      return simple_type(TypeKind::kEmpty);
    case TypeKind::kMap:
      return parameters[1];
    default:
      return nullptr;
  }
}

std::string cql_type_name(const Type& type) {
  const bool may_be_multi_cell = type.is_collection() || type.kind == TypeKind::kUdt;
  const bool frozen = (may_be_multi_cell && !type.multi_cell) || type.kind == TypeKind::kTuple;
  return frozen ? "frozen<" + unfrozen_cql_name(type) + ">" : unfrozen_cql_name(type);
}

}  // namespace ceto
