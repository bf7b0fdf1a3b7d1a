// RowSource: one row of a result as its parts lie in the engine, and the values of its columns in
// the forms that filters, conditions and replies need. Views only. Shard thread only.
#pragma once

#include <span>
#include <string>

#include "lsm/row.h"
#include "plan/statement.h"
#include "types/value.h"

namespace ceto {

struct RowSource {
  std::span<const Bytes> key;       // the partition key's components
  const Row* row = nullptr;         // nullptr: a partition with static content only
  const Row* static_row = nullptr;  // nullptr: none
  int64_t now_seconds = 0;

  const Row* row_of(const Column& column) const {
    return column.kind == ColumnKind::kStatic ? static_row : row;
  }
};

// The cells of a column, empty when there are none (or no row).
std::span<const Cell> cells_of(const Row* row, ColumnId column);

// A key column's value, or that of a column of one cell; null when there is none. A counter's is
// its context.
Value simple_value(const RowSource& source, const Column& column);

// Appends a column's value as [bytes] of the protocol: i32 size (-1: null) and bytes. Multi-cell
// columns are put together, counters summed up.
void append_cells(const Type& type, std::span<const Cell> cells, std::string& to);
// The same for WRITETIME, TTL and MAXWRITETIME of a column's cells; multi-cell columns give a list.
void append_cell_times(Selected::Kind kind, const Type& type, std::span<const Cell> cells,
                       int64_t now_seconds, std::string& to);

inline void append_null(std::string& to) { to.append("\xff\xff\xff\xff", 4); }
void append_bytes(Bytes value, std::string& to);

}  // namespace ceto
