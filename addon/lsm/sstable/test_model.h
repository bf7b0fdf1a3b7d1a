// Random tables and partitions for the SSTable tests, what a slice of them must give, and texts to
// compare with. Everything comes from one seed.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/byte_io.h"
#include "lsm/source.h"
#include "lsm/sstable/test_schema.h"

namespace ceto::sstable_test {

inline std::string hex(Bytes bytes) {
  if (bytes.data() == nullptr) return "null";
  std::string out = "'";
  for (const uint8_t byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out + "'";
}

inline std::string text_of(Clustering values) {
  std::string out = "(";
  for (const Bytes value : values) out += hex(value) + ",";
  return out + ")";
}

inline std::string text_of(const DeletionTime& deletion) {
  if (deletion.live()) return "live";
  return std::to_string(deletion.marked_for_delete_at) + "@" +
         std::to_string(deletion.local_deletion_time);
}

inline std::string text_of(const Row& row) {
  std::string out = "row " + text_of(row.clustering);
  if (!row.liveness.empty()) {
    out += " live " + std::to_string(row.liveness.timestamp) + " " +
           std::to_string(row.liveness.ttl) + " " +
           std::to_string(row.liveness.local_deletion_time);
  }
  if (!row.deletion.live()) out += " deleted " + text_of(row.deletion);
  for (const ComplexDeletion& complex : row.complex) {
    out += "\n    " + std::to_string(complex.column) + " deleted " + text_of(complex.deletion);
  }
  for (const Cell& cell : row.cells) {
    out += "\n    " + std::to_string(cell.column) + " " + std::to_string(cell.timestamp) + " ttl " +
           std::to_string(cell.ttl) + " " + std::to_string(cell.local_deletion_time) + " path " +
           (cell.path.empty() ? "" : hex(cell.path)) + " = " +
           (cell.value.empty() ? "" : hex(cell.value));
  }
  return out;
}

inline std::string text_of(const Unfiltered& unfiltered) {
  if (!unfiltered.is_marker) return "  " + text_of(unfiltered.row) + "\n";
  const RangeMarker& marker = unfiltered.marker;
  return std::string("  marker ") + (marker.bound.after ? "after " : "before ") +
         text_of(marker.bound.prefix) + " " + text_of(marker.before) + " -> " +
         text_of(marker.after) + "\n";
}

struct PartitionModel {
  std::string key;
  Token token;
  DeletionTime deletion;
  const Row* static_row = nullptr;
  std::vector<Unfiltered> unfiltereds;
};

// What a source must give of `unfiltereds` for `slices`.
inline std::vector<Unfiltered> sliced(const TableSchema& schema,
                                      const std::vector<Unfiltered>& unfiltereds,
                                      const std::vector<Slice>& slices, bool reversed) {
  std::vector<Unfiltered> out;
  const auto edge = [&out](const Bound& bound, DeletionTime before, DeletionTime after) {
    Unfiltered marker;
    marker.is_marker = true;
    marker.marker = {bound, before, after};
    out.push_back(marker);
  };
  for (const Slice& slice : slices) {
    DeletionTime at_start, at_end;
    for (const Unfiltered& u : unfiltereds) {
      if (!u.is_marker) continue;
      if (compare_bounds(schema, u.marker.bound, slice.start) <= 0) at_start = u.marker.after;
      if (compare_bounds(schema, u.marker.bound, slice.end) < 0) at_end = u.marker.after;
    }
    if (!at_start.live()) edge(slice.start, {}, at_start);
    for (const Unfiltered& u : unfiltereds) {
      const bool inside = u.is_marker
                              ? compare_bounds(schema, u.marker.bound, slice.start) > 0 &&
                                    compare_bounds(schema, u.marker.bound, slice.end) < 0
                              : compare_to_bound(schema, u.row.clustering, slice.start) > 0 &&
                                    compare_to_bound(schema, u.row.clustering, slice.end) < 0;
      if (inside) out.push_back(u);
    }
    if (!at_end.live()) edge(slice.end, at_end, {});
  }
  if (reversed) {
    std::reverse(out.begin(), out.end());
    for (Unfiltered& u : out) {
      if (u.is_marker) std::swap(u.marker.before, u.marker.after);
    }
  }
  return out;
}

class RandomModel {
 public:
  // `printable`: without the values that Cassandra reads but its SSTableExport cannot print.
  explicit RandomModel(uint64_t seed, bool printable = false)
      : printable_(printable), random_(seed) {
    schema = random_schema();
    const size_t count = 1 + below(chance(0.3) ? 200 : 30);
    for (size_t i = 0; i < count; ++i) partitions.push_back(random_partition());
    std::sort(partitions.begin(), partitions.end(), [](const auto& a, const auto& b) {
      return a.token != b.token ? a.token < b.token : compare(Bytes(a.key), Bytes(b.key)) < 0;
    });
    partitions.erase(std::unique(partitions.begin(), partitions.end(),
                                 [](const auto& a, const auto& b) { return a.key == b.key; }),
                     partitions.end());
  }

  std::shared_ptr<TableSchema> schema;
  std::vector<PartitionModel> partitions;

  size_t below(size_t limit) { return random_() % limit; }
  bool chance(double p) { return static_cast<double>(random_() >> 11) * 0x1p-53 < p; }

  // Ascending, disjoint.
  std::vector<Slice> random_slices(const PartitionModel& partition) {
    std::vector<Bound> bounds = random_bounds(2 * (1 + below(3)), partition.unfiltereds);
    std::vector<Slice> slices;
    for (size_t i = 0; i + 1 < bounds.size(); i += 2) slices.push_back({bounds[i], bounds[i + 1]});
    if (!slices.empty() && chance(0.2)) slices.front().start = {};
    if (!slices.empty() && chance(0.2)) slices.back().end = {{}, true};
    return slices;
  }

 private:
  std::shared_ptr<TableSchema> random_schema();
  PartitionModel random_partition();
  Unfiltered random_row(Clustering clustering, bool is_static, size_t value_bytes);
  void random_column(const Column& column, const Liveness& row, size_t value_bytes,
                     std::vector<Cell>& cells, std::vector<ComplexDeletion>& complex);
  Cell random_cell(const Column& column, const Type& type, const Liveness& row, size_t value_bytes);
  static const Type& element_type(const Type& type, Bytes path);
  std::string random_key();
  std::vector<Bound> random_bounds(size_t count, const std::vector<Unfiltered>& rows);
  std::vector<Unfiltered> with_markers(std::vector<Unfiltered> rows);

  Bytes random_bytes(size_t size) {
    uint8_t* to = arena_.allocate_bytes(size);
    for (size_t i = 0; i < size; ++i) to[i] = static_cast<uint8_t>(random_() >> 13);
    return {to, size};
  }
  // A valid value, so that Cassandra's tools can print the file.
  Bytes random_value(const Type& type, size_t largest) {
    if (type.kind == TypeKind::kTimeuuid) {
      uint8_t uuid[16] = {};
      std::memcpy(uuid, random_bytes(8).data(), 8);
      uuid[6] = static_cast<uint8_t>(0x10 | (uuid[6] & 0x0f));
      return arena_.copy({uuid, sizeof(uuid)});
    }
    if (type.fixed_size >= 0) return random_bytes(static_cast<size_t>(type.fixed_size));
    if (chance(0.1) && !(printable_ && type.kind != TypeKind::kText)) return arena_.copy(Bytes());
    if (type.kind == TypeKind::kSmallint) return random_bytes(2);
    if (type.kind == TypeKind::kList) {
      std::string list;
      ByteWriter out(list);
      const size_t count = below(largest / 8 + 1);
      out.u32(static_cast<uint32_t>(count));
      for (size_t i = 0; i < count; ++i) out.i32_bytes(random_bytes(4));
      return arena_.copy(Bytes(list));
    }
    // Letters only, so that the value is one of text and of blob.
    const size_t size = 1 + below(largest);
    uint8_t* to = arena_.allocate_bytes(size);
    for (size_t i = 0; i < size; ++i) to[i] = static_cast<uint8_t>('a' + random_() % 26);
    return {to, size};
  }
  Clustering random_clustering() {
    const auto values = arena_.make_array<Bytes>(schema->clustering.size());
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = random_value(*schema->clustering[i]->type, 8);
      if (!printable_ && chance(0.02)) values[i] = Bytes();  // null, as in compact tables
    }
    return values;
  }
  int64_t random_timestamp() {
    return 1700000000000000 + static_cast<int64_t>(below(1000000)) - 1000;
  }
  uint32_t random_seconds() { return 1700000000 + static_cast<uint32_t>(below(100000000)); }
  DeletionTime random_deletion() { return {random_timestamp(), random_seconds()}; }

  bool printable_;
  std::mt19937_64 random_;
  Arena arena_;
};

inline std::shared_ptr<TableSchema> RandomModel::random_schema() {
  const std::string text = marshal("UTF8Type"), int32 = marshal("Int32Type");
  const std::vector<std::string> keys = {int32,
                                         text,
                                         marshal("BytesType"),
                                         marshal("LongType"),
                                         marshal("ReversedType(" + int32 + ")"),
                                         marshal("ReversedType(" + text + ")")};
  const std::vector<std::string> simple = {
      int32,
      text,
      marshal("BytesType"),
      marshal("LongType"),
      marshal("BooleanType"),
      marshal("DoubleType"),
      marshal("FrozenType(" + marshal("ListType(" + int32 + ")") + ")"),
      marshal("ShortType"),
      marshal("UUIDType")};
  const std::vector<std::string> complex = {
      marshal("MapType(" + text + "," + int32 + ")"), marshal("ListType(" + int32 + ")"),
      marshal("SetType(" + text + ")"),
      marshal("UserType(ks,61,6162:" + text + ",6163:" + int32 + ",6164:" + text + ")")};
  std::vector<ColumnSpec> specs;
  const auto add = [&](const char* prefix, ColumnKind kind, size_t count, const auto& pick) {
    for (size_t i = 0; i < count; ++i) {
      specs.push_back(
          {prefix + std::to_string(below(1000000)) + "_" + std::to_string(i), kind, pick()});
    }
  };
  const auto pick_value = [&] {
    return chance(0.3) ? complex[below(complex.size())] : simple[below(simple.size())];
  };
  const auto pick_key = [&] { return keys[below(keys.size())]; };
  add("k", ColumnKind::kPartitionKey, 1 + below(2), [&] { return text; });
  add("c", ColumnKind::kClustering, chance(0.03) ? 40 : below(4), pick_key);
  if (chance(0.5)) add("s", ColumnKind::kStatic, 1 + below(3), pick_value);
  add("r", ColumnKind::kRegular, chance(0.2) ? 60 + below(60) : below(9), pick_value);
  std::shuffle(specs.begin(), specs.end(), random_);
  auto made = make_schema("random", specs);
  const char* classes[] = {"LZ4Compressor", "SnappyCompressor", "ZstdCompressor",
                           "DeflateCompressor", "NoopCompressor"};
  made->compression_class = classes[below(5)];
  made->compression_chunk_length = chance(0.2) ? 0 : 4096u << below(4);
  if (chance(0.2)) made->compression_options["min_compress_ratio"] = "1.5";
  made->min_index_interval = chance(0.5) ? 128 : 1 + static_cast<int32_t>(below(16));
  return made;
}

inline Cell RandomModel::random_cell(const Column& column, const Type& type, const Liveness& row,
                                     size_t value_bytes) {
  Cell cell;
  cell.column = column.id;
  cell.timestamp = !row.empty() && chance(0.5) ? row.timestamp : random_timestamp();
  if (chance(0.1)) {
    cell.local_deletion_time = random_seconds();
    return cell;
  }
  if (row.ttl != kNoTtl && chance(0.7)) {
    cell.ttl = row.ttl;
    cell.local_deletion_time = row.local_deletion_time;
  } else if (chance(0.1)) {
    cell.ttl = 1 + static_cast<uint32_t>(below(1000000));
    cell.local_deletion_time = random_seconds();
  }
  cell.value = random_value(type, value_bytes);
  return cell;
}

inline const Type& RandomModel::element_type(const Type& type, Bytes path) {
  if (type.kind == TypeKind::kUdt) return *type.parameters[path[1]];
  return *type.parameters[type.kind == TypeKind::kMap ? 1 : 0];
}

inline void RandomModel::random_column(const Column& column, const Liveness& row,
                                       size_t value_bytes, std::vector<Cell>& cells,
                                       std::vector<ComplexDeletion>& complex) {
  if (!column.type->multi_cell) {
    cells.push_back(random_cell(column, *column.type, row, value_bytes));
    return;
  }
  if (chance(0.3)) complex.push_back({column.id, random_deletion()});
  const Type& path_type = *column.type->path_type();
  std::vector<Bytes> paths;
  for (size_t i = below(5); i > 0; --i) {
    if (column.type->kind == TypeKind::kUdt) {
      uint8_t field[2] = {0, static_cast<uint8_t>(below(3))};
      paths.push_back(arena_.copy({field, 2}));
    } else {
      const Bytes path = random_value(path_type, 12);
      paths.push_back(path.empty() ? arena_.copy(Bytes(std::string_view("p"))) : path);
    }
  }
  std::sort(paths.begin(), paths.end(),
            [&](Bytes a, Bytes b) { return compare_values(path_type, a, b) < 0; });
  paths.erase(std::unique(paths.begin(), paths.end(),
                          [&](Bytes a, Bytes b) { return compare_values(path_type, a, b) == 0; }),
              paths.end());
  for (const Bytes path : paths) {
    cells.push_back(random_cell(column, element_type(*column.type, path), row, value_bytes));
    cells.back().path = path;
    if (column.type->kind == TypeKind::kSet) cells.back().value = arena_.copy(Bytes());
  }
}

inline Unfiltered RandomModel::random_row(Clustering clustering, bool is_static,
                                          size_t value_bytes) {
  Unfiltered made;
  Row& row = made.row;
  row.clustering = clustering;
  if (!is_static && chance(0.6)) {
    row.liveness.timestamp = random_timestamp();
    if (chance(0.2)) {
      row.liveness.ttl = 1 + static_cast<uint32_t>(below(1000000));
      row.liveness.local_deletion_time = random_seconds();
    }
  }
  if (!is_static && chance(0.1)) row.deletion = random_deletion();
  std::vector<Cell> cells;
  std::vector<ComplexDeletion> complex;
  const double density = chance(0.3) ? 1.0 : chance(0.5) ? 0.6 : 0.1;
  for (const Column* column : schema->by_id) {
    if (column->kind != (is_static ? ColumnKind::kStatic : ColumnKind::kRegular)) continue;
    if (chance(density)) random_column(*column, row.liveness, value_bytes, cells, complex);
  }
  const auto kept_cells = arena_.make_array<Cell>(cells.size());
  std::copy(cells.begin(), cells.end(), kept_cells.begin());
  const auto kept_complex = arena_.make_array<ComplexDeletion>(complex.size());
  std::copy(complex.begin(), complex.end(), kept_complex.begin());
  row.cells = kept_cells;
  row.complex = kept_complex;
  if (!row.has_any()) row.deletion = random_deletion();
  if (is_static) row.deletion = {};
  return made;
}

inline std::vector<Bound> RandomModel::random_bounds(size_t count,
                                                     const std::vector<Unfiltered>& rows) {
  std::vector<Bound> bounds;
  for (size_t i = 0; i < count; ++i) {
    Clustering whole = random_clustering();
    if (!rows.empty() && chance(0.7)) {
      const Unfiltered& near = rows[below(rows.size())];
      if (!near.is_marker) whole = near.row.clustering;
    }
    size_t size = whole.empty() ? 0 : 1 + below(whole.size());
    for (size_t j = 0; j < size; ++j) {
      if (whole[j].data() == nullptr) size = j;
    }
    if (size > 0) bounds.push_back({whole.first(size), chance(0.5)});
  }
  std::sort(bounds.begin(), bounds.end(),
            [&](const Bound& a, const Bound& b) { return compare_bounds(*schema, a, b) < 0; });
  bounds.erase(std::unique(bounds.begin(), bounds.end(),
                           [&](const Bound& a, const Bound& b) {
                             return compare_bounds(*schema, a, b) == 0;
                           }),
               bounds.end());
  return bounds;
}

inline std::vector<Unfiltered> RandomModel::with_markers(std::vector<Unfiltered> rows) {
  std::vector<Bound> bounds = random_bounds(below(6), rows);
  std::vector<Unfiltered> out;
  DeletionTime open;
  size_t row = 0;
  for (size_t i = 0; i < bounds.size(); ++i) {
    if (i + 1 == bounds.size() && open.live()) break;
    while (row < rows.size() &&
           compare_to_bound(*schema, rows[row].row.clustering, bounds[i]) < 0) {
      out.push_back(rows[row++]);
    }
    Unfiltered marker;
    marker.is_marker = true;
    const bool closes = !open.live() && (i + 1 == bounds.size() || chance(0.6));
    marker.marker = {bounds[i], open, closes ? DeletionTime{} : random_deletion()};
    open = marker.marker.after;
    out.push_back(marker);
  }
  while (row < rows.size()) out.push_back(rows[row++]);
  return out;
}

// Of one column its value; of several, each with its length and a zero behind it.
inline std::string RandomModel::random_key() {
  std::string key;
  for (const Column* column : schema->partition_key) {
    const Bytes part = random_value(*column->type, 20);
    if (schema->partition_key.size() == 1) return part.empty() ? "key" : part.str();
    ByteWriter out(key);
    out.u16_bytes(part);
    out.u8(0);
  }
  return key;
}

inline PartitionModel RandomModel::random_partition() {
  PartitionModel partition;
  partition.key = random_key();
  partition.token = token_of(Bytes(partition.key));
  if (chance(0.15)) partition.deletion = random_deletion();
  if (!schema->statics.empty() && chance(0.6)) {
    const Row row = random_row({}, true, 50).row;
    if (row.has_any()) partition.static_row = arena_.make<Row>(row);
  }
  const bool wide = chance(0.03);
  const size_t count = schema->clustering.empty() ? below(2) : wide ? 100 + below(200) : below(12);
  std::vector<Unfiltered> rows;
  for (size_t i = 0; i < count; ++i) {
    rows.push_back(random_row(random_clustering(), false, wide ? 900 : chance(0.01) ? 40000 : 40));
  }
  std::sort(rows.begin(), rows.end(), [&](const Unfiltered& a, const Unfiltered& b) {
    return compare_clustering(*schema, a.row.clustering, b.row.clustering) < 0;
  });
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [&](const Unfiltered& a, const Unfiltered& b) {
                           return compare_clustering(*schema, a.row.clustering, b.row.clustering) ==
                                  0;
                         }),
             rows.end());
  partition.unfiltereds = with_markers(std::move(rows));
  return partition;
}

}  // namespace ceto::sstable_test
