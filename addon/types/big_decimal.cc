#include "types/big_decimal.h"

#include <bit>
#include <cstdint>
#include <vector>

#include "base/byte_io.h"

namespace ceto {
namespace {

bool negative(Bytes varint) { return !varint.empty() && (varint[0] & 0x80) != 0; }

// Without the leading bytes that only repeat the sign; empty for 0.
Bytes trimmed(Bytes varint) {
  const uint8_t fill = negative(varint) ? 0xFF : 0;
  size_t skip = 0;
  while (skip < varint.size() && varint[skip] == fill) {
    const bool last = skip + 1 == varint.size();
    if (fill != 0 && (last || (varint[skip + 1] & 0x80) == 0)) break;
    if (fill == 0 && !last && (varint[skip + 1] & 0x80) != 0) break;
    ++skip;
  }
  return varint.from(skip);
}

int compare_trimmed(Bytes a, Bytes b) {
  if (negative(a) != negative(b)) return negative(a) ? -1 : 1;
  if (a.size() != b.size()) return (a.size() < b.size()) != negative(a) ? -1 : 1;
  return compare(a, b);
}

bool fits_i64(Bytes trimmed_varint) { return trimmed_varint.size() <= 8; }
int64_t to_i64(Bytes varint) {
  uint64_t v = negative(varint) ? UINT64_MAX : 0;
  for (const uint8_t byte : varint) v = v << 8 | byte;
  return static_cast<int64_t>(v);
}

// Limbs of 32 bits, the least significant first, no zero limb at the end.
using Magnitude = std::vector<uint32_t>;

Magnitude magnitude_of(Bytes varint) {
  const bool invert = negative(varint);
  Magnitude out((varint.size() + 3) / 4, 0);
  uint32_t carry = invert ? 1 : 0;
  for (size_t i = 0; i < varint.size(); ++i) {
    uint32_t byte = varint[varint.size() - 1 - i];
    if (invert) {
      byte = (byte ^ 0xFF) + carry;
      carry = byte >> 8;
      byte &= 0xFF;
    }
    out[i / 4] |= byte << (8 * (i % 4));
  }
  // -2^(8n) in n bytes of ones' complement overflows into a limb of its own.
  if (carry != 0) {
    if (varint.size() % 4 == 0)
      out.push_back(1);
    else
      out.back() |= 1u << (8 * (varint.size() % 4));
  }
  while (!out.empty() && out.back() == 0) out.pop_back();
  return out;
}

int64_t bit_length(const Magnitude& m) {
  return m.empty() ? 0 : static_cast<int64_t>(m.size()) * 32 - std::countl_zero(m.back());
}

void multiply(Magnitude& m, uint32_t by) {
  uint64_t carry = 0;
  for (uint32_t& limb : m) {
    carry += uint64_t{limb} * by;
    limb = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) m.push_back(static_cast<uint32_t>(carry));
}

void multiply_by_power_of_ten(Magnitude& m, int64_t exponent) {
  constexpr uint32_t kBillion = 1'000'000'000;
  for (; exponent >= 9; exponent -= 9) multiply(m, kBillion);
  for (; exponent > 0; --exponent) multiply(m, 10);
}

int compare_magnitudes(const Magnitude& a, const Magnitude& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

// Compares |a| * 10^-scale_a with |b| * 10^-scale_b, neither 0. Scales may differ by 2^32, so first
// by the place of the highest digit, known to one decimal place from the length in bits; when that
// does not tell, the scales differ by no more than the values have digits, and multiplying is
// affordable.
int compare_scaled(Magnitude a, int64_t scale_a, Magnitude b, int64_t scale_b) {
  constexpr double kDigitsPerBit = 0.30102999566398120;
  const double top_a =
      static_cast<double>(bit_length(a)) * kDigitsPerBit - static_cast<double>(scale_a);
  const double top_b =
      static_cast<double>(bit_length(b)) * kDigitsPerBit - static_cast<double>(scale_b);
  if (top_a < top_b - 1) return -1;
  if (top_a > top_b + 1) return 1;
  if (scale_a < scale_b) multiply_by_power_of_ten(a, scale_b - scale_a);
  if (scale_b < scale_a) multiply_by_power_of_ten(b, scale_a - scale_b);
  return compare_magnitudes(a, b);
}

}  // namespace

int compare_varints(Bytes a, Bytes b) {
  if (a.empty() || b.empty()) return int{b.empty()} - int{a.empty()};
  return compare_trimmed(trimmed(a), trimmed(b));
}

int compare_decimals(Bytes a, Bytes b) {
  if (a.empty() || b.empty()) return int{b.empty()} - int{a.empty()};
  if (a.size() < 4 || b.size() < 4) return compare(a, b);
  const int64_t scale_a = load_be<int32_t>(a.data());
  const int64_t scale_b = load_be<int32_t>(b.data());
  const Bytes unscaled_a = trimmed(a.from(4));
  const Bytes unscaled_b = trimmed(b.from(4));
  if (scale_a == scale_b) return compare_trimmed(unscaled_a, unscaled_b);
  if (negative(unscaled_a) != negative(unscaled_b)) return negative(unscaled_a) ? -1 : 1;
  if (unscaled_a.empty() || unscaled_b.empty()) {
    return int{!unscaled_a.empty()} - int{!unscaled_b.empty()};  // 0 and a positive number
  }
  constexpr int64_t kPowersInI64 = 18;
  const int64_t apart = scale_a - scale_b;
  if (fits_i64(unscaled_a) && fits_i64(unscaled_b) && apart >= -kPowersInI64 &&
      apart <= kPowersInI64) {
    __int128 x = to_i64(unscaled_a);
    __int128 y = to_i64(unscaled_b);
    for (int64_t i = apart; i < 0; ++i) x *= 10;
    for (int64_t i = apart; i > 0; --i) y *= 10;
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const int c =
      compare_scaled(magnitude_of(unscaled_a), scale_a, magnitude_of(unscaled_b), scale_b);
  return negative(unscaled_a) ? -c : c;
}

}  // namespace ceto
