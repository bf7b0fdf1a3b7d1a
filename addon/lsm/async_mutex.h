// AsyncMutex: one coroutine at a time, first come first served, on one thread. Its owner outlives
// all that hold or await it. Shard thread only; who waits resumes inside the unlock of who held it.
#pragma once

#include <deque>
#include <utility>

#include "base/task.h"

namespace ceto {

class AsyncMutex {
 public:
  class [[nodiscard]] Lock {
   public:
    explicit Lock(AsyncMutex& mutex) : mutex_(&mutex) {}
    Lock(Lock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
      if (mutex_) mutex_->unlock();
    }

   private:
    AsyncMutex* mutex_;
  };

  bool locked() const { return locked_; }
  Task<Lock> lock() {
    if (locked_) {
      Waiter turn;
      waiting_.push_back(&turn);
      co_await turn;  // unlock() hands the mutex over without opening it
    }
    locked_ = true;
    co_return Lock(*this);
  }

 private:
  void unlock() {
    CETO_ASSERT(locked_);
    if (waiting_.empty()) {
      locked_ = false;
      return;
    }
    Waiter* const next = waiting_.front();
    waiting_.pop_front();
    next->wake();
  }

  std::deque<Waiter*> waiting_;
  bool locked_ = false;
};

}  // namespace ceto
