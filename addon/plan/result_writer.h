// The body of a RESULT message of kind Rows: header, rows appended by the caller, then what is
// known only at the end. Source: native_protocol_v5.spec, section 4.2.5.2. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "plan/bound_statement.h"
#include "plan/row_values.h"

namespace ceto {

class RowsWriter {
 public:
  // Appends everything up to the rows. `columns`: of a row, also where the metadata is the
  // worker's.
  RowsWriter(const ResultMetadata& metadata, size_t columns, const QueryOptions& options,
             std::string& to);

  // The row count, and the paging state if there is more (nullptr: there is not).
  void finish(uint64_t rows, const PagingPosition* next_page);
  // Takes back all that was appended.
  void abandon() { to_.resize(start_); }
  std::string& target() { return to_; }

 private:
  std::string& to_;
  const size_t start_;
  size_t paging_state_at_ = 0;
  size_t row_count_at_ = 0;
};

// Encodes rows in the order of a selection. Keeps its working memory in the arena.
class RowEncoder {
 public:
  RowEncoder(const Select& select, Arena& arena);
  void append(const RowSource& source, std::string& to);

 private:
  void find_cells(const RowSource& source);
  void append_plain(const RowSource& source, std::string& to);

  const Select& select_;
  std::span<Value> values_;                 // plain selections only
  std::span<std::span<const Cell>> cells_;  // by index of the selection
};

}  // namespace ceto
