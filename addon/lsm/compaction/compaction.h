// Compaction: what a table's strategy chooses is rewritten, tombstones that have served are purged.
// Shard thread only; see compaction/rewrite.h.
#pragma once

#include <memory>
#include <vector>

#include "lsm/compaction/rewrite.h"

namespace ceto {

// `inputs` are in the table's list, not shared, and claimed by the caller.
Task<Status> compact_sstables(StoreContext& context, std::shared_ptr<TableStore> table,
                              std::vector<SSTablePtr> inputs);

// A major compaction. The caller holds the compaction mutex.
Task<Status> compact_all(StoreContext& context, std::shared_ptr<TableStore> table);

// What the table's strategy would do next; empty when nothing. Counts what is due in the table.
// Classes other than SizeTieredCompactionStrategy are treated as that one.
std::vector<SSTablePtr> choose_compaction(TableStore& table);

// Whether that is the table's own strategy; a table that names none has it.
bool is_size_tiered(const TableSchema& schema);

}  // namespace ceto
