#include "protocol/crc.h"

#include <zlib.h>

namespace ceto {

uint32_t crc24(uint64_t header, size_t size) {
  constexpr uint32_t kInitial = 0x875060;
  constexpr uint32_t kPolynomial = 0x1974F0B;
  uint32_t crc = kInitial;
  for (; size != 0; --size, header >>= 8) {
    crc ^= static_cast<uint32_t>(header & 0xFF) << 16;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      if ((crc & 0x1000000) != 0) crc ^= kPolynomial;
    }
  }
  return crc;
}

uint32_t crc32_of_payload(Bytes payload) {
  static const uLong initial = [] {
    const Bytef bytes[] = {0xFA, 0x2D, 0x55, 0xCA};
    return ::crc32(0, bytes, sizeof bytes);
  }();
  if (payload.empty()) return static_cast<uint32_t>(initial);
  return static_cast<uint32_t>(::crc32_z(initial, payload.data(), payload.size()));
}

}  // namespace ceto
