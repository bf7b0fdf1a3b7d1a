#include "lsm/purge.h"

namespace ceto {

// An expired cell is a tombstone from when it was written plus its ttl on; without its value it
// takes less room and still shadows what it did.
bool Purger::purge(const Cell& cell, Cell& out) const {
  out = cell;
  if (cell.live_at(now_)) return true;
  if (may_go(cell.timestamp, cell.local_deletion_time)) return false;
  if (!cell.is_expiring()) return true;
  out.local_deletion_time = cell.local_deletion_time - cell.ttl;
  out.ttl = kNoTtl;
  out.value = Bytes(cell.value.data(), 0);
  return !may_go(out.timestamp, out.local_deletion_time);
}

// Nothing in it is deleted or expired.
bool Purger::lives_whole(const Row& row) const {
  if (!row.deletion.live() || !row.complex.empty()) return false;
  if (!row.liveness.empty() && !row.liveness.live_at(now_)) return false;
  for (const Cell& cell : row.cells) {
    if (!cell.live_at(now_)) return false;
  }
  return row.has_any();
}

const Row* Purger::purge(const Row& row) {
  if (lives_whole(row)) return &row;
  left_ = row;
  left_.deletion = purge(row.deletion);
  if (!row.liveness.empty() && !row.liveness.live_at(now_) &&
      may_go(row.liveness.timestamp, row.liveness.local_deletion_time)) {
    left_.liveness = {};
  }
  cells_.clear();
  complex_.clear();
  for (const Cell& cell : row.cells) {
    Cell kept;
    if (purge(cell, kept)) cells_.push_back(kept);
  }
  for (const ComplexDeletion& complex : row.complex) {
    if (!may_go(complex.deletion)) complex_.push_back(complex);
  }
  left_.cells = cells_;
  left_.complex = complex_;
  return left_.has_any() ? &left_ : nullptr;
}

bool Purger::purge(const RangeMarker& marker, RangeMarker& out) const {
  out = {marker.bound, purge(marker.before), purge(marker.after)};
  return !(out.before == out.after);
}

}  // namespace ceto
