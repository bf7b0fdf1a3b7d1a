// Clock: the seam for time. Production reads the kernel's clocks; simulation and tests move a clock
// by hand. One clock serves a shard; `refresh()` is called once a loop turn, so that reading the
// time on the fast lane costs a load. Shard thread only.
#pragma once

#include <cstdint>

namespace ceto {

class Clock {
 public:
  virtual ~Clock() = default;
  // Reads the underlying clocks anew.
  virtual void refresh() = 0;

  // Since 1970, of the last refresh.
  int64_t wall_micros() const { return wall_micros_; }
  int64_t wall_seconds() const { return wall_micros_ / 1'000'000; }
  // From an arbitrary start, never backwards.
  int64_t monotonic_micros() const { return monotonic_micros_; }

 protected:
  int64_t wall_micros_ = 0;
  int64_t monotonic_micros_ = 0;
};

class SystemClock final : public Clock {
 public:
  SystemClock() { refresh(); }
  void refresh() override;
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_micros) { wall_micros_ = wall_micros; }
  void refresh() override {}
  void advance_micros(int64_t by) {
    wall_micros_ += by;
    monotonic_micros_ += by;
  }
};

}  // namespace ceto
