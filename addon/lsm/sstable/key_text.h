// A partition key's bytes in hexadecimal digits, for messages to operators. Any thread.
#pragma once

#include <string>

#include "base/bytes.h"

namespace ceto {

inline std::string key_text(Bytes key) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : key) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace ceto
