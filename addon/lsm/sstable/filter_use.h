// FilterUse: what the bloom filters of SSTables did for reads of single partitions. Plain counters
// of one shard; its thread only. Source: org.apache.cassandra.io.sstable.filter.BloomFilterTracker
#pragma once

#include <cstdint>

namespace ceto {

struct FilterUse {
  uint64_t false_positives = 0;  // the index did not have the key
  uint64_t true_positives = 0;
  uint64_t true_negatives = 0;  // reads that were spared

  FilterUse& operator+=(const FilterUse& other) {
    false_positives += other.false_positives;
    true_positives += other.true_positives;
    true_negatives += other.true_negatives;
    return *this;
  }
};

}  // namespace ceto
