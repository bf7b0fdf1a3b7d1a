// The data model inside the engine: cells, rows, deletions and clustering bounds, as views on
// memory that somebody else owns (a request's arena, a memtable's arena, a reader's buffers). All
// are trivially copyable. Times are as in Cassandra: timestamps in microseconds as the client gives
// them, local deletion times in seconds since 1970. Source: org.apache.cassandra.db.rows.*
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "schema/table.h"
#include "types/token.h"

namespace ceto {

inline constexpr int64_t kNoTimestamp = INT64_MIN;
inline constexpr uint32_t kNoTtl = 0;
// Unsigned, so that it reaches 2106 (Cassandra 5 `oa`); `nb` files hold values up to 2^31 - 2.
inline constexpr uint32_t kNoDeletionTime = UINT32_MAX;

struct DeletionTime {
  int64_t marked_for_delete_at = kNoTimestamp;
  uint32_t local_deletion_time = kNoDeletionTime;

  bool live() const { return marked_for_delete_at == kNoTimestamp; }
  bool deletes(int64_t timestamp) const { return timestamp <= marked_for_delete_at; }
  // The greater timestamp wins, then the greater local deletion time.
  bool supersedes(const DeletionTime& other) const {
    return marked_for_delete_at != other.marked_for_delete_at
               ? marked_for_delete_at > other.marked_for_delete_at
               : local_deletion_time > other.local_deletion_time;
  }
  friend bool operator==(const DeletionTime&, const DeletionTime&) = default;
};

// The primary key's own liveness (INSERT writes one, UPDATE does not).
struct Liveness {
  int64_t timestamp = kNoTimestamp;
  uint32_t ttl = kNoTtl;
  uint32_t local_deletion_time = kNoDeletionTime;  // of an expiring one: when it expires

  bool empty() const { return timestamp == kNoTimestamp; }
  bool live_at(int64_t now_seconds) const {
    return !empty() && (ttl == kNoTtl || now_seconds < int64_t{local_deletion_time});
  }
};

struct Cell {
  int64_t timestamp = kNoTimestamp;
  uint32_t ttl = kNoTtl;
  uint32_t local_deletion_time = kNoDeletionTime;
  ColumnId column = 0;
  Bytes value;  // a counter's is Cassandra's counter context
  Bytes path;   // multi-cell columns: the element's key; empty otherwise

  bool is_tombstone() const { return local_deletion_time != kNoDeletionTime && ttl == kNoTtl; }
  bool is_expiring() const { return ttl != kNoTtl; }
  bool live_at(int64_t now_seconds) const {
    return local_deletion_time == kNoDeletionTime ||
           (ttl != kNoTtl && now_seconds < int64_t{local_deletion_time});
  }
};

// The deletion of a whole multi-cell column (`SET m = {...}` writes one just below its cells).
struct ComplexDeletion {
  ColumnId column = 0;
  DeletionTime deletion;
};

// Values of the clustering columns, a full set for a row and a prefix for a bound. A null component
// (compact tables only) has data() == nullptr.
using Clustering = std::span<const Bytes>;

struct Row {
  Clustering clustering;  // empty for the static row
  Liveness liveness;
  DeletionTime deletion;
  std::span<const Cell> cells;               // by column id, then by the path's order
  std::span<const ComplexDeletion> complex;  // by column id

  bool has_any() const {
    return !liveness.empty() || !deletion.live() || !cells.empty() || !complex.empty();
  }
};

// A place between rows: before or after all rows that begin with `prefix`.
struct Bound {
  Clustering prefix;   // empty: before or after everything
  bool after = false;  // inclusive end and exclusive start are `after`
};

// Rows from `start` to `end` in the table's clustering order.
struct Slice {
  Bound start;
  Bound end{{}, true};
};

struct RangeTombstone {
  Slice slice;
  DeletionTime deletion;
};

// One partition's part of a write.
struct PartitionUpdate {
  const TableSchema* table = nullptr;
  Token token;
  Bytes key;
  DeletionTime deletion;            // of the whole partition
  const Row* static_row = nullptr;  // or nullptr
  std::span<const Row> rows;        // ascending, no two with the same clustering
  std::span<const RangeTombstone> range_tombstones;
};

// Orders in `schema`'s clustering order. `compare_bounds` places a row's clustering as between its
// two bounds: compare_to_bound(row, b) < 0 when the row lies before b.
int compare_clustering(const TableSchema& schema, Clustering a, Clustering b);
int compare_to_bound(const TableSchema& schema, Clustering row, const Bound& bound);
int compare_bounds(const TableSchema& schema, const Bound& a, const Bound& b);

}  // namespace ceto
