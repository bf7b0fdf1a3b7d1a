// ChunkBuffer: the bytes of a file that goes out in chunks of one length, written where they are
// gathered: nothing is copied into place but what a full chunk leaves over. Owned by what writes
// the file; shard thread only.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "base/assert.h"
#include "base/bytes.h"

namespace ceto {

class ChunkBuffer {
 public:
  explicit ChunkBuffer(size_t chunk_bytes) : chunk_bytes_(chunk_bytes) {
    CETO_ASSERT(chunk_bytes > 0);
    grow(chunk_bytes + kSlackBytes);
  }

  // Memory for `bytes` more, in one piece. What is written there counts with commit().
  uint8_t* room(size_t bytes) {
    if (bytes > capacity_ - used_) grow(used_ + bytes);
    return memory_.get() + used_;
  }
  // True: take_full() is due.
  bool commit(size_t bytes) {
    CETO_ASSERT(bytes <= capacity_ - used_);
    used_ += bytes;
    return used_ >= chunk_bytes_;
  }
  // Gives the full chunks to `take`, in order.
  template <class Take>
  void take_full(Take take) {
    size_t at = 0;
    for (; used_ - at >= chunk_bytes_; at += chunk_bytes_) {
      take(Bytes(memory_.get() + at, chunk_bytes_));
    }
    used_ -= at;
    std::memmove(memory_.get(), memory_.get() + at, used_);
  }
  // Less than a chunk, once take_full() was called.
  Bytes rest() const { return {memory_.get(), used_}; }

 private:
  // So that a row that goes over the end of a chunk mostly asks for nothing.
  static constexpr size_t kSlackBytes = 4096;

  void grow(size_t needed) {
    const size_t capacity = needed > 2 * capacity_ ? needed : 2 * capacity_;
    std::unique_ptr<uint8_t[]> memory(new uint8_t[capacity]);
    if (used_ > 0) std::memcpy(memory.get(), memory_.get(), used_);
    memory_ = std::move(memory);
    capacity_ = capacity;
  }

  size_t chunk_bytes_;
  std::unique_ptr<uint8_t[]> memory_;
  size_t capacity_ = 0;
  size_t used_ = 0;
};

}  // namespace ceto
