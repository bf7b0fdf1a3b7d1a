// Bytes: an unowned run of bytes, as leveldb's Slice. It owns nothing: whoever makes one says what
// must outlive it. Any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ceto {

class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  Bytes(const char* data, size_t size)
      : data_(reinterpret_cast<const uint8_t*>(data)), size_(size) {}
  // Implicit: text is bytes wherever it is compared, hashed or written.
  Bytes(std::string_view text) : Bytes(text.data(), text.size()) {}
  Bytes(const std::string& text) : Bytes(text.data(), text.size()) {}

  constexpr const uint8_t* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const uint8_t* begin() const { return data_; }
  constexpr const uint8_t* end() const { return data_ + size_; }
  constexpr uint8_t operator[](size_t i) const { return data_[i]; }

  // The `count` bytes from `offset`; the caller has checked that they are there.
  constexpr Bytes sub(size_t offset, size_t count) const { return {data_ + offset, count}; }
  constexpr Bytes from(size_t offset) const { return {data_ + offset, size_ - offset}; }

  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  std::string str() const { return std::string(text()); }

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// What memcpy does, without a call where there is little to copy.
inline void copy_short(uint8_t* to, Bytes from) {
  const size_t n = from.size();
  const uint8_t* const at = from.data();
  if (n > 16) {
    std::memcpy(to, at, n);
  } else if (n >= 8) {
    // Two words, which may overlap.
    uint64_t first, last;
    std::memcpy(&first, at, 8);
    std::memcpy(&last, at + n - 8, 8);
    std::memcpy(to, &first, 8);
    std::memcpy(to + n - 8, &last, 8);
  } else if (n >= 4) {
    uint32_t first, last;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + n - 4, 4);
    std::memcpy(to, &first, 4);
    std::memcpy(to + n - 4, &last, 4);
  } else if (n > 0) {
    to[0] = at[0];
    to[n / 2] = at[n / 2];
    to[n - 1] = at[n - 1];
  }
}

// Unsigned lexicographic order, a shorter prefix first (Cassandra's BytesType).
inline int compare(Bytes a, Bytes b) {
  const size_t n = a.size() < b.size() ? a.size() : b.size();
  if (n != 0) {
    if (const int c = std::memcmp(a.data(), b.data(), n)) return c;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

inline bool operator==(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size()) == 0);
}
inline std::strong_ordering operator<=>(Bytes a, Bytes b) { return compare(a, b) <=> 0; }

}  // namespace ceto
