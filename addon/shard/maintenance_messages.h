// The messages of an operator's work on files (docs/formats/shard-messages.md, 35 to 49). Shard
// thread only.
#pragma once

#include <string>

#include "base/task.h"
#include "lsm/store.h"
#include "shard/port_messages.h"

namespace ceto {

// The body of the answer. The store outlives the task.
Task<Result<std::string>> run_maintenance(Store& store, MaintenanceMessage type,
                                          std::string message);

}  // namespace ceto
