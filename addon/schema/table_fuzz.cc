// Table descriptors and partition keys.
#include "base/arena.h"
#include "base/assert.h"
#include "base/byte_io.h"
#include "base/fuzz_target.h"
#include "schema/partition_key.h"
#include "schema/table.h"

namespace ceto {
namespace {

void write_map(ByteWriter& out, const std::map<std::string, std::string>& map) {
  out.u16(static_cast<uint16_t>(map.size()));
  for (const auto& [key, value] : map) {
    out.u16_bytes(Bytes(key));
    out.u16_bytes(Bytes(value));
  }
}

std::string descriptor(uint32_t flags) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(3);
  for (uint8_t i = 0; i < 16; ++i) out.u8(i);
  for (const std::string_view name : {"ks", "t"}) out.u16_bytes(name);
  out.u16(3);
  out.u32(flags);
  out.i32(864000);
  out.i32(60);
  out.f64(0.01);
  out.u32(16384);
  out.u16_bytes(std::string_view("LZ4Compressor"));
  write_map(out, {{"lz4_compressor_type", "fast"}});
  write_map(out, {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "4"}});
  out.i32(0);
  out.f64(1.0);
  for (const int32_t number : {128, 2048, 12}) out.i32(number);
  constexpr const char* kTypes[] = {"Int32Type", "UTF8Type", "ReversedType(Int32Type)", "UTF8Type",
                                    "MapType(UTF8Type,Int32Type)"};
  constexpr uint8_t kKinds[] = {0, 0, 1, 2, 3};
  out.u16(5);
  for (uint16_t i = 0; i < 5; ++i) {
    out.u16(i);
    out.u16_bytes(Bytes("c" + std::to_string(i)));
    out.u8(kKinds[i]);
    out.u16(i == 1 ? 1 : 0);
    out.u16_bytes(Bytes("org.apache.cassandra.db.marshal." + std::string(kTypes[i])));
  }
  out.u16(1);
  out.u16(9);
  out.u16_bytes(std::string_view("gone"));
  out.u8(3);
  out.u16_bytes(std::string_view("org.apache.cassandra.db.marshal.Int32Type"));
  out.i64(1700000000000000);
  return bytes;
}

// A key goes behind the descriptor, which is to be cut into its columns.
std::vector<std::string> seeds() {
  const std::string key("\0\4abcd\0\0\2xy\0", 12);
  std::vector<std::string> out;
  for (const uint32_t flags : {0, 1, 2, 9})
    out.push_back(FuzzParts::join({descriptor(flags), key}));
  return out;
}

void run(Bytes input) {
  const FuzzParts parts(input);
  const auto table = decode_table_descriptor(parts[0]);
  if (!table) return;
  const TableSchema& schema = *table.value();
  for (const Column& column : schema.columns) {
    CETO_ASSERT(schema.column(column.id) == &column);
    CETO_ASSERT(schema.column_named(column.name) == &column);
  }
  std::vector<Bytes> components(schema.partition_key.size());
  if (!split_partition_key(parts[1], components)) return;
  Arena arena;
  const auto made = make_partition_key(components, arena);
  if (made) CETO_ASSERT(made.value() == parts[1]);
}

const FuzzTarget table_descriptors("table_descriptors", true, seeds, run);

}  // namespace
}  // namespace ceto
