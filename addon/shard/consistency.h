// What a consistency level asks of this node: whether it suits the statement, and whether enough
// replicas live. This node holds one replica of everything, and there is no other node. Any thread.
// Source: org.apache.cassandra.db.ConsistencyLevel, org.apache.cassandra.locator.ReplicaPlans
#pragma once

#include "base/result.h"
#include "plan/bound_statement.h"

namespace ceto {

// kInvalid for levels that the kind of statement cannot have; kUnavailable where the level, or the
// consensus of a condition, needs more replicas than the one.
Status check_consistency(const BoundStatement& bound);

}  // namespace ceto
