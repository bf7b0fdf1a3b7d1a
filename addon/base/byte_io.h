// ByteReader and ByteWriter: big-endian integers, Cassandra's unsigned and zig-zag vints
// (org.apache.cassandra.utils.vint.VIntCoding: the count of leading one bits of the first byte is
// the number of bytes that follow), and length-prefixed runs. A reader never reads past its end: it
// turns `failed()` and yields zeros, so a decoder checks once at its end. Any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.h"

namespace ceto {

template <class T>
inline T load_be(const uint8_t* from) {
  T v;
  std::memcpy(&v, from, sizeof(T));
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(v)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(v)));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(v)));
  return v;
}

template <class T>
inline void store_be(uint8_t* to, T value) {
  if constexpr (sizeof(T) == 2)
    value = static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(T) == 4)
    value = static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 8)
    value = static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  std::memcpy(to, &value, sizeof(T));
}

inline constexpr uint64_t zigzag_encode(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline constexpr int64_t zigzag_decode(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

// Bytes that `value` takes as an unsigned vint: 1 to 9.
inline constexpr size_t unsigned_vint_size(uint64_t value) {
  const int magnitude = std::countl_zero(value | 1);
  return static_cast<size_t>((639 - magnitude * 9) >> 6);
}
// Writes the vint to `to` (9 bytes of room) and returns its size.
size_t store_unsigned_vint(uint8_t* to, uint64_t value);

class ByteReader {
 public:
  explicit ByteReader(Bytes source) : at_(source.begin()), end_(source.end()) {}

  bool failed() const { return failed_; }
  bool at_end() const { return at_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  const uint8_t* position() const { return at_; }

  uint8_t u8() { return integer<uint8_t>(); }
  uint16_t u16() { return integer<uint16_t>(); }
  uint32_t u32() { return integer<uint32_t>(); }
  uint64_t u64() { return integer<uint64_t>(); }
  int32_t i32() { return integer<int32_t>(); }
  int64_t i64() { return integer<int64_t>(); }
  double f64() { return std::bit_cast<double>(u64()); }
  uint64_t unsigned_vint() {
    if (at_ == end_) return vint_near_end();
    const uint8_t first = *at_;
    if (first < 0x80) {
      ++at_;
      return first;
    }
    const auto extra = static_cast<size_t>(std::countl_one(first));
    if (extra == 8 || remaining() < 8) return vint_near_end();
    // The first byte and the seven behind it at once.
    const uint64_t word = load_be<uint64_t>(at_) >> (8 * (7 - extra));
    at_ += 1 + extra;
    return word & ((uint64_t{1} << (7 * (extra + 1))) - 1);
  }
  int64_t signed_vint() { return zigzag_decode(unsigned_vint()); }

  Bytes bytes(size_t size) {
    if (__builtin_expect(size > remaining(), 0)) {
      fail();
      return {};
    }
    const Bytes out(at_, size);
    at_ += size;
    return out;
  }
  // A run after its length as u16, i32 (negative: `null` is set and nothing is read) or vint.
  Bytes u16_bytes() { return bytes(u16()); }
  Bytes i32_bytes(bool* null = nullptr);
  Bytes vint_bytes() {
    const uint64_t size = unsigned_vint();
    return bytes(size > remaining() ? SIZE_MAX : static_cast<size_t>(size));
  }
  void skip(size_t size) { bytes(size); }
  Bytes rest() { return bytes(remaining()); }
  void fail() {
    failed_ = true;
    at_ = end_;
  }

 private:
  uint64_t vint_near_end();  // or one of nine bytes
  template <class T>
  T integer() {
    if (__builtin_expect(remaining() < sizeof(T), 0)) {
      fail();
      return T{};
    }
    const T v = load_be<T>(at_);
    at_ += sizeof(T);
    return v;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  bool failed_ = false;
};

// Appends to a std::string that the caller owns (and reuses, so that steady state asks no heap).
class ByteWriter {
 public:
  explicit ByteWriter(std::string& to) : to_(to) {}

  size_t size() const { return to_.size(); }
  std::string& target() { return to_; }
  void u8(uint8_t v) { to_.push_back(static_cast<char>(v)); }
  void u16(uint16_t v) { integer(v); }
  void u32(uint32_t v) { integer(v); }
  void u64(uint64_t v) { integer(v); }
  void i32(int32_t v) { integer(v); }
  void i64(int64_t v) { integer(v); }
  void f64(double v) { u64(std::bit_cast<uint64_t>(v)); }
  void unsigned_vint(uint64_t v) {
    if (v < 0x80) return u8(static_cast<uint8_t>(v));
    uint8_t buffer[9];
    bytes({buffer, store_unsigned_vint(buffer, v)});
  }
  void signed_vint(int64_t v) { unsigned_vint(zigzag_encode(v)); }
  void bytes(Bytes v) { to_.append(reinterpret_cast<const char*>(v.data()), v.size()); }
  void u16_bytes(Bytes v) {
    u16(static_cast<uint16_t>(v.size()));
    bytes(v);
  }
  void i32_bytes(Bytes v) {
    i32(static_cast<int32_t>(v.size()));
    bytes(v);
  }
  void vint_bytes(Bytes v) {
    unsigned_vint(v.size());
    bytes(v);
  }
  // Leaves room for a u32/i32 that is known later; patch_u32 fills it.
  size_t reserve_u32() {
    u32(0);
    return to_.size() - 4;
  }
  void patch_u32(size_t at, uint32_t v) {
    store_be(reinterpret_cast<uint8_t*>(to_.data()) + at, v);
  }

 private:
  template <class T>
  void integer(T v) {
    uint8_t buffer[sizeof(T)];
    store_be(buffer, v);
    to_.append(reinterpret_cast<const char*>(buffer), sizeof(T));
  }
  std::string& to_;
};

}  // namespace ceto
