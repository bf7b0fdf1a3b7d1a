// CompactionSpace: what the compactions of a node have yet to write, so that one that begins leaves
// room for those that run; and the question whether there is room for it. The counter is shared by
// the shards of a node, from any thread; the rest is for the shard's thread. Source:
// org.apache.cassandra.db.compaction.CompactionTask.buildCompactionCandidatesForAvailableDiskSpace,
// db.Directories.hasDiskSpaceForCompactionsAndStreams
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/assert.h"
#include "base/result.h"
#include "lsm/compaction/choice.h"

namespace ceto {

struct StoreContext;
class TableStore;

class CompactionSpace {
 public:
  // What one compaction has yet to write; the rest is given back with it. Owned by the compaction;
  // the CompactionSpace outlives it.
  class [[nodiscard]] Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept
        : space_(std::exchange(other.space_, nullptr)),
          whole_bytes_(other.whole_bytes_),
          left_bytes_(other.left_bytes_) {}
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(space_, other.space_);
      std::swap(whole_bytes_, other.whole_bytes_);
      std::swap(left_bytes_, other.left_bytes_);
      return *this;
    }
    ~Reservation() { written(whole_bytes_); }
    bool empty() const { return space_ == nullptr; }
    // So much of it is in files by now.
    void written(uint64_t bytes) {
      if (space_ == nullptr) return;
      const uint64_t left = bytes < whole_bytes_ ? whole_bytes_ - bytes : 0;
      if (left >= left_bytes_) return;
      space_->reserved_bytes_.fetch_sub(left_bytes_ - left, std::memory_order_relaxed);
      left_bytes_ = left;
    }

   private:
    friend class CompactionSpace;
    Reservation(CompactionSpace& space, uint64_t bytes)
        : space_(&space), whole_bytes_(bytes), left_bytes_(bytes) {}

    CompactionSpace* space_ = nullptr;
    uint64_t whole_bytes_ = 0;
    uint64_t left_bytes_ = 0;
  };

  CompactionSpace() = default;
  CompactionSpace(const CompactionSpace&) = delete;
  ~CompactionSpace() { CETO_ASSERT(reserved_bytes() == 0); }

  // Counted before anybody asks whether it fits: of two that begin at once, one sees the other.
  Reservation reserve(uint64_t bytes) {
    reserved_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    return {*this, bytes};
  }
  uint64_t reserved_bytes() const { return reserved_bytes_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> reserved_bytes_{0};
};

// Room to write so many bytes into the table's directory, of a compaction that would write
// `sstables` of them; kDiskFull, in Cassandra's words, and counted as aborted when there is none.
Result<CompactionSpace::Reservation> reserve_space(StoreContext& context, const TableStore& table,
                                                   uint64_t bytes, uint64_t sstables);

// The same for what a strategy has chosen. Until it fits, the largest inputs are left out, as far
// as what is left is worth a compaction; then the inputs, if others go that have expired.
Result<CompactionSpace::Reservation> fit_to_disk(StoreContext& context, const TableStore& table,
                                                 const CompactionView& view,
                                                 CompactionChoice& choice);

}  // namespace ceto
