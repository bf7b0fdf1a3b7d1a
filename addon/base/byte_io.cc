#include "base/byte_io.h"

namespace ceto {

size_t store_unsigned_vint(uint8_t* to, uint64_t value) {
  const size_t size = unsigned_vint_size(value);
  if (size == 1) {
    to[0] = static_cast<uint8_t>(value);
    return 1;
  }
  const size_t extra = size - 1;
  if (extra == 8) {
    to[0] = 0xFF;
    store_be(to + 1, value);
    return size;
  }
  // The first byte: `extra` ones, a zero, and what bits of the value are left above the extra
  // bytes. There is room for all eight, whatever the size.
  const uint64_t ones = (0xFF00u >> extra) & 0xFF;
  store_be(to, (ones << (8 * extra) | value) << (64 - 8 * size));
  return size;
}

uint64_t ByteReader::vint_near_end() {
  const uint8_t first = u8();
  if (first < 0x80) return first;
  const size_t extra = static_cast<size_t>(std::countl_one(first));
  if (remaining() < extra) {
    fail();
    return 0;
  }
  uint64_t value = extra == 8 ? 0 : first & (0xFFu >> (extra + 1));
  for (size_t i = 0; i < extra; ++i) value = value << 8 | at_[i];
  at_ += extra;
  return value;
}

Bytes ByteReader::i32_bytes(bool* null) {
  const int32_t size = i32();
  if (null) *null = size < 0;
  if (size < 0) return {};
  return bytes(static_cast<size_t>(size));
}

}  // namespace ceto
