// validate_row: whether the values of a row are values of their columns' types, for what checks
// files whole (verify, scrub). Any thread. Source: org.apache.cassandra.db.rows.Row.validateData
#pragma once

#include "base/result.h"
#include "lsm/row.h"

namespace ceto {

// kCorrupt names the column and what is wrong with its value.
Status validate_row(const TableSchema& schema, const Row& row);
// Of a row or of a bound, which has fewer values.
Status validate_clustering(const TableSchema& schema, Clustering clustering);

}  // namespace ceto
