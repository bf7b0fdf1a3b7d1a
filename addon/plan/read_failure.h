// What a client is told when a read fails on this node: READ_FAILURE with the reason
// (native_protocol_v5.spec, section 8), in Cassandra's words. Shard thread only.
#pragma once

#include "base/result.h"
#include "plan/bound_statement.h"
#include "plan/plan_services.h"

namespace ceto {

// Source: org.apache.cassandra.exceptions.RequestFailureReason
enum class ReadFailureReason : uint16_t { kUnknown = 0, kTooManyTombstones = 1 };

Error read_failure(const PlanServices& services, const BoundStatement& bound,
                   ReadFailureReason reason);

// An error of a reader as it is told: damaged files and a failing disk are logged with their place
// and become READ_FAILURE, others stay.
Error told_error(PlanServices& services, const BoundStatement& bound, const Error& error);

}  // namespace ceto
