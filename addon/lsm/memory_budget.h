// MemoryBudget: one shard's memory for data, counted to the byte by use. What cannot be dropped
// (memtables, and what open SSTables keep in memory) is taken as it comes; the caches live in the
// rest and give way when it shrinks. Owned by the store's context, or by a cache that stands alone;
// outlives everything that takes from it. Shard thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"

namespace ceto {

enum class MemoryUse : uint8_t {
  kMemtables,  // of tables with files, not flushed yet
  kSystem,     // memtables of tables without files
  kFilters,    // bloom filters
  kSummaries,  // index summaries
  kOffsets,    // places and checksums of chunks
  kRowCache,
  kChunkCache,
};
inline constexpr size_t kMemoryUses = 7;

class MemoryBudget {
 public:
  // The part of the budget that stays free of caches, so that a memtable that grows finds its next
  // blocks before they have given way.
  static constexpr uint64_t kHeadroomDivisor = 32;
  // However little is left, the caches hold a few chunks, or every step of a read would go to disk.
  static constexpr uint64_t kLeastCacheBytes = 256 * 1024;
  // However much the files' metadata takes, memtables may have this part.
  static constexpr uint64_t kLeastMemtableDivisor = 16;

  explicit MemoryBudget(uint64_t total_bytes) : total_bytes_(total_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  void take(MemoryUse use, uint64_t bytes) { used_[static_cast<size_t>(use)] += bytes; }
  void give_back(MemoryUse use, uint64_t bytes) {
    uint64_t& used = used_[static_cast<size_t>(use)];
    CETO_ASSERT(used >= bytes);
    used -= bytes;
  }
  uint64_t used(MemoryUse use) const { return used_[static_cast<size_t>(use)]; }
  uint64_t total_bytes() const { return total_bytes_; }
  uint64_t used_bytes() const {
    uint64_t sum = 0;
    for (const uint64_t used : used_) sum += used;
    return sum;
  }

  // What open SSTables keep in memory.
  uint64_t metadata_bytes() const {
    return used(MemoryUse::kFilters) + used(MemoryUse::kSummaries) + used(MemoryUse::kOffsets);
  }
  // What all caches together may hold now.
  uint64_t cache_room_bytes() const {
    const uint64_t fixed = metadata_bytes() + used(MemoryUse::kMemtables) +
                           used(MemoryUse::kSystem) + total_bytes_ / kHeadroomDivisor;
    const uint64_t room = total_bytes_ > fixed ? total_bytes_ - fixed : 0;
    return std::max(room, std::min(kLeastCacheBytes, total_bytes_));
  }
  // What memtables may hold when `wanted_bytes` is their configured limit.
  uint64_t memtable_limit_bytes(uint64_t wanted_bytes) const {
    const uint64_t fixed = metadata_bytes() + used(MemoryUse::kSystem);
    const uint64_t room = total_bytes_ > fixed ? total_bytes_ - fixed : 0;
    return std::min(wanted_bytes, std::max(room, total_bytes_ / kLeastMemtableDivisor));
  }

 private:
  const uint64_t total_bytes_;
  std::array<uint64_t, kMemoryUses> used_{};
};

}  // namespace ceto
