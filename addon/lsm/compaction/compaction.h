// Compaction: several SSTables of a table become one, tombstones that have served are purged, and
// the change is atomic (lsm/transaction_log.h). One table is compacted by one task at a time; the
// caller holds its compaction mutex. Shard thread only; works in slices of background time,
// throttled.
#pragma once

#include <memory>
#include <vector>

#include "lsm/table_store.h"

namespace ceto {

// `inputs` are in the table's list and not shared. What they have left may be nothing: then they
// only go.
Task<Status> compact_sstables(StoreContext& context, std::shared_ptr<TableStore> table,
                              std::vector<SSTablePtr> inputs);

// Copies this shard's part of a shared set into a set of its own and marks it so. Nothing is
// purged: a crash between the two leaves the part in both.
Task<Status> rewrite_shared(StoreContext& context, std::shared_ptr<TableStore> table,
                            LiveSSTable input);

// What the table's strategy would do next; empty when nothing. Counts what is due in the table.
// Classes other than SizeTieredCompactionStrategy are treated as that one.
std::vector<SSTablePtr> choose_compaction(TableStore& table);

// Whether that is the table's own strategy; a table that names none has it.
bool is_size_tiered(const TableSchema& schema);

}  // namespace ceto
