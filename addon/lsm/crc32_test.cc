#include "lsm/crc32.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <vector>

namespace ceto {
namespace {

TEST(Crc32, has_the_check_value_of_the_catalogue) {
  EXPECT_EQ(crc32_of(Bytes(std::string_view("123456789"))), 0xcbf43926u);
  EXPECT_EQ(crc32_of({}), 0u);
}

TEST(Crc32, is_zlibs_for_every_length_and_alignment) {
  std::mt19937_64 random(3);
  std::vector<uint8_t> bytes(1024);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  for (size_t offset : {0, 1, 7, 15}) {
    for (size_t size = 0; offset + size <= bytes.size(); ++size) {
      const auto start = static_cast<uint32_t>(random());
      ASSERT_EQ(crc32_of({bytes.data() + offset, size}, start),
                crc32(start, bytes.data() + offset, static_cast<uInt>(size)))
          << offset << " " << size;
    }
  }
}

TEST(Crc32, of_pieces_is_that_of_the_whole) {
  std::mt19937_64 random(4);
  std::vector<uint8_t> bytes(70'000);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  const uint32_t whole = crc32_of({bytes.data(), bytes.size()});
  EXPECT_EQ(whole, crc32(0, bytes.data(), static_cast<uInt>(bytes.size())));
  for (size_t cut : {1, 63, 64, 65, 4096, 69'999}) {
    const uint32_t first = crc32_of({bytes.data(), cut});
    const Bytes rest(bytes.data() + cut, bytes.size() - cut);
    EXPECT_EQ(crc32_of(rest, first), whole) << cut;
    EXPECT_EQ(crc32_joined(first, crc32_of(rest), rest.size()), whole) << cut;
  }
}

}  // namespace
}  // namespace ceto
