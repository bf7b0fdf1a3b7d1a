// Value ranges over clustering columns as slices of the clustering order. In the order of the
// values (a, b) > (1, 2) is one range; where columns differ in direction it is several slices of a
// partition.
// Source: org.apache.cassandra.cql3.restrictions.MultiColumnRestriction.SliceRestriction
#pragma once

#include <span>

#include "base/arena.h"
#include "lsm/row.h"
#include "plan/arena_vector.h"

namespace ceto {

struct ValueRange {
  std::span<Bytes> lower;  // empty: no bound
  std::span<Bytes> upper;
  bool lower_inclusive = false;
  bool upper_inclusive = false;
};

// Appends the slices of the rows that begin with `prefix` and go on within `range`; possibly empty
// ones, in no order.
void append_value_range(const TableSchema& table, Clustering prefix, const ValueRange& range,
                        ArenaVector<Slice>& to, Arena& arena);

}  // namespace ceto
