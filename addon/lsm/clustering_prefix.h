// clustering_prefix: eight bytes of a row's place that compare as integers, so that most steps of a
// search in a partition need no typed comparison. For clusterings a and b in the table's order,
// a < b implies prefix(a) <= prefix(b); equal prefixes decide nothing. Any thread.
#pragma once

#include <cstdint>

#include "lsm/row.h"

namespace ceto {

// Of the first component; a null one has the least prefix. `clustering` is not empty.
int64_t clustering_prefix(const TableSchema& schema, Clustering clustering);

}  // namespace ceto
