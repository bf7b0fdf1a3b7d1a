// StoreImpl: the Store of lsm/store.h over the commit log and the tables. Shard thread only.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "lsm/maintenance.h"
#include "lsm/store_context.h"
#include "lsm/table_store.h"

namespace ceto {

class StoreImpl final : public Store, private FileOperations {
 public:
  StoreImpl(const StoreConfig& config, Io& io, Background& flush_background,
            Background& compaction_background, Clock& clock);
  ~StoreImpl() override;

  Task<Status> open(std::vector<TableSchemaPtr> tables) override;
  Task<Status> close() override;
  Status put_table(TableSchemaPtr table) override;
  Task<Status> drop_table(TableId id) override;
  Task<Status> truncate_table(TableId id) override;
  TableSchemaPtr table(const TableId& id) const override;
  Result<CommitPosition> apply(std::span<const PartitionUpdate> updates) override;
  void await_durable(DurabilityWaiter& waiter) override { context_.log.await_durable(waiter); }
  bool write_pressure() const override;
  void end_turn() override;
  int64_t next_wakeup_micros() const override;
  std::unique_ptr<PartitionReader> read(const ReadCommand& command, Token token,
                                        Bytes key) override;
  std::unique_ptr<TableScanner> scan(const ReadCommand& command, const TokenRange& range) override;
  Task<Status> flush(TableId id) override;
  Task<Status> flush_all() override;
  Task<Status> compact(TableId id) override;
  std::vector<CompactionProgress> compactions() const override {
    return context_.running.progress();
  }
  std::vector<CompactionRecord> take_compaction_history() override {
    return context_.running.take_records();
  }
  Status stop_compactions(std::string_view kind) override;
  bool stop_compaction(const Uuid& id) override { return context_.running.stop(id); }
  void set_compaction_throughput(uint64_t bytes_per_second) override {
    context_.throttle.set_rate(bytes_per_second);
  }
  Task<Status> retire_foreign_segments() override;
  FileOperations& files() override { return *this; }
  Maintenance* maintenance() override { return &maintenance_; }
  DiskNews take_disk_news() override;
  Task<void> await_disk_news(uint64_t version) override;
  void segment_archived(uint64_t id) override;
  void note_read_failure(const Error& error) override {
    context_.damage.add(error);
    context_.disk.read_failed(error);
  }
  TableStats table_stats(const TableId& id) const override;
  StoreStats stats() const override;

 private:
  using TablePtr = std::shared_ptr<TableStore>;
  struct IdHash {
    // Ids are random uuids, or hashes of names: any eight bytes do, mixed for those made by hand.
    size_t operator()(const TableId& id) const;
  };
  class Replay;
  static constexpr uint32_t kRestoreFolder = UINT32_MAX;
  // A log segment that is removed once its records are in SSTables of their present shards.
  struct ForeignSegment {
    uint32_t folder = 0;  // the shard in whose folder it lies, or kRestoreFolder
    uint64_t id = 0;
    std::string path;
    bool is_void = false;  // behind the end of its log
  };

  // Flushing begins when this part of the memory is written to, so that writes go on meanwhile.
  static constexpr uint64_t kFlushAtPercent = 40;
  static constexpr uint64_t kPressureAtPercent = 85;
  // Records that wait for the disk beyond this hold back writes: a second of a slow disk.
  static constexpr uint64_t kMaxPendingLogBytes = 64ull << 20;
  // A flush or compaction that failed is tried again after the first of these, then ever later.
  static constexpr int64_t kFirstRetryMicros = 500'000;
  static constexpr int64_t kLastFlushRetryMicros = 4'000'000;
  static constexpr int64_t kLastCompactRetryMicros = 60'000'000;
  // Syncs of a log that fails and recovers each time, before a truncation is refused.
  static constexpr int kTruncationAttempts = 8;
  // Named at a time to whoever archives them.
  static constexpr size_t kMaxSegmentsToArchive = 16;
  static constexpr int64_t kPeriodicCheckMicros = 1'000'000;
  // What became due by the clock (tombstones, expiry) is looked for this often, as Cassandra does.
  static constexpr int64_t kCompactionCheckMicros = 60'000'000;

  // FileOperations, in store_files.cc.
  Task<Result<std::vector<SetInUse>>> snapshot(TableId id, std::string directory,
                                               bool skip_flush) override;
  Result<std::vector<SetInUse>> sets_in_use(const TableId& id) const override;
  Result<uint64_t> reserve_generations(const TableId& id, uint32_t count) override;
  Task<Status> prepare_import(TableId id, std::vector<uint64_t> generations,
                              bool read_all) override;
  Status finish_import(const TableId& id, bool publish) override;
  void set_incremental_backups(bool on) override { context_.incremental_backups = on; }

  MemoryStats memory_stats() const;
  TablePtr find(const TableId& id) const;
  Task<Status> load_tables();
  Result<std::vector<uint32_t>> log_folders();
  Result<std::vector<uint64_t>> sets_to_truncate(const TablePtr& table);
  Result<std::map<TableId, std::vector<TruncatedShare>>> gather_truncations();
  Status sync_folder(const std::string& directory);
  Status remove_segment(const std::string& path);
  Status remove_void(const std::string& directory, std::vector<struct FoundSegment>& chain,
                     uint64_t last);
  Status remove_dead_folder(uint32_t shard);
  Task<Status> replay_logs();
  Task<Status> replay_folder(uint32_t shard, struct FoundLog& log);
  Task<Status> replay_restored();
  Result<uint64_t> first_segment_id(uint64_t last_id) const;
  Task<Status> open_log(struct FoundLog log);
  void note_replay(const struct ReplayStats& stats);
  // nullptr: writes are taken.
  const Error* write_refusal() const;
  void note_flush(const Status& done);
  Task<Status> relieve_memory();
  void discard_log();
  bool flush_wanted() const;
  TablePtr next_to_flush() const;
  void start_flushing();
  Task<void> flush_loop();
  void start_compacting();
  Task<void> compact_loop();
  Task<bool> compact_once();
  Task<Status> compact_table(TablePtr table, bool& found);
  void flush_aged_tables();
  Task<Status> flush_one(TablePtr table);

  StoreContext context_;
  std::unordered_map<TableId, TablePtr, IdHash> tables_;
  // The last table found: most statements name the one before them did.
  mutable TableId last_id_{};
  mutable TableStore* last_table_ = nullptr;
  std::vector<ForeignSegment> foreign_segments_;
  uint64_t restore_skipped_ = 0;
  uint64_t replayed_records_ = 0;
  uint64_t torn_segments_ = 0;
  bool open_ = false;
  bool giving_way_ = false;  // memory is still to be given back
  bool was_read_only_ = false;
  bool flushing_ = false;
  uint32_t compacting_ = 0;    // loops that look for work or do it
  size_t next_compacted_ = 0;  // the table that is looked at first
  int64_t flush_retry_micros_ = 0, flush_backoff_micros_ = kFirstRetryMicros;
  int64_t compact_retry_micros_ = 0, compact_backoff_micros_ = kFirstRetryMicros;
  int64_t next_periodic_micros_ = 0;
  int64_t next_compaction_check_micros_ = 0;
  std::unordered_map<TableId, int64_t, IdHash> last_flush_micros_;
  Gate gate_;
  Maintenance maintenance_{context_, gate_, [this](const TableId& id) { return find(id); }};
};

}  // namespace ceto
