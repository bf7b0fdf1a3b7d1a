#include "io/timer.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace ceto {
namespace {

struct Counted {
  int fired = 0;
  Timer timer{[](void* self) { ++static_cast<Counted*>(self)->fired; }, this};
};

TEST(TimerWheel, a_timer_fires_once_at_its_time_and_not_before) {
  TimerWheel wheel(1'000);
  Counted counted;
  wheel.arm(counted.timer, 1'500);
  EXPECT_TRUE(counted.timer.armed());
  EXPECT_EQ(wheel.expire(1'499), 0u);
  EXPECT_EQ(wheel.expire(1'500), 1u);
  EXPECT_FALSE(counted.timer.armed());
  EXPECT_EQ(wheel.expire(10'000'000), 0u);
  EXPECT_EQ(counted.fired, 1);
}

TEST(TimerWheel, a_time_in_the_past_fires_at_the_next_turn) {
  TimerWheel wheel(1'000);
  Counted counted;
  wheel.arm(counted.timer, 10);
  EXPECT_LE(wheel.next_micros(), 1'000);
  EXPECT_EQ(wheel.expire(1'000), 1u);
}

TEST(TimerWheel, cancelled_moved_and_destroyed_timers_do_not_fire) {
  TimerWheel wheel(0);
  Counted cancelled, moved;
  auto destroyed = std::make_unique<Counted>();
  wheel.arm(cancelled.timer, 100);
  wheel.arm(moved.timer, 100);
  wheel.arm(destroyed->timer, 100);
  cancelled.timer.cancel();
  wheel.arm(moved.timer, 5'000);
  destroyed.reset();
  EXPECT_EQ(wheel.expire(4'999), 0u);
  EXPECT_EQ(wheel.expire(5'000), 1u);
  EXPECT_EQ(cancelled.fired, 0);
}

TEST(TimerWheel, nothing_armed_has_no_next_time) {
  TimerWheel wheel(77);
  EXPECT_EQ(wheel.next_micros(), INT64_MAX);
  Counted counted;
  wheel.arm(counted.timer, 1'000'000);
  counted.timer.cancel();
  EXPECT_EQ(wheel.next_micros(), INT64_MAX);
}

struct Periodic {
  TimerWheel& wheel;
  Counted* victim = nullptr;
  int fired = 0;
  Timer timer{[](void* self) {
                auto* periodic = static_cast<Periodic*>(self);
                ++periodic->fired;
                if (periodic->victim) periodic->victim->timer.cancel();
                periodic->wheel.arm(periodic->timer, 0);
              },
              this};
};

TEST(TimerWheel, a_callback_that_arms_itself_for_now_waits_for_the_next_turn) {
  TimerWheel wheel(0);
  Periodic periodic{wheel};
  wheel.arm(periodic.timer, 10);
  EXPECT_EQ(wheel.expire(10), 1u);
  EXPECT_EQ(wheel.expire(10), 1u);
  EXPECT_EQ(periodic.fired, 2);
}

TEST(TimerWheel, a_callback_may_cancel_another_that_is_due_in_the_same_turn) {
  TimerWheel wheel(0);
  Counted victim;
  Periodic periodic{wheel, &victim};
  wheel.arm(periodic.timer, 10);
  wheel.arm(victim.timer, 10);
  EXPECT_EQ(wheel.expire(10), 1u);
  EXPECT_EQ(victim.fired, 0);
}

TEST(TimerWheel, a_timer_beyond_the_span_of_the_wheel_fires_at_its_time) {
  constexpr int64_t kFar = (int64_t{1} << 51) + 12345;
  TimerWheel wheel(1'000);
  Counted counted;
  wheel.arm(counted.timer, kFar);
  while (counted.timer.armed()) {
    const int64_t next = wheel.next_micros();
    ASSERT_LE(next, kFar);
    EXPECT_EQ(wheel.expire(next), next == kFar ? 1u : 0u);
  }
  EXPECT_EQ(counted.fired, 1);
}

// Against a sorted map: at every step exactly the timers whose time has come have fired, and the
// next time told is never late.
TEST(TimerWheel, agrees_with_a_sorted_map_on_random_schedules) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    int64_t now = static_cast<int64_t>(random() >> (16 + random() % 40));
    TimerWheel wheel(now);
    std::vector<Counted> timers(200);
    std::map<size_t, int64_t> model;
    for (int step = 0; step < 2'000; ++step) {
      const size_t index = random() % timers.size();
      if (random() % 5 == 0) {
        timers[index].timer.cancel();
        model.erase(index);
      } else {
        const int64_t expiry = now + static_cast<int64_t>(random() >> (24 + random() % 40));
        wheel.arm(timers[index].timer, expiry);
        model[index] = expiry;
      }
      int64_t earliest = INT64_MAX;
      for (const auto& [unused, expiry] : model) earliest = std::min(earliest, expiry);
      ASSERT_LE(wheel.next_micros(), std::max(earliest, now));
      if (random() % 2) now += static_cast<int64_t>(random() >> (30 + random() % 34));
      const size_t due = std::erase_if(model, [&](auto& entry) { return entry.second <= now; });
      ASSERT_EQ(wheel.expire(now), due);
      for (size_t i = 0; i < timers.size(); ++i) {
        ASSERT_EQ(timers[i].timer.armed(), model.contains(i));
      }
    }
  }
}

}  // namespace
}  // namespace ceto
