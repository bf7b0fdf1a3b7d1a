// TableModel: what a table of any shape must answer, kept as the winner of every place that was
// ever written and worked out anew for every question. It knows nothing of memtables, files and
// purging: the tests compare the engine with it. Timestamps may come out of order by less than
// kDisorderMicros. Tests only.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lsm/row.h"
#include "types/type.h"

namespace ceto::lsm_test {

// Text as it is, other bytes in hex; a long value by its beginning, its length and its hash.
inline std::string readable(Bytes bytes) {
  constexpr size_t kMost = 48;
  const std::string shown = bytes.sub(0, std::min(bytes.size(), kMost)).str();
  const bool text =
      std::all_of(shown.begin(), shown.end(), [](const char c) { return c >= ' ' && c <= '~'; });
  std::string out;
  if (text) {
    out = shown;
  } else {
    constexpr char kDigits[] = "0123456789abcdef";
    out = "0x";
    for (const char c : shown) {
      out += kDigits[static_cast<uint8_t>(c) >> 4];
      out += kDigits[static_cast<uint8_t>(c) & 15];
    }
  }
  if (bytes.size() > kMost) {
    out += ".." + std::to_string(bytes.size()) + "#" +
           std::to_string(std::hash<std::string>{}(bytes.str()));
  }
  return out;
}

class TableModel {
 public:
  static constexpr int64_t kDisorderMicros = 20'000'000;

  explicit TableModel(const TableSchema& schema) : schema_(schema) {}

  using Key = std::pair<int64_t, std::string>;  // token, key

  void write(const PartitionUpdate& update, int64_t now_micros) {
    Partition& to = at({update.token.value, update.key.str()});
    if (!update.deletion.live()) {
      to.deleted = std::max(to.deleted, update.deletion.marked_for_delete_at);
    }
    if (update.static_row) add(to.statics, *update.static_row);
    for (const Row& row : update.rows) {
      add(to.rows.try_emplace(own(row.clustering)).first->second, row);
    }
    for (const RangeTombstone& range : update.range_tombstones) {
      to.ranges.push_back({{own(range.slice.start.prefix), range.slice.start.after},
                           {own(range.slice.end.prefix), range.slice.end.after},
                           range.deletion.marked_for_delete_at});
    }
    fold(to, now_micros - kDisorderMicros);
  }
  void clear() { partitions_.clear(); }

  std::vector<Key> keys() const {
    std::vector<Key> out;
    for (const auto& [key, partition] : partitions_) out.push_back(key);
    return out;
  }

  // One line for the static row (if it lives) and each live row of the slices (none: all), with the
  // cells whose column's bit is set (none: all). When a row was inserted is shown with `liveness`.
  std::vector<std::string> read(const Key& key, int64_t now, std::span<const Slice> slices,
                                bool reversed, std::span<const uint64_t> columns,
                                bool liveness) const {
    std::vector<std::string> out;
    const auto found = partitions_.find(key);
    if (found == partitions_.end()) return out;
    const Partition& partition = found->second;
    for (const auto& [clustering, place] : partition.rows) {
      const std::vector<Bytes> values = views(clustering);
      if (!slices.empty() && !in_any(values, slices)) continue;
      int64_t covered = partition.deleted;
      for (const Range& range : partition.ranges) {
        if (covers(range, values)) covered = std::max(covered, range.timestamp);
      }
      if (auto line = live(place, covered, now, columns, liveness)) {
        out.push_back(clustering_text(values) + *line);
      }
    }
    if (reversed) std::reverse(out.begin(), out.end());
    if (auto line = live(partition.statics, partition.deleted, now, columns, liveness)) {
      out.insert(out.begin(), "static" + *line);
    }
    return out;
  }

  // The live cell at a place, for what is counted on.
  std::optional<std::string> value_of(const Key& key, Clustering clustering, ColumnId column,
                                      int64_t now) const {
    const auto found = partitions_.find(key);
    if (found == partitions_.end()) return std::nullopt;
    const auto row = found->second.rows.find(own(clustering));
    if (row == found->second.rows.end()) return std::nullopt;
    int64_t limit = std::max(found->second.deleted, row->second.deleted);
    for (const Range& range : found->second.ranges) {
      if (covers(range, clustering)) limit = std::max(limit, range.timestamp);
    }
    const auto cell = row->second.cells.find({column, Path{nullptr, ""}});
    if (cell == row->second.cells.end() || cell->second.timestamp <= limit ||
        !as_cell(column, "", cell->second).live_at(now)) {
      return std::nullopt;
    }
    return cell->second.value;
  }

  static std::string render(const Row& row, bool is_static, std::span<const uint64_t> columns = {},
                            bool liveness = true) {
    std::string out = is_static ? "static" : clustering_text(row.clustering);
    if (liveness && !row.liveness.empty()) {
      out += " live@" + std::to_string(row.liveness.timestamp);
    }
    for (const Cell& cell : row.cells) {
      if (wanted(columns, cell.column)) out += render(cell);
    }
    return out;
  }

 private:
  struct StoredCell {
    int64_t timestamp;
    uint32_t ttl, local_deletion_time;
    std::string value;
  };
  // Ordered as the column's cells are.
  struct Path {
    const Type* type;  // nullptr: of a simple column
    std::string bytes;
    friend bool operator<(const Path& a, const Path& b) {
      if (a.type == nullptr || b.type == nullptr) return a.bytes < b.bytes;
      return compare_values(*a.type, Bytes(a.bytes), Bytes(b.bytes)) < 0;
    }
  };
  struct Place {
    Liveness liveness;
    int64_t deleted = kNoTimestamp;
    std::map<ColumnId, int64_t> complex;
    std::map<std::pair<ColumnId, Path>, StoredCell> cells;
  };
  using OwnClustering = std::vector<std::string>;
  struct OwnBound {
    OwnClustering prefix;
    bool after;
  };
  struct Range {
    OwnBound start, end;
    int64_t timestamp;
  };
  struct ClusteringOrder {
    const TableSchema* schema;
    bool operator()(const OwnClustering& a, const OwnClustering& b) const {
      return compare_clustering(*schema, views(a), views(b)) < 0;
    }
  };
  struct Partition {
    explicit Partition(const TableSchema& schema) : rows(ClusteringOrder{&schema}) {}
    int64_t deleted = kNoTimestamp;
    Place statics;
    std::map<OwnClustering, Place, ClusteringOrder> rows;
    std::vector<Range> ranges;
  };

  Partition& at(const Key& key) { return partitions_.try_emplace(key, schema_).first->second; }

  static OwnClustering own(Clustering clustering) {
    OwnClustering out;
    for (const Bytes component : clustering) out.push_back(component.str());
    return out;
  }
  static std::vector<Bytes> views(const OwnClustering& clustering) {
    return {clustering.begin(), clustering.end()};
  }
  static std::string clustering_text(Clustering clustering) {
    std::string out = "(";
    for (const Bytes component : clustering) out += readable(component) + ",";
    return out + ")";
  }
  static bool wanted(std::span<const uint64_t> columns, ColumnId column) {
    return columns.empty() || (columns[column / 64] >> column % 64 & 1) != 0;
  }

  bool covers(const Range& range, Clustering clustering) const {
    const std::vector<Bytes> start = views(range.start.prefix), end = views(range.end.prefix);
    return compare_to_bound(schema_, clustering, {start, range.start.after}) > 0 &&
           compare_to_bound(schema_, clustering, {end, range.end.after}) < 0;
  }
  bool in_any(Clustering clustering, std::span<const Slice> slices) const {
    return std::any_of(slices.begin(), slices.end(), [&](const Slice& slice) {
      return compare_to_bound(schema_, clustering, slice.start) > 0 &&
             compare_to_bound(schema_, clustering, slice.end) < 0;
    });
  }

  // Nothing that is older comes any more: such a range is a deletion of the rows in it.
  void fold(Partition& partition, int64_t horizon) {
    std::erase_if(partition.ranges, [&](const Range& range) {
      if (range.timestamp >= horizon) return false;
      for (auto& [clustering, place] : partition.rows) {
        if (covers(range, views(clustering))) {
          place.deleted = std::max(place.deleted, range.timestamp);
        }
      }
      return true;
    });
  }

  void add(Place& to, const Row& row) {
    if (!row.liveness.empty() && (to.liveness.empty() || newer(row.liveness, to.liveness))) {
      to.liveness = row.liveness;
    }
    if (!row.deletion.live()) to.deleted = std::max(to.deleted, row.deletion.marked_for_delete_at);
    for (const ComplexDeletion& one : row.complex) {
      int64_t& deleted = to.complex.try_emplace(one.column, kNoTimestamp).first->second;
      deleted = std::max(deleted, one.deletion.marked_for_delete_at);
    }
    for (const Cell& cell : row.cells) {
      const Type* const type = schema_.column(cell.column)->type;
      const StoredCell made{cell.timestamp, cell.ttl, cell.local_deletion_time, cell.value.str()};
      const Path path{type->multi_cell ? type->path_type() : nullptr, cell.path.str()};
      const auto [found, inserted] = to.cells.try_emplace({cell.column, path}, made);
      if (!inserted && wins(made, found->second)) found->second = made;
    }
  }

  // LivenessInfo.supersedes
  static bool newer(const Liveness& a, const Liveness& b) {
    if (a.timestamp != b.timestamp) return a.timestamp > b.timestamp;
    return std::pair(a.ttl != kNoTtl, a.local_deletion_time) >
           std::pair(b.ttl != kNoTtl, b.local_deletion_time);
  }
  // The winner of Cells.resolveRegular, written as one sort key.
  static bool wins(const StoredCell& a, const StoredCell& b) {
    const auto rank = [](const StoredCell& c) {
      return c.local_deletion_time == kNoDeletionTime ? 0 : c.ttl != kNoTtl ? 1 : 2;
    };
    if (a.timestamp != b.timestamp) return a.timestamp > b.timestamp;
    if (rank(a) != rank(b)) return rank(a) > rank(b);
    if (a.local_deletion_time != b.local_deletion_time) {
      return a.local_deletion_time > b.local_deletion_time;
    }
    if (a.value != b.value) return compare(Bytes(a.value), Bytes(b.value)) > 0;
    return a.ttl > b.ttl;
  }

  static Cell as_cell(ColumnId column, const std::string& path, const StoredCell& stored) {
    return {stored.timestamp, stored.ttl,          stored.local_deletion_time,
            column,           Bytes(stored.value), Bytes(path)};
  }

  static std::optional<std::string> live(const Place& place, int64_t covered, int64_t now,
                                         std::span<const uint64_t> columns, bool liveness) {
    const int64_t deleted = std::max(covered, place.deleted);
    std::string line;
    bool any = false;
    if (place.liveness.timestamp > deleted && place.liveness.live_at(now)) {
      if (liveness) line += " live@" + std::to_string(place.liveness.timestamp);
      any = true;
    }
    for (const auto& [where, stored] : place.cells) {
      int64_t limit = deleted;
      const auto complex = place.complex.find(where.first);
      if (complex != place.complex.end()) limit = std::max(limit, complex->second);
      const Cell cell = as_cell(where.first, where.second.bytes, stored);
      if (stored.timestamp <= limit || !cell.live_at(now)) continue;
      any = true;
      if (wanted(columns, cell.column)) line += render(cell);
    }
    return any ? std::optional(line) : std::nullopt;
  }

  static std::string render(const Cell& cell) {
    return " " + std::to_string(cell.column) + "[" + readable(cell.path) +
           "]=" + readable(cell.value) + "@" + std::to_string(cell.timestamp) + "/" +
           std::to_string(cell.ttl);
  }

  const TableSchema& schema_;
  std::map<Key, Partition> partitions_;
};

}  // namespace ceto::lsm_test
