#include "types/token.h"

#include <bit>
#include <cstring>

namespace ceto {
namespace {

constexpr uint64_t kC1 = 0x87c37b91114253d5;
constexpr uint64_t kC2 = 0x4cf5ad432745937f;

uint64_t load_le(const uint8_t* from) {
  uint64_t v;
  std::memcpy(&v, from, 8);
  return v;
}

uint64_t finalize(uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccd;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53;
  return h ^ (h >> 33);
}

uint64_t mix_first(uint64_t k) { return std::rotl(k * kC1, 31) * kC2; }
uint64_t mix_second(uint64_t k) { return std::rotl(k * kC2, 33) * kC1; }

// Java's bytes are signed and Cassandra widens those of the tail before it shifts them, so a byte
// of the tail above 0x7f also flips every bit above its own. Ring positions depend on it for ever.
uint64_t tail_lane(const uint8_t* from, size_t count) {
  uint64_t lane = 0;
  for (size_t i = 0; i < count; ++i) {
    const int64_t widened = static_cast<int8_t>(from[i]);
    lane ^= static_cast<uint64_t>(widened) << (8 * i);
  }
  return lane;
}

}  // namespace

Token token_of(Bytes key) {
  if (key.empty()) return Token{INT64_MIN};
  uint64_t h1 = 0;
  uint64_t h2 = 0;
  const uint8_t* at = key.data();
  for (size_t blocks = key.size() / 16; blocks != 0; --blocks, at += 16) {
    h1 ^= mix_first(load_le(at));
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= mix_second(load_le(at + 8));
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  }
  const size_t tail = key.size() % 16;
  if (tail > 8) h2 ^= mix_second(tail_lane(at + 8, tail - 8));
  if (tail > 0) h1 ^= mix_first(tail_lane(at, tail < 8 ? tail : 8));

  h1 ^= key.size();
  h2 ^= key.size();
  h1 += h2;
  h2 += h1;
  // Only the first half of the 128 bits is the token, and INT64_MIN is kept for the ring's start.
  const int64_t hash = static_cast<int64_t>(finalize(h1) + finalize(h2));
  return Token{hash == INT64_MIN ? INT64_MAX : hash};
}

}  // namespace ceto
