// Timer and TimerWheel: timeouts in microseconds. A hierarchical wheel after Varghese and Lauck:
// eight levels of 64 slots, arming and cancelling in constant time, nothing allocated, any number
// of timers. A timer belongs to its user, who may destroy it at any time, armed or not. Shard
// thread only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/assert.h"

namespace ceto {

namespace detail {
// A circular list through its members; a lone link points at itself.
struct TimerLink {
  TimerLink* before = this;
  TimerLink* after = this;

  TimerLink() = default;
  TimerLink(const TimerLink&) = delete;
  TimerLink& operator=(const TimerLink&) = delete;
  bool alone() const { return after == this; }
  void unlink() {
    before->after = after;
    after->before = before;
    before = after = this;
  }
  void append(TimerLink& link) {
    link.before = before;
    link.after = this;
    before->after = &link;
    before = &link;
  }
  // Moves all of `other`'s members behind this list's own.
  void take(TimerLink& other) {
    if (other.alone()) return;
    before->after = other.after;
    other.after->before = before;
    other.before->after = this;
    before = other.before;
    other.before = other.after = &other;
  }
};
}  // namespace detail

class Timer : private detail::TimerLink {
 public:
  using Callback = void (*)(void* context);
  Timer(Callback callback, void* context) : callback_(callback), context_(context) {}
  ~Timer() { cancel(); }

  bool armed() const { return !alone(); }
  int64_t expiry_micros() const { return expiry_micros_; }
  void cancel() { unlink(); }

 private:
  friend class TimerWheel;
  Callback callback_;
  void* context_;
  int64_t expiry_micros_ = 0;
};

class TimerWheel {
 public:
  explicit TimerWheel(int64_t now_micros) : now_(static_cast<uint64_t>(now_micros)) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // `expiry_micros` on the monotonic clock; in the past means at the next expire(). Arming an armed
  // timer moves it.
  void arm(Timer& timer, int64_t expiry_micros);

  // Calls back the timers whose time has come, in no order among themselves, and returns how many.
  // A callback may arm, cancel and destroy any timer; one armed for a time that has passed waits
  // for the next call, so that a callback that arms itself again cannot hold the thread.
  size_t expire(int64_t now_micros);

  // No timer is due before this; it may be early for a far one. INT64_MAX when none is armed.
  int64_t next_micros();

 private:
  static constexpr int kBits = 6;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 8;  // a span of 2^48 µs: nine years
  static constexpr int kSpanBits = kBits * kLevels;

  static int level_of(uint64_t difference);
  static int digit(uint64_t time, int level) {
    return static_cast<int>((time >> (level * kBits)) & (kSlots - 1));
  }
  void place(Timer& timer);
  void advance(uint64_t now);

  // A timer lies at the highest level at which its expiry's digit (base 64) differs from that of
  // now_, in the slot of that digit. So everything at a level is due before anything above it.
  // occupied_ may have the bit of a slot whose timers were cancelled; never the other way round.
  detail::TimerLink slots_[kLevels][kSlots];
  uint64_t occupied_[kLevels] = {};
  detail::TimerLink due_;
  detail::TimerLink far_;  // in a later span than now_
  uint64_t now_;
};

}  // namespace ceto
