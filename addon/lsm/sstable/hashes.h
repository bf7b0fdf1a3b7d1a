// The hashes that Cassandra's SSTable components are built on: MurmurHash3 x64 128 with a
// sign-extended tail (bloom filter) and MurmurHash2 64 (cardinality estimate). Any thread.
// Source: org.apache.cassandra.utils.MurmurHash
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace ceto {

std::array<uint64_t, 2> murmur3_128(Bytes key);
uint64_t murmur2_64(Bytes key);

}  // namespace ceto
