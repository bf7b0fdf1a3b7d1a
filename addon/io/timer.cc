#include "io/timer.h"

#include <algorithm>
#include <bit>

namespace ceto {

int TimerWheel::level_of(uint64_t difference) {
  CETO_ASSERT(difference != 0);
  return std::min((63 - std::countl_zero(difference)) / kBits, kLevels - 1);
}

void TimerWheel::arm(Timer& timer, int64_t expiry_micros) {
  timer.cancel();
  timer.expiry_micros_ = std::max<int64_t>(expiry_micros, 0);
  place(timer);
}

void TimerWheel::place(Timer& timer) {
  const auto expiry = static_cast<uint64_t>(timer.expiry_micros_);
  if (expiry <= now_) {
    due_.append(timer);
    return;
  }
  if ((expiry >> kSpanBits) != (now_ >> kSpanBits)) {
    far_.append(timer);
    return;
  }
  const int level = level_of(expiry ^ now_);
  const int slot = digit(expiry, level);
  slots_[level][slot].append(timer);
  occupied_[level] |= uint64_t{1} << slot;
}

// With `top` the highest digit at which the old and the new time differ: all below it is due (it
// agreed with the old time at `top`), its slots up to the new digit are due or belong further down,
// and the rest stays where it is.
void TimerWheel::advance(uint64_t now) {
  if (now <= now_) return;
  const int top = level_of(now ^ now_);
  const bool new_span = (now >> kSpanBits) != (now_ >> kSpanBits);
  detail::TimerLink moved;
  if (new_span) moved.take(far_);
  for (int level = 0; level <= top; ++level) {
    uint64_t taken = occupied_[level];
    if (level == top && !new_span) taken &= (uint64_t{2} << digit(now, top)) - 1;
    occupied_[level] &= ~taken;
    for (; taken != 0; taken &= taken - 1) moved.take(slots_[level][std::countr_zero(taken)]);
  }
  now_ = now;
  while (!moved.alone()) {
    auto& timer = static_cast<Timer&>(*moved.after);
    timer.cancel();
    place(timer);
  }
}

size_t TimerWheel::expire(int64_t now_micros) {
  advance(static_cast<uint64_t>(now_micros));
  detail::TimerLink firing;
  firing.take(due_);
  size_t count = 0;
  while (!firing.alone()) {
    auto& timer = static_cast<Timer&>(*firing.after);
    timer.cancel();
    ++count;
    timer.callback_(timer.context_);
  }
  return count;
}

int64_t TimerWheel::next_micros() {
  if (!due_.alone()) return static_cast<int64_t>(now_);
  for (int level = 0; level < kLevels; ++level) {
    while (occupied_[level] != 0) {
      const int slot = std::countr_zero(occupied_[level]);
      if (slots_[level][slot].alone()) {  // all cancelled since
        occupied_[level] &= occupied_[level] - 1;
        continue;
      }
      const uint64_t above = ~uint64_t{0} << ((level + 1) * kBits);
      return static_cast<int64_t>((now_ & above) |
                                  (static_cast<uint64_t>(slot) << (level * kBits)));
    }
  }
  if (far_.alone()) return INT64_MAX;
  return static_cast<int64_t>(((now_ >> kSpanBits) + 1) << kSpanBits);
}

}  // namespace ceto
