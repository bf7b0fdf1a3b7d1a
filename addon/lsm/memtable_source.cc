#include "lsm/memtable_source.h"

#include <algorithm>

#include "lsm/clustering_prefix.h"

namespace ceto {

namespace {
const Slice kAllRows{};
}  // namespace

void MemtablePartitionSource::start(MemtableRef memtable, const MemtablePartition& partition,
                                    const ReadCommand& command) {
  memtable_ = std::move(memtable);
  partition_ = &partition;
  schema_ = command.table.get();
  slices_ = command.slices.empty() ? std::span<const Slice>(&kAllRows, 1) : command.slices;
  reversed_ = command.reversed;
  rows_wanted_ = !command.static_only;
}

Step MemtablePartitionSource::open() {
  CETO_ASSERT(partition_ != nullptr);
  deletion_ = partition_->deletion;
  static_row_ = partition_->static_row;
  if (partition_->range_tombstones) tombstones_ = partition_->range_tombstones->snapshot();
  return Step::kReady;
}

Task<void> MemtablePartitionSource::wait() { co_return; }

const Error& MemtablePartitionSource::error() const { CETO_UNREACHABLE("memory does not fail"); }

// Whether `row` lies behind `bound` in the order of iteration.
bool MemtablePartitionSource::beyond(Clustering row, const Bound& bound) const {
  const int c = compare_to_bound(*schema_, row, bound);
  return reversed_ ? c < 0 : c > 0;
}

const Row* MemtablePartitionSource::in_slice(const Row* row) const {
  if (row == nullptr) return nullptr;
  const Slice& within = slice();
  // Only the far end needs a look: rows are sought from the near one.
  if (reversed_)
    return within.start.prefix.empty() || !beyond(row->clustering, within.start) ? row : nullptr;
  return within.end.prefix.empty() || !beyond(row->clustering, within.end) ? row : nullptr;
}

const Row* MemtablePartitionSource::first_row() const {
  const Slice& within = slice();
  const Bound& near = reversed_ ? within.end : within.start;
  if (partition_->rows == nullptr) {
    version_ = 0;
    const Row* row = partition_->only_row;
    if (row == nullptr) return nullptr;
    if (!near.prefix.empty() && !beyond(row->clustering, near)) return nullptr;
    return in_slice(row);
  }
  const RowTree& rows = *partition_->rows;
  const bool whole = near.prefix.empty();
  const int64_t prefix = whole ? 0 : clustering_prefix(*schema_, near.prefix);
  const auto before = [&](const RowTree::Slot& slot) {
    if (whole) return near.after;
    if (slot.prefix != prefix) return slot.prefix < prefix;
    return compare_to_bound(*schema_, slot.item->clustering, near) < 0;
  };
  cursor_ = reversed_ ? rows.seek_last(before) : rows.seek(before);
  version_ = rows.version();
  return cursor_.valid() ? in_slice(cursor_.slot().item) : nullptr;
}

RowTree::Cursor MemtablePartitionSource::seek_behind(const Row& row) const {
  const int64_t prefix = clustering_prefix(*schema_, row.clustering);
  const auto before = [&](const RowTree::Slot& slot) {
    if (slot.prefix != prefix) return slot.prefix < prefix;
    const int c = compare_clustering(*schema_, slot.item->clustering, row.clustering);
    return reversed_ ? c < 0 : c <= 0;
  };
  return reversed_ ? partition_->rows->seek_last(before) : partition_->rows->seek(before);
}

const Row* MemtablePartitionSource::row_behind(const Row& row) {
  if (partition_->rows == nullptr) return nullptr;
  if (version_ == partition_->rows->version()) {
    if (reversed_)
      cursor_.previous();
    else
      cursor_.next();
  } else {
    // Rows came in between since the cursor was made.
    cursor_ = seek_behind(row);
    version_ = partition_->rows->version();
  }
  return cursor_.valid() ? in_slice(cursor_.slot().item) : nullptr;
}

const RangeTombstone* MemtablePartitionSource::tombstone() const {
  if (!tombstones_ || tombstone_ == tombstones_->size()) return nullptr;
  return &(*tombstones_)[reversed_ ? tombstones_->size() - 1 - tombstone_ : tombstone_];
}

// Where a tombstone begins and ends in the order of iteration, cut to the slice.
Bound MemtablePartitionSource::lead(const RangeTombstone& at) const {
  if (reversed_) {
    return compare_bounds(*schema_, at.slice.end, slice().end) < 0 ? at.slice.end : slice().end;
  }
  return compare_bounds(*schema_, at.slice.start, slice().start) > 0 ? at.slice.start
                                                                     : slice().start;
}

Bound MemtablePartitionSource::trail(const RangeTombstone& at) const {
  if (reversed_) {
    return compare_bounds(*schema_, at.slice.start, slice().start) > 0 ? at.slice.start
                                                                       : slice().start;
  }
  return compare_bounds(*schema_, at.slice.end, slice().end) < 0 ? at.slice.end : slice().end;
}

void MemtablePartitionSource::give_marker(const Bound& bound, const DeletionTime& before,
                                          const DeletionTime& after) {
  current_.is_marker = true;
  current_.marker = {bound, before, after};
}

void MemtablePartitionSource::enter_slice() {
  entered_ = true;
  row_ = first_row();
  // Tombstones that end before the slice are behind; those of an earlier slice may reach into this
  // one.
  tombstone_ = 0;
  if (!tombstones_) return;
  if (reversed_) {
    const auto first = std::partition_point(
        tombstones_->begin(), tombstones_->end(), [&](const RangeTombstone& at) {
          return compare_bounds(*schema_, at.slice.start, slice().end) < 0;
        });
    tombstone_ = static_cast<size_t>(tombstones_->end() - first);
  } else {
    const auto first = std::partition_point(
        tombstones_->begin(), tombstones_->end(), [&](const RangeTombstone& at) {
          return compare_bounds(*schema_, at.slice.end, slice().start) <= 0;
        });
    tombstone_ = static_cast<size_t>(first - tombstones_->begin());
  }
}

bool MemtablePartitionSource::next_in_slice() {
  if (!entered_) enter_slice();
  if (const RangeTombstone* at = tombstone()) {
    const Bound from = lead(*at);
    const Bound to = trail(*at);
    if (!open_) {
      const int c = compare_bounds(*schema_, from, to);
      const bool inside = reversed_ ? c > 0 : c < 0;
      if (inside && (row_ == nullptr || beyond(row_->clustering, from))) {
        open_ = true;
        give_marker(from, {}, at->deletion);
        return true;
      }
    } else if (row_ == nullptr || beyond(row_->clustering, to)) {
      ++tombstone_;
      // The next one may begin where this one ends: then one marker does both.
      const RangeTombstone* follower = tombstone();
      open_ = follower && compare_bounds(*schema_, lead(*follower), to) == 0 &&
              compare_bounds(*schema_, lead(*follower), trail(*follower)) != 0;
      give_marker(to, at->deletion, open_ ? follower->deletion : DeletionTime{});
      return true;
    }
  }
  if (row_ == nullptr) return false;
  current_.is_marker = false;
  current_.row = *row_;
  row_ = row_behind(*row_);
  return true;
}

Step MemtablePartitionSource::next() {
  if (!rows_wanted_) return Step::kEnd;
  while (slice_ < slices_.size()) {
    if (next_in_slice()) return Step::kReady;
    CETO_ASSERT(!open_);
    entered_ = false;
    ++slice_;
  }
  return Step::kEnd;
}

PartitionTree::Cursor MemtableScanSource::seek() const {
  const Token token = at_ ? at_->token : range_.first;
  const Bytes key = at_ ? at_->key : range_.from_key;
  const bool after = at_ != nullptr || range_.after_key;
  return memtable_->partitions().seek([&](const PartitionTree::Slot& slot) {
    if (slot.prefix != token.value) return slot.prefix < token.value;
    const int c = compare(slot.item->key, key);
    return after ? c <= 0 : c < 0;
  });
}

Step MemtableScanSource::next_partition() {
  if (at_ && version_ == memtable_->partitions().version()) {
    cursor_.next();
  } else {
    cursor_ = seek();
    version_ = memtable_->partitions().version();
  }
  if (!cursor_.valid() || cursor_.slot().item->token > range_.last) return Step::kEnd;
  at_ = cursor_.slot().item;
  source_.emplace();
  source_->start(memtable_, *at_, command_);
  const Step step = source_->open();
  CETO_ASSERT(step == Step::kReady);
  return Step::kReady;
}

Task<void> MemtableScanSource::wait() { co_return; }

const Error& MemtableScanSource::error() const { CETO_UNREACHABLE("memory does not fail"); }

}  // namespace ceto
