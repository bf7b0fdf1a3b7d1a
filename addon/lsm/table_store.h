// TableStore: one table on one shard: the memtable that is written to, those on their way to disk,
// and the SSTables. Owned by the store through a shared pointer, which background work and sources
// that outlive a drop hold as well. Shard thread only; the StoreContext outlives it.
#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "lsm/async_mutex.h"
#include "lsm/compaction/claims.h"
#include "lsm/compaction/strategy.h"
#include "lsm/live_reader.h"
#include "lsm/live_sstable.h"
#include "lsm/partition_writer.h"
#include "lsm/sstable_runs.h"
#include "lsm/store_context.h"

namespace ceto {

// A table's SSTables that a strategy may choose from.
struct CompactionInput {
  CompactionView view;
  std::vector<SSTablePtr> tables;  // as view.sstables
};

// By a truncation: the tokens of `share` in the set are gone.
struct TruncatedShare {
  uint64_t generation = 0;
  ShardShare share;
};

class TableStore {
 public:
  TableStore(StoreContext& context, TableSchemaPtr schema);
  ~TableStore();
  TableStore(const TableStore&) = delete;
  TableStore& operator=(const TableStore&) = delete;

  const TableSchemaPtr& schema() const { return schema_; }
  // A changed compaction option takes effect with the next choice.
  void set_schema(TableSchemaPtr schema);
  const std::string& directory() const { return directory_; }

  // Finds, checks and opens the sets of files; ends what a crash left half done. `truncated` are
  // shares of sets that must go.
  Task<Status> load(std::vector<TruncatedShare> truncated);

  void apply(const PartitionUpdate& update, CommitPosition position);

  // See Store::read and Store::scan.
  std::unique_ptr<PartitionReader> read(const ReadCommand& command, Token token, Bytes key);
  std::unique_ptr<TableScanner> scan(const ReadCommand& command, const TokenRange& range);

  // Writes every memtable that exists now to disk. One flush of a table at a time.
  static Task<Status> flush(std::shared_ptr<TableStore> table);
  // What is written from here on is in a memtable of its own. The caller holds the flush mutex.
  void switch_memtable();
  // Forgets the memtables but the active one, and the sets of `generations`. Nothing else runs on
  // the table: the caller holds both locks.
  void forget(const std::vector<uint64_t>& generations);
  void forget_all() {
    switch_memtable();
    forget(generations());
  }
  void mark_dropped() { dropped_ = cancelled_ = true; }
  bool dropped() const { return dropped_; }

  // Work on the table's files. Who works on all of them (a major compaction, a scrub) takes the
  // compaction mutex, who works on some takes a claim. Truncation and drop cancel what runs, take
  // both mutexes and wait for the claims.
  AsyncMutex& flush_mutex() { return flush_mutex_; }
  AsyncMutex& compaction_mutex() { return compaction_mutex_; }
  CompactionClaims& claims() { return claims_; }
  void set_cancelled(bool cancelled) { cancelled_ = cancelled || dropped_; }
  const bool* cancelled() const { return &cancelled_; }

  const std::vector<LiveSSTable>& sstables() const { return sstables_; }
  // Remembers which of them an error of damage names: they are left out of automatic compactions,
  // which would fail again and again, until a scrub replaces them.
  void note_damage(const Error& error);
  bool damaged(const SSTable& sstable) const;
  // Listed and unlisted.
  std::vector<uint64_t> generations() const;
  // Complete sets that the table does not read, but the next start might: they could not be removed
  // for good, or nobody knows whether a commit is on disk. A truncation names them, and until they
  // are gone or a start has sorted them out no tombstone is purged, since they may hold what it
  // deletes.
  void note_unlisted(const std::vector<uint64_t>& generations);
  void forget_unlisted(const std::vector<uint64_t>& generations);
  bool has_unlisted() const { return !unlisted_.empty(); }
  // Those of `generations` whose sets are complete on disk still: readers hold them.
  std::vector<uint64_t> still_there(const std::vector<uint64_t>& generations) const;
  // No set has its generation or a later one.
  uint64_t next_counter() const { return next_counter_; }
  uint64_t new_generation() { return make_generation(next_counter_++, context_.config.shard); }
  // Where the set of an output lies. Its mark is written.
  Result<SSTableDescriptor> new_set(uint64_t generation);
  // The inputs leave the list, the outputs come in, in one step. `lost_keys`: partitions of the
  // inputs are in none of the outputs, deletions included.
  void replace(const std::vector<SSTablePtr>& inputs, const std::vector<SSTablePtr>& outputs,
               bool lost_keys = false);
  // The mark that this shard's part of a shared set lives elsewhere; the last shard removes the
  // files.
  Status finish_shared(const SSTablePtr& input);
  CompactionStrategy& strategy() { return strategy_; }
  const CompactionStrategy& strategy() const { return strategy_; }
  // After one that the disk had no room for, no automatic compaction until then.
  bool waits_for_room(int64_t now_micros) const { return now_micros < room_retry_micros_; }
  void wait_for_room_until(int64_t micros) { room_retry_micros_ = micros; }
  CompactionInput compaction_input() const;
  FilterUse live_filter_use() const;
  // Told after a file's level was changed in place.
  void update_levels();
  // The least timestamp of what lies outside of `inputs` under the key.
  using SSTableSet = std::unordered_set<const SSTable*>;
  int64_t min_timestamp_outside(const SSTableSet& inputs, Token token, Bytes key) const;
  // All partitions of an entry that are this shard's, for who reads each to its end.
  std::unique_ptr<ScanSource> walk_entry(const LiveSSTable& entry,
                                         const ReadCommand& everything) const;

  // For FileOperations: see there.
  std::vector<SetInUse> sets_in_use() const;
  uint64_t reserve_generations(uint32_t count);
  Task<Result<std::vector<SetInUse>>> link_sets(std::string target);
  Task<Status> prepare_import(std::vector<uint64_t> generations, bool read_all);
  void publish_import();
  void forget_import();

  size_t active_bytes() const { return active_->bytes(); }
  bool has_memory() const { return !active_->empty() || !flushing_.empty(); }
  // The oldest record that is in memory only; UINT64_MAX: none.
  CommitPosition first_position() const;
  TableStats stats() const;
  uint64_t pending_compactions = 0;

 private:
  Task<Status> recover_transactions(TableFiles& files);
  Task<Status> load_set(const FileSet& set);
  Status apply_truncations(TableFiles& files, const std::vector<TruncatedShare>& truncated);
  Status finish_set(const SSTableDescriptor& set);
  std::unique_ptr<PartitionReader> read_merged(const ReadCommand& command, Token token, Bytes key,
                                               const MemtablePartition* in_active);
  std::unique_ptr<PartitionSource> read_names(LiveReader& reader, const ReadCommand& command,
                                              Token token, Bytes key,
                                              const MemtablePartition* in_active);
  static std::unique_ptr<PartitionSource> read_sstables(const std::vector<SSTablePtr>& tables,
                                                        const ReadCommand& command, Token token,
                                                        Bytes key);
  // Indexes into sstables_, newest data first, of those whose tokens reach over `token` and that
  // may have it.
  const std::vector<uint32_t>& covering(Token token);
  RowCache::Entry* find_cached(Token token, Bytes key);
  std::unique_ptr<PartitionSource> fill_cache(LiveReader& reader, const ReadCommand& command,
                                              Token token, Bytes key);
  const ReadCommand* command_for(const LiveSSTable& live, LiveReader& reader,
                                 const ReadCommand& command) const;
  MemoryUse memtable_use() const;
  void let_go(const MemtableRef& memtable);
  Task<Status> write_oldest_memtable();
  Status back_up(const SSTablePtr& flushed);
  void count_flush(uint64_t bytes);
  CandidateSSTable candidate_of(const LiveSSTable& entry) const;

  StoreContext& context_;
  TableSchemaPtr schema_;
  std::string directory_;
  MemtableRef active_;
  std::vector<MemtableRef> flushing_;   // oldest first
  std::vector<LiveSSTable> sstables_;   // newest data first: by max timestamp
  std::vector<LiveSSTable> importing_;  // not visible yet
  std::vector<uint64_t> damaged_;       // generations
  std::vector<uint64_t> unlisted_;      // generations
  uint64_t epoch_ = 0;                  // of the newest data in files
  uint64_t purged_epoch_ = 0;           // of the newest files that keys were purged from
  RowCache::TableNumber cache_number_;
  SSTableRuns runs_;  // by token, over sstables_
  // Of a read, and of a compaction's question: kept for their memory.
  std::vector<uint32_t> found_;
  mutable std::vector<uint32_t> outside_;
  CompactionStrategy strategy_;
  double mean_flush_bytes_ = 0;
  uint64_t next_counter_;  // of generations
  int64_t room_retry_micros_ = 0;
  FilterUse gone_filters_;  // of SSTables that left the list
  bool cancelled_ = false;
  bool dropped_ = false;
  AsyncMutex flush_mutex_;
  AsyncMutex compaction_mutex_;
  CompactionClaims claims_;
  uint64_t reads_ = 0, writes_ = 0, switches_ = 0;
};

}  // namespace ceto
