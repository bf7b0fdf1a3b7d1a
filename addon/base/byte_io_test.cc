#include "base/byte_io.h"

#include <gtest/gtest.h>

#include <random>

namespace ceto {
namespace {

TEST(ByteIo, vints_of_every_magnitude_read_back) {
  std::mt19937_64 random(7);
  for (int bits = 0; bits <= 64; ++bits) {
    for (int round = 0; round < 50; ++round) {
      const uint64_t value = bits == 0 ? 0 : random() >> (64 - bits);
      std::string out;
      ByteWriter(out).unsigned_vint(value);
      EXPECT_EQ(out.size(), unsigned_vint_size(value));
      ByteReader in{Bytes(out)};
      EXPECT_EQ(in.unsigned_vint(), value);
      EXPECT_TRUE(in.at_end());
      EXPECT_FALSE(in.failed());
    }
  }
}

TEST(ByteIo, vints_have_cassandras_bytes) {
  // VIntCoding: 128 takes two bytes, 10 000000 10000000.
  std::string out;
  ByteWriter(out).unsigned_vint(128);
  EXPECT_EQ(out, std::string("\x80\x80", 2));
  out.clear();
  ByteWriter(out).signed_vint(-1);
  EXPECT_EQ(out, std::string("\x01", 1));
  out.clear();
  ByteWriter(out).unsigned_vint(UINT64_MAX);
  EXPECT_EQ(out, std::string(9, '\xff'));
}

TEST(ByteIo, reader_fails_once_and_yields_zeros_past_the_end) {
  const uint8_t data[] = {1, 2, 3};
  ByteReader in(Bytes(data, 3));
  EXPECT_EQ(in.u16(), 0x0102);
  EXPECT_EQ(in.u32(), 0u);
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.u8(), 0);
}

TEST(ByteIo, null_and_empty_runs_differ) {
  std::string out;
  ByteWriter w(out);
  w.i32(-1);
  w.i32(0);
  ByteReader in{Bytes(out)};
  bool null = false;
  in.i32_bytes(&null);
  EXPECT_TRUE(null);
  in.i32_bytes(&null);
  EXPECT_FALSE(null);
  EXPECT_FALSE(in.failed());
}

}  // namespace
}  // namespace ceto
