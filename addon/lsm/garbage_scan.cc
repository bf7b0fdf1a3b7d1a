#include "lsm/garbage_scan.h"

#include <algorithm>

namespace ceto {

void GarbagePartition::start(PartitionSource& data, std::unique_ptr<MergeSource> shadow) {
  data_ = &data;
  shadow_ = std::move(shadow);
  shadow_open_ = shadow_found_ = shadow_at_ = have_row_ = waiting_for_shadow_ = false;
  shadow_range_ = {};
  static_row_ = nullptr;
}

Step GarbagePartition::open() {
  if (shadow_ && !shadow_open_) {
    waiting_for_shadow_ = true;
    const Step step = shadow_->open();
    if (step == Step::kWait || step == Step::kError) return step;
    shadow_open_ = true;
    shadow_found_ = step == Step::kReady;
  }
  waiting_for_shadow_ = false;
  static_row_ = data_->static_row();
  if (static_row_ == nullptr || !shadow_found_) return Step::kReady;
  const bool left =
      filter(*static_row_, shadow_->static_row(), shadow_->partition_deletion(), filtered_static_);
  static_cells_.assign(filtered_static_.cells.begin(), filtered_static_.cells.end());
  static_complex_.assign(filtered_static_.complex.begin(), filtered_static_.complex.end());
  filtered_static_.cells = static_cells_;
  filtered_static_.complex = static_complex_;
  static_row_ = left ? &filtered_static_ : nullptr;
  return Step::kReady;
}

Step GarbagePartition::next() {
  for (;;) {
    if (!have_row_) {
      waiting_for_shadow_ = false;
      const Step step = data_->next();
      if (step != Step::kReady) return step;
    }
    const Unfiltered& read = data_->current();
    if (read.is_marker || !shadow_found_) {
      current_ = read;
      return Step::kReady;
    }
    have_row_ = true;
    const Step step = pass_shadow(read.row);
    if (step != Step::kReady) return step;
    have_row_ = false;
    DeletionTime deletion = shadow_->partition_deletion();
    if (shadow_range_.supersedes(deletion)) deletion = shadow_range_;
    const Row* same = nullptr;
    if (shadow_at_ && !shadow_->current().is_marker &&
        compare_clustering(schema_, shadow_->current().row.clustering, read.row.clustering) == 0) {
      same = &shadow_->current().row;
      if (same->deletion.supersedes(deletion)) deletion = same->deletion;
    }
    current_.is_marker = false;
    if (filter(read.row, same, deletion, current_.row)) return Step::kReady;
  }
}

// The shadow goes on until it is at the row's place or behind it.
Step GarbagePartition::pass_shadow(const Row& row) {
  waiting_for_shadow_ = true;
  for (;;) {
    if (!shadow_at_) {
      const Step step = shadow_->next();
      if (step == Step::kEnd) {
        waiting_for_shadow_ = false;
        return Step::kReady;
      }
      if (step != Step::kReady) return step;
      shadow_at_ = true;
    }
    const Unfiltered& at = shadow_->current();
    if (at.is_marker) {
      if (compare_to_bound(schema_, row.clustering, at.marker.bound) < 0) break;
      shadow_range_ = at.marker.after;
    } else if (compare_clustering(schema_, at.row.clustering, row.clustering) >= 0) {
      break;
    }
    shadow_at_ = false;
  }
  waiting_for_shadow_ = false;
  return Step::kReady;
}

// Whether the shadow has a newer cell in the cell's place, or a deletion of its collection.
bool GarbagePartition::replaced(const Cell& cell, const Row& shadow_row) const {
  for (const ComplexDeletion& complex : shadow_row.complex) {
    if (complex.column == cell.column && complex.deletion.deletes(cell.timestamp)) return true;
  }
  for (const Cell& other : shadow_row.cells) {
    if (other.column == cell.column && other.path == cell.path) {
      return other.timestamp > cell.timestamp;
    }
  }
  return false;
}

// False: nothing of the row is left.
bool GarbagePartition::filter(const Row& row, const Row* shadow_row, DeletionTime deletion,
                              Row& out) {
  out = row;
  if (deletion.deletes(row.liveness.timestamp)) out.liveness = {};
  if (!row.deletion.live() && deletion.supersedes(row.deletion)) out.deletion = {};
  const bool by_cell = granularity_ == GarbageGranularity::kCell && !schema_.counter;
  cells_.clear();
  for (const Cell& cell : row.cells) {
    if (deletion.deletes(cell.timestamp)) continue;
    if (by_cell && shadow_row != nullptr && replaced(cell, *shadow_row)) continue;
    cells_.push_back(cell);
  }
  complex_.clear();
  for (const ComplexDeletion& complex : row.complex) {
    if (!deletion.deletes(complex.deletion.marked_for_delete_at)) complex_.push_back(complex);
  }
  out.cells = cells_;
  out.complex = complex_;
  return out.has_any();
}

Task<void> GarbagePartition::wait() {
  if (waiting_for_shadow_) {
    co_await shadow_->wait();
  } else {
    co_await data_->wait();
  }
}

Step GarbageScan::next_partition() {
  if (!opening_) {
    const Step step = data_->next_partition();
    if (step != Step::kReady) return step;
    key_.assign(data_->key().text());
    std::unique_ptr<MergeSource> shadow;
    for (const SSTablePtr& other : others_) {
      if (!other->may_contain(data_->token(), Bytes(key_))) continue;
      if (!shadow) shadow = std::make_unique<MergeSource>(*everything_.table, false);
      shadow->add(other->read(everything_, data_->token(), Bytes(key_)),
                  other->metadata().max_timestamp);
    }
    partition_.start(data_->partition(), std::move(shadow));
    opening_ = true;
  }
  const Step step = partition_.open();
  if (step == Step::kReady) opening_ = false;
  return step;
}

Task<void> GarbageScan::wait() {
  if (opening_) {
    co_await partition_.wait();
  } else {
    co_await data_->wait();
  }
}

}  // namespace ceto
