// ModelTable: what a table must answer, kept as the plain list of all that was ever written and
// worked out anew for every question. Slow and simple on purpose: the tests compare the engine with
// it.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lsm/row.h"

namespace ceto::lsm_test {

class ModelTable {
 public:
  explicit ModelTable(const TableSchema& schema) : schema_(schema) {}

  void write(const PartitionUpdate& update) {
    Partition& to = partitions_[{update.token.value, update.key.str()}];
    if (!update.deletion.live()) to.deletions.push_back(update.deletion);
    if (update.static_row) add(to.statics, *update.static_row);
    for (const Row& row : update.rows) add(to.rows[row.clustering[0].str()], row);
    for (const RangeTombstone& range : update.range_tombstones) {
      to.ranges.push_back({range.slice.start.prefix[0].str(), range.slice.end.prefix[0].str(),
                           range.deletion.marked_for_delete_at});
    }
  }

  using Key = std::pair<int64_t, std::string>;
  std::vector<Key> keys() const {
    std::vector<Key> out;
    for (const auto& [key, partition] : partitions_) out.push_back(key);
    return out;
  }

  // One line for the static row (if it lives) and each live row between two clusterings, as
  // render().
  std::vector<std::string> read(const Key& key, int64_t now, const std::string& from,
                                const std::string& to, bool reversed) const {
    std::vector<std::string> out;
    const auto found = partitions_.find(key);
    if (found == partitions_.end()) return out;
    const Partition& at = found->second;
    int64_t deleted = kNoTimestamp;
    for (const DeletionTime& one : at.deletions)
      deleted = std::max(deleted, one.marked_for_delete_at);
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& [clustering, versions] : at.rows) {
      if (order(clustering, from) < 0 || order(clustering, to) > 0) continue;
      int64_t covered = deleted;
      for (const Range& range : at.ranges) {
        if (order(clustering, range.from) >= 0 && order(clustering, range.to) <= 0) {
          covered = std::max(covered, range.timestamp);
        }
      }
      if (auto line = live(versions, covered, now)) rows.emplace_back(clustering, *line);
    }
    std::sort(rows.begin(), rows.end(),
              [&](const auto& a, const auto& b) { return order(a.first, b.first) < 0; });
    if (reversed) std::reverse(rows.begin(), rows.end());
    if (auto line = live(at.statics, deleted, now)) out.push_back("static" + *line);
    for (const auto& [clustering, line] : rows) out.push_back(hex(clustering) + line);
    return out;
  }

  static std::string render(const Row& row, bool is_static) {
    std::string out = is_static ? "static" : hex(row.clustering[0].str());
    if (!row.liveness.empty()) out += " live@" + std::to_string(row.liveness.timestamp);
    for (const Cell& cell : row.cells) out += render(cell);
    return out;
  }

 private:
  struct StoredCell {
    int64_t timestamp;
    uint32_t ttl, local_deletion_time;
    std::string value;
  };
  struct Versions {
    std::vector<Liveness> livenesses;
    std::vector<int64_t> deletions;
    std::map<ColumnId, int64_t> complex;
    std::map<std::pair<ColumnId, std::string>, std::vector<StoredCell>> cells;
  };
  struct Range {
    std::string from, to;
    int64_t timestamp;
  };
  struct Partition {
    std::vector<DeletionTime> deletions;
    Versions statics;
    std::map<std::string, Versions> rows;
    std::vector<Range> ranges;
  };

  int order(const std::string& a, const std::string& b) const {
    const Bytes left[] = {Bytes(a)};
    const Bytes right[] = {Bytes(b)};
    return compare_clustering(schema_, left, right);
  }

  static void add(Versions& to, const Row& row) {
    if (!row.liveness.empty()) to.livenesses.push_back(row.liveness);
    if (!row.deletion.live()) to.deletions.push_back(row.deletion.marked_for_delete_at);
    for (const ComplexDeletion& one : row.complex) {
      int64_t& at = to.complex.try_emplace(one.column, kNoTimestamp).first->second;
      at = std::max(at, one.deletion.marked_for_delete_at);
    }
    for (const Cell& cell : row.cells) {
      to.cells[{cell.column, cell.path.str()}].push_back(
          {cell.timestamp, cell.ttl, cell.local_deletion_time, cell.value.str()});
    }
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

  static std::optional<std::string> live(const Versions& versions, int64_t covered, int64_t now) {
    int64_t deleted = covered;
    for (const int64_t one : versions.deletions) deleted = std::max(deleted, one);
    std::string line;
    const Liveness* best = nullptr;
    for (const Liveness& one : versions.livenesses) {
      if (!best || one.timestamp > best->timestamp ||
          (one.timestamp == best->timestamp &&
           std::pair(one.ttl != kNoTtl, one.local_deletion_time) >
               std::pair(best->ttl != kNoTtl, best->local_deletion_time))) {
        best = &one;
      }
    }
    if (best && best->timestamp > deleted && best->live_at(now)) {
      line += " live@" + std::to_string(best->timestamp);
    }
    for (const auto& [place, all] : versions.cells) {
      const StoredCell* winner = &all[0];
      for (const StoredCell& one : all) {
        if (wins(one, *winner)) winner = &one;
      }
      int64_t limit = deleted;
      const auto complex = versions.complex.find(place.first);
      if (complex != versions.complex.end()) limit = std::max(limit, complex->second);
      const Cell cell{winner->timestamp, winner->ttl,          winner->local_deletion_time,
                      place.first,       Bytes(winner->value), Bytes(place.second)};
      if (winner->timestamp > limit && cell.live_at(now)) line += render(cell);
    }
    if (line.empty()) return std::nullopt;
    return line;
  }

  static std::string render(const Cell& cell) {
    return " " + std::to_string(cell.column) + "[" + cell.path.str() + "]=" + cell.value.str() +
           "@" + std::to_string(cell.timestamp) + "/" + std::to_string(cell.ttl);
  }
  static std::string hex(const std::string& clustering) {
    std::string out = "c";
    for (const char c : clustering) out += std::to_string(static_cast<uint8_t>(c)) + ".";
    return out;
  }

  const TableSchema& schema_;
  std::map<Key, Partition> partitions_;
};

}  // namespace ceto::lsm_test
