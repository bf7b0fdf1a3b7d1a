// Throttle: bytes per second for background writing. A coroutine charges what it has written and
// goes on when that much time has passed. Owned by the store, whose end_turn() calls tick(). Shard
// thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/task.h"

namespace ceto {

class Throttle {
 public:
  // 0: no limit.
  Throttle(Clock& clock, uint64_t bytes_per_second) : clock_(clock), rate_(bytes_per_second) {}

  // Time that was not used is not saved up: the next charge counts from now.
  Task<void> charge(uint64_t bytes) {
    if (rate_ == 0 || !ticking_) co_return;
    const int64_t now = clock_.monotonic_micros();
    free_at_ = std::max(free_at_, now) + static_cast<int64_t>(bytes * 1'000'000 / rate_);
    if (free_at_ - now < kMinPauseMicros) co_return;
    Waiter waiter;
    waiters_.push_back({free_at_, &waiter});
    co_await waiter;
  }

  void tick() {
    ticking_ = true;
    if (waiters_.empty() || next_micros() > clock_.monotonic_micros()) return;
    std::vector<Pause> due;
    std::erase_if(waiters_, [&](const Pause& pause) {
      if (pause.until_micros > clock_.monotonic_micros()) return false;
      due.push_back(pause);
      return true;
    });
    for (const Pause& pause : due) pause.waiter->wake();
  }

  // 0: no limit. Who waits goes on at once: its pause was reckoned at the old rate.
  void set_rate(uint64_t bytes_per_second) {
    rate_ = bytes_per_second;
    free_at_ = 0;
    std::vector<Pause> all;
    all.swap(waiters_);
    for (const Pause& pause : all) pause.waiter->wake();
  }

  int64_t next_micros() const {
    int64_t next = INT64_MAX;
    for (const Pause& pause : waiters_) next = std::min(next, pause.until_micros);
    return next;
  }

 private:
  // Shorter pauses gather, so that a throttled writer sleeps seldom rather than often.
  static constexpr int64_t kMinPauseMicros = 5'000;
  struct Pause {
    int64_t until_micros;
    Waiter* waiter;
  };

  Clock& clock_;
  uint64_t rate_;
  int64_t free_at_ = 0;
  bool ticking_ = false;  // somebody calls tick(); without that a pause would never end
  std::vector<Pause> waiters_;
};

}  // namespace ceto
