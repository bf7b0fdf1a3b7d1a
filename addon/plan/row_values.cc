#include "plan/row_values.h"

#include <algorithm>

#include "base/byte_io.h"
#include "types/collection_codec.h"
#include "types/counter.h"

namespace ceto {

std::span<const Cell> cells_of(const Row* row, ColumnId column) {
  if (!row) return {};
  const auto below = [](const Cell& cell, ColumnId id) { return cell.column < id; };
  const auto first = std::lower_bound(row->cells.begin(), row->cells.end(), column, below);
  auto last = first;
  while (last != row->cells.end() && last->column == column) ++last;
  return {first, last};
}

Value simple_value(const RowSource& source, const Column& column) {
  switch (column.kind) {
    case ColumnKind::kPartitionKey:
      return Value(source.key[column.position]);
    case ColumnKind::kClustering: {
      if (!source.row || column.position >= source.row->clustering.size()) return Value::null();
      const Bytes value = source.row->clustering[column.position];
      return value.data() ? Value(value) : Value::null();
    }
    case ColumnKind::kStatic:
    case ColumnKind::kRegular:
      break;
  }
  const std::span<const Cell> cells = cells_of(source.row_of(column), column.id);
  return cells.empty() ? Value::null() : Value(cells.front().value);
}

void append_bytes(Bytes value, std::string& to) {
  const size_t at = to.size();
  to.resize(at + 4 + value.size());
  detail::store_part(reinterpret_cast<uint8_t*>(to.data()) + at, value);
}

namespace {

void append_integer(int64_t value, bool wide, std::string& to) {
  ByteWriter out(to);
  out.i32(wide ? 8 : 4);
  if (wide) {
    out.i64(value);
  } else {
    out.i32(static_cast<int32_t>(value));
  }
}

// Seconds until a cell expires; negative: it does not.
int64_t remaining_ttl(const Cell& cell, int64_t now_seconds) {
  return cell.is_expiring() ? int64_t{cell.local_deletion_time} - now_seconds : -1;
}

void append_one_time(Selected::Kind kind, const Cell* cell, int64_t now_seconds, std::string& to) {
  if (!cell) return append_null(to);
  if (kind != Selected::Kind::kTtl) return append_integer(cell->timestamp, true, to);
  const int64_t ttl = remaining_ttl(*cell, now_seconds);
  if (ttl < 0) return append_null(to);
  append_integer(ttl, false, to);
}

}  // namespace

void append_cells(const Type& type, std::span<const Cell> cells, std::string& to) {
  if (cells.empty()) return append_null(to);
  if (!type.multi_cell) {
    if (type.kind == TypeKind::kCounter) {
      return append_integer(counter_total(cells.front().value), true, to);
    }
    return append_bytes(cells.front().value, to);
  }
  const size_t size = collection_value_size(type, cells);
  const size_t at = to.size();
  to.resize(at + 4 + size);
  uint8_t* const start = reinterpret_cast<uint8_t*>(to.data()) + at;
  store_be(start, static_cast<int32_t>(size));
  store_collection_value(type, cells, start + 4);
}

void append_cell_times(Selected::Kind kind, const Type& type, std::span<const Cell> cells,
                       int64_t now_seconds, std::string& to) {
  if (cells.empty()) return append_null(to);
  if (kind == Selected::Kind::kMaxWritetime) {
    const auto newest =
        std::max_element(cells.begin(), cells.end(),
                         [](const Cell& a, const Cell& b) { return a.timestamp < b.timestamp; });
    return append_integer(newest->timestamp, true, to);
  }
  if (!type.multi_cell) return append_one_time(kind, &cells.front(), now_seconds, to);
  ByteWriter out(to);
  const size_t size_at = out.reserve_u32();
  if (type.kind == TypeKind::kUdt) {
    out.i32(static_cast<int32_t>(type.parameters.size()));
    size_t at = 0;
    for (size_t field = 0; field < type.parameters.size(); ++field) {
      const bool here = at < cells.size() && detail::udt_field(cells[at].path) == field;
      append_one_time(kind, here ? &cells[at] : nullptr, now_seconds, to);
      at += here;
    }
  } else {
    out.i32(static_cast<int32_t>(cells.size()));
    for (const Cell& cell : cells) append_one_time(kind, &cell, now_seconds, to);
  }
  out.patch_u32(size_at, static_cast<uint32_t>(to.size() - size_at - 4));
}

}  // namespace ceto
