// A shard's surroundings for the tests of the engine: a simulated disk, a clock moved by hand, background
// work that runs when the test says so, and tables with rows made from short texts.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "io/background.h"
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

template <class T>
Task<void> keep_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}
inline Task<void> keep_end(Task<void> task, bool& done) {
  co_await std::move(task);
  done = true;
}

// Turns the loop until the task has ended.
template <class T>
T run(Io& io, QueuedBackground& background, Task<T> task) {
  std::optional<T> result;
  spawn(keep_result(std::move(task), result));
  while (!result) {
    const bool worked = background.run();
    if (io.in_flight() > 0) io.wait();
    else CETO_ASSERT(worked || result);
  }
  return std::move(*result);
}
inline void run(Io& io, QueuedBackground& background, Task<void> task) {
  bool done = false;
  spawn(keep_end(std::move(task), done));
  while (!done) {
    const bool worked = background.run();
    if (io.in_flight() > 0) io.wait();
    else CETO_ASSERT(worked || done);
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
  UpdateBuilder& static_row() {
    has_static_ = true;
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
  UpdateBuilder& delete_range(int32_t from, int32_t to, DeletionTime deletion) {
    ranges_.push_back({{{clustering(from), false}, {clustering(to), true}}, deletion});
    return *this;
  }

  const PartitionUpdate& update() {
    for (size_t i = 0; i < rows_.size(); ++i) rows_[i].cells = cells_[i];
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
  std::vector<RangeTombstone> ranges_;
  bool has_static_ = false;
  std::vector<Cell> static_cells_;
  Row static_row_;
};

}  // namespace ceto::lsm_test
