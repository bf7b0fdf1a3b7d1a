// What a plan consists of once decoded: operands, restrictions, filters, selections, operations.
// All are plain data owned by their Plan (spans lie in its arena) and read by the binder and the
// executions. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "schema/table.h"
#include "types/type.h"

namespace ceto {

// --- terms ---------------------------------------------------------------------------------------

// Where the value of a term comes from at run time.
struct Operand {
  enum class From : uint8_t { kNull, kUnset, kConstant, kValue, kComputed };
  From from = From::kNull;
  uint16_t index = 0;  // of the constant, the bound value or the computed term
};

enum class NativeFunction : uint8_t {
  kNow = 1,
  kUuid = 2,
  kCurrentTimestamp = 3,
  kCurrentDate = 4,
  kCurrentTime = 5,
  kCurrentTimeuuid = 6,
};

// A term that is more than a constant or a marker; computed once an execution, when it is bound.
struct ComputedTerm {
  enum class Kind : uint8_t { kList, kSet, kMap, kTuple, kVector, kFunction, kToken };
  Kind kind = Kind::kList;
  NativeFunction function = NativeFunction::kNow;
  const Type* type = nullptr;          // what the place expects; of kToken: nullptr
  std::vector<Operand> operands;       // map: key, value, key, value …
  const TableSchema* table = nullptr;  // kToken
};

// A bound value that must be valid for a place whose type is not the marker's.
struct ValueCheck {
  uint16_t index = 0;
  const Type* type = nullptr;
  bool in_list = false;  // of IN: a list whose elements may be null, which the place decides about
};

// --- restrictions --------------------------------------------------------------------------------

struct TokenBound {
  bool given = false;
  bool inclusive = false;
  Operand token;  // a bigint
};

struct KeyComponent {
  enum class Op : uint8_t { kEq = 0, kIn = 1, kInMarker = 2 };
  Op op = Op::kEq;
  const Column* column = nullptr;
  std::vector<Operand> operands;
};

struct PartitionRestriction {
  bool by_key = false;
  TokenBound lower, upper;               // by key: those whose token is outside are left out
  std::vector<KeyComponent> components;  // all of the partition key's

  bool has_token_range() const { return lower.given || upper.given; }
};

struct ClusteringRestriction {
  enum class Op : uint8_t { kEq = 0, kIn = 1, kInMarker = 2, kSlice = 3 };
  Op op = Op::kEq;
  uint16_t first_position = 0;
  uint16_t columns = 1;
  std::vector<Operand>
      operands;  // kEq: columns; kIn: n × columns; kInMarker: 1; kSlice: lower, upper
  bool has_lower = false, lower_inclusive = false, has_upper = false, upper_inclusive = false;
  uint16_t lower_size = 0, upper_size = 0;  // kSlice: operands of each bound
};

struct Filter {
  enum class Target : uint8_t { kColumn = 0, kElement = 1, kField = 2 };
  enum class Op : uint8_t {
    kEq = 0,
    kLt = 1,
    kLe = 2,
    kGt = 3,
    kGe = 4,
    kIn = 5,
    kContains = 6,
    kContainsKey = 7,
    kNe = 8,
    kInMarker = 9,
  };
  Target target = Target::kColumn;
  Op op = Op::kEq;
  const Column* column = nullptr;
  Operand key;                        // kElement
  uint16_t field = 0;                 // kField
  const Type* target_type = nullptr;  // of what is compared: the column, the element, the field
  std::vector<Operand> operands;
};

// --- results -------------------------------------------------------------------------------------

struct ResultMetadata {
  struct Version {
    uint8_t from_version = 3;
    uint32_t flags = 0;  // Global_tables_spec (1) or nothing
    Bytes specs;
  };
  std::array<uint8_t, 16> id{};
  uint16_t columns = 0;
  std::span<const Version> versions;  // ascending; empty: the worker makes the final result

  const Version* for_version(uint8_t protocol_version) const {
    const Version* found = nullptr;
    for (const Version& v : versions) {
      if (v.from_version <= protocol_version || !found) found = &v;
    }
    return found;
  }
};

struct Selected {
  enum class Kind : uint8_t { kValue = 0, kWritetime = 1, kTtl = 2, kMaxWritetime = 3 };
  Kind kind = Kind::kValue;
  const Column* column = nullptr;
};

struct Ordering {
  uint16_t selected = 0;
  bool descending = false;
};

// --- statements ----------------------------------------------------------------------------------

struct Select {
  TableSchemaPtr table;
  bool distinct = false, reversed = false, allow_filtering = false, count = false;
  bool static_only_partitions = false;  // a partition with static content only gives a row
  PartitionRestriction partition;
  std::vector<ClusteringRestriction> clustering;
  std::vector<Filter> filters;
  std::vector<Selected> selection;
  ResultMetadata metadata;
  std::optional<Operand> limit, per_partition_limit;
  std::vector<Ordering> ordering;

  // Derived when decoded.
  bool reads_static = false;  // a static column is selected or filtered on
  bool row_filters = false;   // a filter on a clustering or regular column
  bool reads_key = false;     // … a partition key column
  bool single_rows = false;   // the clustering is full and by = (or there is none)
  bool plain_values = true;   // values only, each of one cell: a row's size is known beforehand
  std::vector<uint16_t> by_column_id;  // indexes of `selection`, ascending by column id
  // As ReadCommand's: the columns without which the answer would be another; empty: all.
  std::vector<uint64_t> columns;
};

struct Operation {
  enum class Op : uint8_t {
    kSet = 0,
    kDeleteColumn = 1,
    kAppend = 2,
    kPrepend = 3,
    kAdd = 4,
    kRemove = 5,
    kPutByKey = 6,
    kDeleteByKey = 7,
    kSetField = 8,
    kDeleteField = 9,
    kCounterAdd = 10,
    kCounterSubtract = 11,
  };
  Op op = Op::kSet;
  const Column* column = nullptr;
  Operand value;
  Operand key;
  uint16_t field = 0;

  // Needs the column's present cells: list elements by index, list removal by value.
  bool reads_first = false;
};

struct CasMetadata {
  ResultMetadata applied;
  ResultMetadata not_applied;
  std::span<const Column* const> columns;  // after [applied]
};

struct Modification {
  enum class Kind : uint8_t { kInsert = 0, kUpdate = 1, kDelete = 2 };
  TableSchemaPtr table;
  Kind kind = Kind::kInsert;
  bool if_not_exists = false, if_exists = false, counter = false, only_static = false;
  std::optional<Operand> timestamp, ttl;
  PartitionRestriction partition;
  std::vector<ClusteringRestriction> clustering;
  std::vector<Operation> operations;  // by column id, static ones first
  std::vector<Filter> conditions;
  std::optional<CasMetadata> cas;

  // Derived when decoded.
  size_t static_operations = 0;  // how many of the first operations are on static columns
  bool reads_first = false;      // an operation does
  bool full_rows = false;        // names whole rows: the clustering is full and without slices
  bool conditional() const { return if_not_exists || if_exists || !conditions.empty(); }
};

struct BatchInfo {
  enum class Type : uint8_t { kLogged = 0, kUnlogged = 1, kCounter = 2 };
  Type type = Type::kLogged;
  std::optional<Operand> timestamp;
  std::optional<CasMetadata> cas;
};

}  // namespace ceto
