// UncheckedWriter: what ByteWriter writes, into memory that the caller has made large enough, so
// that no byte looks whether there is room and none is copied when it ends. For what is written for
// every row of a file. The room is the caller's to reckon; shard thread only.
#pragma once

#include "base/byte_io.h"

namespace ceto {

class UncheckedWriter {
 public:
  // The most that a vint takes; storing one may touch all of it.
  static constexpr size_t kVintBytes = 9;

  explicit UncheckedWriter(uint8_t* to) : at_(to) {}

  uint8_t* position() const { return at_; }
  // For what is written later.
  void skip(size_t size) { at_ += size; }
  void u8(uint8_t v) { *at_++ = v; }
  void u16(uint16_t v) { integer(v); }
  void u32(uint32_t v) { integer(v); }
  void i64(int64_t v) { integer(v); }
  void unsigned_vint(uint64_t v) {
    if (v < 0x80) return u8(static_cast<uint8_t>(v));
    if (v < 0x4000) return u16(static_cast<uint16_t>(v | 0x8000));
    at_ += store_unsigned_vint(at_, v);
  }
  void bytes(Bytes v) {
    copy_short(at_, v);
    at_ += v.size();
  }
  void u16_bytes(Bytes v) {
    u16(static_cast<uint16_t>(v.size()));
    bytes(v);
  }
  void vint_bytes(Bytes v) {
    unsigned_vint(v.size());
    bytes(v);
  }

 private:
  template <class T>
  void integer(T v) {
    store_be(at_, v);
    at_ += sizeof(T);
  }
  uint8_t* at_;
};

}  // namespace ceto
