// Reactor: the event loop of a shard. One thread calls run() and everything here but wake() and
// request_stop(), which any thread may call. A turn: readiness of descriptors, timers, inboxes,
// completions of the disk, a slice of background work, the ends of the turn (connections send what
// has gathered), and the disk's new requests handed over. With nothing to do it blocks and uses no
// CPU; after recent traffic it spins a little first, because sleeping and waking costs more than
// that.
//
// Whoever sends to a shard pushes into its ring and calls wake() once for many messages: that is a
// fence and a load while the reactor runs, and a system call only if it sleeps. The Io and the
// Clock outlive the reactor; handlers, pollers, hooks and timers are removed or cancelled before
// they go.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/background_scheduler.h"
#include "io/io.h"
#include "io/ring.h"
#include "io/timer.h"
#include "io/unique_fd.h"

namespace ceto {

class FdHandler {
 public:
  // `events` as of epoll. May remove itself and others, and close their descriptors.
  virtual void on_ready(uint32_t events) = 0;

 protected:
  ~FdHandler() = default;
};

// An inbox: the consumer's end of rings. Bounded work a call, so that a turn stays short.
class Poller {
 public:
  // Whether it did anything.
  virtual bool poll() = 0;

 protected:
  ~Poller() = default;
};

class TurnHook {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~TurnHook() = default;
};

struct ReactorOptions {
  // How long a turn without work is repeated before the thread blocks, when traffic is recent. Pays
  // from some 12,000 requests a second on; at 50 a load of 4,000 spent most of its CPU waiting.
  int64_t spin_micros = 20;
};

struct ReactorStats {
  uint64_t turns = 0;
  uint64_t sleeps = 0;
  int64_t query_nanos = 0;  // in handlers, timers, inboxes and completions
  // The longest that one turn spent on what the disk had completed, and how many turns spent more
  // than BackgroundScheduler::kOverrunMicros there.
  int64_t longest_reap_nanos = 0;
  uint64_t reap_overruns = 0;
};

namespace detail {
// Members may be added and removed while it is walked.
template <class T>
class WalkedList {
 public:
  void add(T* member) { members_.push_back(member); }
  void remove(T* member) {
    for (T*& at : members_) {
      if (at == member) at = nullptr;
    }
  }
  // Calls `visit` for each; the gaps of what was removed close after the walk.
  template <class Visit>
  void walk(Visit visit) {
    bool gaps = false;
    for (size_t i = 0; i < members_.size(); ++i) {
      if (members_[i]) visit(*members_[i]);
      gaps |= members_[i] == nullptr;
    }
    if (gaps) std::erase(members_, nullptr);
  }

 private:
  std::vector<T*> members_;
};
}  // namespace detail

class Reactor {
 public:
  static Result<std::unique_ptr<Reactor>> make(Io& io, Clock& clock, ReactorOptions options = {});
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // `events` as of epoll (EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLET …).
  Status add_fd(int fd, uint32_t events, FdHandler* handler);
  void modify_fd(int fd, uint32_t events);
  // Before the descriptor is closed. No event for it is delivered after this.
  void remove_fd(int fd);

  // Polled once a turn, in the order of adding.
  void add_poller(Poller* poller) { pollers_.add(poller); }
  void remove_poller(Poller* poller) { pollers_.remove(poller); }
  // Called at the end of every turn, before the disk's requests are handed over.
  void add_turn_hook(TurnHook* hook) { hooks_.add(hook); }
  void remove_turn_hook(TurnHook* hook) { hooks_.remove(hook); }

  // `delay_micros` from the start of this turn.
  void arm(Timer& timer, int64_t delay_micros) {
    timers_.arm(timer, clock_.monotonic_micros() + delay_micros);
  }

  class [[nodiscard]] SleepAwaiter {
   public:
    SleepAwaiter(Reactor& reactor, int64_t delay_micros)
        : reactor_(reactor), delay_micros_(delay_micros) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      handle_ = handle;
      reactor_.arm(timer_, delay_micros_);
    }
    void await_resume() const noexcept {}

   private:
    Reactor& reactor_;
    int64_t delay_micros_;
    std::coroutine_handle<> handle_;
    Timer timer_{[](void* self) { static_cast<SleepAwaiter*>(self)->handle_.resume(); }, this};
  };
  // Resumes on the shard's thread after the delay.
  SleepAwaiter sleep(int64_t delay_micros) { return {*this, delay_micros}; }

  Background& background(WorkGroup group) { return scheduler_.group(group); }
  BackgroundScheduler& scheduler() { return scheduler_; }
  Io& io() { return io_; }
  Clock& clock() { return clock_; }
  const ReactorStats& stats() const { return stats_; }

  // Turns until request_stop(), then returns at the end of that turn; may be called again.
  void run();
  // One turn; blocks in it as run() would.
  void turn();

  // Any thread.
  void request_stop();
  void wake();

 private:
  // A batch of epoll's answers; what does not fit comes in the next turn.
  static constexpr int kMaxEvents = 256;
  // Spinning is worth it while the last gaps between work were no longer than this many spins: the
  // cost of a spin in vain is then at most a quarter of the time that passes anyway.
  static constexpr int64_t kSpinWorthFactor = 4;
  // Queries that came in within this time let background work run in short slices.
  static constexpr int64_t kBusyMicros = 2'000;

  Reactor(Io& io, Clock& clock, ReactorOptions options);
  Status set_up();
  Status watch_eventfd(int fd);
  bool poll_inboxes();
  int64_t patience_micros();
  int wait_for_events(int64_t timeout_micros);
  bool sleep_until_woken(int64_t timeout_micros);
  bool dispatch();
  bool run_queries();
  bool reap_disk();
  void note_work();

  Io& io_;
  Clock& clock_;
  const ReactorOptions options_;
  UniqueFd epoll_fd_;
  UniqueFd wake_fd_;
  std::vector<FdHandler*> handlers_;  // by descriptor
  epoll_event events_[kMaxEvents];
  int event_count_ = 0;
  int event_at_ = 0;
  detail::WalkedList<Poller> pollers_;
  detail::WalkedList<TurnHook> hooks_;
  TimerWheel timers_;
  BackgroundScheduler scheduler_;
  ReactorStats stats_;
  int64_t last_work_micros_ = 0;
  int64_t last_query_micros_ = -kBusyMicros;  // something came over a socket or a ring
  bool spin_pays_ = false;
  bool fine_waits_ = true;  // epoll_pwait2 is there

  // What other threads touch, on its own cache line.
  alignas(kCacheLineBytes) std::atomic<bool> sleeping_{false};
  std::atomic<bool> stop_{false};
};

}  // namespace ceto
