#include "plan/batch_cas.h"

#include <algorithm>

#include "base/byte_io.h"
#include "plan/arena_vector.h"

namespace ceto {

namespace {

struct WireType {
  uint16_t id;  // 0: custom, by class name
  uint8_t from_version;
};

// native_protocol_v5.spec, section 6 and the [option] of section 4.2.5.2, in the order of TypeKind.
constexpr WireType kWireTypes[] = {{0x01, 3}, {0x02, 3}, {0x03, 3}, {0x04, 3}, {0x05, 3}, {0x11, 4},
                                   {0x06, 3}, {0x07, 3}, {0x15, 5}, {0x00, 3}, {0x08, 3}, {0x10, 3},
                                   {0x09, 3}, {0x13, 4}, {0x0D, 3}, {0x12, 4}, {0x0B, 3}, {0x0F, 3},
                                   {0x14, 4}, {0x0C, 3}, {0x0E, 3}, {0x20, 3}, {0x22, 3}, {0x21, 3},
                                   {0x31, 3}, {0x30, 3}, {0x00, 3}, {0x00, 3}};
static_assert(std::size(kWireTypes) == static_cast<size_t>(TypeKind::kCustom) + 1);

void append_option(const Type& type, uint8_t version, ByteWriter& out) {
  const WireType wire = kWireTypes[static_cast<size_t>(type.kind)];
  if (wire.id == 0 || version < wire.from_version) {
    out.u16(0);
    out.u16_bytes(type.marshal_name);
    return;
  }
  out.u16(wire.id);
  if (type.kind == TypeKind::kUdt) {
    out.u16_bytes(type.udt_keyspace);
    out.u16_bytes(type.udt_name);
    out.u16(static_cast<uint16_t>(type.parameters.size()));
    for (size_t i = 0; i < type.parameters.size(); ++i) {
      out.u16_bytes(type.field_names[i]);
      append_option(*type.parameters[i], version, out);
    }
    return;
  }
  if (type.kind == TypeKind::kTuple) out.u16(static_cast<uint16_t>(type.parameters.size()));
  for (const Type* parameter : type.parameters) append_option(*parameter, version, out);
}

void set_metadata(const TableSchema& table, std::span<const Column* const> columns, uint8_t version,
                  Arena& arena, ResultMetadata& to) {
  std::string specs;
  ByteWriter out(specs);
  out.u16_bytes(table.keyspace);
  out.u16_bytes(table.name);
  out.u16_bytes(std::string_view("[applied]"));
  append_option(*simple_type(TypeKind::kBoolean), version, out);
  for (const Column* column : columns) {
    out.u16_bytes(column->name);
    append_option(*column->type, version, out);
  }
  const auto versions = arena.make_array<ResultMetadata::Version>(1);
  versions[0].from_version = 3;
  versions[0].flags = 1;  // one table
  versions[0].specs = arena.copy(specs);
  to.versions = versions;
  to.columns = static_cast<uint16_t>(columns.size() + 1);
}

}  // namespace

const CasMetadata* make_batch_cas(std::span<const BoundModification> modifications,
                                  const QueryOptions& options, Arena& arena) {
  const TableSchema& table = *modifications.front().statement->table;
  ArenaVector<const Column*> columns(arena, table.columns.size());
  for (const Column* column : table.partition_key) columns.push_back(column);
  for (const Column* column : table.clustering) columns.push_back(column);
  const size_t keys = columns.size();
  bool every_column = false;
  for (const BoundModification& modification : modifications) {
    const Modification& statement = *modification.statement;
    every_column |= statement.if_exists || statement.if_not_exists;
    for (const Filter& condition : statement.conditions) {
      if (std::find(columns.begin(), columns.end(), condition.column) == columns.end()) {
        columns.push_back(condition.column);
      }
    }
  }
  if (every_column) {
    columns.pop_to(keys);
    const auto others = std::span<const Column>(table.columns).subspan(keys);
    for (const Column& column : others) columns.push_back(&column);
  }
  CasMetadata* made = arena.make<CasMetadata>();
  made->columns = columns.span();
  set_metadata(table, {}, options.protocol_version, arena, made->applied);
  set_metadata(table, made->columns, options.protocol_version, arena, made->not_applied);
  return made;
}

}  // namespace ceto
