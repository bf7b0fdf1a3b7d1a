// Table descriptors as main writes them (docs/formats/shard-messages.md), for tests and fuzz
// targets.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/byte_io.h"
#include "schema/table.h"

namespace ceto::schema_test {

struct DescribedColumn {
  uint16_t id;
  std::string name;
  ColumnKind kind;
  uint16_t position;
  std::string type;
};
struct DescribedDrop {
  uint16_t id;
  std::string name;
  int64_t time_micros;
};

struct TableDescriptor {
  std::string id{"\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16};
  std::string name = "t";
  uint16_t replication_factor = 3;
  uint32_t flags = 0;
  int32_t default_ttl = 60;
  uint32_t chunk_length = 16384;
  std::string compressor = "LZ4Compressor";
  std::map<std::string, std::string> compression_options = {{"lz4_compressor_type", "fast"}};
  std::map<std::string, std::string> compaction = {{"class", "SizeTieredCompactionStrategy"},
                                                   {"min_threshold", "4"}};
  int32_t rows_per_partition = 12;
  std::vector<DescribedColumn> columns;
  std::vector<DescribedDrop> dropped;  // regular columns of integers

  std::string encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(3);
    out.bytes(Bytes(id));
    out.u16_bytes(std::string_view("ks"));
    out.u16_bytes(Bytes(name));
    out.u16(replication_factor);
    out.u32(flags);
    out.i32(864000);
    out.i32(default_ttl);
    out.f64(0.01);
    out.u32(chunk_length);
    out.u16_bytes(Bytes(compressor));
    for (const auto* const map : {&compression_options, &compaction}) {
      out.u16(static_cast<uint16_t>(map->size()));
      for (const auto& [key, value] : *map) {
        out.u16_bytes(Bytes(key));
        out.u16_bytes(Bytes(value));
      }
    }
    out.i32(0);
    out.f64(1.0);
    for (const int32_t number : {128, 2048, rows_per_partition}) out.i32(number);
    out.u16(static_cast<uint16_t>(columns.size()));
    for (const DescribedColumn& column : columns) {
      out.u16(column.id);
      out.u16_bytes(Bytes(column.name));
      out.u8(static_cast<uint8_t>(column.kind));
      out.u16(column.position);
      out.u16_bytes(Bytes(column.type));
    }
    out.u16(static_cast<uint16_t>(dropped.size()));
    for (const DescribedDrop& drop : dropped) {
      out.u16(drop.id);
      out.u16_bytes(Bytes(drop.name));
      out.u8(static_cast<uint8_t>(ColumnKind::kRegular));
      out.u16_bytes(std::string_view("org.apache.cassandra.db.marshal.Int32Type"));
      out.i64(drop.time_micros);
    }
    return bytes;
  }
};

}  // namespace ceto::schema_test
