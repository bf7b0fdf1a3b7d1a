// ArenaVector: a growing array whose memory is an arena's, for results of unknown length on paths
// that must not ask the heap. Trivially destructible elements; valid as long as the arena.
#pragma once

#include <cstring>
#include <span>
#include <type_traits>

#include "base/arena.h"

namespace ceto {

template <class T>
class ArenaVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit ArenaVector(Arena& arena, size_t capacity = 0) : arena_(&arena) {
    if (capacity > 0) grow(capacity);
  }

  void push_back(const T& element) {
    if (size_ == capacity_) {
      const T kept = element;  // may lie in the array that is about to be left
      grow(capacity_ == 0 ? 8 : capacity_ * 2);
      data_[size_++] = kept;
      return;
    }
    data_[size_++] = element;
  }
  void pop_to(size_t size) {
    CETO_ASSERT(size <= size_);
    size_ = size;
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  std::span<T> span() const { return {data_, size_}; }
  std::span<T> from(size_t first) const { return {data_ + first, size_ - first}; }

 private:
  void grow(size_t capacity) {
    T* larger = static_cast<T*>(arena_->allocate(sizeof(T) * capacity, alignof(T)));
    if (size_ > 0) std::memcpy(static_cast<void*>(larger), data_, sizeof(T) * size_);
    data_ = larger;
    capacity_ = capacity;
  }

  Arena* arena_;
  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace ceto
