#include "lsm/covered_slice.h"

#include <algorithm>
#include <array>

namespace ceto {

namespace {

// Components beyond these are not looked at: a shorter prefix covers more.
constexpr size_t kMaxComponents = 8;

// An empty value may stand for a null component, whose place is another: the prefix ends there.
size_t load(const std::vector<std::string>& values, std::array<Bytes, kMaxComponents>& into) {
  size_t count = 0;
  while (count < std::min(values.size(), kMaxComponents) && !values[count].empty()) {
    into[count] = Bytes(values[count]);
    ++count;
  }
  return count;
}

}  // namespace

bool may_cover(const SSTableMetadata& metadata, const TableSchema& schema,
               std::span<const Slice> slices) {
  if (slices.empty()) return true;
  std::array<Bytes, kMaxComponents> low, high;
  const Bound first{{low.data(), load(metadata.min_clustering, low)}, false};
  const Bound last{{high.data(), load(metadata.max_clustering, high)}, true};
  return std::any_of(slices.begin(), slices.end(), [&](const Slice& slice) {
    return compare_bounds(schema, slice.start, last) < 0 &&
           compare_bounds(schema, slice.end, first) > 0;
  });
}

bool may_have_deletions(const SSTableMetadata& metadata) {
  // As statistics have it; the greatest time that they can hold stands for none as well.
  constexpr uint32_t kNoneInFile = INT32_MAX;
  return metadata.min_local_deletion_time < kNoneInFile;
}

}  // namespace ceto
