// Fuzz targets: what is fed with random bytes, by libFuzzer (`npm run fuzz`) and, some thousand
// inputs of a fixed seed, by the unit tests. A target is a global FuzzTarget in a foo_fuzz.cc
// beside the code that it tests. It must end by itself for every input; a broken assertion, a crash
// or a sanitizer's report is the finding. Fuzzers and tests only; one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/byte_io.h"
#include "base/bytes.h"

namespace ceto {

struct FuzzTarget {
  // In fuzz/reproducers/<name>/ lie inputs that once broke it.
  std::string_view name;
  // Whether an input is made of parts (see FuzzParts), each of which is mutated by itself.
  bool parts;
  // Good inputs, from which the others are made.
  std::vector<std::string> (*seeds)();
  void (*run)(Bytes input);

  FuzzTarget(std::string_view target_name, bool of_parts, std::vector<std::string> (*make_seeds)(),
             void (*run_one)(Bytes))
      : name(target_name), parts(of_parts), seeds(make_seeds), run(run_one) {
    all().push_back(this);
  }
  FuzzTarget(const FuzzTarget&) = delete;

  static std::vector<const FuzzTarget*>& all() {
    static std::vector<const FuzzTarget*> targets;
    return targets;
  }
};

// Several byte strings in one input: each behind its length as a u32; a length that is too large
// takes what is left.
class FuzzParts {
 public:
  static std::string join(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) ByteWriter(out).i32_bytes(Bytes(part));
    return out;
  }
  static std::vector<std::string> split(Bytes input) {
    std::vector<std::string> parts;
    ByteReader in(input);
    while (in.remaining() >= 4) {
      const size_t size = in.u32();
      parts.push_back(in.bytes(size < in.remaining() ? size : in.remaining()).str());
    }
    return parts;
  }

  explicit FuzzParts(Bytes input) : parts_(split(input)) {}
  // Empty for a part that is not there. Views live as long as this.
  Bytes operator[](size_t part) const {
    return part < parts_.size() ? Bytes(parts_[part]) : Bytes();
  }

 private:
  std::vector<std::string> parts_;
};

}  // namespace ceto
