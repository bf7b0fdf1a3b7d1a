// BloomFilter: which partition keys may be in an SSTable, bit for bit Cassandra's Filter.db. The
// writer adds keys and serializes; a reader deserializes and asks. Shard thread only.
// Source: org.apache.cassandra.utils.BloomFilter, BloomCalculations, obs.OffHeapBitSet
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

  // Takes effect at the latest with finish() or serialized().
  void add(Bytes key);
  void finish() { set_gathered(); }
  bool may_contain(Bytes key) const;
  bool present() const { return bit_bytes_ != 0; }
  size_t size_bytes() const { return present() ? kHeadBytes + bit_bytes_ : 0; }

  // What Filter.db holds, a view of this.
  Bytes serialized() {
    set_gathered();
    return {content(), size_bytes()};
  }
  std::string serialize() { return serialized().str(); }
  // Takes the file's content over. Before `na` each word of eight bytes was written from its last
  // byte to its first.
  static Result<BloomFilter> deserialize(std::string content, std::string_view version,
                                         const std::string& path);

 private:
  static constexpr size_t kHeadBytes = 8;  // the count of hashes and that of 64-bit words
  struct Free {
    void operator()(uint8_t* memory) const;
  };

  // Bits that are asked for before the first of them is set: of a filter that is larger than the
  // processor's cache each would be waited for.
  static constexpr size_t kMaxGathered = 128;

  void set_bit_bytes(uint64_t bytes);
  void set_gathered();
  uint64_t bit_index(uint64_t base) const;
  const uint8_t* content() const {
    return made_ ? made_.get() : reinterpret_cast<const uint8_t*>(read_.data());
  }
  const uint8_t* bits() const { return content() + kHeadBytes; }

  uint32_t hashes_ = 0;
  size_t bit_bytes_ = 0;     // bit i is bit i % 8 of byte i / 8; a multiple of 8 bytes
  uint64_t reciprocal_ = 0;  // 2^64 by the count of bits
  // One of the two holds head and bits. A new filter's memory is zero when it is first touched, not
  // at once: it may be large.
  std::unique_ptr<uint8_t[], Free> made_;
  std::string read_;
  // Bits of keys that were added, not set yet.
  std::array<uint64_t, kMaxGathered> gathered_;
  size_t gathered_bits_ = 0;
};

}  // namespace ceto
