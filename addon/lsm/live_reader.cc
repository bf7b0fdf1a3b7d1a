#include "lsm/live_reader.h"

namespace ceto {

namespace {

bool is_wanted(std::span<const uint64_t> columns, ColumnId id) {
  if (columns.empty()) return true;
  const size_t word = id / 64;
  return word < columns.size() && ((columns[word] >> (id % 64)) & 1) != 0;
}

}  // namespace

LiveFilter::Fate LiveFilter::fate(const Cell& cell, const DeletionTime& covering) {
  if (covering.deletes(cell.timestamp) || command_.table->column(cell.column) == nullptr) {
    return Fate::kDead;
  }
  if (!cell.live_at(command_.now_seconds)) {
    ++tombstones_;
    return Fate::kDead;
  }
  return is_wanted(command_.columns, cell.column) ? Fate::kKept : Fate::kUnwanted;
}

bool LiveFilter::apply(const Row& row, const DeletionTime& range_or_partition,
                       std::vector<Cell>& cells, Row& out) {
  const bool row_deleted = !row.deletion.live();
  tombstones_ += row_deleted ? 1 : 0;
  const DeletionTime& covering = row_deleted && row.deletion.supersedes(range_or_partition)
                                     ? row.deletion
                                     : range_or_partition;
  out.clustering = row.clustering;
  out.liveness = row.liveness.ttl != kExpiredLivenessTtl &&
                         row.liveness.live_at(command_.now_seconds) &&
                         !covering.deletes(row.liveness.timestamp)
                     ? row.liveness
                     : Liveness{};
  bool alive = !out.liveness.empty();
  // Most rows keep all cells: look before copying.
  size_t kept = 0;
  for (; kept < row.cells.size(); ++kept) {
    const Fate first = fate(row.cells[kept], covering);
    alive |= first != Fate::kDead;
    if (first != Fate::kKept) break;
  }
  if (kept == row.cells.size()) {
    out.cells = row.cells;
    return alive;
  }
  cells.assign(row.cells.begin(), row.cells.begin() + static_cast<std::ptrdiff_t>(kept));
  for (size_t i = kept + 1; i < row.cells.size(); ++i) {
    const Fate next = fate(row.cells[i], covering);
    alive |= next != Fate::kDead;
    if (next == Fate::kKept) cells.push_back(row.cells[i]);
  }
  out.cells = cells;
  return alive;
}

LiveReader::LiveReader(const ReadCommand& command, MemtableRef memtable,
                       const MemtablePartition& partition)
    : filter_(command), source_(&memtable_source_), buffers_(Pooled<Buffers>::take()) {
  memtable_source_.start(std::move(memtable), partition, command);
}

LiveReader::LiveReader(const ReadCommand& command)
    : filter_(command), source_(nullptr), buffers_(Pooled<Buffers>::take()) {}

void LiveReader::set_source(std::unique_ptr<PartitionSource> source) {
  CETO_ASSERT(source_ == nullptr && source != nullptr);
  owned_ = std::move(source);
  source_ = owned_.get();
}

const ReadCommand& LiveReader::head_command() {
  if (!other_command_) {
    other_command_ = source_command();
    other_command_->static_only = true;
  }
  CETO_ASSERT(other_command_->static_only);
  return *other_command_;
}

const ReadCommand& LiveReader::whole_command() {
  CETO_ASSERT(!other_command_);
  other_command_ = source_command();
  other_command_->slices = {};
  other_command_->reversed = false;
  other_command_->static_only = false;
  return *other_command_;
}

LiveReader::LiveReader(const ReadCommand& command, PartitionSource& opened)
    : filter_(command), source_(&opened), buffers_(Pooled<Buffers>::take()) {
  read_head();
}

Step LiveReader::open() {
  CETO_ASSERT(!opened_);
  if (source_ == nullptr) return Step::kEnd;
  const Step step = source_->open();
  if (step == Step::kReady) read_head();
  return step;
}

void LiveReader::read_head() {
  opened_ = true;
  partition_deletion_ = covering_ = source_->partition_deletion();
  if (!partition_deletion_.live()) filter_.count_tombstone();
  if (const Row* row = source_->static_row()) {
    has_static_row_ = filter_.apply(*row, partition_deletion_, buffers_->static_cells, static_row_);
  }
}

Step LiveReader::next() {
  CETO_ASSERT(opened_);
  for (;;) {
    const Step step = source_->next();
    if (step != Step::kReady) return step;
    const Unfiltered& at = source_->current();
    if (at.is_marker) {
      filter_.count_tombstone();
      covering_ =
          at.marker.after.supersedes(partition_deletion_) ? at.marker.after : partition_deletion_;
      continue;
    }
    if (filter_.apply(at.row, covering_, buffers_->row_cells, row_)) return Step::kReady;
  }
}

Step LiveScanner::next_partition() {
  reader_.reset();
  const Step step = source_->next_partition();
  if (step == Step::kReady) reader_.emplace(command_, source_->partition());
  return step;
}

}  // namespace ceto
