#include "lsm/sstable/hashes.h"

#include <bit>
#include <cstring>

namespace ceto {

namespace {

uint64_t load_le64(const uint8_t* from) {
  uint64_t v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}

uint64_t mix_final(uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccdULL;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53ULL;
  k ^= k >> 33;
  return k;
}

// Java's bytes are signed, and Cassandra's port widens them before shifting.
uint64_t widen(uint8_t byte) { return static_cast<uint64_t>(int64_t{static_cast<int8_t>(byte)}); }

constexpr uint64_t kMurmur3C1 = 0x87c37b91114253d5ULL;
constexpr uint64_t kMurmur3C2 = 0x4cf5ad432745937fULL;

}  // namespace

std::array<uint64_t, 2> murmur3_128(Bytes key) {
  uint64_t h1 = 0;
  uint64_t h2 = 0;
  const size_t blocks = key.size() / 16;
  for (size_t i = 0; i < blocks; ++i) {
    uint64_t k1 = load_le64(key.data() + i * 16);
    uint64_t k2 = load_le64(key.data() + i * 16 + 8);
    h1 ^= std::rotl(k1 * kMurmur3C1, 31) * kMurmur3C2;
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= std::rotl(k2 * kMurmur3C2, 33) * kMurmur3C1;
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  }
  const Bytes tail = key.from(blocks * 16);
  uint64_t k1 = 0;
  uint64_t k2 = 0;
  for (size_t i = tail.size(); i > 8; --i) k2 ^= widen(tail[i - 1]) << ((i - 9) * 8);
  for (size_t i = tail.size() < 8 ? tail.size() : 8; i > 0; --i) {
    k1 ^= widen(tail[i - 1]) << ((i - 1) * 8);
  }
  if (tail.size() > 8) h2 ^= std::rotl(k2 * kMurmur3C2, 33) * kMurmur3C1;
  if (!tail.empty()) h1 ^= std::rotl(k1 * kMurmur3C1, 31) * kMurmur3C2;
  h1 ^= key.size();
  h2 ^= key.size();
  h1 += h2;
  h2 += h1;
  h1 = mix_final(h1);
  h2 = mix_final(h2);
  h1 += h2;
  h2 += h1;
  return {h1, h2};
}

uint64_t murmur2_64(Bytes key) {
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995ULL;
  constexpr int kShift = 47;
  uint64_t h = key.size() * kMultiplier;
  const size_t words = key.size() / 8;
  for (size_t i = 0; i < words; ++i) {
    uint64_t k = load_le64(key.data() + i * 8) * kMultiplier;
    k ^= k >> kShift;
    k *= kMultiplier;
    h = (h ^ k) * kMultiplier;
  }
  const Bytes tail = key.from(words * 8);
  for (size_t i = tail.size(); i > 0; --i) h ^= widen(tail[i - 1]) << ((i - 1) * 8);
  if (!tail.empty()) h *= kMultiplier;
  h ^= h >> kShift;
  h *= kMultiplier;
  h ^= h >> kShift;
  return h;
}

}  // namespace ceto
