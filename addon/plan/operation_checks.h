// What binding checks of operations, filters and conditions beyond the validity of values, in
// Cassandra's words. Shard thread of the coordinator.
#pragma once

#include <span>

#include "base/result.h"
#include "plan/bound_statement.h"

namespace ceto {

Status check_operations(const Modification& statement, const Environment& environment);
Status check_filters(std::span<const Filter> filters, const Environment& environment);
Status check_conditions(const Modification& statement, const Environment& environment);

// The rules between the statements of a BATCH message and its type.
Status check_batch_entry(BatchInfo::Type type, const Plan& plan);
// The rules of conditional statements: one partition of one table, no contradicting IFs on one row.
Status check_conditional(const BoundStatement& bound);

}  // namespace ceto
