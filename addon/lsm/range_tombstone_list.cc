#include "lsm/range_tombstone_list.h"

#include <algorithm>

#include "base/assert.h"

namespace ceto {

namespace {

// Appends, joining with the range before when it touches and has the same deletion.
void append(const TableSchema& schema, RangeTombstoneList::Ranges& out, const Bound& start,
            const Bound& end, const DeletionTime& deletion) {
  if (compare_bounds(schema, start, end) >= 0) return;
  if (!out.empty() && out.back().deletion == deletion &&
      compare_bounds(schema, out.back().slice.end, start) == 0) {
    out.back().slice.end = end;
    return;
  }
  out.push_back({{start, end}, deletion});
}

}  // namespace

void RangeTombstoneList::add(const TableSchema& schema, const RangeTombstone& added) {
  if (compare_bounds(schema, added.slice.start, added.slice.end) >= 0) return;
  if (!ranges_) {
    ranges_ = std::make_shared<Ranges>(1, added);
    return;
  }
  if (ranges_.use_count() > 1) ranges_ = std::make_shared<Ranges>(*ranges_);
  Ranges& ranges = *ranges_;
  // What touches or overlaps the new range: from the first that ends at or after its start.
  const auto first = std::partition_point(ranges.begin(), ranges.end(), [&](const auto& range) {
    return compare_bounds(schema, range.slice.end, added.slice.start) < 0;
  });
  auto last = first;
  while (last != ranges.end() && compare_bounds(schema, last->slice.start, added.slice.end) <= 0) {
    ++last;
  }
  if (first == last) {
    ranges.insert(first, added);
    return;
  }
  Ranges replacement;
  Bound done = added.slice.start;  // the new range is placed up to here
  for (auto at = first; at != last; ++at) {
    const Bound& start = at->slice.start;
    const Bound& end = at->slice.end;
    if (compare_bounds(schema, start, done) < 0) {
      append(schema, replacement, start, done, at->deletion);
    } else {
      append(schema, replacement, done, start, added.deletion);
      done = start;
    }
    const Bound until = compare_bounds(schema, end, added.slice.end) < 0 ? end : added.slice.end;
    if (compare_bounds(schema, done, until) < 0) {
      append(schema, replacement, done, until,
             added.deletion.supersedes(at->deletion) ? added.deletion : at->deletion);
      done = until;
    }
    if (compare_bounds(schema, end, added.slice.end) > 0) {
      append(schema, replacement, added.slice.end, end, at->deletion);
    }
  }
  append(schema, replacement, done, added.slice.end, added.deletion);
  // Only as much of the old list moves as the replacement is longer or shorter.
  const auto at = ranges.erase(first, last);
  ranges.insert(at, replacement.begin(), replacement.end());
}

}  // namespace ceto
