// Compaction: what a table's strategy chooses is rewritten, tombstones that have served are purged.
// Shard thread only; see compaction/rewrite.h.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lsm/compaction/rewrite.h"

namespace ceto {

struct PlannedCompaction {
  CompactionInput input;
  CompactionChoice choice;

  // The SSTables that it takes.
  std::vector<SSTablePtr> tables() const;
};

// What the table's strategy would do next, if anything. Counts what is due in the table.
std::optional<PlannedCompaction> plan_compaction(TableStore& table);

// The caller holds a claim of planned.tables().
Task<Status> run_compaction(StoreContext& context, std::shared_ptr<TableStore> table,
                            PlannedCompaction planned);

// A major compaction. The caller holds the compaction mutex.
Task<Status> compact_all(StoreContext& context, std::shared_ptr<TableStore> table);

}  // namespace ceto
