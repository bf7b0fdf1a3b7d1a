#include "base/arena.h"

#include <algorithm>

namespace ceto {

void Arena::add_block(size_t at_least) {
  const size_t size = std::max(at_least, next_block_bytes_);
  next_block_bytes_ = std::min(kMaxBlockBytes, std::max(next_block_bytes_ * 2, size_t{64}));
  // for_overwrite: the blocks are written before they are read, so they need no zeroing.
  blocks_.push_back({std::make_unique_for_overwrite<uint8_t[]>(size), size});
  reserved_bytes_ += size;
  cursor_ = reinterpret_cast<uintptr_t>(blocks_.back().memory.get());
  limit_ = cursor_ + size;
  CETO_ASSERT(at_least <= size);
}

size_t Arena::free_blocks(size_t blocks) {
  cursor_ = limit_ = 0;
  size_t freed = 0;
  for (; blocks > 0 && !blocks_.empty(); --blocks) {
    freed += blocks_.back().size;
    blocks_.pop_back();
  }
  reserved_bytes_ -= freed;
  return freed;
}

void Arena::reset() {
  if (blocks_.empty()) return;
  blocks_.erase(blocks_.begin() + 1, blocks_.end());
  reserved_bytes_ = blocks_.front().size;
  cursor_ = reinterpret_cast<uintptr_t>(blocks_.front().memory.get());
  limit_ = cursor_ + blocks_.front().size;
}

}  // namespace ceto
