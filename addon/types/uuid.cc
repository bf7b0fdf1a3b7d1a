#include "types/uuid.h"

#include "base/assert.h"
#include "base/byte_io.h"

namespace ceto {
namespace {

// Uuid time counts 100 ns from 1582-10-15.
constexpr int64_t kTicksPerMicro = 10;
constexpr int64_t kTicksPerMilli = 10'000;
constexpr int64_t kEpochTicks = 0x01b21dd213814000;
constexpr uint64_t kVersion1 = 0x1000;

uint64_t ticks_at_micros(int64_t micros) {
  return static_cast<uint64_t>(micros) * kTicksPerMicro + static_cast<uint64_t>(kEpochTicks);
}

Uuid version_1(uint64_t ticks, uint64_t low) {
  const uint64_t high =
      ticks << 32 | (ticks >> 16 & 0xFFFF0000) | kVersion1 | (ticks >> 48 & 0x0FFF);
  Uuid out;
  store_be(out.data(), high);
  store_be(out.data() + 8, low);
  return out;
}

int64_t ticks_since_1970(Bytes uuid) {
  CETO_ASSERT(uuid.size() == 16);
  const uint64_t high = load_be<uint64_t>(uuid.data());
  const uint64_t ticks = high >> 32 | (high & 0xFFFF0000) << 16 | (high & 0x0FFF) << 48;
  return static_cast<int64_t>(ticks) - kEpochTicks;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool dash_before(size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

TimeuuidGenerator::TimeuuidGenerator(uint64_t random, uint16_t shard) {
  constexpr uint64_t kVariant = uint64_t{2} << 62;
  constexpr uint64_t kMulticast = uint64_t{1} << 40;  // says that the node is no hardware address
  const uint64_t clock_sequence = random >> 50;
  const uint64_t node = (random & 0xFFFFFFFF) << 16 | shard;
  clock_sequence_and_node_ = kVariant | clock_sequence << 48 | node | kMulticast;
}

Uuid TimeuuidGenerator::next(int64_t wall_micros) {
  const uint64_t now = ticks_at_micros(wall_micros);
  last_ticks_ = now > last_ticks_ ? now : last_ticks_ + 1;
  return version_1(last_ticks_, clock_sequence_and_node_);
}

Uuid random_uuid(uint64_t random_high, uint64_t random_low) {
  Uuid out;
  store_be(out.data(), random_high);
  store_be(out.data() + 8, random_low);
  out[6] = static_cast<uint8_t>((out[6] & 0x0F) | 0x40);
  out[8] = static_cast<uint8_t>((out[8] & 0x3F) | 0x80);
  return out;
}

int64_t timeuuid_micros(Bytes uuid) { return ticks_since_1970(uuid) / kTicksPerMicro; }
int64_t timeuuid_millis(Bytes uuid) { return ticks_since_1970(uuid) / kTicksPerMilli; }

// The order's last 8 bytes compare as signed bytes, so 0x80 is the least and 0x7f the greatest.
Uuid min_timeuuid(int64_t millis) {
  const auto ticks =
      static_cast<uint64_t>(millis) * kTicksPerMilli + static_cast<uint64_t>(kEpochTicks);
  return version_1(ticks, 0x8080808080808080);
}
Uuid max_timeuuid(int64_t millis) {
  const auto ticks =
      (static_cast<uint64_t>(millis) + 1) * kTicksPerMilli - 1 + static_cast<uint64_t>(kEpochTicks);
  return version_1(ticks, 0x7f7f7f7f7f7f7f7f);
}

std::string format_uuid(Bytes uuid) {
  CETO_ASSERT(uuid.size() == 16);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (dash_before(i)) out += '-';
    out += kDigits[uuid[i] >> 4];
    out += kDigits[uuid[i] & 15];
  }
  return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid out;
  size_t at = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    if (dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = hex_digit(text[at++]);
    const int low = hex_digit(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return out;
}

std::string uuid_text(const Uuid& uuid) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (dash_before(i)) out += '-';
    out += kHex[uuid[i] >> 4];
    out += kHex[uuid[i] & 15];
  }
  return out;
}

}  // namespace ceto
