#include "plan/locks.h"

namespace ceto {

PartitionLock::~PartitionLock() {
  if (state_ != State::kIdle) locks_->release(*this);
}

PartitionLocks::PartitionLocks() : buckets_(std::make_unique<PartitionLock*[]>(kBuckets)) {}

PartitionLocks::~PartitionLocks() {
  for (size_t i = 0; i < kBuckets; ++i) CETO_ASSERT(buckets_[i] == nullptr);
}

PartitionLocks::Outcome PartitionLocks::acquire(PartitionLock& lock, const TableId& table,
                                                Token token, Bytes key) {
  CETO_ASSERT(lock.state_ == PartitionLock::State::kIdle);
  lock.locks_ = this;
  lock.bucket_ = static_cast<uint64_t>(token.value) % kBuckets;
  lock.table_ = table;
  lock.key_ = key;
  lock.next_waiting_ = nullptr;
  PartitionLock*& bucket = buckets_[lock.bucket_];
  for (PartitionLock* holder = bucket; holder; holder = holder->next_in_bucket_) {
    if (!(holder->key_ == key) || holder->table_ != table) continue;
    if (waiting_ == kMaxWaiting) return Outcome::kFull;
    PartitionLock** last = &holder->next_waiting_;
    while (*last) last = &(*last)->next_waiting_;
    *last = &lock;
    lock.holder_ = holder;
    lock.state_ = PartitionLock::State::kQueued;
    ++waiting_;
    return Outcome::kQueued;
  }
  lock.next_in_bucket_ = bucket;
  bucket = &lock;
  lock.state_ = PartitionLock::State::kHeld;
  return Outcome::kHeld;
}

Task<void> PartitionLocks::wait(PartitionLock& lock) {
  while (lock.state_ == PartitionLock::State::kQueued) co_await lock.waiter_;
}

void PartitionLocks::release(PartitionLock& lock) {
  if (lock.state_ == PartitionLock::State::kQueued) {
    leave_queue(lock);
    return;
  }
  CETO_ASSERT(lock.state_ == PartitionLock::State::kHeld);
  PartitionLock** at = &buckets_[lock.bucket_];
  while (*at != &lock) at = &(*at)->next_in_bucket_;
  PartitionLock* const heir = lock.next_waiting_;
  lock.state_ = PartitionLock::State::kIdle;
  if (!heir) {
    *at = lock.next_in_bucket_;
    return;
  }
  *at = heir;
  heir->next_in_bucket_ = lock.next_in_bucket_;
  heir->state_ = PartitionLock::State::kHeld;
  for (PartitionLock* queued = heir->next_waiting_; queued; queued = queued->next_waiting_) {
    queued->holder_ = heir;
  }
  --waiting_;
  heir->waiter_.wake();
}

void PartitionLocks::leave_queue(PartitionLock& lock) {
  PartitionLock** at = &lock.holder_->next_waiting_;
  while (*at != &lock) at = &(*at)->next_waiting_;
  *at = lock.next_waiting_;
  lock.state_ = PartitionLock::State::kIdle;
  --waiting_;
}

Error locks_full() {
  return {ErrorCode::kOverloaded, "Too many operations wait for the partitions of this shard"};
}

}  // namespace ceto
