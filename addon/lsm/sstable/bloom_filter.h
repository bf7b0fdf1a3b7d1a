// BloomFilter: which partition keys may be in an SSTable, bit for bit Cassandra's Filter.db. The
// writer adds keys and serializes; a reader deserializes and asks. Shard thread only.
// Source: org.apache.cassandra.utils.BloomFilter, BloomCalculations, obs.OffHeapBitSet
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

class BloomFilter {
 public:
  // Cassandra's tables end at 20 bits a key; the chance that is left there is about 0.0067 %.
  static constexpr uint32_t kMaxBitsPerKey = 20;
  static constexpr uint32_t kMaxHashes = 64;

  BloomFilter() = default;  // no filter: contains everything
  // The smallest filter that keeps false positives of `expected_keys` at or below `false_positive`.
  BloomFilter(uint64_t expected_keys, double false_positive);

  void add(Bytes key);
  bool may_contain(Bytes key) const;
  bool present() const { return !bits_.empty(); }
  size_t size_bytes() const { return bits_.size(); }

  std::string serialize() const;
  // Before `na` each word of eight bytes was written from its last byte to its first.
  static Result<BloomFilter> deserialize(Bytes content, std::string_view version,
                                         const std::string& path);

 private:
  uint32_t hashes_ = 0;
  std::vector<uint8_t> bits_;  // bit i is bit i % 8 of byte i / 8; a multiple of 8 bytes
};

}  // namespace ceto
