// Maintenance: what an operator runs over the SSTables of a table, beside its compactions. Owned by
// the store, whose tables it finds through a function; its tasks are counted by the store's gate
// and must have ended before the store is destroyed. Shard thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/task.h"
#include "lsm/damage_log.h"
#include "lsm/garbage_scan.h"
#include "lsm/sstable/salvage.h"
#include "lsm/sstable/statistics.h"
#include "lsm/sstable/verify.h"

namespace ceto {

struct StoreContext;
class TableStore;
class RewritePolicy;

struct VerifySettings {
  VerifyOptions files;
  // Keys that are another shard's are a finding too.
  bool check_owned_tokens = false;
  // Files of an earlier version than what is written now are one.
  bool check_version = false;
};

struct ScrubSettings {
  // Counter tables are left as they are when something does not check, unless this is set: a lost
  // increment cannot be told from one that never was.
  bool skip_corrupted = false;
  bool validate = true;
};

struct ScrubReport {
  uint64_t sstables = 0;
  SalvageReport found;
};

// A file of the table as nodetool names it.
struct SSTableInfo {
  std::string data_path;
  SSTableMetadata metadata;
};

class Maintenance {
 public:
  using FindTable = std::function<std::shared_ptr<TableStore>(const TableId&)>;

  Maintenance(StoreContext& context, Gate& gate, FindTable find)
      : context_(context), gate_(gate), find_(std::move(find)) {}
  Maintenance(const Maintenance&) = delete;

  // Counts a task in the store's gate while it runs.
  class Entered {
   public:
    explicit Entered(Gate& gate) : gate_(gate.enter() ? &gate : nullptr) {}
    Entered(const Entered&) = delete;
    ~Entered() {
      if (gate_ != nullptr) gate_->leave();
    }
    Status status() const {
      if (gate_ != nullptr) return {};
      return Error{ErrorCode::kShuttingDown, "the store is closing"};
    }

   private:
    Gate* gate_;
  };

  // Each SSTable that the table has now; shared ones are looked at by the shard that owns their
  // first token. Damage is also in the log.
  Task<Result<VerifyReport>> verify(TableId id, VerifySettings settings);

  // --- rewriting; each waits for the compactions of the table to make room -----------------------

  // What can be read of each SSTable goes into a new one, what cannot is named in the log.
  Task<Result<ScrubReport>> scrub(TableId id, ScrubSettings settings);
  // Drops the partitions that are another shard's.
  Task<Status> cleanup(TableId id);
  // Those of an earlier version, or all, in the format of now.
  Task<Status> upgrade(TableId id, bool all);
  // Those that are compressed otherwise than the table says.
  Task<Status> recompress(TableId id);
  // Drops what the other SSTables of the table have deleted, and tombstones that have served.
  Task<Status> collect_garbage(TableId id, GarbageGranularity granularity);
  // Into one, of those that the generations name and that are here; unknown ones are passed over.
  Task<Status> compact_files(TableId id, std::vector<uint64_t> generations);
  // Those with tokens from `first` to `last`, both inclusive.
  Task<Status> compact_range(TableId id, Token first, Token last);
  // A major compaction whose outputs are half, a quarter … of what there is.
  Task<Status> compact_split(TableId id);

  // All of the table, or those that may hold the key.
  Result<std::vector<SSTableInfo>> sstables(const TableId& id, const Bytes* key) const;
  // Statistics.db of each, read from disk: partition sizes and cell counts.
  Task<Result<std::vector<StatsComponent>>> statistics(TableId id);

  // From the next compaction that looks for work on; at least 1.
  void set_concurrent_compactions(uint32_t count);

  // What requests and maintenance met; taken once.
  std::vector<DamageLine> take_damage();

 private:
  using Wanted = std::function<bool(const SSTable&)>;
  Task<Status> rewrite_each(std::shared_ptr<TableStore> table, CompactionKind kind,
                            class OneToOne& policy, Wanted wanted);
  Task<Status> rewrite_together(std::shared_ptr<TableStore> table, CompactionKind kind,
                                RewritePolicy& policy, Wanted wanted);
  Result<std::shared_ptr<TableStore>> find_table(const TableId& id) const;

  StoreContext& context_;
  Gate& gate_;
  FindTable find_;
};

}  // namespace ceto
