#include "lsm/compaction/compaction.h"

#include "lsm/compaction/size_tiered.h"

namespace ceto {

Task<Status> compact_sstables(StoreContext& context, std::shared_ptr<TableStore> table,
                              std::vector<SSTablePtr> inputs) {
  RewritePolicy policy;
  RewriteJob job{CompactionKind::kCompaction, std::move(inputs), {}};
  const auto done = co_await rewrite_sstables(context, table, std::move(job), policy);
  if (!done) co_return done.error();
  co_return Status{};
}

Task<Status> compact_all(StoreContext& context, std::shared_ptr<TableStore> table) {
  ClaimedSSTables claimed = co_await claim_all(context, table);
  if (claimed.sstables.empty()) co_return Status{};
  RewritePolicy policy;
  RewriteJob job{CompactionKind::kMajorCompaction, std::move(claimed.sstables), {}};
  const auto done = co_await rewrite_sstables(context, table, std::move(job), policy);
  if (!done) co_return done.error();
  co_return Status{};
}

bool is_size_tiered(const TableSchema& schema) {
  const auto found = schema.compaction.find("class");
  return found == schema.compaction.end() ||
         found->second.ends_with("SizeTieredCompactionStrategy");
}

std::vector<SSTablePtr> choose_compaction(TableStore& table) {
  std::vector<SSTablePtr> candidates;
  std::vector<uint64_t> sizes;
  for (const LiveSSTable& entry : table.sstables()) {
    if (entry.shared || table.claims().has(*entry.table)) continue;
    candidates.push_back(entry.table);
    sizes.push_back(entry.table->metadata().disk_bytes);
  }
  const SizeTieredChoice choice =
      choose_size_tiered(sizes, SizeTieredOptions::from(table.schema()->compaction));
  table.pending_compactions = choice.pending;
  std::vector<SSTablePtr> out;
  for (const size_t index : choice.inputs) out.push_back(candidates[index]);
  return out;
}

}  // namespace ceto
