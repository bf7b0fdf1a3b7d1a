// Test utility: the stores that the executor's tests run over. MemoryStore answers everything at
// once; DiskStore is the real engine on a simulated disk with a chunk cache that keeps nothing, so
// that every read of a file waits. What a statement wrote is flushed, half flushed or compacted
// behind it, as the test's Storage says. Test code only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "io/simulated_io.h"
#include "lsm/live_reader.h"
#include "lsm/memtable.h"
#include "lsm/test_shard.h"

namespace ceto::testing {

// Where the rows are when the next statement looks for them.
enum class Storage : uint8_t {
  kMemory,       // memtables without log and files
  kFlushed,      // each statement's writes in files of their own
  kHalfFlushed,  // a flush every other statement: files and a memtable to merge
  kCompacted,    // one file
};

inline std::string storage_name(Storage storage) {
  switch (storage) {
    case Storage::kMemory:
      return "memory";
    case Storage::kFlushed:
      return "flushed";
    case Storage::kHalfFlushed:
      return "half_flushed";
    case Storage::kCompacted:
      return "compacted";
  }
  CETO_UNREACHABLE("storage");
}

inline auto every_storage() {
  return ::testing::Values(Storage::kMemory, Storage::kFlushed, Storage::kHalfFlushed,
                           Storage::kCompacted);
}

// A store that counts what is asked of it, can be told to refuse, and completes its own waits.
class TestStore : public Store {
 public:
  // Runs the disk until the wait is over.
  virtual void wait(Task<void> task) = 0;
  // Behind each statement that wrote.
  virtual void statement_ended() {}

  std::vector<CompactionProgress> compactions() const override { return {}; }
  std::vector<CompactionRecord> take_compaction_history() override { return {}; }
  Status stop_compactions(std::string_view) override { return {}; }
  bool stop_compaction(const Uuid&) override { return false; }
  void set_compaction_throughput(uint64_t) override {}

  uint64_t applies = 0;
  uint64_t reads = 0;
  uint64_t waits = 0;
  bool overloaded = false;
};

// Memtables without log and files: all that memory-only tables need of a store.
class MemoryStore final : public TestStore {
 public:
  Task<Status> open(std::vector<TableSchemaPtr> tables) override {
    for (TableSchemaPtr& table : tables) CETO_CO_TRY(put_table(std::move(table)));
    co_return Status();
  }
  Task<Status> close() override { co_return Status(); }
  Status put_table(TableSchemaPtr table) override {
    Table& made = tables_[table->id];
    made.schema = std::move(table);
    if (!made.memtable) made.memtable = MemtableRef::make();
    return {};
  }
  Task<Status> drop_table(TableId) override { co_return Status(); }
  Task<Status> truncate_table(TableId id) override {
    tables_.at(id).memtable = MemtableRef::make();
    co_return Status();
  }
  TableSchemaPtr table(const TableId& id) const override { return tables_.at(id).schema; }

  Result<CommitPosition> apply(std::span<const PartitionUpdate> updates) override {
    if (overloaded) return Error{ErrorCode::kOverloaded, "full"};
    ++applies;
    for (const PartitionUpdate& update : updates) {
      tables_.at(update.table->id).memtable->apply(*update.table, update, applies);
    }
    return CommitPosition{applies};
  }
  void await_durable(DurabilityWaiter& waiter) override { waiter.on_durable(waiter, nullptr); }
  bool write_pressure() const override { return false; }
  void end_turn() override {}
  int64_t next_wakeup_micros() const override { return INT64_MAX; }

  std::unique_ptr<PartitionReader> read(const ReadCommand& command, Token token,
                                        Bytes key) override {
    ++reads;
    const MemtableRef& memtable = tables_.at(command.table->id).memtable;
    const MemtablePartition* partition = memtable->find(token, key);
    if (!partition) return std::make_unique<LiveReader>(command);
    return std::make_unique<LiveReader>(command, memtable, *partition);
  }
  std::unique_ptr<TableScanner> scan(const ReadCommand& command, const TokenRange& range) override {
    const MemtableRef& memtable = tables_.at(command.table->id).memtable;
    auto scanner = std::make_unique<LiveScanner>(command);
    scanner->set_source(
        std::make_unique<MemtableScanSource>(memtable, scanner->source_command(), range));
    return scanner;
  }

  Task<Status> flush(TableId) override { co_return Status(); }
  Task<Status> flush_all() override { co_return Status(); }
  Task<Status> compact(TableId) override { co_return Status(); }
  Task<Status> retire_foreign_segments() override { co_return Status(); }
  FileOperations& files() override { CETO_UNREACHABLE("memory has no files"); }
  DiskNews take_disk_news() override { return {}; }
  Task<void> await_disk_news(uint64_t) override { co_return; }
  void segment_archived(uint64_t) override {}
  void note_read_failure(const Error&) override {}
  TableStats table_stats(const TableId&) const override { return {}; }
  StoreStats stats() const override { return {}; }

  void wait(Task<void>) override { ADD_FAILURE() << "memory does not wait"; }

 private:
  struct Table {
    TableSchemaPtr schema;
    MemtableRef memtable;
  };
  std::map<TableId, Table> tables_;
};

// The real engine. What is asked of it is passed on.
class DiskStore final : public TestStore {
 public:
  DiskStore(Storage storage, uint32_t shard, uint32_t shards, ManualClock& clock)
      : storage_(storage), disk_(shard + 1), io_(disk_) {
    StoreConfig config;
    config.data_directory = "/data";
    config.commitlog_directory = "/commitlog";
    config.shard = shard;
    config.shard_count = shards;
    config.commitlog_segment_bytes = 256 * 1024;
    config.memtable_bytes = 32 << 20;
    config.chunk_cache_bytes = 1;  // keeps no chunk that is not in use
    config.compaction_bytes_per_second = 0;
    store_ = make_store(config, io_, background_, clock);
    expect_done(store_->open({}));
  }
  ~DiskStore() override { expect_done(store_->close()); }

  Task<Status> open(std::vector<TableSchemaPtr> tables) override {
    return store_->open(std::move(tables));
  }
  Task<Status> close() override { return store_->close(); }
  Status put_table(TableSchemaPtr table) override {
    tables_.push_back(table->id);
    return store_->put_table(std::move(table));
  }
  Task<Status> drop_table(TableId id) override { return store_->drop_table(id); }
  Task<Status> truncate_table(TableId id) override { return store_->truncate_table(id); }
  TableSchemaPtr table(const TableId& id) const override { return store_->table(id); }

  Result<CommitPosition> apply(std::span<const PartitionUpdate> updates) override {
    if (overloaded) return Error{ErrorCode::kOverloaded, "full"};
    ++applies;
    return store_->apply(updates);
  }
  void await_durable(DurabilityWaiter& waiter) override { store_->await_durable(waiter); }
  bool write_pressure() const override { return store_->write_pressure(); }
  void end_turn() override { store_->end_turn(); }
  int64_t next_wakeup_micros() const override { return store_->next_wakeup_micros(); }
  std::unique_ptr<PartitionReader> read(const ReadCommand& command, Token token,
                                        Bytes key) override {
    ++reads;
    return store_->read(command, token, key);
  }
  std::unique_ptr<TableScanner> scan(const ReadCommand& command, const TokenRange& range) override {
    return store_->scan(command, range);
  }
  Task<Status> flush(TableId id) override { return store_->flush(id); }
  Task<Status> flush_all() override { return store_->flush_all(); }
  Task<Status> compact(TableId id) override { return store_->compact(id); }
  Task<Status> retire_foreign_segments() override { return store_->retire_foreign_segments(); }
  FileOperations& files() override { return store_->files(); }
  DiskNews take_disk_news() override { return store_->take_disk_news(); }
  Task<void> await_disk_news(uint64_t version) override { return store_->await_disk_news(version); }
  void segment_archived(uint64_t id) override { store_->segment_archived(id); }
  void note_read_failure(const Error& error) override { store_->note_read_failure(error); }
  TableStats table_stats(const TableId& id) const override { return store_->table_stats(id); }
  StoreStats stats() const override { return store_->stats(); }

  void wait(Task<void> task) override {
    ++waits;
    lsm_test::run(io_, background_, std::move(task));
  }
  void statement_ended() override {
    store_->end_turn();
    const bool keep = storage_ == Storage::kHalfFlushed && ++statements_ % 2 != 0;
    if (!keep) expect_done(store_->flush_all());
    if (storage_ != Storage::kCompacted) return;
    for (const TableId& id : tables_) expect_done(store_->compact(id));
  }
  // Runs one step of what is under way, for executions that wait side by side.
  void turn() {
    store_->end_turn();
    static_cast<void>(background_.run());
    if (io_.in_flight() > 0) io_.wait();
  }
  void expect_done(Task<Status> task) {
    const Status done = lsm_test::run(io_, background_, std::move(task));
    EXPECT_TRUE(done.ok()) << done.error().message;
  }
  SimulatedDisk& disk() { return disk_; }

 private:
  const Storage storage_;
  SimulatedDisk disk_;
  SimulatedIo io_;
  lsm_test::QueuedBackground background_;
  std::unique_ptr<Store> store_;
  std::vector<TableId> tables_;
  uint64_t statements_ = 0;
};

inline std::unique_ptr<TestStore> make_test_store(Storage storage, uint32_t shard, uint32_t shards,
                                                  ManualClock& clock) {
  if (storage == Storage::kMemory) return std::make_unique<MemoryStore>();
  return std::make_unique<DiskStore>(storage, shard, shards, clock);
}

}  // namespace ceto::testing
