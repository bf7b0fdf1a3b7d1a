#include "protocol/segment.h"

#include <gtest/gtest.h>

#include <random>

#include "base/byte_io.h"
#include "protocol/compression.h"
#include "protocol/crc.h"
#include "protocol/envelope_reader.h"
#include "protocol/frame.h"

namespace ceto {
namespace {

std::string unhex(std::string_view text) {
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return out;
}

std::string request(uint8_t version, int16_t stream, Opcode opcode, std::string_view body,
                    uint8_t flags = 0) {
  std::string out;
  ByteWriter to(out);
  to.u8(version);
  to.u8(flags);
  to.u16(static_cast<uint16_t>(stream));
  to.u8(static_cast<uint8_t>(opcode));
  to.u32(static_cast<uint32_t>(body.size()));
  to.bytes(body);
  return out;
}

struct Got {
  int16_t stream;
  std::string body;
  std::string error;
  bool fatal = false;
};

// Feeds `bytes` in pieces of up to `piece` bytes, as a socket would.
std::vector<Got> read_all(EnvelopeReader& reader, const std::string& bytes, size_t piece) {
  std::vector<Got> out;
  std::string buffer;
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = std::min(piece, bytes.size() - at);
    buffer.append(bytes, at, size);
    at += size;
    Bytes input(buffer);
    for (;;) {
      size_t consumed = 0;
      Envelope envelope;
      FrameError error;
      const ReadStatus status = reader.next(input, consumed, envelope, error);
      input = input.from(consumed);
      if (status == ReadStatus::kNeedMore) break;
      if (status == ReadStatus::kEnvelope) {
        out.push_back({envelope.header.stream, envelope.body.str(), "", false});
      } else {
        out.push_back({error.stream, "", error.error.message, error.fatal});
        if (error.fatal) return out;
      }
    }
    buffer = input.str();
  }
  return out;
}

// What FrameEncoderCrc and FrameEncoderLZ4 of Cassandra 5.0.6 wrote.
TEST(Segment, has_the_bytes_of_cassandras_encoders) {
  std::string encoded;
  encode_segment(Bytes(std::string_view("\x04hello segments")), true, false, encoded);
  EXPECT_EQ(encoded, unhex("0f0002ffc7270468656c6c6f207365676d656e7473d80ce563"));
  Segment segment;
  std::string scratch;
  Error error;
  const std::string lz4 = unhex("13000004049e51948f61626364656667680800ffe15064656667687ca099b4");
  ASSERT_EQ(decode_segment(Bytes(lz4), true, scratch, segment, error), SegmentStatus::kComplete)
      << error.message;
  std::string expected;
  for (int i = 0; i < 64; ++i) expected += "abcdefgh";
  EXPECT_EQ(segment.payload.str(), expected);
  EXPECT_TRUE(segment.self_contained);
  // Too short to get smaller: sent as it is.
  std::string tiny;
  encode_segment(Bytes(std::string_view("xyz")), true, true, tiny);
  EXPECT_EQ(tiny, unhex("030000000477228378797aad819c1b"));
}

TEST(Segment, every_flipped_bit_is_noticed) {
  std::string wire;
  encode_segment(Bytes(std::string_view("some payload that is long enough")), true, false, wire);
  for (size_t bit = 0; bit < wire.size() * 8; ++bit) {
    std::string damaged = wire;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    Segment segment;
    std::string scratch;
    Error error;
    EXPECT_EQ(decode_segment(Bytes(damaged), false, scratch, segment, error),
              SegmentStatus::kCorrupt)
        << bit;
  }
}

class SegmentedStream : public testing::TestWithParam<bool> {};

TEST_P(SegmentedStream, envelopes_of_all_sizes_come_through_in_pieces_of_any_size) {
  const bool lz4 = GetParam();
  const uint64_t seed = 19;
  std::mt19937_64 random(seed);
  std::vector<std::string> bodies;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100}, size_t{131062}, size_t{131063},
                            size_t{200'000}, size_t{10}, size_t{700'000}, size_t{3}}) {
    std::string body(size, '\0');
    for (char& c : body) c = static_cast<char>(random() % 7);
    bodies.push_back(std::move(body));
  }
  std::string envelopes;
  for (size_t i = 0; i < bodies.size(); ++i) {
    envelopes += request(5, static_cast<int16_t>(i), Opcode::kQuery, bodies[i]);
  }
  std::string wire;
  encode_segments(Bytes(envelopes), lz4, wire);
  for (const size_t piece : {size_t{1000}, size_t{65'536}, wire.size()}) {
    EnvelopeReader reader;
    reader.start(5, lz4 ? Compression::kLz4 : Compression::kNone);
    const auto got = read_all(reader, wire, piece);
    ASSERT_EQ(got.size(), bodies.size()) << piece;
    for (size_t i = 0; i < bodies.size(); ++i) {
      EXPECT_EQ(got[i].error, "");
      EXPECT_EQ(got[i].stream, static_cast<int16_t>(i));
      EXPECT_TRUE(got[i].body == bodies[i]) << i;
    }
  }
}

TEST_P(SegmentedStream, damaged_streams_end_in_an_error_and_nothing_else) {
  const bool lz4 = GetParam();
  std::string envelopes;
  for (int i = 0; i < 3; ++i) envelopes += request(5, 1, Opcode::kQuery, std::string(200, 'x'));
  std::string wire;
  encode_segments(Bytes(envelopes), lz4, wire);
  const uint64_t seed = 23;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    std::string damaged = wire.substr(0, 1 + random() % wire.size());
    damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    EnvelopeReader reader;
    reader.start(5, lz4 ? Compression::kLz4 : Compression::kNone);
    (void)read_all(reader, damaged, 1 + random() % 300);
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndLz4, SegmentedStream, testing::Bool());

TEST(SegmentedStream, a_large_envelope_above_the_limit_is_refused_and_skipped) {
  const std::string large = request(5, 7, Opcode::kQuery, std::string(300'000, 'x'));
  const std::string next = request(5, 8, Opcode::kOptions, "");
  std::string wire;
  encode_segments(Bytes(large + next), false, wire);
  EnvelopeReader reader(100'000);
  reader.start(5, Compression::kNone);
  const auto got = read_all(reader, wire, 10'000);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].error,
            "Request is too big: length 300009 exceeds maximum allowed length 100000.");
  EXPECT_EQ(got[0].stream, 7);
  EXPECT_EQ(got[1].stream, 8);
  EXPECT_EQ(got[1].error, "");
}

TEST(PlainStream, frames_come_through_in_pieces_of_any_size) {
  std::string wire;
  for (int16_t i = 0; i < 20; ++i) wire += request(4, i, Opcode::kQuery, std::string(i * 37u, 'q'));
  for (size_t piece = 1; piece < 60; ++piece) {
    EnvelopeReader reader;
    const auto got = read_all(reader, wire, piece);
    ASSERT_EQ(got.size(), 20u);
    EXPECT_EQ(got[19].body, std::string(19 * 37, 'q'));
  }
}

TEST(PlainStream, refused_frames_have_cassandras_words_and_the_next_is_read) {
  const struct {
    std::string frame;
    const char* message;
  } cases[] = {
      {request(4, 1, static_cast<Opcode>(0x20), "abc"), "Unknown opcode 32"},
      {request(4, 1, Opcode::kResult, ""),
       "Wrong protocol direction (expected RESPONSE, got REQUEST) for opcode 8 (RESULT)"},
      {request(0x84, 1, Opcode::kOptions, ""),
       "Wrong protocol direction (expected REQUEST, got RESPONSE) for opcode 5 (OPTIONS)"},
      {request(4, 1, Opcode::kQuery, std::string(5000, 'x')),
       "Request is too big: length 5009 exceeds maximum allowed length 4096."},
      {request(3, 1, Opcode::kOptions, ""),
       "Invalid message version. Got 3/v3 but previous messages on this connection had version "
       "4/v4"},
  };
  for (const auto& c : cases) {
    for (const size_t piece : {size_t{3}, size_t{100'000}}) {
      EnvelopeReader reader(4096);
      reader.start(4, Compression::kNone);
      const auto got = read_all(reader, c.frame + request(4, 2, Opcode::kOptions, "after"), piece);
      ASSERT_EQ(got.size(), 2u) << c.message;
      EXPECT_EQ(got[0].error, c.message);
      EXPECT_FALSE(got[0].fatal);
      EXPECT_EQ(got[0].stream, 1);
      EXPECT_EQ(got[1].body, "after");
    }
  }
}

TEST(PlainStream, unknown_versions_are_told_which_are_known_after_one_byte) {
  for (const int version : {0, 1, 2, 6, 65, 66, 127}) {
    const std::string first(1, static_cast<char>(version));
    FrameHeader header;
    FrameError error;
    ASSERT_EQ(parse_request_header(Bytes(first), 1000, header, error), HeaderStatus::kInvalid);
    EXPECT_TRUE(error.fatal);
    EXPECT_EQ(error.error.message, "Invalid or unsupported protocol version (" +
                                       std::to_string(version) +
                                       "); supported versions are (3/v3, 4/v4, 5/v5)");
    EXPECT_EQ(error.version, version == 1 || version == 2 ? version : 5);
    const std::string frame = encode_error_frame(error);
    const size_t header_bytes = version == 1 || version == 2 ? 8 : 9;
    const auto body =
        load_be<uint32_t>(reinterpret_cast<const uint8_t*>(frame.data()) + header_bytes - 4);
    EXPECT_EQ(frame.size(), header_bytes + body);
  }
}

TEST(PlainStream, random_bytes_do_no_harm) {
  const uint64_t seed = 29;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5'000; ++round) {
    std::string wire = request(4, 1, Opcode::kQuery, std::string(random() % 50, 'x'), random() % 2);
    wire += request(4, 2, Opcode::kExecute, std::string(random() % 50, 'y'));
    for (uint64_t flips = 1 + random() % 4; flips != 0; --flips) {
      wire[random() % wire.size()] ^= static_cast<char>(1 << random() % 8);
    }
    EnvelopeReader reader(1000);
    reader.start(4, round % 2 == 0 ? Compression::kLz4 : Compression::kSnappy);
    (void)read_all(reader, wire, 1 + random() % 40);
  }
}

TEST(Compression, bodies_of_v4_read_back_and_damaged_ones_are_refused) {
  const std::string body = std::string(5000, 'a') + "tail";
  for (const Compression compression : {Compression::kLz4, Compression::kSnappy}) {
    std::string compressed;
    compress_body(compression, Bytes(body), compressed);
    EXPECT_LT(compressed.size(), body.size());
    EnvelopeReader reader;
    reader.start(4, compression);
    const auto got =
        read_all(reader, request(4, 1, Opcode::kQuery, compressed, kFlagCompressed), 100'000);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].body, body);
    std::string out;
    for (size_t size = 0; size < compressed.size(); ++size) {
      EXPECT_FALSE(decompress_body(compression, Bytes(compressed).sub(0, size), out)) << size;
    }
    const uint64_t seed = 31;
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2'000; ++round) {
      std::string damaged = compressed;
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      (void)decompress_body(compression, Bytes(damaged), out);
    }
  }
}

TEST(Compression, a_short_body_that_claims_to_be_huge_asks_for_no_memory) {
  std::string out;
  const std::string bomb("\x0f\xff\xff\xff\x00\x00", 6);
  EXPECT_FALSE(decompress_body(Compression::kLz4, Bytes(bomb), out));
  EXPECT_LT(out.capacity(), size_t{1} << 20);
}

}  // namespace
}  // namespace ceto
