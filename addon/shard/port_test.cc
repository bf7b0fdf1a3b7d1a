#include "shard/port.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
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

TEST(PortTest, FullRingRefusesAndKeepsTheMessageWithTheSender) {
  int wakes = 0;
  Port port(1, [&](uint32_t) { ++wakes; });
  size_t sent = 0;
  while (port.send(0, std::to_string(sent))) ++sent;
  EXPECT_EQ(sent, kPortRingMessages);
  EXPECT_EQ(wakes, static_cast<int>(sent));
  std::string first;
  ASSERT_TRUE(port.shard_receive(0, first));
  EXPECT_EQ(first, "0");
  EXPECT_TRUE(port.send(0, "again"));
}

TEST(PortTest, OneWakeUntilTheReaderLooks) {
  Port port(2, [](uint32_t) {});
  int wakes = 0;
  port.attach([&] { ++wakes; });
  for (int i = 0; i < 3; ++i) {
    port.shard_send(0, "a");
    port.shard_flush(0);
    port.shard_send(1, "b");
    port.shard_flush(1);
  }
  EXPECT_EQ(wakes, 1);
  port.clear_wake();
  port.shard_send(1, "c");
  port.shard_flush(1);
  EXPECT_EQ(wakes, 2);
  port.detach();
  port.clear_wake();
  port.shard_send(0, "d");
  port.shard_flush(0);
  EXPECT_EQ(wakes, 2);
}

TEST(PortTest, EveryMessageIsAnsweredAcrossThreads) {
  Port port(1, [](uint32_t) {});
  constexpr int kMessages = 20'000;
  std::atomic<bool> finished{false};
  std::thread shard([&] {
    std::string message;
    while (!finished) {
      while (port.shard_receive(0, message)) port.shard_send(0, message + "!");
      port.shard_flush(0);
    }
  });
  std::vector<std::string> answers;
  for (int sent = 0; answers.size() < kMessages;) {
    if (sent < kMessages && port.send(0, std::to_string(sent))) ++sent;
    port.receive(0, 64, answers);
  }
  finished = true;
  shard.join();
  for (int i = 0; i < kMessages; ++i) ASSERT_EQ(answers[i], std::to_string(i) + "!");
}

}  // namespace
}  // namespace ceto
