// The entry points that libFuzzer calls. One program has all targets; CETO_FUZZ_TARGET says which
// one runs, and CETO_FUZZ_SEEDS a folder into which its seeds are written first.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/assert.h"
#include "base/fuzz_target.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace ceto {
namespace {

const FuzzTarget* target = nullptr;

void find_target() {
  const char* const wanted = std::getenv("CETO_FUZZ_TARGET");
  for (const FuzzTarget* const each : FuzzTarget::all()) {
    if (wanted == nullptr) {
      std::printf("%s\n", each->name.data());
    } else if (each->name == wanted) {
      target = each;
    }
  }
  // Without a target it names all of them.
  if (wanted == nullptr) std::exit(0);
  CETO_ASSERT(target != nullptr);
}

void write_seeds(const std::string& folder) {
  size_t number = 0;
  for (const std::string& seed : target->seeds()) {
    std::ofstream(folder + "/seed-" + std::to_string(number++), std::ios::binary) << seed;
  }
}

// Leaves the lengths of the parts right, so that what follows a part is still read.
size_t mutate_part(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  std::vector<std::string> parts = FuzzParts::split({data, size});
  if (parts.empty()) return LLVMFuzzerMutate(data, size, max_size);
  std::string& part = parts[seed % parts.size()];
  const size_t others = size - std::min(size, part.size()) + 4 * parts.size();
  if (others + 1 >= max_size) return LLVMFuzzerMutate(data, size, max_size);
  const size_t old_size = part.size();
  part.resize(std::max(old_size, max_size - others));
  part.resize(
      LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(part.data()), old_size, max_size - others));
  const std::string joined = FuzzParts::join(parts);
  if (joined.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(joined.begin(), joined.end(), data);
  return joined.size();
}

}  // namespace
}  // namespace ceto

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  ceto::find_target();
  if (const char* const folder = std::getenv("CETO_FUZZ_SEEDS")) ceto::write_seeds(folder);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ceto::target->run({data, size});
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  return ceto::target->parts ? ceto::mutate_part(data, size, max_size, seed)
                             : LLVMFuzzerMutate(data, size, max_size);
}
