// CRC32C (Castagnoli), with the processor's instruction. Any thread.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace ceto {

// Continues from `seed`, the result of the run before (0 for the first).
inline uint32_t crc32c(Bytes data, uint32_t seed = 0) {
  uint64_t crc = ~seed;
  const uint8_t* at = data.data();
  size_t left = data.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  uint32_t tail = static_cast<uint32_t>(crc);
  for (; left > 0; ++at, --left) tail = __builtin_ia32_crc32qi(tail, *at);
  return ~tail;
}

}  // namespace ceto
