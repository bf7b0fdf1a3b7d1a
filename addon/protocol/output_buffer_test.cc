#include "protocol/output_buffer.h"

#include <gtest/gtest.h>

#include <random>

#include "protocol/segment.h"

namespace ceto {
namespace {

// Sends all in pieces of up to `piece` bytes, two buffers at a time.
std::string drain(OutputBuffer& out, size_t piece) {
  std::string wire;
  iovec entries[2];
  while (const size_t count = out.gather(entries, 2)) {
    size_t sent = 0;
    for (size_t i = 0; i < count && sent < piece; ++i) {
      const size_t size = std::min(piece - sent, entries[i].iov_len);
      wire.append(static_cast<const char*>(entries[i].iov_base), size);
      sent += size;
      if (size < entries[i].iov_len) break;
    }
    out.consume(sent);
  }
  return wire;
}

struct Frame {
  FrameHeader header;
  std::string body;
};

std::vector<Frame> frames_of(Bytes wire) {
  std::vector<Frame> out;
  ByteReader in(wire);
  while (!in.at_end()) {
    Frame frame;
    frame.header.version = in.u8() & 0x7F;
    frame.header.flags = in.u8();
    frame.header.stream = static_cast<int16_t>(in.u16());
    frame.header.opcode = static_cast<Opcode>(in.u8());
    frame.body = in.bytes(in.u32()).str();
    EXPECT_FALSE(in.failed());
    if (in.failed()) break;
    out.push_back(std::move(frame));
  }
  return out;
}

TEST(OutputBuffer, sizes_are_filled_in_after_the_body) {
  BufferPool pool;
  OutputBuffer out(pool);
  ByteWriter body = out.begin_frame(4, 0, 7, Opcode::kResult);
  body.u32(1);
  out.add_frame_flags(kFlagWarning);
  out.end_frame();
  out.append_frame(4, 0, 8, Opcode::kReady, Bytes());
  const auto frames = frames_of(Bytes(drain(out, 3)));
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].header.stream, 7);
  EXPECT_EQ(frames[0].header.flags, kFlagWarning);
  EXPECT_EQ(frames[0].body, std::string("\0\0\0\1", 4));
  EXPECT_EQ(frames[1].header.opcode, Opcode::kReady);
  EXPECT_TRUE(out.empty());
}

TEST(OutputBuffer, a_cancelled_frame_leaves_nothing) {
  BufferPool pool;
  OutputBuffer out(pool);
  out.begin_frame(4, 0, 1, Opcode::kResult).u32(5);
  out.cancel_frame();
  EXPECT_TRUE(out.empty());
  out.append_error({{ErrorCode::kProtocolError, "no"}, 4, 1, false});
  EXPECT_EQ(frames_of(Bytes(drain(out, 1000)))[0].header.opcode, Opcode::kError);
}

TEST(OutputBuffer, many_frames_and_large_ones_survive_partial_writes) {
  const uint64_t seed = 13;
  std::mt19937_64 random(seed);
  for (const auto& [version, compression] : {std::pair<uint8_t, Compression>{4, Compression::kNone},
                                             {4, Compression::kLz4},
                                             {3, Compression::kSnappy},
                                             {5, Compression::kNone},
                                             {5, Compression::kLz4}}) {
    BufferPool pool;
    OutputBuffer out(pool);
    out.append_frame(version, 0, -5, Opcode::kReady, Bytes());  // before what STARTUP agreed
    out.start(version, compression);
    std::vector<std::string> bodies;
    for (int i = 0; i < 60; ++i) {
      std::string body(i == 30 ? 400'000 : random() % 9'000, '\0');
      for (char& c : body) c = static_cast<char>(random() % 5);
      out.append_frame(version, 0, static_cast<int16_t>(i), Opcode::kResult, Bytes(body));
      bodies.push_back(std::move(body));
    }
    std::string wire = drain(out, 1 + random() % 50'000);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(frames_of(Bytes(wire).sub(0, kFrameHeaderBytes))[0].header.stream, -5);
    wire.erase(0, kFrameHeaderBytes);
    if (version == 5) {
      std::string envelopes;
      std::string scratch;
      for (Bytes rest(wire); !rest.empty();) {
        Segment segment;
        Error error;
        ASSERT_EQ(decode_segment(rest, compression == Compression::kLz4, scratch, segment, error),
                  SegmentStatus::kComplete);
        envelopes += segment.payload.str();
        rest = rest.from(segment.wire_size);
      }
      wire = std::move(envelopes);
    }
    const auto frames = frames_of(Bytes(wire));
    ASSERT_EQ(frames.size(), bodies.size());
    for (size_t i = 0; i < bodies.size(); ++i) {
      std::string body = frames[i].body;
      if (frames[i].header.flags & kFlagCompressed) {
        ASSERT_TRUE(decompress_body(compression, Bytes(frames[i].body), body));
      }
      EXPECT_TRUE(body == bodies[i]) << i;
    }
  }
}

TEST(OutputBuffer, memory_goes_back_to_the_pool_and_is_bounded) {
  BufferPool pool;
  {
    OutputBuffer out(pool);
    out.append_frame(4, 0, 1, Opcode::kReady, Bytes());
    drain(out, 1000);
    EXPECT_EQ(pool.kept(), 1u);
    out.append_frame(4, 0, 1, Opcode::kResult, Bytes(std::string(1 << 20, 'x')));
    drain(out, 1 << 20);
    EXPECT_EQ(pool.kept(), 0u);  // grown too large to keep
  }
  for (size_t i = 0; i < BufferPool::kMaxKept + 10; ++i) {
    std::string buffer;
    buffer.reserve(BufferPool::kBufferBytes);
    pool.give_back(std::move(buffer));
  }
  EXPECT_EQ(pool.kept(), BufferPool::kMaxKept);
}

}  // namespace
}  // namespace ceto
