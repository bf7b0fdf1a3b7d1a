// The estimates that Statistics.db carries: a histogram of sizes, one of tombstone drop times and
// the number of distinct keys. The writer feeds them, a reader takes back what it needs. Shard
// thread only. Source: org.apache.cassandra.utils.EstimatedHistogram, utils.streamhist.*,
// com.clearspring.analytics.stream.cardinality.HyperLogLogPlus
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/byte_io.h"
#include "base/bytes.h"

namespace ceto {

// Counts in buckets whose bounds grow by a fifth.
class EstimatedHistogram {
 public:
  // Cassandra's counts of bounds: for partition sizes and for cells per partition.
  static constexpr size_t kPartitionSizeBounds = 155;
  static constexpr size_t kCellCountBounds = 118;
  // More buckets than any version of Cassandra writes.
  static constexpr size_t kMaxBuckets = 4096;

  EstimatedHistogram() = default;
  explicit EstimatedHistogram(size_t bounds);

  void add(uint64_t value);
  uint64_t count() const;
  uint64_t mean() const;
  uint64_t max() const;  // the bound above the last that was counted
  void write(ByteWriter& out) const;
  static bool read(ByteReader& in, EstimatedHistogram& into);

 private:
  std::vector<uint64_t>
      bounds_;       // ascending; bucket i holds what is above bounds_[i-1], to bounds_[i]
  size_t last_ = 0;  // bucket that was counted: values in a row are mostly alike
  std::vector<uint64_t> buckets_;  // one more than bounds_: the last is overflow
};

// How many tombstones and expiring cells may be dropped by when; at most kMaxBins points.
class TombstoneHistogram {
 public:
  static constexpr size_t kMaxBins = 100;
  static constexpr size_t kMaxSpool = 8 * kMaxBins;  // merged when the spool is full
  static constexpr uint32_t kRoundSeconds = 60;

  void add(uint32_t local_deletion_time);
  void write(ByteWriter& out);
  static bool read(ByteReader& in, TombstoneHistogram& into);
  uint64_t count() const;
  const std::map<uint32_t, uint64_t>& points() const { return points_; }

 private:
  void merge_to(size_t bins);
  std::map<uint32_t, uint64_t> points_;
};

// HyperLogLog++ of precision 13: up to some thousand keys a sorted list of 25-bit hashes (sparse),
// then 8,192 registers of 5 bits (dense). As the library that Cassandra uses has it, bytes
// included: the list grows by runs of kMaxPending and becomes registers when one makes it too long.
class KeyCardinality {
 public:
  void add(Bytes key);
  std::string serialize();

 private:
  static constexpr unsigned kPrecision = 13;
  static constexpr unsigned kSparsePrecision = 25;
  static constexpr unsigned kRegistersPerWord = 6;
  static constexpr unsigned kRegisterBits = 5;
  static constexpr size_t kWords = (1u << kPrecision) / kRegistersPerWord + 1;
  static constexpr size_t kMaxSparse = (1u << kPrecision) / 4 * 3;
  static constexpr size_t kMaxPending = kMaxSparse / 4;

  void merge_pending();
  void make_dense();
  void raise_register(uint32_t index, uint32_t run);

  std::vector<uint32_t> sparse_;   // one a hash, ascending by hash
  std::vector<uint32_t> pending_;  // to be merged into it
  std::vector<uint32_t> words_;    // empty while sparse
};

}  // namespace ceto
