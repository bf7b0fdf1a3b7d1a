// A shard's surroundings for the tests of the engine: a simulated disk, a clock moved by hand,
// background work that runs when the test says so, and tables with rows made from short texts.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "io/background.h"
#include "io/run_to_end.h"
#include "io/simulated_io.h"
#include "lsm/sstable/test_schema.h"
#include "lsm/store.h"
#include "types/token.h"

namespace ceto::lsm_test {

using sstable_test::ColumnSpec;
using sstable_test::make_schema;
using sstable_test::marshal;

class QueuedBackground final : public Background {
 public:
  bool should_yield() override { return ++steps_ % 16 == 0; }
  void park(std::coroutine_handle<> handle) override { parked_.push_back(handle); }
  bool run() {
    if (parked_.empty()) return false;
    const auto next = parked_.front();
    parked_.pop_front();
    next.resume();
    return true;
  }

 private:
  std::deque<std::coroutine_handle<>> parked_;
  uint64_t steps_ = 0;
};

using detail::keep_end;
using detail::keep_result;

// Turns the loop until the task has ended.
template <class T>
T run(Io& io, QueuedBackground& background, Task<T> task) {
  std::optional<T> result;
  spawn(keep_result(std::move(task), result));
  while (!result) {
    const bool worked = background.run();
    if (io.in_flight() > 0)
      io.wait();
    else
      CETO_ASSERT(worked || result);
  }
  return std::move(*result);
}
inline void run(Io& io, QueuedBackground& background, Task<void> task) {
  bool done = false;
  spawn(keep_end(std::move(task), done));
  while (!done) {
    const bool worked = background.run();
    if (io.in_flight() > 0)
      io.wait();
    else
      CETO_ASSERT(worked || done);
  }
}

inline std::string int_value(int32_t v) {
  std::string out(4, '\0');
  for (int i = 0; i < 4; ++i) out[static_cast<size_t>(i)] = static_cast<char>(v >> (24 - 8 * i));
  return out;
}

// k int, c int clustering, s text static, v text, w text, m map<text, text>
struct KeyValueTable {
  static constexpr ColumnId kS = 2, kV = 3, kW = 4, kM = 5;
  static std::shared_ptr<TableSchema> make(const std::string& name = "t", bool descending = false,
                                           uint8_t id = 7) {
    const std::string integer = marshal("Int32Type");
    const std::string text = marshal("UTF8Type");
    auto schema = make_schema(
        name, {{"k", ColumnKind::kPartitionKey, integer},
               {"c", ColumnKind::kClustering,
                descending ? marshal("ReversedType(") + integer + ")" : integer},
               {"s", ColumnKind::kStatic, text},
               {"v", ColumnKind::kRegular, text},
               {"w", ColumnKind::kRegular, text},
               {"m", ColumnKind::kRegular, marshal("MapType(") + text + "," + text + ")"}});
    schema->id.fill(id);
    return schema;
  }
};

// Builds one partition's update; what it refers to lives in its arena.
class UpdateBuilder {
 public:
  UpdateBuilder(const TableSchema& table, int32_t key) {
    update_.table = &table;
    update_.key = keep(int_value(key));
    update_.token = token_of(update_.key);
  }
  UpdateBuilder(const TableSchema& table, const std::string& key) {
    update_.table = &table;
    update_.key = keep(key);
    update_.token = token_of(update_.key);
  }

  Bytes keep(const std::string& text) { return arena_.copy(Bytes(text)); }
  Clustering clustering(int32_t c) {
    const std::span<Bytes> out = arena_.make_array<Bytes>(1);
    out[0] = keep(int_value(c));
    return out;
  }
  UpdateBuilder& delete_partition(DeletionTime deletion) {
    update_.deletion = deletion;
    return *this;
  }
  // Rows must come in clustering order; cells in order of their columns.
  UpdateBuilder& row(int32_t c, Liveness liveness = {}, DeletionTime deletion = {}) {
    rows_.push_back({{}, liveness, deletion, {}, {}});
    rows_.back().clustering = clustering(c);
    cells_.emplace_back();
    return *this;
  }
  UpdateBuilder& static_cell(Cell cell) {
    has_static_ = true;
    static_cells_.push_back(own(cell));
    return *this;
  }
  UpdateBuilder& cell(Cell cell) {
    cells_.back().push_back(own(cell));
    return *this;
  }
  UpdateBuilder& cell(ColumnId column, int64_t timestamp, const std::string& value) {
    const Bytes kept = keep(value);
    return cell(Cell{timestamp, kNoTtl, kNoDeletionTime, column, kept, {}});
  }
  // Of the last row.
  UpdateBuilder& delete_map(DeletionTime deletion) {
    maps_[rows_.size() - 1] = {KeyValueTable::kM, deletion};
    return *this;
  }
  UpdateBuilder& delete_range(int32_t from, int32_t to, DeletionTime deletion) {
    ranges_.push_back({{{clustering(from), false}, {clustering(to), true}}, deletion});
    return *this;
  }

  const PartitionUpdate& update() {
    for (size_t i = 0; i < rows_.size(); ++i) {
      rows_[i].cells = cells_[i];
      if (maps_.contains(i)) rows_[i].complex = {&maps_[i], 1};
    }
    if (has_static_) {
      static_row_.cells = static_cells_;
      update_.static_row = &static_row_;
    }
    update_.rows = rows_;
    update_.range_tombstones = ranges_;
    return update_;
  }

 private:
  Cell own(Cell cell) {
    cell.value = arena_.copy(cell.value);
    cell.path = arena_.copy(cell.path);
    return cell;
  }
  Arena arena_;
  PartitionUpdate update_;
  std::deque<std::vector<Cell>> cells_;
  std::vector<Row> rows_;
  std::map<size_t, ComplexDeletion> maps_;
  std::vector<RangeTombstone> ranges_;
  bool has_static_ = false;
  std::vector<Cell> static_cells_;
  Row static_row_;
};

inline Task<void> forget(Task<Status> task) { static_cast<void>(co_await std::move(task)); }

// A store on a simulated disk, opened, closed, crashed and opened again.
class TestShard {
 public:
  static constexpr int64_t kStartMicros = 1'700'000'000'000'000;

  explicit TestShard(uint64_t seed = 1) : disk_(seed), clock_(kStartMicros) {
    config_.data_directory = "/data";
    config_.commitlog_directory = "/commitlog";
    config_.commitlog_segment_bytes = 256 * 1024;
    config_.commitlog_total_bytes = 4 << 20;
    config_.memtable_bytes = 32 << 20;
    config_.chunk_cache_bytes = 1 << 20;
    config_.compaction_bytes_per_second = 0;
    io_ = std::make_unique<SimulatedIo>(disk_);
  }
  ~TestShard() {
    if (store_) static_cast<void>(close().ok());
  }

  StoreConfig& config() { return config_; }
  SimulatedDisk& disk() { return disk_; }
  ManualClock& clock() { return clock_; }
  Io& io() { return *io_; }
  Store& store() { return *store_; }
  bool is_open() const { return store_ != nullptr; }

  template <class T>
  T wait(Task<T> task) {
    return run(*io_, background_, std::move(task));
  }
  void wait(Task<void> task) { run(*io_, background_, std::move(task)); }

  void make() { store_ = make_store(config_, *io_, background_, clock_); }
  Status open(std::vector<TableSchemaPtr> tables) {
    make();
    return wait(store_->open(std::move(tables)));
  }
  Status close() {
    Status closed = wait(store_->close());
    settle();
    store_.reset();
    return closed;
  }
  // The power goes; what is in memory goes with it.
  void crash(uint64_t seed) {
    disk_.crash(seed);
    static_cast<void>(close().ok());
    io_ = std::make_unique<SimulatedIo>(disk_);
  }
  // Begins something that nobody waits for.
  void start(Task<Status> task) { spawn(forget(std::move(task))); }
  // One loop turn.
  void turn() {
    store_->end_turn();
    static_cast<void>(background_.run());
    if (io_->in_flight() > 0) io_->wait();
  }
  // Until nothing is under way.
  void settle() {
    while (background_.run() || io_->in_flight() > 0) {
      if (io_->in_flight() > 0) io_->wait();
    }
  }
  // Applies and waits until it is on disk.
  Status write(const PartitionUpdate& update) {
    const auto position = store_->apply({&update, 1});
    if (!position) return position.error();
    return durable(position.value());
  }
  Status durable(CommitPosition position) {
    DurabilityWaiter waiter;
    std::optional<Status> told;
    waiter.position = position;
    waiter.context = &told;
    waiter.on_durable = [](DurabilityWaiter& done, const Error* error) {
      auto& result = *static_cast<std::optional<Status>*>(done.context);
      result.emplace();
      if (error) *result = *error;
    };
    store_->await_durable(waiter);
    while (!told) turn();
    return *told;
  }

 private:
  StoreConfig config_;
  SimulatedDisk disk_;
  ManualClock clock_;
  QueuedBackground background_;
  std::unique_ptr<Io> io_;
  std::unique_ptr<Store> store_;
};

}  // namespace ceto::lsm_test
