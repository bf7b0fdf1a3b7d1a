// CRC-32 as zlib and java.util.zip.CRC32 have it, which Cassandra's files carry. With the
// processor's carry-less multiplication where it has that: some ten times as fast as zlib's tables.
// Any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ceto {

// Of what `start` is the checksum of, followed by `bytes`.
uint32_t crc32_of(Bytes bytes, uint32_t start = 0);

}  // namespace ceto
