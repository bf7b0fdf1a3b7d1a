// CompactionClaims: which SSTables of a table are being rewritten, so that no two compactions take
// the same one, and the wait for all of them to end. SSTables are named by generation: a claim
// keeps no SSTable alive. Owned by the TableStore, which outlives claims and pauses. Shard thread
// only.
#pragma once

#include <unordered_set>
#include <utility>
#include <vector>

#include "base/task.h"
#include "lsm/sstable/sstable.h"

namespace ceto {

class CompactionClaims {
 public:
  // Held by the work; ends with it.
  class [[nodiscard]] Claim {
   public:
    Claim(Claim&& other) noexcept
        : claims_(std::exchange(other.claims_, nullptr)),
          generations_(std::move(other.generations_)) {}
    Claim& operator=(Claim&&) = delete;
    ~Claim() {
      if (claims_) claims_->release(generations_);
    }

   private:
    friend class CompactionClaims;
    Claim(CompactionClaims& claims, std::vector<uint64_t> generations)
        : claims_(&claims), generations_(std::move(generations)) {}
    CompactionClaims* claims_;
    std::vector<uint64_t> generations_;
  };

  // While one is held no automatic compaction begins.
  class [[nodiscard]] Pause {
   public:
    explicit Pause(CompactionClaims& claims) : claims_(&claims) { ++claims.pauses_; }
    Pause(const Pause&) = delete;
    ~Pause() { --claims_->pauses_; }

   private:
    CompactionClaims* claims_;
  };

  CompactionClaims() = default;
  CompactionClaims(const CompactionClaims&) = delete;
  ~CompactionClaims() { CETO_ASSERT(held_ == 0 && waiting_.empty()); }

  bool paused() const { return pauses_ > 0; }
  bool has(const SSTable& sstable) const {
    return claimed_.contains(sstable.descriptor().generation);
  }
  // None of them is claimed.
  Claim take(const std::vector<SSTablePtr>& sstables);
  // Completes when no claim is held.
  Task<void> released();

 private:
  void release(const std::vector<uint64_t>& generations);

  std::unordered_set<uint64_t> claimed_;
  size_t held_ = 0;
  size_t pauses_ = 0;
  std::vector<Waiter*> waiting_;
};

}  // namespace ceto
