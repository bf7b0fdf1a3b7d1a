// Mutator: random changes to an input of a fuzz target where there is no libFuzzer to make them.
// Everything comes from one seed. Tests only.
#pragma once

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "base/fuzz_target.h"

namespace ceto {

class Mutator {
 public:
  // `seeds` is not empty and outlives this.
  Mutator(const FuzzTarget& target, const std::vector<std::string>& seeds, uint64_t seed)
      : target_(target), seeds_(seeds), random_(seed) {}

  // One of the seeds with one to four changes.
  std::string next() {
    std::string input = seeds_[random_() % seeds_.size()];
    std::vector<std::string> parts;
    if (target_.parts) parts = FuzzParts::split(Bytes(input));
    for (uint64_t left = 1 + random_() % 4; left > 0; --left) {
      change(parts.empty() ? input : parts[random_() % parts.size()]);
    }
    return parts.empty() ? input : FuzzParts::join(parts);
  }

 private:
  size_t place(const std::string& in) { return random_() % in.size(); }

  void change(std::string& bytes) {
    if (bytes.empty()) {
      bytes.push_back(static_cast<char>(random_()));
      return;
    }
    const size_t at = place(bytes);
    const size_t length = 1 + random_() % std::min<size_t>(bytes.size() - at, 8);
    switch (random_() % 8) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8));
        return;
      case 1:
        bytes[at] = static_cast<char>(random_());
        return;
      case 2:
        bytes.erase(at, length);
        return;
      case 3:
        bytes.insert(at, length, static_cast<char>(random_() % 3));
        return;
      case 4:
        bytes.insert(place(bytes), bytes.substr(at, length));
        return;
      case 5:
        bytes.resize(at);
        return;
      case 6:
        bytes[at] = static_cast<char>(bytes[at] + static_cast<char>(random_() % 9) - 4);
        return;
      default:
        number(bytes, at);
    }
  }

  // A limit of some integer type, in either order of bytes.
  void number(std::string& bytes, size_t at) {
    constexpr uint64_t kLimits[] = {0,          1,         0x7f,       0xff,
                                    0x7fff,     0xffff,    INT32_MAX,  1ull << 31,
                                    UINT32_MAX, INT64_MAX, 1ull << 63, UINT64_MAX};
    const uint64_t value = kLimits[random_() % std::size(kLimits)];
    const size_t size = std::min<size_t>(size_t{1} << random_() % 4, bytes.size() - at);
    const bool big_endian = random_() % 2 == 0;
    for (size_t i = 0; i < size; ++i) {
      bytes[at + i] = static_cast<char>(value >> 8 * (big_endian ? size - 1 - i : i));
    }
  }

  const FuzzTarget& target_;
  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
};

}  // namespace ceto
