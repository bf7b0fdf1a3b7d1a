// Token: a partition's place on the ring, Murmur3Partitioner's 64-bit hash. Any thread.
#pragma once

#include <compare>
#include <cstdint>

#include "base/bytes.h"

namespace ceto {

struct Token {
  int64_t value = INT64_MIN;
  friend auto operator<=>(const Token&, const Token&) = default;
};

// Cassandra's MurmurHash.hash3_x64_128 with its sign-extended tail; INT64_MIN becomes INT64_MAX.
Token token_of(Bytes partition_key);

// The shard of a token as ScyllaDB's drivers compute it (biased-token-round-robin): the token,
// biased to unsigned, loses its `ignore_msb` high bits and its high part is scaled to `shards`.
inline constexpr unsigned kShardingIgnoreMsb = 12;
inline uint32_t shard_of(Token token, uint32_t shards, unsigned ignore_msb = kShardingIgnoreMsb) {
  const uint64_t biased = static_cast<uint64_t>(token.value) + (uint64_t{1} << 63);
  const uint64_t shifted = biased << ignore_msb;
  return static_cast<uint32_t>((static_cast<unsigned __int128>(shifted) * shards) >> 64);
}

}  // namespace ceto
