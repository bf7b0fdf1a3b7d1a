// TestNode: the shards of one node on one simulated disk, each with its own Io, for tests that cut
// the power or kill the process at any moment, that of the start included. The shards take turns
// as their threads would run side by side. A test owns the disk and the clock, which outlive it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

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
  // it is for. As a node does, it flushes and retires the logs of another shard count, and
  // then removes what may be left of `dropped` tables.
  Status open(const StoreConfig& config, uint32_t count, const std::vector<TableSchemaPtr>& tables,
              const std::vector<TableId>& dropped = {}) {
    CETO_ASSERT(shards_.empty());
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
    for (const TableId& id : dropped) {
      if (done) done = on_all([&](Store& store) { return store.drop_table(id); });
    }
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

 private:
  SimulatedDisk& disk_;
  ManualClock& clock_;
  std::deque<Shard> shards_;
};

}  // namespace ceto::lsm_test
