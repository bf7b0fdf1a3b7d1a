#include "io/socket.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <string>
#include <vector>

namespace ceto {
namespace {

bool ready(const Socket& socket, short events) {
  pollfd wanted{socket.fd(), events, 0};
  return ::poll(&wanted, 1, 5'000) == 1;
}

struct Pair {
  Socket client;
  Socket server;
};

Pair connect_pair(const std::string& host) {
  const Socket listener = listen_on(SocketAddress::parse(host, 0).value()).value();
  Pair pair;
  pair.client = connect_to(listener.local_address().value()).value();
  CETO_ASSERT(ready(listener, POLLIN));
  pair.server = std::move(accept_from(listener).value().socket);
  CETO_ASSERT(ready(pair.client, POLLOUT));
  CETO_ASSERT(pair.client.take_error() == 0);
  return pair;
}

class SocketTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!listen_on(SocketAddress::parse(GetParam(), 0).value()).ok()) {
      GTEST_SKIP() << "no " << GetParam() << " on this machine";
    }
  }
};

TEST_P(SocketTest, bytes_cross_in_both_directions) {
  Pair pair = connect_pair(GetParam());
  char buffer[16] = {};
  EXPECT_TRUE(pair.server.receive(buffer, sizeof(buffer)).would_block());
  EXPECT_EQ(pair.client.send("ping", 4).bytes, 4u);
  ASSERT_TRUE(ready(pair.server, POLLIN));
  EXPECT_EQ(pair.server.receive(buffer, sizeof(buffer)).bytes, 4u);
  EXPECT_EQ(std::string(buffer, 4), "ping");

  char one[] = "po", two[] = "ng";
  const iovec runs[] = {{one, 2}, {two, 2}};
  EXPECT_EQ(pair.server.send(runs).bytes, 4u);
  ASSERT_TRUE(ready(pair.client, POLLIN));
  EXPECT_EQ(pair.client.receive(buffer, sizeof(buffer)).bytes, 4u);
  EXPECT_EQ(std::string(buffer, 4), "pong");
}

TEST_P(SocketTest, both_ends_agree_on_their_addresses) {
  const Pair pair = connect_pair(GetParam());
  EXPECT_EQ(pair.client.local_address().value().text(), pair.server.peer_address().value().text());
  EXPECT_EQ(pair.client.peer_address().value().host(), GetParam());
}

TEST_P(SocketTest, an_accepted_connection_sends_without_delay_and_is_kept_alive) {
  const Pair pair = connect_pair(GetParam());
  int value = 0;
  socklen_t size = sizeof(value);
  ::getsockopt(pair.server.fd(), IPPROTO_TCP, TCP_NODELAY, &value, &size);
  EXPECT_NE(value, 0);
  ::getsockopt(pair.server.fd(), SOL_SOCKET, SO_KEEPALIVE, &value, &size);
  EXPECT_NE(value, 0);
}

TEST_P(SocketTest, an_ended_peer_is_closed_and_writing_to_it_kills_nobody) {
  Pair pair = connect_pair(GetParam());
  pair.client.close();
  ASSERT_TRUE(ready(pair.server, POLLIN));
  char buffer[16];
  EXPECT_EQ(pair.server.receive(buffer, sizeof(buffer)).outcome, Transfer::Outcome::kClosed);
  Transfer sent;
  for (int i = 0; i < 100 && sent.moved(); ++i) {
    sent = pair.server.send("x", 1);
    ready(pair.server, POLLERR);
  }
  EXPECT_EQ(sent.outcome, Transfer::Outcome::kClosed);
}

TEST_P(SocketTest, a_full_send_buffer_would_block_and_loses_nothing) {
  Pair pair = connect_pair(GetParam());
  const std::string block(1 << 16, 'x');
  size_t sent = 0;
  for (;;) {
    const Transfer step = pair.client.send(block.data(), block.size());
    if (step.would_block()) break;
    ASSERT_TRUE(step.moved());
    sent += step.bytes;
  }
  pair.client.shut_down_sending();
  size_t received = 0;
  std::vector<char> buffer(1 << 16);
  for (;;) {
    ASSERT_TRUE(ready(pair.server, POLLIN));
    const Transfer step = pair.server.receive(buffer.data(), buffer.size());
    if (step.outcome == Transfer::Outcome::kClosed) break;
    received += step.bytes;
  }
  EXPECT_EQ(received, sent);
}

TEST_P(SocketTest, accepting_with_nobody_waiting_gives_no_socket) {
  const Socket listener = listen_on(SocketAddress::parse(GetParam(), 0).value()).value();
  const auto accepted = accept_from(listener);
  ASSERT_TRUE(accepted.ok());
  EXPECT_FALSE(accepted.value().socket);
}

INSTANTIATE_TEST_SUITE_P(Loopback, SocketTest, ::testing::Values("127.0.0.1", "::1"),
                         [](const auto& param_info) {
                           return param_info.param[0] == ':' ? "v6" : "v4";
                         });

TEST(Socket, a_port_in_use_is_an_error_that_names_it) {
  const Socket first = listen_on(SocketAddress::parse("127.0.0.1", 0).value()).value();
  const SocketAddress taken = first.local_address().value();
  const auto second = listen_on(taken);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find(taken.text()), std::string::npos);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos);
}

TEST(Socket, listeners_may_share_a_port_when_they_say_so) {
  const SocketAddress any = SocketAddress::parse("127.0.0.1", 0).value();
  const Socket first = listen_on(any, {.share_port = true}).value();
  EXPECT_TRUE(listen_on(first.local_address().value(), {.share_port = true}).ok());
}

TEST(Socket, a_refused_connection_is_known_after_it_turns_writable) {
  Socket listener = listen_on(SocketAddress::parse("127.0.0.1", 0).value()).value();
  const SocketAddress address = listener.local_address().value();
  listener.close();
  Socket client = connect_to(address).value();
  ASSERT_TRUE(ready(client, POLLOUT));
  EXPECT_EQ(client.take_error(), ECONNREFUSED);
}

TEST(SocketAddress, text_is_bracketed_for_ipv6_and_names_are_refused) {
  EXPECT_EQ(SocketAddress::parse("127.0.0.1", 9042).value().text(), "127.0.0.1:9042");
  EXPECT_EQ(SocketAddress::parse("::1", 9042).value().text(), "[::1]:9042");
  EXPECT_EQ(SocketAddress::parse("::1", 9042).value().bytes().size(), 16u);
  EXPECT_EQ(SocketAddress::parse("127.0.0.1", 9042).value().bytes().size(), 4u);
  EXPECT_FALSE(SocketAddress::parse("localhost", 9042).ok());
  EXPECT_FALSE(SocketAddress::parse("", 9042).ok());
}

}  // namespace
}  // namespace ceto
