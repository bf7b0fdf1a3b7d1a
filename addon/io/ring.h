// Ring<T>: a bounded queue from one producer thread to one consumer thread, without locks. A full
// ring refuses the push: that is back-pressure, and the producer keeps the message. Each side owns
// a cache line with its position and the last position of the other side that it saw, so while
// there is room (or something to take) neither touches the other's line. Pushing wakes nobody: see
// Reactor::wake().
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/assert.h"

namespace ceto {

// The size that keeps two cores off each other's lines on x86-64 and most of arm64.
inline constexpr size_t kCacheLineBytes = 64;

template <class T>
class Ring {
  static_assert(std::is_nothrow_move_assignable_v<T> && std::is_default_constructible_v<T>);

 public:
  explicit Ring(size_t capacity) : mask_(capacity - 1), slots_(std::make_unique<T[]>(capacity)) {
    CETO_ASSERT(std::has_single_bit(capacity));
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  size_t capacity() const { return mask_ + 1; }

  // Producer. False, and `value` untouched, when the ring is full.
  template <class U>
  bool try_push(U&& value) {
    const uint64_t tail = producer_.position.load(std::memory_order_relaxed);
    if (tail - producer_.other_seen == capacity()) {
      producer_.other_seen = consumer_.position.load(std::memory_order_acquire);
      if (tail - producer_.other_seen == capacity()) return false;
    }
    slots_[tail & mask_] = std::forward<U>(value);
    producer_.position.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer. False when the ring is empty. The slot keeps the moved-from value until it is reused.
  bool try_pop(T& value) {
    const uint64_t head = consumer_.position.load(std::memory_order_relaxed);
    if (head == consumer_.other_seen) {
      consumer_.other_seen = producer_.position.load(std::memory_order_acquire);
      if (head == consumer_.other_seen) return false;
    }
    value = std::move(slots_[head & mask_]);
    consumer_.position.store(head + 1, std::memory_order_release);
    return true;
  }

  // Any thread; exact only when the other side stands still.
  size_t size() const {
    const uint64_t head = consumer_.position.load(std::memory_order_acquire);
    return producer_.position.load(std::memory_order_acquire) - head;
  }
  bool empty() const { return size() == 0; }

 private:
  // Positions count up for ever: 2^64 messages outlive the machine.
  struct alignas(kCacheLineBytes) Side {
    std::atomic<uint64_t> position{0};
    uint64_t other_seen = 0;
  };

  const uint64_t mask_;
  const std::unique_ptr<T[]> slots_;
  Side producer_;
  Side consumer_;
};

}  // namespace ceto
