#include "protocol/utf8.h"

#include <cstring>

namespace ceto {
namespace {

// Bytes of the sequence that `lead` begins, and the range of its second byte; 0 for no lead byte.
struct Sequence {
  size_t size;
  uint8_t second_min;
  uint8_t second_max;
};

Sequence sequence_of(uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};  // no surrogates
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};  // up to U+10FFFF
  return {0, 0, 0};
}

}  // namespace

bool is_valid_utf8(Bytes text) {
  size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size()) {
      uint64_t word;
      std::memcpy(&word, text.data() + i, 8);
      if ((word & 0x8080808080808080) == 0) {
        i += 8;
        continue;
      }
    }
    if (text[i] < 0x80) {
      ++i;
      continue;
    }
    const Sequence sequence = sequence_of(text[i]);
    if (sequence.size == 0 || text.size() - i < sequence.size) return false;
    if (text[i + 1] < sequence.second_min || text[i + 1] > sequence.second_max) return false;
    for (size_t k = 2; k < sequence.size; ++k) {
      if ((text[i + k] & 0xC0) != 0x80) return false;
    }
    i += sequence.size;
  }
  return true;
}

Bytes utf8_prefix(Bytes text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t size = max_bytes;
  while (size > 0 && (text[size] & 0xC0) == 0x80) --size;
  return text.sub(0, size);
}

}  // namespace ceto
