// What a table tells its compaction strategy.
#include <algorithm>

#include "lsm/table_store.h"

namespace ceto {

CandidateSSTable TableStore::candidate_of(const LiveSSTable& entry) const {
  const SSTableMetadata& metadata = entry.table->metadata();
  CandidateSSTable out;
  out.data_bytes = metadata.data_bytes;
  out.level = entry.level;
  out.first = metadata.first_token;
  out.last = metadata.last_token;
  out.min_timestamp = metadata.min_timestamp;
  out.max_timestamp = metadata.max_timestamp;
  out.max_local_deletion_time = metadata.max_local_deletion_time;
  out.partitions = metadata.partitions;
  out.cells = metadata.estimated_cells;
  out.drop_times = &metadata.tombstone_drop_times;
  out.created_seconds = entry.created_seconds;
  out.generation = entry.table->descriptor().generation;
  out.repaired = metadata.repaired_at > 0;
  // One that cannot be read is for a scrub.
  out.busy = claims_.has(*entry.table) || damaged(*entry.table);
  return out;
}

CompactionInput TableStore::compaction_input() const {
  CompactionInput out;
  out.view.now_seconds = context_.clock.wall_seconds();
  out.view.gc_before_seconds = out.view.now_seconds - schema_->gc_grace_seconds;
  // Shared sets may hold anything until they are rewritten.
  out.view.purge_allowed = context_.purge_allowed && !has_unlisted();
  out.view.flush_bytes = static_cast<uint64_t>(mean_flush_bytes_);
  const auto look = [&](const MemtableRef& memtable) {
    if (memtable->empty()) return;
    out.view.memtable_min_timestamp =
        std::min(out.view.memtable_min_timestamp, memtable->min_timestamp());
  };
  look(active_);
  for (const MemtableRef& memtable : flushing_) look(memtable);
  for (const LiveSSTable& entry : sstables_) {
    if (entry.shared) {
      out.view.purge_allowed = false;
      continue;
    }
    out.view.sstables.push_back(candidate_of(entry));
    out.tables.push_back(entry.table);
  }
  return out;
}

void TableStore::update_levels() {
  for (LiveSSTable& entry : sstables_) entry.level = entry.table->metadata().level;
  if (!strategy_.leveled()) return;
  // Repaired SSTables have levels of their own.
  for (const bool repaired : {false, true}) {
    std::vector<CandidateSSTable> candidates;
    std::vector<LiveSSTable*> entries;
    for (LiveSSTable& entry : sstables_) {
      if (entry.shared || (entry.table->metadata().repaired_at > 0) != repaired) continue;
      candidates.push_back(candidate_of(entry));
      entries.push_back(&entry);
    }
    const std::vector<uint32_t> levels = usable_levels(candidates);
    for (size_t i = 0; i < entries.size(); ++i) entries[i]->level = levels[i];
  }
}

// The average forgets: after a thousand flushes a size counts for a hundredth.
void TableStore::count_flush(uint64_t bytes) {
  constexpr double kWeightOfOne = 0.0046;  // 1 - 0.01^(1/1000)
  const auto size = static_cast<double>(bytes);
  mean_flush_bytes_ += (size - mean_flush_bytes_) * (mean_flush_bytes_ == 0 ? 1 : kWeightOfOne);
}

}  // namespace ceto
