#include "lsm/sstable/bloom_filter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/byte_io.h"
#include "lsm/sstable/hashes.h"

namespace ceto {

namespace {

double false_positive_chance(uint32_t hashes, uint32_t bits_per_key) {
  return std::pow(1.0 - std::exp(-double(hashes) / bits_per_key), hashes);
}

// Fewest bits per key, then fewest hashes, that keep the chance.
void choose(double chance, uint32_t& bits_per_key, uint32_t& hashes) {
  for (bits_per_key = 2; bits_per_key <= BloomFilter::kMaxBitsPerKey; ++bits_per_key) {
    for (hashes = 1; hashes <= bits_per_key; ++hashes) {
      if (false_positive_chance(hashes, bits_per_key) <= chance) return;
    }
  }
  bits_per_key = BloomFilter::kMaxBitsPerKey;
  hashes = 14;  // the best for 20 bits
}

constexpr uint64_t kExcessBits = 20;  // as Cassandra adds, so that tiny filters work

}  // namespace

void BloomFilter::set_bit_bytes(uint64_t bytes) {
  CETO_ASSERT(bytes > 0 && bytes % 8 == 0);
  bit_bytes_ = bytes;
  reciprocal_ = UINT64_MAX / (bytes * 8);
}

// |base % bits| of Java's signed remainder, without the division, which takes longer than the rest
// of a look: the quotient by the reciprocal is at most one too small, as |base| is at most 2^63.
inline uint64_t BloomFilter::bit_index(uint64_t base) const {
  const uint64_t bits = bit_bytes_ * 8;
  const uint64_t magnitude = static_cast<int64_t>(base) < 0 ? 0 - base : base;
  const auto quotient =
      static_cast<uint64_t>((static_cast<unsigned __int128>(magnitude) * reciprocal_) >> 64);
  const uint64_t remainder = magnitude - quotient * bits;
  return remainder >= bits ? remainder - bits : remainder;
}

BloomFilter::BloomFilter(uint64_t expected_keys, double false_positive) {
  uint32_t bits_per_key = 0;
  choose(false_positive, bits_per_key, hashes_);
  const uint64_t bits = std::max<uint64_t>(expected_keys, 1) * bits_per_key + kExcessBits;
  set_bit_bytes((bits + 63) / 64 * 8);
  made_.reset(static_cast<uint8_t*>(std::calloc(kHeadBytes + bit_bytes_, 1)));
  CETO_ASSERT(made_ != nullptr);
  store_be(made_.get(), hashes_);
  store_be(made_.get() + 4, static_cast<uint32_t>(bit_bytes_ / 8));
}

void BloomFilter::Free::operator()(uint8_t* memory) const { std::free(memory); }

void BloomFilter::add(Bytes key) {
  CETO_ASSERT(made_ != nullptr);
  if (gathered_bits_ + hashes_ > kMaxGathered) set_gathered();
  const uint8_t* const into = made_.get() + kHeadBytes;
  const auto hash = murmur3_128(key);
  uint64_t base = hash[1];
  uint64_t* const gathered = gathered_.data() + gathered_bits_;
  const uint32_t hashes = hashes_;
  for (uint32_t i = 0; i < hashes; ++i, base += hash[0]) {
    const uint64_t bit = bit_index(base);
    __builtin_prefetch(into + (bit >> 3), 1);
    gathered[i] = bit;
  }
  gathered_bits_ += hashes;
}

void BloomFilter::set_gathered() {
  // Named outside of the loop: what is set might be them, for all that the compiler knows.
  uint8_t* const into = made_.get() + kHeadBytes;
  const size_t count = gathered_bits_;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t bit = gathered_[i];
    into[bit >> 3] |= static_cast<uint8_t>(1u << (bit & 7));
  }
  gathered_bits_ = 0;
}

bool BloomFilter::may_contain(Bytes key) const {
  CETO_ASSERT(gathered_bits_ == 0);
  if (!present()) return true;
  const uint8_t* const from = bits();
  const auto hash = murmur3_128(key);
  uint64_t base = hash[1];
  for (uint32_t i = 0; i < hashes_; ++i, base += hash[0]) {
    const uint64_t bit = bit_index(base);
    if ((from[bit >> 3] & (1u << (bit & 7))) == 0) return false;
  }
  return true;
}

Result<BloomFilter> BloomFilter::deserialize(std::string content, std::string_view version,
                                             const std::string& path) {
  ByteReader in((Bytes(content)));
  BloomFilter filter;
  filter.hashes_ = in.u32();
  const uint64_t words = in.u32();
  if (in.failed() || filter.hashes_ == 0 || filter.hashes_ > kMaxHashes || words == 0 ||
      in.remaining() != words * 8) {
    return corrupt(path + ": not a bloom filter of the stated size at offset 0");
  }
  filter.set_bit_bytes(words * 8);
  filter.read_ = std::move(content);
  if (version < "na") {
    for (size_t word = kHeadBytes; word < filter.read_.size(); word += 8) {
      std::reverse(filter.read_.begin() + static_cast<ptrdiff_t>(word),
                   filter.read_.begin() + static_cast<ptrdiff_t>(word) + 8);
    }
  }
  return filter;
}

}  // namespace ceto
