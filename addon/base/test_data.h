// Where the files lie that unit tests read: found from the test program upwards, since the
// compiler's
// __FILE__ is relative when a compiler cache folds checkouts together. Tests only; any thread.
#pragma once

#include <filesystem>
#include <string>

#include "base/assert.h"

namespace ceto {

// `folder` is below addon/, for instance "lsm/sstable/testdata". Ends with a slash.
inline std::string test_data(const std::string& folder) {
  auto place = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  while (!std::filesystem::exists(place / "addon" / folder)) {
    CETO_ASSERT(place.has_relative_path());
    place = place.parent_path();
  }
  return (place / "addon" / folder).string() + "/";
}

}  // namespace ceto
