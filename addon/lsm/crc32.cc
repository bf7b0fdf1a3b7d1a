#include "lsm/crc32.h"

#include <zlib.h>

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ceto {

namespace {

uint32_t crc32_of_zlib(Bytes bytes, uint32_t start) {
  return static_cast<uint32_t>(crc32_z(start, bytes.data(), bytes.size()));
}

// The product of two remainders; bits are reversed: the highest is that of x^0.
constexpr uint32_t product(uint32_t a, uint32_t b) {
  constexpr uint32_t kReversedPolynomial = 0xedb88320;
  uint32_t sum = 0;
  for (unsigned bit = 0; bit < 32; ++bit, a <<= 1) {
    sum ^= b & (0 - (a >> 31));
    b = (b >> 1) ^ (kReversedPolynomial & (0 - (b & 1)));
  }
  return sum;
}

// [i]: x to the number of bits in 2^i bytes.
constexpr std::array<uint32_t, 64> kShifts = [] {
  std::array<uint32_t, 64> shifts{};
  shifts[0] = uint32_t{1} << (31 - 8);
  for (size_t i = 1; i < shifts.size(); ++i) shifts[i] = product(shifts[i - 1], shifts[i - 1]);
  return shifts;
}();

#if defined(__x86_64__)

// A message is a polynomial over GF(2), and its checksum the remainder by P. Replacing its first
// 128 bits by what is congruent to them further back keeps the remainder: two multiplications fold
// 16 bytes over any distance. Bits are reflected in this CRC, so the factor for a distance of n
// bits is x^n mod P with its bits reversed, one place further left for the product's missing bit.
// Source: Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ, Intel 2009.
constexpr uint64_t folding_factor(unsigned distance_bits) {
  constexpr uint32_t kPolynomial = 0x04c11db7;
  uint32_t power = 1;
  for (unsigned i = 0; i < distance_bits; ++i) {
    power = (power << 1) ^ ((power >> 31) != 0 ? kPolynomial : 0);
  }
  uint64_t reversed = 0;
  for (unsigned bit = 0; bit < 32; ++bit) reversed |= uint64_t{(power >> bit) & 1} << (31 - bit);
  return reversed << 1;
}

// The low half of a block is 64 bits further from the end than the high one; the factors are 32
// bits wide, which takes as much off again.
constexpr unsigned kBlockBits = 128;
constexpr uint64_t kOneBlockLow = folding_factor(kBlockBits + 32);
constexpr uint64_t kOneBlockHigh = folding_factor(kBlockBits - 32);
constexpr uint64_t kFourBlocksLow = folding_factor(4 * kBlockBits + 32);
constexpr uint64_t kFourBlocksHigh = folding_factor(4 * kBlockBits - 32);

[[gnu::target("pclmul")]] __m128i fold(__m128i block, __m128i factors, __m128i onto) {
  const __m128i low = _mm_clmulepi64_si128(block, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(block, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

__m128i load_block(const uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

constexpr size_t kBlockBytes = kBlockBits / 8;
constexpr size_t kLeastBytes = 4 * kBlockBytes;

[[gnu::target("pclmul")]] uint32_t crc32_of_folded(Bytes bytes, uint32_t start) {
  const uint8_t* at = bytes.data();
  size_t left = bytes.size() - kLeastBytes;
  // Four blocks at a time, so that the multiplications overlap.
  __m128i blocks[4];
  for (size_t i = 0; i < 4; ++i) blocks[i] = load_block(at + i * kBlockBytes);
  blocks[0] = _mm_xor_si128(blocks[0], _mm_cvtsi32_si128(static_cast<int>(~start)));
  at += kLeastBytes;
  const __m128i by_four =
      _mm_set_epi64x(static_cast<int64_t>(kFourBlocksHigh), static_cast<int64_t>(kFourBlocksLow));
  for (; left >= kLeastBytes; left -= kLeastBytes, at += kLeastBytes) {
    for (size_t i = 0; i < 4; ++i) {
      blocks[i] = fold(blocks[i], by_four, load_block(at + i * kBlockBytes));
    }
  }
  const __m128i by_one =
      _mm_set_epi64x(static_cast<int64_t>(kOneBlockHigh), static_cast<int64_t>(kOneBlockLow));
  __m128i sum = blocks[0];
  for (size_t i = 1; i < 4; ++i) sum = fold(sum, by_one, blocks[i]);
  for (; left >= kBlockBytes; left -= kBlockBytes, at += kBlockBytes) {
    sum = fold(sum, by_one, load_block(at));
  }
  // What is left is short: 16 bytes that stand for all before, from a register of zeros (zlib
  // inverts it on the way in and out), and the tail.
  uint8_t folded[kBlockBytes];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), sum);
  return crc32_of_zlib({at, left}, crc32_of_zlib({folded, kBlockBytes}, UINT32_MAX));
}

#endif

}  // namespace

uint32_t crc32_of(Bytes bytes, uint32_t start) {
#if defined(__x86_64__)
  static const bool folds = __builtin_cpu_supports("pclmul") != 0;
  if (folds && bytes.size() >= kLeastBytes) return crc32_of_folded(bytes, start);
#endif
  return crc32_of_zlib(bytes, start);
}

// What the first run leaves is as many bits further from the end as the second has.
uint32_t crc32_joined(uint32_t first, uint32_t second, uint64_t second_bytes) {
  for (size_t i = 0; second_bytes != 0; ++i, second_bytes >>= 1) {
    if (second_bytes & 1) first = product(first, kShifts[i]);
  }
  return first ^ second;
}

}  // namespace ceto
