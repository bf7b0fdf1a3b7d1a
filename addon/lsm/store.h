// Store: one shard's LSM tree over all its tables: commit log, memtables, SSTables, compaction and
// the chunk cache. The shard owns one; shard thread only. Reads are pull iterators that never
// block: a step that needs the disk says kWait, the caller awaits wait() and repeats the step, so a
// read served from memory runs straight through without a coroutine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "io/background.h"
#include "io/io.h"
#include "lsm/compaction_progress.h"
#include "lsm/file_operations.h"
#include "lsm/row.h"
#include "lsm/sstable/filter_use.h"

namespace ceto {

enum class CommitlogSync : uint8_t { kPeriodic, kGroup, kBatch };

// A start that brings back archived segments, which lie in <commitlog_directory>/restore/.
struct CommitlogRestore {
  bool active = false;
  int64_t until_micros = INT64_MAX;  // records with a later write timestamp are left out
  int64_t timestamp_micros = 1;      // microseconds in one unit of the clients' timestamps
  // Records up to here, of every shard, are in the SSTables that were restored.
  uint64_t snapshot_position = 0;
};

class CompactionSpace;  // lsm/compaction/space.h

struct StoreConfig {
  std::string data_directory;       // Cassandra's layout below: keyspace/table-<id without dashes>/
  std::string commitlog_directory;  // segments of this shard lie in <dir>/shard-<n>/
  uint32_t shard = 0;
  uint32_t shard_count = 1;
  CommitlogSync commitlog_sync = CommitlogSync::kGroup;
  int64_t commitlog_sync_period_micros = 10'000'000;  // periodic
  int64_t commitlog_group_window_micros = 0;          // group: extra wait for company
  uint32_t commitlog_segment_bytes = 32u << 20;
  bool commitlog_archiving = false;      // a segment stays until segment_archived()
  uint64_t commitlog_last_archived = 0;  // no new segment has this id or less
  bool commitlog_ignore_replay_errors = false;
  CommitlogRestore restore;
  uint64_t commitlog_total_bytes = 1ull << 30;  // beyond it the oldest dirty memtable is flushed
  // All that the shard holds of data: memtables, caches, and what open SSTables keep in memory. 0:
  // the sum of the limits below. The caches give way to the others.
  uint64_t memory_bytes = 0;
  uint64_t memtable_bytes = 256ull << 20;     // at most, all tables of the shard
  uint64_t chunk_cache_bytes = 128ull << 20;  // at most
  // At most; 0: no row cache; UINT64_MAX: a part of what the caches may hold.
  uint64_t row_cache_bytes = UINT64_MAX;
  uint64_t compaction_bytes_per_second = 64ull << 20;  // 0: not limited
  // Compactions of the shard at once: a small one need not wait for a large one.
  uint32_t concurrent_compactions = 2;
  // Of the free bytes of the disk beyond so many, compactions may fill this part. Source:
  // cassandra.yaml, min_free_space_per_drive and max_space_usable_for_compactions_in_percentage
  uint64_t min_free_bytes = 0;
  double compaction_space_fraction = 0.95;
  std::shared_ptr<CompactionSpace> compaction_space;  // of all shards; nullptr: one of its own
  bool incremental_backups = false;                   // at the start; may be turned later
  std::array<uint8_t, 16> node_id{};                  // host id: the counter shard id of this node
};

// Where a write stands in the commit log; ordered.
using CommitPosition = uint64_t;

// Told when the commit log has met its promise for `position` (group, batch: on disk). Intrusive,
// owned by the request; `on_durable` is called on the shard thread with the error if the disk
// failed.
struct DurabilityWaiter {
  CommitPosition position = 0;
  void (*on_durable)(DurabilityWaiter&, const Error* error) = nullptr;
  void* context = nullptr;
  DurabilityWaiter* next = nullptr;
};

enum class Step : uint8_t { kReady, kEnd, kWait, kError };

// Which rows of a partition, which columns. Views must outlive the reader.
struct ReadCommand {
  TableSchemaPtr table;
  std::span<const Slice> slices;  // ascending, disjoint; empty: all rows
  bool reversed = false;          // rows come last first, slices are still given ascending
  bool static_only = false;       // no rows
  // Bit `id` set: the column's cells are wanted. Empty: all. Row liveness and deletions always
  // count.
  std::span<const uint64_t> columns;
  int64_t now_seconds = 0;
};

// The rows of one partition, reconciled: what deletions shadow and what has expired is not there,
// cells that expire later still carry ttl and local_deletion_time. Holds references to the
// memtables and SSTables that it reads until destroyed, across flushes, compactions and
// suspensions.
class PartitionReader {
 public:
  virtual ~PartitionReader() = default;
  // kReady once the partition's head is read; kEnd when no source has the partition.
  virtual Step open() = 0;
  // After open(): the live static row or nullptr; valid until destruction.
  virtual const Row* static_row() const = 0;
  // kReady: row() is the next row that has live data (liveness or a live cell); valid until next().
  virtual Step next() = 0;
  virtual const Row& row() const = 0;
  // After kWait: completes when the step may be repeated.
  virtual Task<void> wait() = 0;
  // After kError.
  virtual const Error& error() const = 0;
  // Tombstones (cells, rows, range markers) passed over so far, for the thresholds.
  virtual uint64_t tombstones_scanned() const = 0;
};

// The partitions of a token range in (token, key) order.
struct TokenRange {
  Token first{INT64_MIN};  // inclusive
  Token last{INT64_MAX};   // inclusive
  // Paging: skip partitions of token `first` whose key is below (or equal to, if `after_key`) this.
  Bytes from_key;
  bool after_key = false;
};

class TableScanner {
 public:
  virtual ~TableScanner() = default;
  // kReady: key(), token() and rows() (already opened) are the next partition's.
  virtual Step next_partition() = 0;
  virtual Bytes key() const = 0;
  virtual Token token() const = 0;
  virtual PartitionReader& rows() = 0;
  virtual Task<void> wait() = 0;
  virtual const Error& error() const = 0;
};

struct TableStats {
  uint64_t memtable_bytes = 0, memtable_cells = 0, memtable_switches = 0;
  uint64_t sstables = 0, disk_bytes = 0, uncompressed_bytes = 0, partitions_estimate = 0;
  uint64_t reads = 0, writes = 0, pending_flushes = 0, pending_compactions = 0;
  FilterUse filters;  // since the start
  uint64_t bloom_bytes = 0, index_bytes = 0, offset_bytes = 0;
  uint64_t max_partition_bytes = 0, mean_partition_bytes = 0;
  // SSTables by level, and how many each should have at most; empty for tables that are not
  // leveled.
  std::vector<uint64_t> level_sstables, level_limits;
};

// The shard's budget and who has how much of it.
struct MemoryStats {
  uint64_t budget_bytes = 0, used_bytes = 0;
  uint64_t memtable_bytes = 0, memtable_limit_bytes = 0;
  uint64_t system_bytes = 0;   // memtables of tables without files
  uint64_t retired_bytes = 0;  // flushed memtables that are being freed
  uint64_t filter_bytes = 0, summary_bytes = 0, offset_bytes = 0;  // of open SSTables
  uint64_t chunk_cache_bytes = 0, row_cache_bytes = 0;
};

struct StoreStats {
  MemoryStats memory;
  FilterUse filters;
  uint64_t memtable_bytes = 0, chunk_cache_bytes = 0, chunk_cache_hits = 0, chunk_cache_misses = 0;
  uint64_t chunk_cache_limit_bytes = 0, chunk_cache_chunks = 0;
  uint64_t row_cache_entries = 0, row_cache_limit_bytes = 0;
  uint64_t row_cache_hits = 0, row_cache_misses = 0;
  uint64_t commitlog_bytes = 0, commitlog_syncs = 0, commitlog_records = 0;
  uint64_t flushes = 0, compactions = 0, compacted_bytes = 0, replayed_records = 0;
  uint64_t torn_segments = 0;            // of the replay: places where it left something out
  uint64_t foreign_segments = 0;         // that wait for retire_foreign_segments()
  uint64_t restore_skipped_records = 0;  // behind the point in time, or in the snapshot
  uint64_t commitlog_waiting_bytes = 0;  // appended and not yet written
  uint64_t commitlog_archive_pending = 0;
  uint64_t commitlog_failures = 0, flush_failures = 0, compaction_failures = 0, read_failures = 0;
  bool read_only = false;
  uint64_t failed_background_work = 0;  // flushes and compactions; they are tried again
  // By an operator, for a compaction of the whole table, or for want of room.
  uint64_t compactions_aborted = 0;
  uint64_t compactions_reduced = 0;  // for want of room
  uint64_t sstables_left_out = 0;    // of those
  uint64_t file_errors = 0;          // damage and failures of the disk that reads met
};

class Maintenance;
// A kind of failure of the disk: how often, and the last one's words.
struct DiskFailures {
  uint64_t count = 0;
  std::string last;
};

// What an operator, or a policy, wants to know of the disk.
struct DiskNews {
  uint64_t version = 0;  // grows with every change
  bool read_only = false;
  std::string reason;                // why it is
  DiskFailures commitlog;            // writes, syncs and segments, but for want of room
  DiskFailures data;                 // reads and writes of SSTables, but for want of room
  DiskFailures corrupt;              // SSTables that do not check
  std::vector<std::string> notices;  // of the replay: what it left out
  // Finished log segments whose archiving nobody has reported yet: a bounded number, oldest first.
  struct LogFile {
    uint64_t id = 0;
    std::string path;
  };
  std::vector<LogFile> to_archive;
};

class Store {
 public:
  virtual ~Store() = default;

  // Loads the SSTables of `tables`, replays the commit log (stops at the torn tail of each segment
  // and counts it), and is ready. Called once. `tables` must hold every table of the schema.
  virtual Task<Status> open(std::vector<TableSchemaPtr> tables) = 0;
  // Drains: flushes nothing that the log keeps; ends background work; the log is synced and closed.
  virtual Task<Status> close() = 0;

  // --- schema
  // -------------------------------------------------------------------------------------
  virtual Status put_table(TableSchemaPtr table) = 0;  // new, or a new version of the same id
  // Memory and files go; readers finish first. A power cut may bring files back: the caller
  // remembers what it drops and removes what is left of it before the next start.
  virtual Task<Status> drop_table(TableId id) = 0;
  virtual Task<Status> truncate_table(TableId id) = 0;
  virtual TableSchemaPtr table(const TableId& id) const = 0;

  // --- writes
  // ------------------------------------------------------------------------------------- One
  // commit-log record and its memtable changes, all or nothing. Everything is copied. Never waits:
  // kOverloaded when memtables are full and flushing lags (the shard holds back before that: see
  // `write_pressure`). Returns the position to await under group and batch; 0 when none is needed.
  virtual Result<CommitPosition> apply(std::span<const PartitionUpdate> updates) = 0;
  virtual void await_durable(DurabilityWaiter& waiter) = 0;
  // True while writes should be held back in their connections.
  virtual bool write_pressure() const = 0;
  // The reactor calls this once a loop turn, after the turn's requests and before Io::flush(): all
  // that apply() appended in the turn leaves in one log write. Also runs what is due by the clock.
  virtual void end_turn() = 0;
  // Monotonic time at which end_turn() wants to be called even if nothing else happens (a periodic
  // sync, a throttled compaction); INT64_MAX: none.
  virtual int64_t next_wakeup_micros() const = 0;

  // --- reads
  // -------------------------------------------------------------------------------------- The
  // command and key are referenced until the reader is destroyed.
  virtual std::unique_ptr<PartitionReader> read(const ReadCommand& command, Token token,
                                                Bytes key) = 0;
  virtual std::unique_ptr<TableScanner> scan(const ReadCommand& command,
                                             const TokenRange& range) = 0;

  // --- operations
  // ----------------------------------------------------------------------------------
  virtual Task<Status> flush(TableId id) = 0;
  virtual Task<Status> flush_all() = 0;
  virtual Task<Status> compact(TableId id) = 0;  // major
  // What rewrites or reads whole SSTables now.
  virtual std::vector<CompactionProgress> compactions() const = 0;
  // What has ended since the last call; RunningCompactions::kMaxRecords at most are kept.
  virtual std::vector<CompactionRecord> take_compaction_history() = 0;
  // All that run of a kind (operation_name(); empty: of every kind) end at their next step and
  // leave their inputs as they were. kInvalid: no such kind.
  virtual Status stop_compactions(std::string_view kind) = 0;
  // By the id of its CompactionProgress. False: it does not run here.
  virtual bool stop_compaction(const Uuid& id) = 0;
  // 0: not limited. What runs goes on at the new rate.
  virtual void set_compaction_throughput(uint64_t bytes_per_second) = 0;
  // After a start with another shard count: removes the log segments that were written under the
  // old one. Called on every shard once all shards have ended open() and flush_all(); see
  // docs/formats/commitlog.md. Does nothing when there are none.
  virtual Task<Status> retire_foreign_segments() = 0;
  virtual FileOperations& files() = 0;
  // Verify, scrub and the like (lsm/maintenance.h); nullptr: a store without files.
  virtual Maintenance* maintenance() { return nullptr; }
  // --- the disk
  // Replay notices are given once: what is returned is taken.
  virtual DiskNews take_disk_news() = 0;
  // Completes once there is news later than `version`, or the store is closing.
  virtual Task<void> await_disk_news(uint64_t version) = 0;
  // A copy of the log segment is safe: it may be used again.
  virtual void segment_archived(uint64_t id) = 0;
  // A read that failed with kIo or kCorrupt: it is logged with its place and the policies learn of
  // it.
  virtual void note_read_failure(const Error& error) = 0;

  virtual TableStats table_stats(const TableId& id) const = 0;
  virtual StoreStats stats() const = 0;
};

std::unique_ptr<Store> make_store(const StoreConfig& config, Io& io, Background& background,
                                  Clock& clock);
// With shares of their own for flushes, which writes wait for, and compactions, which nobody does.
std::unique_ptr<Store> make_store(const StoreConfig& config, Io& io, Background& flush_background,
                                  Background& compaction_background, Clock& clock);

}  // namespace ceto
