// PartitionLocks: operations that read a partition before they write it (conditional updates,
// counters, lists by index) exclude each other, in the order in which they came. An operation that
// stays in memory takes and gives back its lock within one run(), so waiting is for disk reads
// only. One table a shard; shard thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "schema/table.h"
#include "types/token.h"

namespace ceto {

// One operation's hold on, or place in the queue for, one partition. Lives in the execution; gives
// the lock back, or leaves the queue, when destroyed.
class PartitionLock {
 public:
  PartitionLock() = default;
  PartitionLock(const PartitionLock&) = delete;
  ~PartitionLock();

  bool held() const { return state_ == State::kHeld; }

 private:
  friend class PartitionLocks;
  enum class State : uint8_t { kIdle, kQueued, kHeld };

  class PartitionLocks* locks_ = nullptr;
  State state_ = State::kIdle;
  uint64_t bucket_ = 0;
  TableId table_{};
  Bytes key_;
  PartitionLock* next_in_bucket_ = nullptr;  // holders only
  PartitionLock* next_waiting_ = nullptr;    // the queue hangs on the holder
  PartitionLock* holder_ = nullptr;          // while queued
  Waiter waiter_;
};

class PartitionLocks {
 public:
  // Operations that may wait in one shard; beyond it they fail as overloaded, so that one hot
  // partition cannot gather requests without end.
  static constexpr size_t kMaxWaiting = 4096;

  PartitionLocks();
  PartitionLocks(const PartitionLocks&) = delete;
  ~PartitionLocks();

  enum class Outcome : uint8_t { kHeld, kQueued, kFull };
  // `key` must outlive the lock. An idle lock only.
  Outcome acquire(PartitionLock& lock, const TableId& table, Token token, Bytes key);
  // After kQueued: completes when the lock is held.
  Task<void> wait(PartitionLock& lock);
  // Gives a held lock to the next in line, or leaves the queue; wakes the next one.
  void release(PartitionLock& lock);

  size_t waiting() const { return waiting_; }

 private:
  void leave_queue(PartitionLock& lock);

  static constexpr size_t kBuckets = 1024;
  std::unique_ptr<PartitionLock*[]> buckets_;
  size_t waiting_ = 0;
};

// What an operation that finds the queue full answers with.
Error locks_full();

}  // namespace ceto
