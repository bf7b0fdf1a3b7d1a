// Test utility: tables from a line of text, and plans written as the planner writes them
// (docs/formats/plan.md). Test code only.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_io.h"
#include "plan/plan.h"
#include "schema/test_descriptor.h"

namespace ceto::testing {

inline std::string marshal(std::string_view name) {
  return "org.apache.cassandra.db.marshal." + std::string(name);
}

inline constexpr auto kPartitionKey = ColumnKind::kPartitionKey;
inline constexpr auto kClustering = ColumnKind::kClustering;
inline constexpr auto kStatic = ColumnKind::kStatic;
inline constexpr auto kRegular = ColumnKind::kRegular;

struct ColumnSpec {
  const char* name;
  ColumnKind kind;
  uint16_t position;
  std::string type;
};

// A table; ids follow the order of `columns`. The id is the name's first 16 characters.
struct TableSpec {
  const char* name;
  std::vector<ColumnSpec> columns;
  bool counter = false;
  int32_t default_ttl = 0;
  uint16_t replication_factor = 1;
  std::vector<std::pair<std::string, int64_t>> dropped = {};  // name, time in microseconds
};

// As main writes it (docs/formats/shard-messages.md).
inline std::string table_descriptor(const TableSpec& spec, bool memory_only) {
  schema_test::TableDescriptor table;
  table.id = spec.name;
  table.id.resize(16, '_');
  table.name = spec.name;
  table.replication_factor = spec.replication_factor;
  table.flags = (spec.counter ? 1u : 0u) | (memory_only ? 2u : 0u);
  table.default_ttl = spec.default_ttl;
  table.chunk_length = memory_only ? 0 : 4096;
  table.compressor = memory_only ? "" : "LZ4Compressor";
  table.compression_options.clear();
  table.compaction.clear();
  table.rows_per_partition = 0;
  uint16_t column_id = 0;
  for (const ColumnSpec& column : spec.columns) {
    table.columns.push_back({column_id++, column.name, column.kind, column.position, column.type});
  }
  for (const auto& [name, dropped_time] : spec.dropped) {
    table.dropped.push_back({static_cast<uint16_t>(1000 + column_id++), name, dropped_time});
  }
  return table.encode();
}

inline TableSchemaPtr make_table(const TableSpec& spec, bool memory_only = true) {
  Result<TableSchemaPtr> table = decode_table_descriptor(table_descriptor(spec, memory_only));
  CETO_ASSERT(table.ok());
  return table.value();
}

// Bytes of values.
inline std::string int_bytes(int32_t v) {
  std::string s;
  ByteWriter(s).i32(v);
  return s;
}
inline std::string bigint_bytes(int64_t v) {
  std::string s;
  ByteWriter(s).i64(v);
  return s;
}
inline std::string list_bytes(const std::vector<std::string>& elements, int per_entry = 1) {
  std::string s;
  ByteWriter out(s);
  out.i32(static_cast<int32_t>(elements.size()) / per_entry);
  for (const std::string& element : elements) out.i32_bytes(element);
  return s;
}
inline std::string tuple_bytes(const std::vector<std::string>& fields) {
  std::string s;
  for (const std::string& field : fields) ByteWriter(s).i32_bytes(field);
  return s;
}

// Pieces of a plan, each as its bytes.
using Piece = std::string;

inline Piece join(const std::vector<Piece>& pieces) {
  Piece all;
  for (const Piece& piece : pieces) all += piece;
  return all;
}
inline Piece p8(int v) { return Piece(1, static_cast<char>(v)); }
inline Piece p16(int v) {
  Piece s;
  ByteWriter(s).u16(static_cast<uint16_t>(v));
  return s;
}
inline Piece p32(uint32_t v) {
  Piece s;
  ByteWriter(s).u32(v);
  return s;
}
inline Piece blob(std::string_view bytes) {
  Piece s;
  ByteWriter(s).i32_bytes(bytes);
  return s;
}
inline Piece text(std::string_view t) {
  Piece s;
  ByteWriter(s).u16_bytes(t);
  return s;
}

// Terms.
inline Piece null_term() { return p8(0); }
inline Piece constant(std::string_view bytes) { return p8(1) + blob(bytes); }
inline Piece marker(int index) { return p8(2) + p16(index); }
inline Piece unset_term() { return p8(10); }
inline Piece function(int id) { return p8(8) + p8(id); }
// Literals: 3 list, 4 set, 5 map (keys and values in turn), 6 tuple, 7 vector.
inline Piece literal(int tag, const std::vector<Piece>& terms) {
  const size_t count = tag == 5 ? terms.size() / 2 : terms.size();
  return p8(tag) + p16(static_cast<int>(count)) + join(terms);
}
inline Piece token_of_terms(const std::vector<Piece>& terms) {
  return p8(9) + p16(static_cast<int>(terms.size())) + join(terms);
}
inline Piece no_term() { return p8(0); }
inline Piece some(const Piece& term) { return p8(1) + term; }

// Restrictions.
inline Piece counted(const std::vector<Piece>& pieces) {
  return p16(static_cast<int>(pieces.size())) + join(pieces);
}
inline Piece key_eq(const Piece& term) { return p8(0) + term; }
inline Piece key_in(const std::vector<Piece>& terms) { return p8(1) + counted(terms); }
inline Piece key_in_marker(const Piece& term) { return p8(2) + term; }
inline Piece by_key(const std::vector<Piece>& components) { return p8(1) + counted(components); }
inline Piece num(int v) { return constant(int_bytes(v)); }
inline Piece key(int k) { return by_key({key_eq(num(k))}); }
inline Piece everything() { return p8(0) + p8(0) + p8(0); }
inline Piece token_range(const Piece& lower, const Piece& upper) { return p8(0) + lower + upper; }
inline Piece token_bound(bool inclusive, const Piece& term) { return p8(1) + p8(inclusive) + term; }
inline Piece ck_eq(int position, const std::vector<Piece>& terms) {
  return p16(position) + p16(static_cast<int>(terms.size())) + p8(0) + join(terms);
}
inline Piece ck_in(int position, int columns, const std::vector<Piece>& terms) {
  return p16(position) + p16(columns) + p8(1) + p16(static_cast<int>(terms.size()) / columns) +
         join(terms);
}
inline Piece ck_in_marker(int position, int columns, const Piece& term) {
  return p16(position) + p16(columns) + p8(2) + term;
}
// Flags: 1 lower, 2 lower inclusive, 4 upper, 8 upper inclusive.
inline Piece ck_slice(int position, int columns, int flags, const std::vector<Piece>& lower,
                      const std::vector<Piece>& upper) {
  Piece made = p16(position) + p16(columns) + p8(3) + p8(flags);
  if (flags & 1) made += counted(lower);
  if (flags & 4) made += counted(upper);
  return made;
}
inline Piece filter(int column, int op, const Piece& term) {
  return p8(0) + p16(column) + p8(op) + term;
}
inline Piece filter_in(int column, const std::vector<Piece>& terms) {
  return p8(0) + p16(column) + p8(5) + counted(terms);
}
inline Piece element_filter(int column, const Piece& key, int op, const Piece& term) {
  return p8(1) + p16(column) + key + p8(op) + term;
}
inline Piece field_filter(int column, int field, int op, const Piece& term) {
  return p8(2) + p16(column) + p16(field) + p8(op) + term;
}

inline Piece metadata(int columns) {
  return Piece(16, 'M') + p16(columns) + p8(1) + p8(3) + p32(1) + blob("<specs>");
}

inline Piece header(int kind, const std::vector<std::string>& marker_types, uint32_t flags = 0) {
  Piece made = p8(1) + p8(kind) + p32(flags) + p16(static_cast<int>(marker_types.size()));
  for (size_t i = 0; i < marker_types.size(); ++i) {
    made += text(marshal(marker_types[i])) + text("m" + std::to_string(i));
  }
  return made;
}

struct SelectSpec {
  uint32_t flags = 0;  // 1 distinct, 2 reversed, 4 filtering, 8 count, 16 static-only partitions
  Piece partition = everything();
  std::vector<Piece> clustering = {};
  std::vector<Piece> filters = {};
  std::vector<std::pair<int, int>> selection = {};  // kind, column
  Piece limit = no_term();
  Piece per_partition_limit = no_term();
  std::vector<std::pair<int, int>> ordering = {};  // selection index, descending
};

inline Piece table_id(const TableSchema& table) {
  return Piece(reinterpret_cast<const char*>(table.id.data()), table.id.size());
}

inline Piece select_plan(const TableSchema& table, const std::vector<std::string>& marker_types,
                         const SelectSpec& spec) {
  Piece made = header(1, marker_types) + table_id(table) + p32(spec.flags) + spec.partition +
               counted(spec.clustering) + counted(spec.filters) +
               p16(static_cast<int>(spec.selection.size()));
  for (const auto& [kind, column] : spec.selection) made += p8(kind) + p16(column);
  made += metadata(spec.flags & 8 ? 1 : static_cast<int>(spec.selection.size()));
  made += spec.limit + spec.per_partition_limit + p16(static_cast<int>(spec.ordering.size()));
  for (const auto& [index, descending] : spec.ordering) made += p16(index) + p8(descending);
  return made;
}

inline Piece op_set(int column, const Piece& term) { return p8(0) + p16(column) + term; }
inline Piece op_delete(int column) { return p8(1) + p16(column); }
// 2 append, 3 prepend, 4 add, 5 remove, 10 counter add, 11 counter subtract.
inline Piece op_term(int op, int column, const Piece& term) { return p8(op) + p16(column) + term; }
inline Piece op_put(int column, const Piece& key, const Piece& term) {
  return p8(6) + p16(column) + key + term;
}
inline Piece op_delete_key(int column, const Piece& key) { return p8(7) + p16(column) + key; }
inline Piece op_set_field(int column, int field, const Piece& term) {
  return p8(8) + p16(column) + p16(field) + term;
}
inline Piece op_delete_field(int column, int field) { return p8(9) + p16(column) + p16(field); }

struct ModificationSpec {
  int kind = 0;        // 0 insert, 1 update, 2 delete
  uint32_t flags = 0;  // 1 IF NOT EXISTS, 2 IF EXISTS, 4 counter, 8 only static columns
  Piece timestamp = no_term();
  Piece ttl = no_term();
  Piece partition = {};
  std::vector<Piece> clustering = {};
  std::vector<Piece> operations = {};
  std::vector<Piece> conditions = {};
  std::vector<int> cas_columns = {};  // with a condition: what follows [applied]
};

inline Piece cas_piece(const std::vector<int>& columns) {
  Piece made = p8(1) + metadata(1) + metadata(static_cast<int>(columns.size()) + 1) +
               p16(static_cast<int>(columns.size()));
  for (int column : columns) made += p16(column);
  return made;
}

inline Piece modification_body(const TableSchema& table, const ModificationSpec& spec) {
  const bool conditional = (spec.flags & 3) != 0 || !spec.conditions.empty();
  return table_id(table) + p8(spec.kind) + p32(spec.flags) + spec.timestamp + spec.ttl +
         spec.partition + counted(spec.clustering) + counted(spec.operations) +
         counted(spec.conditions) + (conditional ? cas_piece(spec.cas_columns) : p8(0));
}

inline Piece modification_plan(const TableSchema& table,
                               const std::vector<std::string>& marker_types,
                               const ModificationSpec& spec) {
  return header(2, marker_types) + modification_body(table, spec);
}

inline Piece batch_plan(int type, const std::vector<std::string>& marker_types,
                        const std::vector<Piece>& bodies, const Piece& cas = p8(0)) {
  Piece made =
      header(3, marker_types) + p8(type) + no_term() + p16(static_cast<int>(bodies.size()));
  for (const Piece& body : bodies) made += blob(body);
  return made + cas;
}

}  // namespace ceto::testing
