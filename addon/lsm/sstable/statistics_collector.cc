#include <algorithm>

#include "lsm/sstable/statistics.h"

namespace ceto {

void StatsCollector::timestamp(int64_t at) {
  stats_.min_timestamp = std::min(stats_.min_timestamp, at);
  stats_.max_timestamp = std::max(stats_.max_timestamp, at);
}

void StatsCollector::deletion(const DeletionTime& deletion) {
  if (deletion.live()) return;
  ++tombstones_;
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

// Each component on its own, cut to the shortest prefix: what readers of any version rule out with
// them is then really not there.
void StatsCollector::clustering(Clustering prefix) {
  auto& low = stats_.min_clustering;
  auto& high = stats_.max_clustering;
  if (!any_clustering_) {
    any_clustering_ = true;
    for (const Bytes value : prefix) {
      low.push_back(value.str());
      high.push_back(value.str());
    }
    return;
  }
  if (prefix.size() < low.size()) {
    low.resize(prefix.size());
    high.resize(prefix.size());
  }
  for (size_t i = 0; i < low.size(); ++i) {
    const Type& type = *schema_.clustering[i]->type;
    if (compare_values(type, prefix[i], Bytes(low[i])) < 0) low[i] = prefix[i].str();
    if (compare_values(type, prefix[i], Bytes(high[i])) > 0) high[i] = prefix[i].str();
  }
}

void StatsCollector::begin_partition(const DeletionTime& deletion_time) {
  cells_in_partition_ = 0;
  if (deletion_time.live()) return;
  deletion(deletion_time);
  clustering({});
}

void StatsCollector::add_row(const Row& row, bool is_static) {
  if (!is_static) {
    ++stats_.rows;
    clustering(row.clustering);
  }
  if (!row.liveness.empty()) {
    timestamp(row.liveness.timestamp);
    expiry(row.liveness.ttl, row.liveness.local_deletion_time);
  }
  deletion(row.deletion);
  for (const ComplexDeletion& complex : row.complex) deletion(complex.deletion);
  for (const Cell& cell : row.cells) {
    timestamp(cell.timestamp);
    expiry(cell.ttl, cell.local_deletion_time);
    if (cell.is_tombstone()) ++tombstones_;
  }
  cells_in_partition_ += row.cells.size();
}

void StatsCollector::add_marker(const RangeMarker& marker) {
  clustering(marker.bound.prefix);
  deletion(marker.before);
  deletion(marker.after);
}

void StatsCollector::end_partition(uint64_t partition_bytes) {
  stats_.partition_sizes.add(partition_bytes);
  stats_.cell_counts.add(cells_in_partition_);
  stats_.cells += cells_in_partition_;
  if (live_data_) stats_.max_local_deletion_time = kNoDeletionTime;
}

}  // namespace ceto
