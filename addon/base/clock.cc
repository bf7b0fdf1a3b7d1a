#include "base/clock.h"

#include <ctime>

namespace ceto {

namespace {
int64_t read_micros(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}
}  // namespace

void SystemClock::refresh() {
  wall_micros_ = read_micros(CLOCK_REALTIME);
  monotonic_micros_ = read_micros(CLOCK_MONOTONIC);
}

}  // namespace ceto
