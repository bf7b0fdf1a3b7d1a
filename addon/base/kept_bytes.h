// KeptBytes: a copy of bytes that is replaced again and again, as the key that a scan is at. Asks
// for memory only when it grows. Any thread.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace ceto {

class KeptBytes {
 public:
  void assign(Bytes from) {
    if (from.size() > capacity_) grow(from.size());
    copy_short(memory_.get(), from);
    size_ = from.size();
  }
  Bytes bytes() const { return {memory_.get(), size_}; }

 private:
  void grow(size_t needed) {
    capacity_ = needed > 2 * capacity_ ? needed : 2 * capacity_;
    memory_.reset(new uint8_t[capacity_]);
  }

  std::unique_ptr<uint8_t[]> memory_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace ceto
