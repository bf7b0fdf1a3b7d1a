#include "lsm/row_merge.h"

#include "types/counter.h"

namespace ceto {

bool supersedes(const Liveness& a, const Liveness& b) {
  if (a.timestamp != b.timestamp) return a.timestamp > b.timestamp;
  const bool a_expired = a.ttl == kExpiredLivenessTtl;
  const bool b_expired = b.ttl == kExpiredLivenessTtl;
  if (a_expired != b_expired) return a_expired;
  const bool a_expiring = a.ttl != kNoTtl;
  const bool b_expiring = b.ttl != kNoTtl;
  if (a_expiring != b_expiring) return a_expiring;
  if (a.local_deletion_time != b.local_deletion_time) {
    return a.local_deletion_time > b.local_deletion_time;
  }
  return a.ttl > b.ttl;
}

bool supersedes(const Cell& a, const Cell& b) {
  if (a.timestamp != b.timestamp) return a.timestamp > b.timestamp;
  // An expiring cell counts as the tombstone that it will be, so that the outcome does not depend
  // on when the merge happens (CASSANDRA-14592).
  const bool a_ends = a.local_deletion_time != kNoDeletionTime;
  const bool b_ends = b.local_deletion_time != kNoDeletionTime;
  if (a_ends != b_ends) return a_ends;
  if (a_ends) {
    if (a.is_expiring() != b.is_expiring()) return !a.is_expiring();
    if (a.local_deletion_time != b.local_deletion_time) {
      return a.local_deletion_time > b.local_deletion_time;
    }
  }
  if (const int c = compare(a.value, b.value)) return c > 0;
  return a.ttl > b.ttl;
}

namespace {

Cell reconcile_counters(const Cell& a, const Cell& b, Arena& arena) {
  if (a.is_tombstone() || b.is_tombstone()) {
    if (a.is_tombstone() && b.is_tombstone()) return supersedes(a, b) ? a : b;
    return a.is_tombstone() ? a : b;
  }
  // A cell without a context stands for one whose value was not asked for (CASSANDRA-11726).
  if (a.value.empty() != b.value.empty()) return a.value.empty() ? a : b;
  Cell merged = a.timestamp >= b.timestamp ? a : b;
  if (!a.value.empty()) merged.value = merge_counters(a.value, b.value, arena);
  return merged;
}

}  // namespace

Cell reconcile(const Cell& a, const Cell& b, bool counter, Arena& arena) {
  if (__builtin_expect(counter, 0)) return reconcile_counters(a, b, arena);
  return supersedes(b, a) ? b : a;
}

int compare_cell_place(const TableSchema& schema, const Cell& a, const Cell& b) {
  if (a.column != b.column) return a.column < b.column ? -1 : 1;
  const Column* column = schema.column(a.column);
  CETO_ASSERT(column != nullptr);
  if (!column->type->multi_cell) return 0;
  const Type* path_type = column->type->path_type();
  return path_type ? compare_values(*path_type, a.path, b.path) : compare(a.path, b.path);
}

Row RowMerger::merge(const TableSchema& schema, std::span<const Row* const> rows,
                     const DeletionTime& covering) {
  CETO_ASSERT(!rows.empty());
  CETO_ASSERT(rows.size() < kMaxInputs);
  Row out;
  out.clustering = rows[0]->clustering;
  Liveness liveness = rows[0]->liveness;
  DeletionTime deletion = rows[0]->deletion;
  bool any_complex = !rows[0]->complex.empty();
  for (const Row* row : rows.subspan(1)) {
    if (supersedes(row->liveness, liveness)) liveness = row->liveness;
    if (row->deletion.supersedes(deletion)) deletion = row->deletion;
    any_complex |= !row->complex.empty();
  }
  DeletionTime active = covering;
  if (deletion.supersedes(active)) active = out.deletion = deletion;
  if (!active.deletes(liveness.timestamp)) out.liveness = liveness;

  cells_.clear();
  origins_.clear();
  complex_.clear();
  sums_.reset();
  if (any_complex) merge_complex_deletions(schema, rows, active);
  merge_cells(schema, rows, active);
  out.cells = cells_;
  out.complex = complex_;
  return out;
}

void RowMerger::merge_complex_deletions(const TableSchema& schema, std::span<const Row* const> rows,
                                        const DeletionTime& active) {
  next_.assign(rows.size(), 0);
  for (;;) {
    const ComplexDeletion* first = nullptr;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (next_[i] == rows[i]->complex.size()) continue;
      const ComplexDeletion& at = rows[i]->complex[next_[i]];
      if (first == nullptr || at.column < first->column) first = &at;
    }
    if (first == nullptr) return;
    ComplexDeletion merged{first->column, {}};
    for (size_t i = 0; i < rows.size(); ++i) {
      if (next_[i] == rows[i]->complex.size()) continue;
      const ComplexDeletion& at = rows[i]->complex[next_[i]];
      if (at.column != merged.column) continue;
      if (at.deletion.supersedes(merged.deletion)) merged.deletion = at.deletion;
      ++next_[i];
    }
    if (schema.column(merged.column) && merged.deletion.supersedes(active)) {
      complex_.push_back(merged);
    }
  }
}

const DeletionTime& RowMerger::deletion_of(ColumnId column, const DeletionTime& active) const {
  for (const ComplexDeletion& complex : complex_) {
    if (complex.column == column) return complex.deletion;
  }
  return active;
}

// The input whose next cell comes first; rows.size() when all are at their end.
size_t RowMerger::first_cell(const TableSchema& schema, std::span<const Row* const> rows) const {
  size_t first = rows.size();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (next_[i] == rows[i]->cells.size()) continue;
    if (first == rows.size() || compare_cell_place(schema, rows[i]->cells[next_[i]],
                                                   rows[first]->cells[next_[first]]) < 0) {
      first = i;
    }
  }
  return first;
}

void RowMerger::merge_cells(const TableSchema& schema, std::span<const Row* const> rows,
                            const DeletionTime& active) {
  next_.assign(rows.size(), 0);
  size_t left = 0;
  for (const Row* row : rows) left += row->cells.size();
  while (left > 0) {
    // Cells of columns that were dropped have no order of their own any more: they go first.
    for (size_t i = 0; i < rows.size(); ++i) {
      while (next_[i] < rows[i]->cells.size() &&
             schema.column(rows[i]->cells[next_[i]].column) == nullptr) {
        ++next_[i];
        --left;
      }
    }
    if (left == 0) return;
    const size_t before = left;
    const size_t first = first_cell(schema, rows);
    CETO_ASSERT(first < rows.size());
    const Cell head = rows[first]->cells[next_[first]++];
    --left;
    Cell merged = head;
    uint16_t origin = static_cast<uint16_t>(first);
    for (size_t i = first + 1; i < rows.size(); ++i) {
      if (next_[i] == rows[i]->cells.size()) continue;
      const Cell& other = rows[i]->cells[next_[i]];
      if (schema.column(other.column) == nullptr || compare_cell_place(schema, other, head) != 0) {
        continue;
      }
      const Cell one = reconcile(merged, other, schema.counter, sums_);
      if (one.value.data() == other.value.data() && one.timestamp == other.timestamp &&
          one.ttl == other.ttl && one.local_deletion_time == other.local_deletion_time) {
        origin = static_cast<uint16_t>(i);
      } else if (one.value.data() != merged.value.data()) {
        origin = kNoOrigin;
      }
      merged = one;
      ++next_[i];
      --left;
    }
    CETO_ASSERT(left < before);
    if (deletion_of(head.column, active).deletes(merged.timestamp)) continue;
    cells_.push_back(merged);
    origins_.push_back(origin);
  }
}

}  // namespace ceto
