#include "plan/result_writer.h"

#include <cstring>

#include "base/byte_io.h"

namespace ceto {

namespace {

constexpr int32_t kRows = 2;
constexpr int32_t kHasMorePages = 2, kNoMetadata = 4, kMetadataChanged = 8;

}  // namespace

RowsWriter::RowsWriter(const ResultMetadata& metadata, size_t columns, const QueryOptions& options,
                       std::string& to)
    : to_(to), start_(to.size()) {
  const ResultMetadata::Version* version = metadata.for_version(options.protocol_version);
  const bool changed =
      version && options.result_metadata_id &&
      std::memcmp(options.result_metadata_id, metadata.id.data(), metadata.id.size()) != 0;
  const bool with_specs = version && (changed || !options.skip_metadata);
  int32_t flags = version ? static_cast<int32_t>(version->flags) : 0;
  if (!with_specs) flags |= kNoMetadata;
  if (changed) flags |= kMetadataChanged;
  ByteWriter out(to);
  out.i32(kRows);
  out.i32(flags);
  out.i32(static_cast<int32_t>(columns));
  paging_state_at_ = to.size();
  if (changed) out.u16_bytes({metadata.id.data(), metadata.id.size()});
  if (with_specs) out.bytes(version->specs);
  row_count_at_ = out.reserve_u32();
}

void RowsWriter::finish(uint64_t rows, const PagingPosition* next_page) {
  CETO_ASSERT(rows <= INT32_MAX);
  ByteWriter out(to_);
  out.patch_u32(row_count_at_, static_cast<uint32_t>(rows));
  if (!next_page) return;
  uint8_t* const flags_at = reinterpret_cast<uint8_t*>(to_.data()) + start_ + 4;
  store_be(flags_at, load_be<int32_t>(flags_at) | kHasMorePages);
  // Only pages that others follow pay for moving their rows by some bytes.
  std::string state(4, '\0');
  append_paging_state(*next_page, state);
  store_be(reinterpret_cast<uint8_t*>(state.data()), static_cast<int32_t>(state.size() - 4));
  to_.insert(paging_state_at_, state);
}

RowEncoder::RowEncoder(const Select& select, Arena& arena)
    : select_(select), cells_(arena.make_array<std::span<const Cell>>(select.selection.size())) {
  if (select.plain_values) values_ = arena.make_array<Value>(select.selection.size());
}

// The common row: one growth of the reply, then copies.
void RowEncoder::append_plain(const RowSource& source, std::string& to) {
  size_t size = 4 * values_.size();
  for (size_t i = 0; i < values_.size(); ++i) {
    const Column& column = *select_.selection[i].column;
    const bool key =
        column.kind == ColumnKind::kPartitionKey || column.kind == ColumnKind::kClustering;
    if (key) {
      values_[i] = simple_value(source, column);
    } else {
      values_[i] = cells_[i].empty() ? Value::null() : Value(cells_[i].front().value);
    }
    size += values_[i].bytes().size();
  }
  const size_t start = to.size();
  to.resize(start + size);
  uint8_t* at = reinterpret_cast<uint8_t*>(to.data()) + start;
  for (const Value& value : values_) {
    const Bytes bytes = value.bytes();
    store_be(at, value.has_bytes() ? static_cast<int32_t>(bytes.size()) : int32_t{-1});
    at += 4;
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
}

// One walk over the row's cells and one over the static row's, along the selection by column id.
void RowEncoder::find_cells(const RowSource& source) {
  const std::span<const Cell> none;
  const std::span<const Cell> regular = source.row ? source.row->cells : none;
  const std::span<const Cell> statics = source.static_row ? source.static_row->cells : none;
  size_t at_regular = 0, at_static = 0;
  for (const uint16_t index : select_.by_column_id) {
    const Column& column = *select_.selection[index].column;
    if (column.kind == ColumnKind::kPartitionKey || column.kind == ColumnKind::kClustering)
      continue;
    const bool is_static = column.kind == ColumnKind::kStatic;
    const std::span<const Cell> cells = is_static ? statics : regular;
    size_t& at = is_static ? at_static : at_regular;
    while (at < cells.size() && cells[at].column < column.id) ++at;
    size_t end = at;
    while (end < cells.size() && cells[end].column == column.id) ++end;
    cells_[index] = cells.subspan(at, end - at);
  }
}

void RowEncoder::append(const RowSource& source, std::string& to) {
  find_cells(source);
  if (select_.plain_values) return append_plain(source, to);
  for (size_t i = 0; i < cells_.size(); ++i) {
    const Selected& selected = select_.selection[i];
    const Column& column = *selected.column;
    switch (column.kind) {
      case ColumnKind::kPartitionKey:
        append_bytes(source.key[column.position], to);
        break;
      case ColumnKind::kClustering: {
        const Value value = simple_value(source, column);
        if (value.has_bytes()) {
          append_bytes(value.bytes(), to);
        } else {
          append_null(to);
        }
        break;
      }
      case ColumnKind::kStatic:
      case ColumnKind::kRegular:
        if (selected.kind == Selected::Kind::kValue) {
          append_cells(*column.type, cells_[i], to);
        } else {
          append_cell_times(selected.kind, *column.type, cells_[i], source.now_seconds, to);
        }
        break;
    }
  }
}

}  // namespace ceto
