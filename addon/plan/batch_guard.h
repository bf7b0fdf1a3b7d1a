// The guard of batches that touch several partitions: how large what they write is, and whether the
// client is to be warned of it or refused. It runs on the coordinating shard before anything is
// written. Shard thread only. Source: org.apache.cassandra.cql3.statements.BatchStatement
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/bound_statement.h"
#include "plan/plan_services.h"

namespace ceto {

struct BatchLimits {
  uint64_t warn_bytes = 5 * 1024;
  uint64_t fail_bytes = 50 * 1024;
  // Partitions of an unlogged batch.
  uint64_t warn_partitions = 10;
};

// `bound` is a batch. kInvalid "Batch too large"; otherwise warnings are appended.
Status check_batch(const BoundStatement& bound, const BatchLimits& limits, PlanServices& services,
                   std::vector<std::string>& warnings);

// The bytes of an update as Cassandra counts them for its limits (IMutation.dataSize).
uint64_t counted_bytes(const PartitionUpdate& update);

}  // namespace ceto
