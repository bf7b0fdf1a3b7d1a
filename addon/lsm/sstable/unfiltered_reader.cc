#include "lsm/sstable/unfiltered_reader.h"

#include <algorithm>

namespace ceto {

using namespace sstable_format;

namespace {

// An empty value is a value: only a missing component has no data.
Bytes empty_value() { return Bytes("", size_t{0}); }

constexpr size_t kValuesPerHeader = 32;

// A plausible prefix kind of a bound.
bool is_bound_kind(uint8_t kind) {
  return kind <= static_cast<uint8_t>(PrefixKind::kExclusiveStart) &&
         kind != static_cast<uint8_t>(PrefixKind::kClustering) &&
         kind != static_cast<uint8_t>(PrefixKind::kStaticClustering);
}

// A cell that came after its column was dropped, though its type is not that of the one that is
// there again.
bool out_of_place(const HeaderColumn& column, const Cell& cell) {
  return column.misfit && cell.timestamp > column.dropped_at;
}

bool valid_deletion(const DeletionTime& deletion) {
  return deletion.live() || deletion.local_deletion_time != kNoDeletionTime;
}

}  // namespace

Bound Prefix::bound() const {
  CETO_ASSERT(!is_clustering());
  const bool after = kind == PrefixKind::kInclusiveEndExclusiveStart ||
                     kind == PrefixKind::kInclusiveEnd || kind == PrefixKind::kExclusiveStart;
  return {{values.data(), values.size()}, after};
}

bool read_clustering_values(ByteReader& in, std::span<const Type* const> types, size_t count,
                            std::vector<Bytes>& values) {
  values.clear();
  if (count > types.size()) return false;
  for (size_t at = 0; at < count;) {
    const size_t end = std::min(count, at + kValuesPerHeader);
    uint64_t word = in.unsigned_vint();
    for (; at < end; ++at, word >>= 2) {
      if (word & 2) {
        values.push_back({});
      } else if (word & 1) {
        values.push_back(empty_value());
      } else {
        const int32_t fixed = types[at]->fixed_size;
        values.push_back(fixed < 0 ? in.vint_bytes() : in.bytes(static_cast<size_t>(fixed)));
      }
    }
  }
  return !in.failed();
}

bool read_prefix(ByteReader& in, std::span<const Type* const> types, Prefix& prefix) {
  const uint8_t kind = in.u8();
  prefix.kind = static_cast<PrefixKind>(kind);
  if (prefix.is_clustering()) return read_clustering_values(in, types, types.size(), prefix.values);
  if (in.failed() || !is_bound_kind(kind)) return false;
  return read_clustering_values(in, types, in.u16(), prefix.values);
}

int compare_prefix_to_bound(const TableSchema& schema, const Prefix& prefix, const Bound& bound) {
  if (prefix.is_clustering()) return compare_to_bound(schema, prefix.values, bound);
  return compare_bounds(schema, prefix.bound(), bound);
}

UnfilteredReader::Outcome UnfilteredReader::head(Bytes bytes, bool is_static) {
  ByteReader in(bytes);
  const auto need_more = [&] {
    need_ = bytes.size() + 1;
    return Outcome::kNeedMore;
  };
  flags_ = in.u8();
  is_static_ = is_static;
  if (in.failed()) return need_more();
  if (flags_ & kEndOfPartition) return is_static ? Outcome::kCorrupt : Outcome::kEnd;
  const uint8_t extended = flags_ & kExtension ? in.u8() : 0;
  if (in.failed()) return need_more();
  if (((extended & kIsStatic) != 0) != is_static || (is_static && is_marker())) {
    return Outcome::kCorrupt;
  }
  if (is_marker()) {
    const uint8_t kind = in.u8();
    const uint16_t size = in.u16();
    if (in.failed()) return need_more();
    if (!is_bound_kind(kind) || size > header_.clustering_types.size()) return Outcome::kCorrupt;
    prefix_.kind = static_cast<PrefixKind>(kind);
    read_clustering_values(in, header_.clustering_types, size, prefix_.values);
  } else {
    prefix_.kind = is_static ? PrefixKind::kStaticClustering : PrefixKind::kClustering;
    prefix_.values.clear();
    if (!is_static) {
      const auto& types = header_.clustering_types;
      read_clustering_values(in, types, types.size(), prefix_.values);
    }
  }
  const uint64_t body_bytes = in.unsigned_vint();
  if (in.failed()) return need_more();
  if (body_bytes > kMaxUnfilteredBytes) return Outcome::kCorrupt;
  body_offset_ = bytes.size() - in.remaining();
  need_ = body_offset_ + body_bytes;
  return Outcome::kHead;
}

bool UnfilteredReader::body(Bytes bytes, Unfiltered& into) {
  CETO_ASSERT(bytes.size() >= need_);
  ByteReader in(bytes.sub(body_offset_, need_ - body_offset_));
  in.unsigned_vint();  // the size of the unfiltered before: informative
  into.is_marker = is_marker();
  const bool ok = is_marker() ? marker_body(in, into.marker) : row_body(in, into.row);
  return ok && !in.failed() && in.at_end();
}

bool UnfilteredReader::marker_body(ByteReader& in, RangeMarker& marker) {
  marker.bound = prefix_.bound();
  marker.before = {};
  marker.after = {};
  switch (prefix_.kind) {
    case PrefixKind::kExclusiveEnd:
    case PrefixKind::kInclusiveEnd:
      marker.before = header_.read_deletion(in);
      break;
    case PrefixKind::kInclusiveStart:
    case PrefixKind::kExclusiveStart:
      marker.after = header_.read_deletion(in);
      break;
    default:
      marker.before = header_.read_deletion(in);
      marker.after = header_.read_deletion(in);
      if (marker.before.live() || marker.after.live()) return false;
  }
  if (marker.before.live() && marker.after.live()) return false;
  return valid_deletion(marker.before) && valid_deletion(marker.after);
}

bool UnfilteredReader::wanted(const HeaderColumn& column) const {
  if (!column.known) return false;
  if (columns_.empty()) return true;
  const size_t word = column.id / 64;
  return word < columns_.size() && (columns_[word] >> (column.id % 64) & 1) != 0;
}

// Fills missing_ with what the subset leaves out.
bool UnfilteredReader::subset(ByteReader& in, size_t header_columns) {
  const uint64_t first = in.unsigned_vint();
  if (in.failed()) return false;
  if (header_columns < 64) {
    missing_.assign(header_columns, 0);
    for (size_t i = 0; i < header_columns; ++i) missing_[i] = first >> i & 1;
    return first >> header_columns == 0;
  }
  if (first > header_columns) return false;
  const size_t present = header_columns - first;
  const bool lists_present = present < header_columns / 2;
  missing_.assign(header_columns, lists_present ? 1 : 0);
  for (size_t i = 0; i < (lists_present ? present : first); ++i) {
    const uint64_t index = in.unsigned_vint();
    if (in.failed() || index >= header_columns) return false;
    missing_[index] = lists_present ? 0 : 1;
  }
  return true;
}

bool UnfilteredReader::cell(ByteReader& in, const HeaderColumn& column, const Liveness& row,
                            Cell& into) {
  const uint8_t flags = in.u8();
  const bool deleted = flags & kCellDeleted;
  const bool expiring = flags & kCellExpiring;
  const bool row_ttl = flags & kCellRowTtl;
  if (deleted && expiring) return false;
  into.column = column.id;
  into.timestamp = flags & kCellRowTimestamp ? row.timestamp : header_.read_timestamp(in);
  into.local_deletion_time = kNoDeletionTime;
  if (row_ttl) {
    into.local_deletion_time = row.local_deletion_time;
  } else if (deleted || expiring) {
    into.local_deletion_time = header_.read_local_deletion_time(in);
    if (into.local_deletion_time == kNoDeletionTime) return false;
  }
  into.ttl = row_ttl ? row.ttl : expiring ? header_.read_ttl(in) : kNoTtl;
  if (into.ttl > INT32_MAX) return false;
  into.path = column.type->multi_cell ? in.vint_bytes() : Bytes{};
  if (flags & kCellEmptyValue) {
    into.value = empty_value();
  } else if (column.type->multi_cell || column.type->fixed_size < 0) {
    into.value = in.vint_bytes();
  } else {
    into.value = in.bytes(static_cast<size_t>(column.type->fixed_size));
  }
  return !in.failed();
}

bool UnfilteredReader::simple_column(ByteReader& in, const HeaderColumn& column,
                                     const Liveness& row) {
  Cell& read = cells_.emplace_back();
  if (!cell(in, column, row, read)) return false;
  if (out_of_place(column, read)) return false;
  if (!wanted(column) ||
      (column.dropped_at != kNoTimestamp && read.timestamp <= column.dropped_at)) {
    cells_.pop_back();
  }
  return true;
}

bool UnfilteredReader::complex_column(ByteReader& in, const HeaderColumn& column,
                                      const Liveness& row) {
  const bool keep = wanted(column);
  if (flags_ & kHasComplexDeletion) {
    const DeletionTime deletion = header_.read_deletion(in);
    if (!valid_deletion(deletion)) return false;
    if (keep && !deletion.live() && deletion.marked_for_delete_at > column.dropped_at) {
      complex_.push_back({column.id, deletion});
    }
  }
  const uint64_t count = in.unsigned_vint();
  if (count > in.remaining()) return false;
  for (uint64_t i = 0; i < count; ++i) {
    Cell read;
    if (!cell(in, column, row, read)) return false;
    if (out_of_place(column, read)) return false;
    if (!keep) continue;
    if (column.dropped_at != kNoTimestamp && read.timestamp <= column.dropped_at) continue;
    cells_.push_back(read);
  }
  return true;
}

// The header's order is by name, a row's is by id.
void UnfilteredReader::sort_by_id() {
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  runs_.clear();
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (runs_.empty() || runs_.back().id != cells_[i].column)
      runs_.push_back({cells_[i].column, i, i});
    ++runs_.back().end;
  }
  if (!std::is_sorted(runs_.begin(), runs_.end(), by_id)) {
    std::sort(runs_.begin(), runs_.end(), by_id);
    sorted_cells_.clear();
    for (const CellRun& run : runs_) {
      for (size_t i = run.begin; i < run.end; ++i) sorted_cells_.push_back(cells_[i]);
    }
    cells_.swap(sorted_cells_);
  }
  std::sort(complex_.begin(), complex_.end(),
            [](const ComplexDeletion& a, const ComplexDeletion& b) { return a.column < b.column; });
}

bool UnfilteredReader::row_body(ByteReader& in, Row& row) {
  row = {};
  cells_.clear();
  complex_.clear();
  row.clustering = prefix_.values;
  if (flags_ & kHasTimestamp) {
    row.liveness.timestamp = header_.read_timestamp(in);
    if (flags_ & kHasTtl) {
      row.liveness.ttl = header_.read_ttl(in);
      row.liveness.local_deletion_time = header_.read_local_deletion_time(in);
      if (row.liveness.ttl > INT32_MAX) return false;
    }
  }
  if (flags_ & kHasDeletion) {
    row.deletion = header_.read_deletion(in);
    if (!valid_deletion(row.deletion)) return false;
  }
  const HeaderColumns& columns = is_static_ ? header_.statics : header_.regulars;
  const bool all = flags_ & kHasAllColumns;
  if (!all && !subset(in, columns.columns.size())) return false;
  for (size_t i = 0; i < columns.columns.size(); ++i) {
    if (!all && missing_[i]) continue;
    const HeaderColumn& column = columns.columns[i];
    if (!(column.type->multi_cell ? complex_column(in, column, row.liveness)
                                  : simple_column(in, column, row.liveness))) {
      return false;
    }
  }
  if (!columns.ids_ascend) sort_by_id();
  row.cells = cells_;
  row.complex = complex_;
  return !in.failed();
}

}  // namespace ceto
