// Value: a bound or computed value as the protocol sends it: bytes, null or unset. A view: whoever
// makes one says what must outlive it. Any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ceto {

class Value {
 public:
  constexpr Value() = default;  // null
  constexpr Value(Bytes bytes) : data_(bytes.data()), size_(static_cast<int32_t>(bytes.size())) {}
  static constexpr Value null() { return Value(); }
  static constexpr Value unset() { return Value(kUnset); }

  constexpr bool is_null() const { return size_ == kNull; }
  constexpr bool is_unset() const { return size_ == kUnset; }
  constexpr bool has_bytes() const { return size_ >= 0; }
  constexpr Bytes bytes() const {
    return size_ > 0 ? Bytes(data_, static_cast<size_t>(size_)) : Bytes(data_, size_t{0});
  }

 private:
  static constexpr int32_t kNull = -1;
  static constexpr int32_t kUnset = -2;
  constexpr explicit Value(int32_t size) : size_(size) {}

  const uint8_t* data_ = nullptr;
  int32_t size_ = kNull;
};

}  // namespace ceto
