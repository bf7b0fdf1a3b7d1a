// Reconciliation: how several versions of a cell, of a row's liveness and of a whole row become
// one. The rules are Cassandra's, so that replicas that merge in any order agree. RowMerger keeps
// its buffers between rows: steady state asks no heap. Its results are views into it and into its
// inputs, valid until the next call. Shard thread only. Source: org.apache.cassandra.db.rows.Cells,
// db.rows.Row.Merger, db.LivenessInfo
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/arena.h"
#include "lsm/row.h"

namespace ceto {

// A liveness with this ttl is dead whatever the clock says (LivenessInfo.EXPIRED_LIVENESS_TTL).
inline constexpr uint32_t kExpiredLivenessTtl = INT32_MAX;

// Whether `a` replaces `b`: greater timestamp; then expired, then expiring over lasting; then the
// later expiry; then, so that the order is total, the greater ttl.
bool supersedes(const Liveness& a, const Liveness& b);

// Whether `a` replaces `b`, two versions of one cell that is no counter: greater timestamp; then a
// tombstone or expiring cell over a lasting one; then a tombstone over an expiring one; then the
// later local deletion time; then the greater value as unsigned bytes; then the greater ttl. False
// for equals.
bool supersedes(const Cell& a, const Cell& b);

// One cell of two versions. Counters: a tombstone wins whatever its timestamp, else the contexts
// merge (into `arena` when neither holds the other) under the greater timestamp.
Cell reconcile(const Cell& a, const Cell& b, bool counter, Arena& arena);

// Order of cells in a row: by column id, then by path in the column's own order. Both cells'
// columns are in the schema.
int compare_cell_place(const TableSchema& schema, const Cell& a, const Cell& b);

class RowMerger {
 public:
  // A merged cell that is a view of no single input: a counter's sum.
  static constexpr uint16_t kNoOrigin = UINT16_MAX;
  // Inputs of one merge; more versions of one row than this are merged in rounds by the caller.
  static constexpr size_t kMaxInputs = UINT16_MAX;

  // The versions of one row (same clustering, all static or none) under a deletion that covers it:
  // what it or the row's own deletion shadows is gone, as are cells of columns that `schema` does
  // not have. A row deletion that does not supersede `covering` is gone as well. May have nothing
  // left: see Row::has_any().
  Row merge(const TableSchema& schema, std::span<const Row* const> rows,
            const DeletionTime& covering);

  // Index into the last call's `rows` for each cell of its result, or kNoOrigin.
  std::span<const uint16_t> origins() const { return origins_; }

 private:
  void merge_complex_deletions(const TableSchema& schema, std::span<const Row* const> rows,
                               const DeletionTime& active);
  void merge_cells(const TableSchema& schema, std::span<const Row* const> rows,
                   const DeletionTime& active);
  size_t first_cell(const TableSchema& schema, std::span<const Row* const> rows) const;
  const DeletionTime& deletion_of(ColumnId column, const DeletionTime& active) const;

  std::vector<Cell> cells_;
  std::vector<uint16_t> origins_;
  std::vector<ComplexDeletion> complex_;
  std::vector<uint32_t> next_;  // by input: its next cell
  Arena sums_;                  // merged counter contexts
};

}  // namespace ceto
