// PartitionSnapshot: the present rows of one partition, copied out of the store for an operation
// that reads before it writes. The copies live in the execution's arena. Shard thread only.
#pragma once

#include <memory>
#include <span>

#include "lsm/store.h"
#include "plan/arena_vector.h"
#include "plan/plan_services.h"

namespace ceto {

class PartitionSnapshot {
 public:
  explicit PartitionSnapshot(PlanServices& services) : services_(services) {}

  // What to read: the rows of `slices` (empty: all, up to `max_rows`) and the static row.
  void begin(const TableSchemaPtr& table, Token token, Bytes key, std::span<const Slice> slices,
             uint64_t max_rows, int64_t now_seconds, Arena& arena);
  // kEnd: it is read.
  Step run();
  Task<void> wait();
  const Error& error() const { return reader_->error(); }

  const Row* static_row() const { return static_row_; }
  std::span<const Row> rows() const { return rows_; }
  // The row of this clustering; the static row for an empty one of a table with clustering columns.
  const Row* find(Clustering clustering) const;

 private:
  Row copy(const Row& row) const;

  PlanServices& services_;
  Arena* arena_ = nullptr;
  ReadCommand command_;
  Token token_;
  Bytes key_;
  uint64_t max_rows_ = 0;
  bool opened_ = false;
  std::unique_ptr<PartitionReader> reader_;
  const Row* static_row_ = nullptr;
  std::span<const Row> rows_;
  std::optional<ArenaVector<Row>> reading_;
};

}  // namespace ceto
