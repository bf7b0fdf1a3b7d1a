#include "lsm/compaction/claims.h"

namespace ceto {

CompactionClaims::Claim CompactionClaims::take(const std::vector<SSTablePtr>& sstables) {
  std::vector<uint64_t> generations;
  for (const SSTablePtr& sstable : sstables) {
    generations.push_back(sstable->descriptor().generation);
    const bool added = claimed_.insert(generations.back()).second;
    CETO_ASSERT(added);
  }
  ++held_;
  return Claim(*this, std::move(generations));
}

Task<void> CompactionClaims::released() {
  while (held_ > 0) {
    Waiter turn;
    waiting_.push_back(&turn);
    co_await turn;
  }
}

void CompactionClaims::release(const std::vector<uint64_t>& generations) {
  CETO_ASSERT(held_ > 0);
  for (const uint64_t generation : generations) claimed_.erase(generation);
  if (--held_ > 0) return;
  std::vector<Waiter*> all;
  all.swap(waiting_);
  for (Waiter* one : all) one->wake();
}

}  // namespace ceto
