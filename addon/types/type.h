// Type: a CQL type as the shard knows it: how its values compare, validate and nest. Types are
// parsed from Cassandra's marshal class strings (the form that SSTable headers carry), interned for
// the life of the process and never change, so a `const Type*` may be kept and compared by any
// thread. Source: org.apache.cassandra.db.marshal.*
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

enum class TypeKind : uint8_t {
  kAscii,
  kBigint,
  kBlob,
  kBoolean,
  kCounter,
  kDate,
  kDecimal,
  kDouble,
  kDuration,
  kEmpty,
  kFloat,
  kInet,
  kInt,
  kSmallint,
  kText,
  kTime,
  kTimestamp,
  kTimeuuid,
  kTinyint,
  kUuid,
  kVarint,
  kList,
  kSet,
  kMap,
  kTuple,
  kUdt,
  kVector,
  kCustom,  // a class that Ceto does not know: compared as bytes
};

struct Type {
  TypeKind kind = TypeKind::kBlob;
  bool reversed = false;    // ReversedType(...) around it: a DESC clustering column
  bool multi_cell = false;  // a collection or UDT that is not frozen: one cell per element or field
  // list/set/vector: element; map: key, value; tuple/UDT: the fields.
  std::vector<const Type*> parameters;
  uint32_t dimensions = 0;   // vector only
  int32_t fixed_size = -1;   // bytes of every non-empty value, or -1 (Cassandra valueLengthIfFixed)
  std::string marshal_name;  // canonical, e.g. "org.apache.cassandra.db.marshal.Int32Type"
  std::string udt_keyspace;  // UDT only
  std::string udt_name;
  std::vector<std::string> field_names;

  bool is_collection() const {
    return kind == TypeKind::kList || kind == TypeKind::kSet || kind == TypeKind::kMap;
  }
  // The type of the cell paths of a multi-cell value: list -> timeuuid, set -> element, map -> key,
  // UDT -> smallint; nullptr for others.
  const Type* path_type() const;
  // The type of a cell's value of a multi-cell value (set -> empty). UDT: by field, see parameters.
  const Type* cell_value_type() const;
};

// The interned type; kInvalid with Cassandra's words for text that is no type. Takes a mutex: DDL
// and file opening only.
Result<const Type*> parse_type(std::string_view marshal_name);

// The simple kinds, interned (kAscii … kVarint).
const Type* simple_type(TypeKind kind);

// As CQL writes it: "vector<int, 2>", "frozen<list<text>>". Allocates: error texts and DDL only.
std::string cql_type_name(const Type& type);

// Order of two serialized values, as AbstractType.compare (honours `reversed`): <0, 0, >0. Values
// are valid or empty; empty sorts first.
int compare_values(const Type& type, Bytes a, Bytes b);

// kInvalid with Cassandra's text ("Expected 4 or 0 byte int (3)") when `value` is no value of
// `type`.
Status validate(const Type& type, Bytes value);

}  // namespace ceto
