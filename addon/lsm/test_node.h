// TestNode: the shards of one node on one simulated disk, each with its own Io, for tests that cut
// the power or kill the process at any moment, that of the start included. The shards take turns
// as their threads would run side by side. A test owns the disk and the clock, which outlive it.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "lsm/table_files.h"
#include "lsm/test_shard.h"

namespace ceto::lsm_test {

inline Task<void> tell_end(Task<Status> task, std::function<void(const Status&)> told) {
  const Status done = co_await std::move(task);
  if (told) told(done);
}

class TestNode {
 public:
  struct Shard {
    std::unique_ptr<SimulatedIo> io;
    std::unique_ptr<QueuedBackground> background;
    std::unique_ptr<Store> store;
    size_t running = 0;  // tasks that start() began
  };

  TestNode(SimulatedDisk& disk, ManualClock& clock) : disk_(disk), clock_(clock) {}
  TestNode(const TestNode&) = delete;
  TestNode& operator=(const TestNode&) = delete;
  ~TestNode() { destroy(); }

  // Makes and opens the shards; when one fails all are gone again. `config` lacks only which shard
  // it is for. As a node does, it removes what may be left of `dropped` tables first, and flushes
  // and retires the logs of another shard count.
  Status open(const StoreConfig& config, uint32_t count, const std::vector<TableSchemaPtr>& tables,
              const std::vector<TableId>& dropped = {}) {
    CETO_ASSERT(shards_.empty());
    if (!dropped.empty()) CETO_TRY(remove_dropped(config.data_directory, dropped));
    for (uint32_t number = 0; number < count; ++number) {
      Shard& made = shards_.emplace_back();
      StoreConfig own = config;
      own.shard = number;
      own.shard_count = count;
      made.io = std::make_unique<SimulatedIo>(disk_);
      made.background = std::make_unique<QueuedBackground>();
      made.store = make_store(own, *made.io, *made.background, clock_);
    }
    Status done = on_all([&](Store& store) { return store.open(tables); });
    if (done) done = on_all([](Store& store) { return store.flush_all(); });
    if (done) done = on_all([](Store& store) { return store.retire_foreign_segments(); });
    if (!done) destroy();
    return done;
  }

  // Ends all that runs (by itself, or because the power is gone) and drops what is in memory.
  void destroy() {
    if (shards_.empty()) return;
    static_cast<void>(close().ok());
  }
  // An orderly stop.
  Status close() {
    Status done = on_all([](Store& store) { return store.close(); });
    settle();
    for (Shard& shard : shards_) CETO_ASSERT(shard.running == 0);
    for (Shard& shard : shards_) shard.store.reset();
    shards_.clear();
    return done;
  }

  bool is_open() const { return !shards_.empty(); }
  uint32_t count() const { return static_cast<uint32_t>(shards_.size()); }
  Shard& shard(size_t number) { return shards_[number]; }
  Store& store(size_t number) { return *shards_[number].store; }
  uint32_t owner(Token token) const { return shard_of(token, count()); }

  // Begins something; `told` hears how it ended.
  void start(size_t number, Task<Status> task, std::function<void(const Status&)> told = nullptr) {
    Shard& shard = shards_[number];
    ++shard.running;
    spawn(tell_end(std::move(task), [&shard, heard = std::move(told)](const Status& done) {
      --shard.running;
      if (heard) heard(done);
    }));
  }
  // One loop turn of every shard; false when none had anything to do.
  bool turn() {
    bool worked = false;
    for (Shard& shard : shards_) {
      shard.store->end_turn();
      worked |= shard.background->run();
      shard.io->flush();
      worked |= shard.io->in_flight() > 0;
      shard.io->reap();
    }
    return worked;
  }
  // Until nothing is under way.
  void settle() {
    while (turn()) {
    }
  }
  // The same on every shard, all at once; the first error.
  template <class Make>
  Status on_all(Make make) {
    Status first;
    size_t left = shards_.size();
    for (size_t i = 0; i < shards_.size(); ++i) {
      start(i, make(*shards_[i].store), [&](const Status& done) {
        if (first && !done) first = done.error();
        --left;
      });
    }
    while (left > 0) turn();
    return first;
  }
  // Waits for a step of a reader that belongs to the shard.
  void wait(size_t number, Task<void> task) {
    run(*shards_[number].io, *shards_[number].background, std::move(task));
  }

  // Makes a table whose id a dropped one had, as a node does before its schema has it.
  Status make_again(const StoreConfig& config, const TableSchemaPtr& schema) {
    CETO_TRY(remove_dropped(config.data_directory, {schema->id}));
    for (Shard& shard : shards_) CETO_TRY(shard.store->put_table(schema));
    return on_all([&](Store& store) { return store.truncate_table(schema->id); });
  }

 private:
  // storage/files/dropped-tables.ts on this disk.
  Status remove_dropped(const std::string& data, const std::vector<TableId>& dropped) {
    SimulatedIo io(disk_);
    const auto there = io.exists(data);
    if (!there) return there.error();
    if (!there.value()) return {};
    const auto keyspaces = io.list(data);
    if (!keyspaces) return keyspaces.error();
    for (const std::string& name : keyspaces.value()) {
      const std::string keyspace = data + '/' + name;
      const auto tables = io.list(keyspace);
      if (!tables) return tables.error();
      for (const std::string& table : tables.value()) {
        const bool gone = std::ranges::any_of(dropped, [&](const TableId& id) {
          return table.ends_with(table_directory_ending(id));
        });
        if (gone) CETO_TRY(remove_directory(io, keyspace + '/' + table));
      }
      CETO_TRY(io.sync_directory(keyspace));
    }
    return {};
  }
  Status remove_directory(SimulatedIo& io, const std::string& directory) {
    const auto files = io.list(directory);
    if (!files) return files.error();
    for (const std::string& file : files.value()) CETO_TRY(io.unlink(directory + '/' + file));
    CETO_TRY(io.sync_directory(directory));
    return io.unlink(directory);
  }

  SimulatedDisk& disk_;
  ManualClock& clock_;
  std::deque<Shard> shards_;
};

}  // namespace ceto::lsm_test
