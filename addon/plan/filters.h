// Filters of a SELECT ... ALLOW FILTERING and conditions of a conditional update, on one row. They
// differ where something is null: a filter is then false, a condition compares with null. Operands
// have been checked when they were bound. Shard thread only.
// Source: org.apache.cassandra.db.filter.RowFilter, cql3.conditions.ColumnCondition
#pragma once

#include <span>

#include "plan/bound_statement.h"
#include "plan/row_values.h"

namespace ceto {

bool filter_matches(const Filter& filter, const Environment& environment, const RowSource& source);
bool condition_holds(const Filter& condition, const Environment& environment,
                     const RowSource& source);

// All those of `filters` that concern a partition as a whole (its key and static columns), or rows.
bool partition_filters_match(std::span<const Filter> filters, const Environment& environment,
                             const RowSource& source);
bool row_filters_match(std::span<const Filter> filters, const Environment& environment,
                       const RowSource& source);

}  // namespace ceto
