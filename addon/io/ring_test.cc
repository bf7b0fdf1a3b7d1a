#include "io/ring.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

namespace ceto {
namespace {

TEST(Ring, takes_as_many_as_its_capacity_and_gives_them_in_order) {
  Ring<int> ring(8);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(ring.try_push(i));
    EXPECT_FALSE(ring.try_push(8));
    EXPECT_EQ(ring.size(), 8u);
    int value = -1;
    for (int i = 0; i < 8; ++i) {
      EXPECT_TRUE(ring.try_pop(value));
      EXPECT_EQ(value, i);
    }
    EXPECT_FALSE(ring.try_pop(value));
    EXPECT_TRUE(ring.empty());
  }
}

TEST(Ring, a_refused_push_leaves_the_message_with_its_producer) {
  Ring<std::unique_ptr<int>> ring(1);
  EXPECT_TRUE(ring.try_push(std::make_unique<int>(1)));
  auto kept = std::make_unique<int>(2);
  EXPECT_FALSE(ring.try_push(std::move(kept)));
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(*kept, 2);
}

TEST(RingDeathTest, a_capacity_that_is_no_power_of_two_is_a_broken_invariant) {
  EXPECT_DEATH(Ring<int>(12), "has_single_bit");
}

TEST(Ring, two_threads_lose_double_and_reorder_nothing) {
  constexpr uint64_t kMessages = 1'000'000;
  Ring<std::pair<uint64_t, uint64_t>> ring(256);
  std::thread producer([&] {
    for (uint64_t i = 0; i < kMessages;) {
      if (ring.try_push(std::pair{i, i * 0x9e3779b97f4a7c15})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::pair<uint64_t, uint64_t> message;
  uint64_t wrong = 0;
  for (uint64_t expected = 0; expected < kMessages;) {
    if (ring.try_pop(message)) {
      wrong += message.first != expected || message.second != expected * 0x9e3779b97f4a7c15;
      ++expected;
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace ceto
