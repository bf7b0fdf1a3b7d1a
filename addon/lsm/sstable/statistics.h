// Statistics.db: what is known of an SSTable as a whole, in four checksummed components:
// validation, compaction, stats and the serialization header. The collector gathers it while a file
// is written. Shard thread only. Source: org.apache.cassandra.io.sstable.metadata.*
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lsm/sstable/estimates.h"
#include "lsm/sstable/serialization_header.h"
#include "lsm/sstable/sstable.h"

namespace ceto {

struct StatsComponent {
  EstimatedHistogram partition_sizes{EstimatedHistogram::kPartitionSizeBounds};
  EstimatedHistogram cell_counts{EstimatedHistogram::kCellCountBounds};
  TombstoneHistogram tombstone_drop_times;
  uint64_t commitlog_upper_bound = 0;
  int64_t min_timestamp = INT64_MAX;
  int64_t max_timestamp = INT64_MIN;
  uint32_t min_local_deletion_time = kNoDeletionTime;
  uint32_t max_local_deletion_time = 0;
  uint32_t min_ttl = UINT32_MAX;
  uint32_t max_ttl = 0;
  double compression_ratio = -1.0;  // Cassandra's "not compressed"
  uint32_t level = 0;
  int64_t repaired_at = 0;
  // The values of the first and of the last clustering or bound, in the table's order; a bound's
  // are a prefix, and what begins with it is covered. Both empty: nothing is known. They tell
  // nothing of static rows and of deletions of partitions.
  std::vector<std::string> min_clustering, max_clustering;
  bool legacy_counter_shards = false;
  uint64_t columns = 0;  // that are set in rows, static ones too; a multi-cell one counts once
  uint64_t rows = 0;     // static ones too
  std::array<uint8_t, 16> host_id{};
};

// The first or the last place of a file: a clustering or a bound, copied.
class CoveredEdge {
 public:
  bool known() const { return known_; }
  // Of the edge, to a place.
  int compare(const TableSchema& schema, Clustering clustering) const;
  int compare(const TableSchema& schema, const Bound& bound) const;
  void set(Clustering clustering);
  void set(const Bound& bound);
  const std::vector<std::string>& values() const { return values_; }

 private:
  void copy(Clustering values);
  bool known_ = false;
  bool is_bound_ = false;
  bool after_ = false;
  std::vector<std::string> values_;
  std::vector<Bytes> views_;  // of values_
};

// Watches everything that is written.
class StatsCollector {
 public:
  explicit StatsCollector(const TableSchema& schema)
      : schema_(schema), one_place_(schema.clustering.empty()) {}

  void begin_partition(const DeletionTime& deletion);
  void add_row(const Row& row, bool is_static);
  void add_marker(const RangeMarker& marker);
  void end_partition(uint64_t partition_bytes);

  // After the last partition.
  StatsComponent& finish();

 private:
  void timestamp(int64_t at);
  void deletion(const DeletionTime& deletion);
  void expiry(uint32_t ttl, uint32_t local_deletion_time);
  template <class Place>
  void first_place(const Place& place);
  template <class Place>
  void last_place(const Place& place);

  const TableSchema& schema_;
  bool one_place_;  // every partition has one row
  StatsComponent stats_;
  CoveredEdge first_, last_;
  uint64_t cells_in_partition_ = 0;
  bool partition_begins_ = false;  // none of its rows and markers was seen yet
  bool live_data_ = false;         // something without a deletion time: the maximum is "none"
};

struct StatisticsFile {
  double bloom_fp_chance = 0.01;
  std::string cardinality;  // serialized KeyCardinality
  StatsComponent stats;
  SerializationHeader header;
};

std::string serialize_statistics(StatisticsFile& statistics);
// `version` is the descriptor's ("nb", "me" …).
Result<StatisticsFile> deserialize_statistics(Bytes content, std::string_view version,
                                              const TableSchema& schema, const std::string& path);
// The same file with another level in it.
Result<std::string> statistics_with_level(Bytes content, std::string_view version, uint32_t level,
                                          const std::string& path);

}  // namespace ceto
