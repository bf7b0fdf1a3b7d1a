// The result columns of a BATCH message with conditions: its statements were planned one by one, so
// nobody has made them before. Any thread.
#pragma once

#include "base/arena.h"
#include "plan/bound_statement.h"

namespace ceto {

// `[applied]`, the primary key, and the columns that conditions name (all columns where IF EXISTS
// or IF NOT EXISTS stands), for the options' protocol version. Lives in the arena.
const CasMetadata* make_batch_cas(std::span<const BoundModification> modifications,
                                  const QueryOptions& options, Arena& arena);

}  // namespace ceto
