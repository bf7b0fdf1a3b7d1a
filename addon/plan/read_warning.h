// The warning of a read that passed over many tombstones, with the read written out as CQL as far
// as a bound select still tells it. Made only when a threshold was crossed. Any thread. Source:
// org.apache.cassandra.db.ReadCommand.toCQLString and its metrics recording
#pragma once

#include <string>

#include "plan/bound_statement.h"
#include "plan/execution.h"

namespace ceto {

// `stats` adds up what all shards read.
std::string tombstone_warning(const BoundStatement& bound, const ExecutionStats& stats);

}  // namespace ceto
