// The checksums of protocol v5 segments. Source: native_protocol_v5.spec, section 2, and
// org.apache.cassandra.net.Crc (start values and polynomial). Any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ceto {

// Of a header of `size` bytes (1 to 8), given as a little-endian number; 24 bits.
uint32_t crc24(uint64_t header, size_t size);

// Of a payload: CRC-32 of zlib after four fixed bytes, so that runs of zeros do not sum to zero.
uint32_t crc32_of_payload(Bytes payload);

}  // namespace ceto
