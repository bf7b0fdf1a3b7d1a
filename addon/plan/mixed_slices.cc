#include "plan/mixed_slices.h"

#include <algorithm>

namespace ceto {

namespace {

Clustering concatenate(Clustering a, std::span<const Bytes> b, Arena& arena) {
  const std::span<Bytes> made = arena.make_array<Bytes>(a.size() + b.size());
  std::copy(a.begin(), a.end(), made.begin());
  std::copy(b.begin(), b.end(), made.begin() + static_cast<std::ptrdiff_t>(a.size()));
  return made;
}

// The rows beyond one bound, as disjoint slices. For each length of what the row shares with the
// bound: equal so far, then greater (or less) in the next column, whose direction says on which
// side that is.
void one_sided(const TableSchema& table, Clustering prefix, std::span<const Bytes> bound,
               bool inclusive, bool greater, ArenaVector<Slice>& to, Arena& arena) {
  const Clustering whole = concatenate(prefix, bound, arena);
  for (size_t shared = 0; shared < bound.size(); ++shared) {
    const size_t length = prefix.size() + shared;
    const Clustering head = whole.first(length);
    const Clustering next = whole.first(length + 1);
    const bool takes_equal = inclusive && shared + 1 == bound.size();
    const bool upwards = greater != table.clustering[length]->type->reversed;
    if (upwards) {
      to.push_back({{next, !takes_equal}, {head, true}});
    } else {
      to.push_back({{head, false}, {next, takes_equal}});
    }
  }
}

bool same_direction(const TableSchema& table, size_t first, size_t count) {
  for (size_t i = 1; i < count; ++i) {
    if (table.clustering[first + i]->type->reversed != table.clustering[first]->type->reversed) {
      return false;
    }
  }
  return true;
}

}  // namespace

void append_value_range(const TableSchema& table, Clustering prefix, const ValueRange& range,
                        ArenaVector<Slice>& to, Arena& arena) {
  const size_t columns = std::max(range.lower.size(), range.upper.size());
  if (columns == 0) {
    to.push_back({{prefix, false}, {prefix, true}});
    return;
  }
  if (same_direction(table, prefix.size(), columns)) {
    const bool reversed = table.clustering[prefix.size()]->type->reversed;
    Slice slice{{prefix, false}, {prefix, true}};
    if (!range.lower.empty()) {
      const Clustering lower = concatenate(prefix, range.lower, arena);
      if (reversed) {
        slice.end = {lower, range.lower_inclusive};
      } else {
        slice.start = {lower, !range.lower_inclusive};
      }
    }
    if (!range.upper.empty()) {
      const Clustering upper = concatenate(prefix, range.upper, arena);
      if (reversed) {
        slice.start = {upper, !range.upper_inclusive};
      } else {
        slice.end = {upper, range.upper_inclusive};
      }
    }
    to.push_back(slice);
    return;
  }
  ArenaVector<Slice> above(arena), below(arena);
  const Slice everything{{prefix, false}, {prefix, true}};
  if (range.lower.empty()) {
    above.push_back(everything);
  } else {
    one_sided(table, prefix, range.lower, range.lower_inclusive, true, above, arena);
  }
  if (range.upper.empty()) {
    below.push_back(everything);
  } else {
    one_sided(table, prefix, range.upper, range.upper_inclusive, false, below, arena);
  }
  for (const Slice& a : above) {
    for (const Slice& b : below) {
      Slice both = a;
      if (compare_bounds(table, both.start, b.start) < 0) both.start = b.start;
      if (compare_bounds(table, b.end, both.end) < 0) both.end = b.end;
      to.push_back(both);
    }
  }
}

}  // namespace ceto
