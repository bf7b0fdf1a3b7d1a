#include "shard/port.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ceto {
namespace {

TEST(PortTest, MessagesSentBeforeTheThreadAttachesWakeItWhenItDoes) {
  Port port(1, [](uint32_t) {});
  port.shard_send(0, "early");
  port.shard_flush(0);

  int wakes = 0;
  port.attach([&] { ++wakes; });
  EXPECT_EQ(wakes, 1);
  port.clear_wake();
  std::vector<std::string> received;
  EXPECT_EQ(port.receive(0, 10, received), 1u);
  EXPECT_EQ(received, std::vector<std::string>{"early"});
  port.detach();
}

TEST(PortTest, AThreadIsWokenOnceForAllThatWaitsAndAgainAfterItLooked) {
  Port port(1, [](uint32_t) {});
  int wakes = 0;
  port.attach([&] { ++wakes; });
  EXPECT_EQ(wakes, 0);
  for (int i = 0; i < 3; ++i) {
    port.shard_send(0, "message");
    port.shard_flush(0);
  }
  EXPECT_EQ(wakes, 1);
  port.clear_wake();
  port.shard_send(0, "message");
  port.shard_flush(0);
  EXPECT_EQ(wakes, 2);
  port.shard_flush(0);
  EXPECT_EQ(wakes, 2) << "nothing was sent";
  port.detach();
}

TEST(PortTest, WhatTheRingHasNoRoomForComesInOrderOnceThereIs) {
  Port port(1, [](uint32_t) {});
  const size_t count = kPortRingMessages + 100;
  for (size_t i = 0; i < count; ++i) port.shard_send(0, std::to_string(i));
  EXPECT_TRUE(port.shard_waiting(0));
  std::vector<std::string> received;
  while (received.size() < count) {
    ASSERT_GT(port.receive(0, 1000, received), 0u);
    port.shard_flush(0);
  }
  EXPECT_FALSE(port.shard_waiting(0));
  for (size_t i = 0; i < count; ++i) ASSERT_EQ(received[i], std::to_string(i));
}

}  // namespace
}  // namespace ceto
