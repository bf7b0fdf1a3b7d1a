#include "plan/partition_snapshot.h"

namespace ceto {

void PartitionSnapshot::begin(const TableSchemaPtr& table, Token token, Bytes key,
                              std::span<const Slice> slices, uint64_t max_rows, int64_t now_seconds,
                              Arena& arena) {
  arena_ = &arena;
  command_ = ReadCommand{};
  command_.table = TableSchemaPtr(TableSchemaPtr(), table.get());  // the plan keeps it alive
  command_.slices = slices;
  command_.now_seconds = now_seconds;
  command_.static_only = max_rows == 0;
  token_ = token;
  key_ = key;
  max_rows_ = max_rows;
  opened_ = false;
  static_row_ = nullptr;
  rows_ = {};
  reading_.emplace(arena, 1);
  reader_ = services_.store().read(command_, token_, key_);
}

Step PartitionSnapshot::run() {
  if (!opened_) {
    const Step step = reader_->open();
    if (step == Step::kEnd) reader_.reset();
    if (step != Step::kReady) return step;
    opened_ = true;
    if (const Row* row = reader_->static_row()) static_row_ = arena_->make<Row>(copy(*row));
  }
  while (reading_->size() < max_rows_) {
    const Step step = reader_->next();
    if (step == Step::kWait || step == Step::kError) return step;
    if (step == Step::kEnd) break;
    reading_->push_back(copy(reader_->row()));
  }
  rows_ = reading_->span();
  reader_.reset();
  return Step::kEnd;
}

Task<void> PartitionSnapshot::wait() { return reader_->wait(); }

const Row* PartitionSnapshot::find(Clustering clustering) const {
  const TableSchema& table = *command_.table;
  if (clustering.empty() && !table.clustering.empty()) return static_row_;
  for (const Row& row : rows_) {
    if (compare_clustering(table, row.clustering, clustering) == 0) return &row;
  }
  return nullptr;
}

Row PartitionSnapshot::copy(const Row& row) const {
  Row made = row;
  const std::span<Bytes> clustering = arena_->make_array<Bytes>(row.clustering.size());
  for (size_t i = 0; i < clustering.size(); ++i) {
    if (row.clustering[i].data()) clustering[i] = arena_->copy(row.clustering[i]);
  }
  made.clustering = clustering;
  const std::span<Cell> cells = arena_->make_array<Cell>(row.cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = row.cells[i];
    cells[i].value = arena_->copy(row.cells[i].value);
    cells[i].path = arena_->copy(row.cells[i].path);
  }
  made.cells = cells;
  made.complex = {};
  return made;
}

}  // namespace ceto
