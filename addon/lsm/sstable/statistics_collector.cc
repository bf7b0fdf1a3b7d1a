#include <algorithm>

#include "lsm/sstable/statistics.h"

namespace ceto {

int CoveredEdge::compare(const TableSchema& schema, Clustering clustering) const {
  if (!is_bound_) return compare_clustering(schema, views_, clustering);
  return -compare_to_bound(schema, clustering, {views_, after_});
}

int CoveredEdge::compare(const TableSchema& schema, const Bound& bound) const {
  if (!is_bound_) return compare_to_bound(schema, views_, bound);
  return compare_bounds(schema, {views_, after_}, bound);
}

void CoveredEdge::copy(Clustering values) {
  known_ = true;
  values_.resize(values.size());
  views_.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values_[i].assign(values[i].text());
    // A missing value stays one for comparison.
    views_[i] = values[i].data() == nullptr ? Bytes() : Bytes(values_[i]);
  }
}

void CoveredEdge::set(Clustering clustering) {
  copy(clustering);
  is_bound_ = false;
}

void CoveredEdge::set(const Bound& bound) {
  copy(bound.prefix);
  is_bound_ = true;
  after_ = bound.after;
}

void StatsCollector::timestamp(int64_t at) {
  stats_.min_timestamp = std::min(stats_.min_timestamp, at);
  stats_.max_timestamp = std::max(stats_.max_timestamp, at);
}

void StatsCollector::deletion(const DeletionTime& deletion) {
  if (deletion.live()) return;
  timestamp(deletion.marked_for_delete_at);
  const uint32_t at = deletion.local_deletion_time;
  stats_.min_local_deletion_time = std::min(stats_.min_local_deletion_time, at);
  if (at != kNoDeletionTime) {
    stats_.max_local_deletion_time = std::max(stats_.max_local_deletion_time, at);
    stats_.tombstone_drop_times.add(at);
  }
}

// Of a cell or of a row's liveness.
void StatsCollector::expiry(uint32_t ttl, uint32_t local_deletion_time) {
  stats_.min_ttl = std::min(stats_.min_ttl, ttl);
  stats_.max_ttl = std::max(stats_.max_ttl, ttl);
  if (local_deletion_time == kNoDeletionTime) {
    live_data_ = true;
    return;
  }
  stats_.min_local_deletion_time = std::min(stats_.min_local_deletion_time, local_deletion_time);
  stats_.max_local_deletion_time = std::max(stats_.max_local_deletion_time, local_deletion_time);
  stats_.tombstone_drop_times.add(local_deletion_time);
}

// A partition's unfiltereds come in order, so only its first can be the file's first.
template <class Place>
void StatsCollector::first_place(const Place& place) {
  if (!partition_begins_ || (first_.known() && one_place_)) return;
  if (!first_.known() || first_.compare(schema_, place) > 0) first_.set(place);
}

template <class Place>
void StatsCollector::last_place(const Place& place) {
  if (last_.known() && one_place_) return;
  if (!last_.known() || last_.compare(schema_, place) < 0) last_.set(place);
}

void StatsCollector::begin_partition(const DeletionTime& deletion_time) {
  cells_in_partition_ = 0;
  partition_begins_ = true;
  deletion(deletion_time);
}

void StatsCollector::add_row(const Row& row, bool is_static) {
  ++stats_.rows;
  if (!is_static) {
    first_place(row.clustering);
    last_place(row.clustering);
    partition_begins_ = false;
  }
  if (!row.liveness.empty()) {
    timestamp(row.liveness.timestamp);
    expiry(row.liveness.ttl, row.liveness.local_deletion_time);
  }
  deletion(row.deletion);
  for (const ComplexDeletion& complex : row.complex) deletion(complex.deletion);
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const Cell& cell = row.cells[i];
    timestamp(cell.timestamp);
    expiry(cell.ttl, cell.local_deletion_time);
    if (i == 0 || cell.column != row.cells[i - 1].column) ++stats_.columns;
  }
  cells_in_partition_ += row.cells.size();
}

// What opens is closed later, so it is never the last place; what goes over from one deletion to
// the next is neither.
void StatsCollector::add_marker(const RangeMarker& marker) {
  if (marker.before.live()) first_place(marker.bound);
  if (marker.after.live()) last_place(marker.bound);
  partition_begins_ = false;
  deletion(marker.before);
  deletion(marker.after);
}

void StatsCollector::end_partition(uint64_t partition_bytes) {
  stats_.partition_sizes.add(partition_bytes);
  stats_.cell_counts.add(cells_in_partition_);
}

StatsComponent& StatsCollector::finish() {
  if (live_data_) stats_.max_local_deletion_time = kNoDeletionTime;
  if (first_.known() && last_.known()) {
    stats_.min_clustering = first_.values();
    stats_.max_clustering = last_.values();
  }
  return stats_;
}

}  // namespace ceto
