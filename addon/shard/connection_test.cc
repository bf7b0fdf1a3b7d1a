#include "shard/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "io/io.h"
#include "protocol/segment.h"

namespace ceto {
namespace {

// Answers each QUERY with its own body, at once or when told.
class Host final : public ConnectionHost {
 public:
  void on_message(Connection& connection, const FrameHeader& header, Bytes body) override {
    if (header.opcode == Opcode::kStartup) {
      connection.agree(header.version, compression);
      connection.reply(header.version, header.stream, Opcode::kReady, 0, {});
      return;
    }
    connection.request_started();
    held.push_back({header, body.str()});
    if (!hold) answer(connection);
  }
  void on_replies(Connection&) override { flush_wanted = true; }
  void on_closed(Connection&) override { closed = true; }

  void answer(Connection& connection) {
    for (const auto& [header, body] : held) {
      connection.request_ended();
      const std::string& reply = large_reply.empty() ? body : large_reply;
      connection.reply(header.version, header.stream, Opcode::kResult, 0, Bytes(reply));
    }
    held.clear();
  }

  std::vector<std::pair<FrameHeader, std::string>> held;
  Compression compression = Compression::kNone;
  std::string large_reply;  // instead of the body, unless empty
  bool hold = false;
  bool flush_wanted = false;
  bool closed = false;
};

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    client_ = Socket(UniqueFd(fds[0]));
    io_ = std::move(make_io(IoBackend::kAuto)).value();
    reactor_ = std::move(Reactor::make(*io_, clock_)).value();
    connection_ = std::make_unique<Connection>(host_, *reactor_, buffers_, Socket(UniqueFd(fds[1])),
                                               16u << 20);
    ASSERT_TRUE(connection_->start().ok());
  }
  void TearDown() override { connection_->close(); }

  static std::string frame(uint8_t version, int16_t stream, Opcode opcode,
                           const std::string& body) {
    std::string out;
    ByteWriter to(out);
    to.u8(version);
    to.u8(0);
    to.u16(static_cast<uint16_t>(stream));
    to.u8(static_cast<uint8_t>(opcode));
    to.u32(static_cast<uint32_t>(body.size()));
    to.bytes(body);
    return out;
  }
  void send(const std::string& bytes) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      const Transfer moved = client_.send(bytes.data() + sent, bytes.size() - sent);
      if (moved.moved()) sent += moved.bytes;
      turn();
    }
    turn();
  }
  void turn() {
    // A timer that is due keeps the turn from sleeping.
    reactor_->arm(tick_, 0);
    reactor_->turn();
    if (host_.flush_wanted) {
      host_.flush_wanted = false;
      connection_->flush();
    }
  }
  // All that has come so far.
  std::string received() {
    std::string all;
    char buffer[65536];
    for (int idle = 0; idle < 3;) {
      const Transfer got = client_.receive(buffer, sizeof(buffer));
      if (got.moved()) {
        all.append(buffer, got.bytes);
      } else {
        ++idle;
        turn();
      }
    }
    return all;
  }
  // The body of a frame that is neither compressed nor in segments.
  static std::string body_of(const std::string& frame_bytes) { return frame_bytes.substr(9); }

  SystemClock clock_;
  Host host_;
  Timer tick_{[](void*) {}, nullptr};
  BufferPool buffers_;
  std::unique_ptr<Io> io_;
  std::unique_ptr<Reactor> reactor_;
  Socket client_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, HalfSentFramesAreAnsweredOnceWhole) {
  send(frame(4, 0, Opcode::kStartup, ""));
  EXPECT_EQ(received().size(), 9u);
  const std::string whole =
      frame(4, 7, Opcode::kQuery, "hello") + frame(4, 8, Opcode::kQuery, "you");
  for (const char byte : whole) send(std::string(1, byte));
  const std::string answer = received();
  ASSERT_EQ(answer.size(), 9 + 5 + 9 + 3u);
  EXPECT_EQ(answer.substr(9, 5), "hello");
  EXPECT_EQ(answer[3], 7);
  EXPECT_EQ(body_of(answer.substr(14)), "you");
}

TEST_F(ConnectionTest, SlowReaderGetsLargeRepliesWhole) {
  send(frame(4, 0, Opcode::kStartup, ""));
  received();
  const std::string large(3u << 20, 'z');
  host_.large_reply = large;
  for (int16_t i = 0; i < 3; ++i) send(frame(4, i, Opcode::kQuery, "?"));
  std::string all;
  while (all.size() < 3 * (9 + large.size())) {
    const std::string more = received();
    ASSERT_FALSE(more.empty());
    all += more;
  }
  EXPECT_EQ(all.size(), 3 * (9 + large.size()));
  EXPECT_EQ(all.substr(9, large.size()), large);
}

TEST_F(ConnectionTest, SnappyAndLz4RepliesAreMarkedAndSmaller) {
  for (const Compression compression : {Compression::kLz4, Compression::kSnappy}) {
    if (compression == Compression::kSnappy) {
      TearDown();
      SetUp();
    }
    host_.compression = compression;
    send(frame(4, 0, Opcode::kStartup, ""));
    received();
    send(frame(4, 1, Opcode::kQuery, std::string(10'000, 'a')));
    const std::string answer = received();
    ASSERT_GT(answer.size(), 9u);
    EXPECT_EQ(answer[1] & kFlagCompressed, kFlagCompressed);
    EXPECT_LT(answer.size(), 2'000u);
  }
}

TEST_F(ConnectionTest, VersionFiveAnswersReadyUnframedAndThenInSegments) {
  send(frame(5, 0, Opcode::kStartup, ""));
  EXPECT_EQ(received().size(), 9u);
  std::string segments;
  const std::string query = frame(5, 3, Opcode::kQuery, "five");
  encode_segments(Bytes(query), false, segments);
  for (const char byte : segments) send(std::string(1, byte));
  const std::string answer = received();
  // Six bytes of header with its CRC, the envelope, four of the payload's CRC.
  ASSERT_EQ(answer.size(), 6 + 9 + 4 + 4u);
  EXPECT_EQ(answer.substr(6 + 9, 4), "five");
}

TEST_F(ConnectionTest, ClosesAfterOpenRequestsAreAnsweredAndReadsNoMore) {
  send(frame(4, 0, Opcode::kStartup, ""));
  received();
  host_.hold = true;
  send(frame(4, 1, Opcode::kQuery, "open"));
  connection_->close_after_flush();
  turn();
  EXPECT_FALSE(host_.closed);
  send(frame(4, 2, Opcode::kQuery, "late"));
  ASSERT_EQ(host_.held.size(), 1u);
  host_.answer(*connection_);
  turn();
  EXPECT_EQ(body_of(received()), "open");
  EXPECT_TRUE(host_.closed);
}

TEST_F(ConnectionTest, ClientThatGoesClosesTheConnection) {
  client_.close();
  turn();
  EXPECT_TRUE(host_.closed);
}

TEST_F(ConnectionTest, RepliesToAClosedConnectionAreDropped) {
  host_.hold = true;
  send(frame(4, 0, Opcode::kStartup, ""));
  send(frame(4, 1, Opcode::kQuery, "open"));
  connection_->close();
  host_.answer(*connection_);
  EXPECT_EQ(connection_->requests_open(), 0u);
}

}  // namespace
}  // namespace ceto
