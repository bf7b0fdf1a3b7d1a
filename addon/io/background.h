// Background: how long work (flush, compaction, scans, streaming) shares a shard with queries. Such
// a coroutine asks `should_yield()` between small steps and, when it says so, awaits `yield()`; the
// reactor resumes it after the queries of the turn, within the share of its group. Shard thread
// only.
#pragma once

#include <coroutine>
#include <cstdint>

namespace ceto {

class Background {
 public:
  // No slice of background work is longer than this, so that a query never waits longer for one.
  static constexpr int64_t kSliceMicros = 500;

  virtual ~Background() = default;
  // True once the running slice has used its time. Cheap enough for every row or block.
  virtual bool should_yield() = 0;
  virtual void park(std::coroutine_handle<> handle) = 0;

  struct [[nodiscard]] YieldAwaiter {
    Background& background;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) { background.park(handle); }
    void await_resume() const noexcept {}
  };
  YieldAwaiter yield() { return {*this}; }
};

}  // namespace ceto
