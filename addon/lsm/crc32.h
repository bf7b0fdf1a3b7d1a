// CRC-32 as zlib and java.util.zip.CRC32 have it, which Cassandra's files carry. With the
// processor's carry-less multiplication where it has that: some ten times as fast as zlib's tables.
// Any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ceto {

// Of what `start` is the checksum of, followed by `bytes`.
uint32_t crc32_of(Bytes bytes, uint32_t start = 0);

// Of two runs one behind the other, from the checksum of each.
uint32_t crc32_joined(uint32_t first, uint32_t second, uint64_t second_bytes);

}  // namespace ceto
