// Arena: bump allocation from blocks that are freed together. A request's values and rows, or a
// memtable's whole content, live in one. Owned and used by one thread. Pointers stay valid until
// reset() or destruction; destructors of what lives inside are not run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"

namespace ceto {

class Arena {
 public:
  // Blocks grow from `first_block_bytes` by doubling up to kMaxBlockBytes, so that a small request
  // touches little memory and a memtable asks the heap once a mebibyte.
  explicit Arena(size_t first_block_bytes = 4096) : next_block_bytes_(first_block_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  static constexpr size_t kMaxBlockBytes = size_t{1} << 20;

  void* allocate(size_t size, size_t align = alignof(std::max_align_t)) {
    uintptr_t at = (cursor_ + align - 1) & ~(uintptr_t{align} - 1);
    if (__builtin_expect(at + size > limit_ || cursor_ == 0, 0)) {
      add_block(size + align);
      at = (cursor_ + align - 1) & ~(uintptr_t{align} - 1);
    }
    cursor_ = at + size;
    return reinterpret_cast<void*>(at);
  }

  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  // `count` value-initialised elements.
  template <class T>
  std::span<T> make_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    T* first = static_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
    for (size_t i = 0; i < count; ++i) new (first + i) T{};
    return {first, count};
  }

  uint8_t* allocate_bytes(size_t size) { return static_cast<uint8_t*>(allocate(size, 1)); }

  Bytes copy(Bytes source) {
    if (source.empty()) return Bytes(reinterpret_cast<const uint8_t*>(""), 0);
    uint8_t* to = allocate_bytes(source.size());
    std::memcpy(to, source.data(), source.size());
    return {to, source.size()};
  }

  // Bytes asked from the heap, the measure that budgets use.
  size_t reserved_bytes() const { return reserved_bytes_; }
  // Without what is free of the last block.
  size_t used_bytes() const { return reserved_bytes_ - (limit_ - cursor_); }

  // Frees up to `blocks` of an arena that nobody looks into any more; the bytes freed, 0 at its
  // end.
  size_t free_blocks(size_t blocks);

  // Forgets everything; keeps the first block, so a request arena stops asking the heap.
  void reset();

 private:
  struct Block {
    std::unique_ptr<uint8_t[]> memory;
    size_t size;
  };
  void add_block(size_t at_least);

  std::vector<Block> blocks_;
  uintptr_t cursor_ = 0;
  uintptr_t limit_ = 0;
  size_t next_block_bytes_;
  size_t reserved_bytes_ = 0;
};

}  // namespace ceto
