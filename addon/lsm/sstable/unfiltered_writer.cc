#include "lsm/sstable/unfiltered_writer.h"

#include <algorithm>
#include <cstring>

namespace ceto {

using namespace sstable_format;

namespace {

std::vector<int32_t> indices_of(const HeaderColumns& columns) {
  std::vector<int32_t> indices;
  for (size_t i = 0; i < columns.columns.size(); ++i) {
    const ColumnId id = columns.columns[i].id;
    if (id >= indices.size()) indices.resize(size_t{id} + 1, -1);
    indices[id] = static_cast<int32_t>(i);
  }
  return indices;
}

// Values of a header word: two bits each.
constexpr size_t kValuesPerHeader = 32;

// What things take at most.
constexpr uint64_t kVint = UncheckedWriter::kVintBytes;
constexpr uint64_t kMostOfDeletion = 2 * kVint;
// Flags, the two sizes.
constexpr uint64_t kMostOfHead = 2 + 2 * kVint;

// A prefix with its kind, count and words of headers.
uint64_t most_of_values(Clustering values) {
  uint64_t most = 1 + 2;
  for (const Bytes& value : values) most += 2 * kVint + value.size();
  return most;
}

uint64_t most_of_body(const Row& row, const HeaderColumns& columns) {
  // The row's own, and of each column its place in the subset, a deletion and a count.
  uint64_t most = 3 * kVint + kMostOfDeletion + kVint;
  most += columns.columns.size() * (kVint + kMostOfDeletion + kVint);
  for (const Cell& cell : row.cells) {
    most += 1 + 3 * kVint + kVint + cell.path.size() + kVint + cell.value.size();
  }
  return most;
}

// What follows its own size, which is known once it is written. Room is left for the size of the
// most that may follow; should that take more than the real one, what was written moves.
class Sized {
 public:
  Sized(UncheckedWriter& out, uint64_t most_bytes)
      : out_(out), at_(out.position()), width_(unsigned_vint_size(most_bytes)) {
    out.skip(width_);
  }
  void end() {
    const auto bytes = static_cast<size_t>(out_.position() - at_) - width_;
    // Storing a vint may touch what is behind it.
    uint8_t size[UncheckedWriter::kVintBytes];
    const size_t width = store_unsigned_vint(size, bytes);
    CETO_ASSERT(width <= width_);
    if (width < width_) {
      std::memmove(at_ + width, at_ + width_, bytes);
      out_ = UncheckedWriter(at_ + width + bytes);
    }
    copy_short(at_, {size, width});
  }

 private:
  UncheckedWriter& out_;
  uint8_t* at_;
  size_t width_;
};

}  // namespace

PrefixKind marker_kind(const RangeMarker& marker) {
  const bool closes = !marker.before.live();
  const bool opens = !marker.after.live();
  CETO_ASSERT(closes || opens);
  if (closes && opens) {
    return marker.bound.after ? PrefixKind::kInclusiveEndExclusiveStart
                              : PrefixKind::kExclusiveEndInclusiveStart;
  }
  if (opens) {
    return marker.bound.after ? PrefixKind::kExclusiveStart : PrefixKind::kInclusiveStart;
  }
  return marker.bound.after ? PrefixKind::kInclusiveEnd : PrefixKind::kExclusiveEnd;
}

UnfilteredWriter::UnfilteredWriter(const TableSchema&, const SerializationHeader& header)
    : header_(header),
      static_index_(indices_of(header.statics)),
      regular_index_(indices_of(header.regulars)) {}

void UnfilteredWriter::write_values(Clustering values, UncheckedWriter& out) const {
  CETO_ASSERT(values.size() <= header_.clustering_types.size());
  for (size_t at = 0; at < values.size();) {
    const size_t end = std::min(values.size(), at + kValuesPerHeader);
    uint64_t word = 0;
    for (size_t i = at; i < end; ++i) {
      const size_t shift = (i - at) * 2;
      if (values[i].data() == nullptr) {
        word |= uint64_t{2} << shift;
      } else if (values[i].empty()) {
        word |= uint64_t{1} << shift;
      }
    }
    out.unsigned_vint(word);
    for (; at < end; ++at) {
      if (values[at].empty()) continue;
      if (header_.clustering_types[at]->fixed_size < 0) {
        out.vint_bytes(values[at]);
      } else {
        CETO_ASSERT(values[at].size() == size_t(header_.clustering_types[at]->fixed_size));
        out.bytes(values[at]);
      }
    }
  }
}

UnfilteredWriter::ColumnRun* UnfilteredWriter::run_of(ColumnId id,
                                                      const std::vector<int32_t>& indices) {
  // A column that the schema no longer has is not written.
  if (id >= indices.size() || indices[id] < 0) return nullptr;
  const auto index = static_cast<uint32_t>(indices[id]);
  if (!runs_.empty() && runs_.back().header_index == index) return &runs_.back();
  runs_.push_back({index});
  return &runs_.back();
}

void UnfilteredWriter::find_runs(const Row& row, bool is_static) {
  const auto& indices = is_static ? static_index_ : regular_index_;
  runs_.clear();
  auto complex = row.complex.begin();
  const auto take_deletions_to = [&](ColumnId last) {
    for (; complex != row.complex.end() && complex->column <= last; ++complex) {
      if (complex->deletion.live()) continue;
      if (ColumnRun* run = run_of(complex->column, indices)) run->deletion = &*complex;
    }
  };
  for (size_t i = 0; i < row.cells.size(); ++i) {
    take_deletions_to(row.cells[i].column);
    ColumnRun* run = run_of(row.cells[i].column, indices);
    if (run == nullptr) continue;
    if (run->cells == 0) run->first_cell = static_cast<uint32_t>(i);
    ++run->cells;
  }
  take_deletions_to(UINT16_MAX);
  const auto& columns = is_static ? header_.statics : header_.regulars;
  if (!columns.ids_ascend) {
    std::sort(runs_.begin(), runs_.end(), [](const ColumnRun& a, const ColumnRun& b) {
      return a.header_index < b.header_index;
    });
  }
}

// Which of the header's columns a row has. Below 64 a bitmap of those that are missing; else the
// count of missing ones and the shorter list of indices.
void UnfilteredWriter::write_subset(size_t header_columns, UncheckedWriter& out) const {
  if (header_columns < 64) {
    uint64_t missing = (uint64_t{1} << header_columns) - 1;
    for (const ColumnRun& run : runs_) missing &= ~(uint64_t{1} << run.header_index);
    out.unsigned_vint(missing);
    return;
  }
  out.unsigned_vint(header_columns - runs_.size());
  if (runs_.size() < header_columns / 2) {
    for (const ColumnRun& run : runs_) out.unsigned_vint(run.header_index);
    return;
  }
  size_t next = 0;
  for (const ColumnRun& run : runs_) {
    for (; next < run.header_index; ++next) out.unsigned_vint(next);
    ++next;
  }
  for (; next < header_columns; ++next) out.unsigned_vint(next);
}

void UnfilteredWriter::write_cell(const Cell& cell, const Type& type, const Liveness& row,
                                  UncheckedWriter& out) const {
  const bool expiring = cell.is_expiring();
  const bool tombstone = cell.is_tombstone();
  const bool row_timestamp = !row.empty() && cell.timestamp == row.timestamp;
  const bool row_ttl = expiring && row.ttl != kNoTtl && cell.ttl == row.ttl &&
                       cell.local_deletion_time == row.local_deletion_time;
  uint8_t flags = 0;
  if (cell.value.empty()) flags |= kCellEmptyValue;
  if (tombstone) flags |= kCellDeleted;
  if (expiring) flags |= kCellExpiring;
  if (row_timestamp) flags |= kCellRowTimestamp;
  if (row_ttl) flags |= kCellRowTtl;
  out.u8(flags);
  if (!row_timestamp) header_.write_timestamp(out, cell.timestamp);
  if ((tombstone || expiring) && !row_ttl) {
    header_.write_local_deletion_time(out, cell.local_deletion_time);
  }
  if (expiring && !row_ttl) header_.write_ttl(out, cell.ttl);
  if (type.multi_cell) out.vint_bytes(cell.path);
  if (cell.value.empty()) return;
  if (type.multi_cell || type.fixed_size < 0) {
    out.vint_bytes(cell.value);
  } else {
    CETO_ASSERT(cell.value.size() == size_t(type.fixed_size));
    out.bytes(cell.value);
  }
}

void UnfilteredWriter::write_body(const Row& row, uint8_t flags, const HeaderColumns& columns,
                                  UncheckedWriter& out) {
  if (flags & kHasTimestamp) header_.write_timestamp(out, row.liveness.timestamp);
  if (flags & kHasTtl) {
    header_.write_ttl(out, row.liveness.ttl);
    header_.write_local_deletion_time(out, row.liveness.local_deletion_time);
  }
  if (flags & kHasDeletion) header_.write_deletion(out, row.deletion);
  if (!(flags & kHasAllColumns)) write_subset(columns.columns.size(), out);
  for (const ColumnRun& run : runs_) {
    const Type& type = *columns.columns[run.header_index].type;
    if (type.multi_cell) {
      if (flags & kHasComplexDeletion) {
        header_.write_deletion(out, run.deletion ? run.deletion->deletion : DeletionTime{});
      }
      out.unsigned_vint(run.cells);
    } else {
      CETO_ASSERT(run.cells == 1);
    }
    for (uint32_t i = 0; i < run.cells; ++i) {
      write_cell(row.cells[run.first_cell + i], type, row.liveness, out);
    }
  }
}

uint8_t UnfilteredWriter::row_flags(const Row& row, bool is_static) const {
  const HeaderColumns& columns = is_static ? header_.statics : header_.regulars;
  uint8_t flags = is_static ? kExtension : 0;
  if (!row.liveness.empty()) {
    flags |= kHasTimestamp;
    if (row.liveness.ttl != kNoTtl) flags |= kHasTtl;
  }
  if (!row.deletion.live()) flags |= kHasDeletion;
  if (runs_.size() == columns.columns.size()) flags |= kHasAllColumns;
  for (const ColumnRun& run : runs_) {
    if (run.deletion != nullptr) flags |= kHasComplexDeletion;
  }
  return flags;
}

size_t UnfilteredWriter::write_row(const Row& row, bool is_static, uint64_t previous_bytes,
                                   DataWriter& to) {
  const HeaderColumns& columns = is_static ? header_.statics : header_.regulars;
  find_runs(row, is_static);
  const Clustering clustering = is_static ? Clustering{} : row.clustering;
  CETO_ASSERT(is_static || clustering.size() == header_.clustering_types.size());
  const uint64_t most_behind_size = kVint + most_of_body(row, columns);
  uint8_t* const begin = to.room(kMostOfHead + most_of_values(clustering) + most_behind_size);
  UncheckedWriter out(begin);
  const uint8_t flags = row_flags(row, is_static);
  out.u8(flags);
  if (is_static) out.u8(kIsStatic);
  prefix_kind_ = PrefixKind::kClustering;
  uint8_t* const prefix = out.position();
  write_values(clustering, out);
  prefix_ = {prefix, static_cast<size_t>(out.position() - prefix)};
  Sized body(out, most_behind_size);
  out.unsigned_vint(previous_bytes);
  write_body(row, flags, columns, out);
  body.end();
  return static_cast<size_t>(out.position() - begin);
}

size_t UnfilteredWriter::write_marker(const RangeMarker& marker, uint64_t previous_bytes,
                                      DataWriter& to) {
  const Clustering values = marker.bound.prefix;
  constexpr uint64_t kMostBehindSize = kVint + 2 * kMostOfDeletion;
  uint8_t* const begin = to.room(kMostOfHead + most_of_values(values) + kMostBehindSize);
  UncheckedWriter out(begin);
  out.u8(kIsMarker);
  prefix_kind_ = marker_kind(marker);
  out.u8(static_cast<uint8_t>(prefix_kind_));
  uint8_t* const prefix = out.position();
  out.u16(static_cast<uint16_t>(values.size()));
  write_values(values, out);
  prefix_ = {prefix, static_cast<size_t>(out.position() - prefix)};
  Sized body(out, kMostBehindSize);
  out.unsigned_vint(previous_bytes);
  if (!marker.before.live()) header_.write_deletion(out, marker.before);
  if (!marker.after.live()) header_.write_deletion(out, marker.after);
  body.end();
  return static_cast<size_t>(out.position() - begin);
}

}  // namespace ceto
