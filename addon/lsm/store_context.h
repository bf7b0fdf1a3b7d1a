// StoreContext: what the parts of a store share. Owned by StoreImpl, outlives its tables and all
// work.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/background.h"
#include "lsm/async_mutex.h"
#include "lsm/chunk_cache.h"
#include "lsm/commitlog.h"
#include "lsm/compaction/running_compactions.h"
#include "lsm/compaction/space.h"
#include "lsm/damage_log.h"
#include "lsm/disk_watch.h"
#include "lsm/memory_budget.h"
#include "lsm/replay_positions.h"
#include "lsm/row_cache.h"
#include "lsm/table_files.h"
#include "lsm/throttle.h"

namespace ceto {

// Files that go with the last reader of their SSTables: then the marks beside them, and the
// transaction log that would remove them at a start, go too.
struct RetiredFiles {
  std::string directory;
  std::vector<std::weak_ptr<SSTable>> sstables;
  std::vector<std::string> leftovers;  // paths
  bool whole_directory = false;        // of a dropped table

  bool unread() const;
  // Whether all is gone: else another attempt is due. Of the shard it uses `io` alone.
  bool remove(Io& io) const;
};

class TableStore;
class TransactionLog;

// A compaction whose commit failed: it may be on disk or not, so both sides are kept.
struct DoubtfulCommit {
  std::shared_ptr<TableStore> table;
  std::shared_ptr<TransactionLog> log;
  std::vector<uint64_t> made;  // generations
};

struct StoreContext {
  StoreContext(const StoreConfig& store_config, Io& store_io, Background& for_flush,
               Background& for_compaction, Clock& store_clock)
      : config(store_config),
        io(store_io),
        flush_background(for_flush),
        compaction_background(for_compaction),
        clock(store_clock),
        memory(total_memory_bytes(store_config)),
        cache(memory, store_config.chunk_cache_bytes),
        row_cache(memory, store_config.row_cache_bytes),
        log(config, store_io, store_clock),
        positions(store_io,
                  shard_log_directory(store_config.commitlog_directory, store_config.shard)),
        space(store_config.compaction_space ? store_config.compaction_space
                                            : std::make_shared<CompactionSpace>()),
        throttle(store_clock, store_config.compaction_bytes_per_second),
        running(store_config.node_id, store_config.shard),
        incremental_backups(store_config.incremental_backups) {}

  static uint64_t total_memory_bytes(const StoreConfig& config) {
    return config.memory_bytes != 0 ? config.memory_bytes
                                    : config.memtable_bytes + config.chunk_cache_bytes;
  }
  // What memtables may hold: less than was configured when the metadata of files leaves less.
  uint64_t memtable_limit_bytes() const {
    return memory.memtable_limit_bytes(config.memtable_bytes);
  }
  uint64_t memtable_bytes() const { return memory.used(MemoryUse::kMemtables); }
  // A bounded piece of what the caches and flushed memtables have to give back; true: more is left.
  bool give_way();

  ShardShare share() const { return {config.shard, config.shard_count}; }
  // Removes what no reader needs any more. For what truncations and drops leave, and for close(),
  // once `removals` is closed.
  void remove_retired();
  // The same beside the shard's thread, which goes on meanwhile: the inputs of a compaction may be
  // hundreds of files, and large ones. After compactions and flushes, and every second.
  void remove_retired_aside();
  // The directories of dropped tables in which nothing else waits to be removed.
  void remove_dropped();

  StoreConfig config;
  Io& io;
  Background& flush_background;
  Background& compaction_background;
  Clock& clock;
  MemoryBudget memory;
  ChunkCache cache;
  RowCache row_cache;
  Commitlog log;
  ReplayPositions positions;
  DiskWatch disk;
  std::shared_ptr<CompactionSpace> space;
  Throttle throttle;
  RunningCompactions running;
  bool incremental_backups;
  DamageLog damage;
  std::vector<RetiredFiles> retired;
  Gate removals;                      // what remove_retired_aside() has under way
  std::vector<std::string> removing;  // and in which directories
  // False while records of another shard count wait to be retired: a tombstone that is purged now
  // could be missed when they are replayed once more.
  bool purge_allowed = true;
  // Nothing is rewritten while there are any: settle_commits(), which holds the mutex.
  std::vector<DoubtfulCommit> doubtful;
  AsyncMutex doubtful_mutex;
  // No table made from here on begins with generations below: readers of a dropped one may still
  // hold files of that table's id, which go by their names.
  uint64_t first_counter = 1;
  FilterUse gone_filters;  // of SSTables that no table has any more
  uint64_t compactions_aborted = 0, compactions_reduced = 0, sstables_left_out = 0;
  uint64_t flushes = 0, compactions = 0, compacted_bytes = 0, failed_background = 0;
};

}  // namespace ceto
