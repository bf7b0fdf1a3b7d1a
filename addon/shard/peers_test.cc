#include "shard/peers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace ceto {
namespace {

PeerMessage with_fd(int fd) {
  PeerMessage message;
  message.kind = PeerMessage::Kind::kAdopt;
  message.fd = fd;
  return message;
}

TEST(PeerLinks, MessagesArriveInOrderAlsoWhenTheRingWasFull) {
  PeerRings rings(2);
  PeerLinks sender(rings, 0, [](uint32_t) {});
  PeerLinks receiver(rings, 1, [](uint32_t) {});
  constexpr int kMessages = static_cast<int>(PeerRings::kRingMessages) * 2 + 7;
  for (int i = 0; i < kMessages; ++i) sender.send(1, with_fd(i));
  EXPECT_TRUE(sender.waiting());
  int expected = 0;
  while (expected < kMessages) {
    const bool any = receiver.receive([&](uint32_t from, const PeerMessage& message) {
      EXPECT_EQ(from, 0u);
      EXPECT_EQ(message.fd, expected);
      ++expected;
    });
    ASSERT_TRUE(any);
    sender.flush();
  }
  EXPECT_FALSE(sender.waiting());
}

TEST(PeerLinks, FlushWakesOnlyThoseWhoGotSomething) {
  PeerRings rings(3);
  std::vector<uint32_t> woken;
  PeerLinks links(rings, 0, [&](uint32_t shard) { woken.push_back(shard); });
  links.send(2, with_fd(1));
  links.send(2, with_fd(2));
  links.flush();
  links.flush();
  EXPECT_EQ(woken, std::vector<uint32_t>{2});
}

TEST(PeerLinks, TwoThreadsExchangeWithoutLoss) {
  PeerRings rings(2);
  constexpr int kMessages = 50'000;
  std::atomic<int> done{0};
  const auto run = [&](uint32_t self) {
    PeerLinks links(rings, self, [](uint32_t) {});
    int received = 0;
    int sent = 0;
    while (received < kMessages || sent < kMessages || links.waiting()) {
      for (int burst = 0; burst < 64 && sent < kMessages; ++burst) {
        links.send(1 - self, with_fd(sent++));
      }
      links.receive([&](uint32_t, const PeerMessage& message) {
        EXPECT_EQ(message.fd, received);
        ++received;
      });
      links.flush();
    }
    ++done;
  };
  std::thread other(run, 1);
  run(0);
  other.join();
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace ceto
