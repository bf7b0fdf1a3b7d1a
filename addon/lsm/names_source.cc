#include "lsm/names_source.h"

#include <algorithm>

namespace ceto {

namespace {

bool is_one_row(const TableSchema& schema, const Slice& slice) {
  const size_t whole = schema.clustering.size();
  const Bound& start = slice.start;
  const Bound& end = slice.end;
  if (start.prefix.size() != whole || end.prefix.size() != whole) return false;
  if (start.after || !end.after) return false;
  return start.prefix.data() == end.prefix.data() ||
         compare_clustering(schema, start.prefix, end.prefix) == 0;
}

bool in_mask(std::span<const uint64_t> columns, ColumnId id) {
  if (columns.empty()) return true;
  const size_t word = id / 64;
  return word < columns.size() && ((columns[word] >> (id % 64)) & 1) != 0;
}

const Cell* find_cell(const Row& row, ColumnId id) {
  const auto at = std::partition_point(row.cells.begin(), row.cells.end(),
                                       [id](const Cell& cell) { return cell.column < id; });
  return at != row.cells.end() && at->column == id ? &*at : nullptr;
}

}  // namespace

bool wants_statics(const ReadCommand& command) {
  for (const Column* column : command.table->statics) {
    if (in_mask(command.columns, column->id)) return true;
  }
  return false;
}

bool NamesSource::fits(const ReadCommand& command) {
  const TableSchema& schema = *command.table;
  if (schema.counter || command.static_only) return false;
  if (schema.clustering.empty()) return command.slices.empty();
  if (command.slices.empty() || command.slices.size() > kMaxNames) return false;
  return std::all_of(command.slices.begin(), command.slices.end(),
                     [&](const Slice& slice) { return is_one_row(schema, slice); });
}

NamesSource::NamesSource(const ReadCommand& command, const ReadCommand& whole, Token token,
                         Bytes key)
    : command_(command),
      whole_(whole),
      schema_(*command.table),
      token_(token),
      key_(key),
      buffers_(Pooled<Buffers>::take()),
      statics_wanted_(wants_statics(command)) {
  clear();
  if (schema_.clustering.empty()) buffers_->names.push_back({});
  for (const Slice& slice : command.slices) {
    buffers_->names.push_back({slice.start.prefix, nullptr, {}});
  }
  if (command.reversed) std::reverse(buffers_->names.begin(), buffers_->names.end());
}

void NamesSource::clear() {
  source_.reset();
  buffers_->inputs.clear();
  buffers_->names.clear();
  buffers_->arena.reset();
}

void NamesSource::add(MemtableRef memtable, const MemtablePartition& partition) {
  buffers_->inputs.push_back({std::move(memtable), &partition, nullptr, INT64_MAX});
}

void NamesSource::add(SSTablePtr table) {
  const int64_t newest = table->metadata().max_timestamp;
  buffers_->inputs.push_back({{}, nullptr, std::move(table), newest});
}

bool NamesSource::wanted(const Column& column) const {
  return in_mask(command_.columns, column.id);
}

// Whether sources with nothing newer than `max_timestamp` cannot change these columns of the row.
bool NamesSource::columns_settled(const Row& row, std::span<const Column* const> columns,
                                  int64_t max_timestamp) const {
  for (const Column* column : columns) {
    if (!wanted(*column)) continue;
    if (column->type->multi_cell) {
      const auto deletion =
          std::find_if(row.complex.begin(), row.complex.end(),
                       [&](const ComplexDeletion& at) { return at.column == column->id; });
      if (deletion == row.complex.end() || !deletion->deletion.deletes(max_timestamp)) return false;
      continue;
    }
    const Cell* cell = find_cell(row, column->id);
    if (cell == nullptr || cell->timestamp <= max_timestamp) return false;
  }
  return true;
}

bool NamesSource::row_settled(const Name& name, int64_t max_timestamp) const {
  if (name.covering.deletes(max_timestamp)) return true;
  if (name.row == nullptr) return false;
  const Row& row = *name.row;
  if (row.deletion.deletes(max_timestamp)) return true;
  // Older data cannot take away what is newer than all of it, so the row is there for certain.
  const auto lives = [&](int64_t timestamp) {
    return timestamp > max_timestamp && !partition_deletion_.deletes(timestamp) &&
           !name.covering.deletes(timestamp) && !row.deletion.deletes(timestamp);
  };
  const int64_t now = command_.now_seconds;
  bool there = row.liveness.ttl != kExpiredLivenessTtl && row.liveness.live_at(now) &&
               lives(row.liveness.timestamp);
  for (size_t i = 0; i < row.cells.size() && !there; ++i) {
    const Cell& cell = row.cells[i];
    there = cell.live_at(now) && lives(cell.timestamp) && schema_.column(cell.column) != nullptr;
  }
  return there && columns_settled(row, schema_.regulars, max_timestamp);
}

bool NamesSource::static_settled(int64_t max_timestamp) const {
  if (!statics_wanted_) return true;
  return statics_ != nullptr && columns_settled(*statics_, schema_.statics, max_timestamp);
}

bool NamesSource::settled(int64_t max_timestamp) const {
  if (!found_) return false;
  if (partition_deletion_.deletes(max_timestamp)) return true;
  if (!static_settled(max_timestamp)) return false;
  return std::all_of(buffers_->names.begin(), buffers_->names.end(),
                     [&](const Name& name) { return row_settled(name, max_timestamp); });
}

void NamesSource::start_input(const Input& input) {
  opened_ = false;
  range_deletion_ = {};
  if (input.table) {
    source_ = input.table->read(whole_, token_, key_);
    ++sstables_read_;
    return;
  }
  auto source = std::make_unique<MemtablePartitionSource>();
  source->start(input.memtable, *input.partition, whole_);
  source_ = std::move(source);
}

Step NamesSource::open() {
  std::vector<Input>& inputs = buffers_->inputs;
  for (; input_ < inputs.size(); ++input_) {
    const Input& input = inputs[input_];
    if (!source_) {
      if (settled(input.max_timestamp)) break;
      if (input.table && !input.table->filter_passes(token_, key_)) continue;
      start_input(input);
    }
    const Step step = read_input(input);
    if (step == Step::kWait || step == Step::kError) return step;
    source_.reset();
  }
  if (!found_) return Step::kEnd;
  if (statics_ != nullptr) {
    static_row_ = buffers_->statics_merger.merge(schema_, {&statics_, 1}, partition_deletion_);
    has_static_row_ = static_row_.has_any();
  }
  return Step::kReady;
}

Step NamesSource::read_input(const Input& input) {
  // What a memtable has stays where it is as long as the memtable does.
  const bool stays = input.table == nullptr;
  if (!opened_) {
    const Step step = source_->open();
    if (step != Step::kReady) return step;
    opened_ = found_ = true;
    const DeletionTime deletion = source_->partition_deletion();
    if (deletion.supersedes(partition_deletion_)) partition_deletion_ = deletion;
    if (const Row* row = source_->static_row()) {
      statics_ = merged(statics_, *row, stays, buffers_->statics_merger);
    }
  }
  for (;;) {
    const Step step = source_->next();
    if (step != Step::kReady) return step;
    take(source_->current(), stays);
  }
}

const Row* NamesSource::merged(const Row* known, const Row& found, bool stays, RowMerger& merger) {
  if (known == nullptr) {
    // The structure may be the source's own even where its bytes stay.
    return stays ? buffers_->arena.make<Row>(found) : copy_row(found, buffers_->arena);
  }
  const Row* const both[] = {known, &found};
  return copy_row(merger.merge(schema_, both, {}), buffers_->arena);
}

void NamesSource::take(const Unfiltered& unfiltered, bool stays) {
  if (unfiltered.is_marker) {
    const RangeMarker& marker = unfiltered.marker;
    if (!marker.before.live()) end_range(marker.bound);
    range_deletion_ = marker.after;
    if (!marker.after.live()) range_start_ = copy_bound(marker.bound, buffers_->arena);
    return;
  }
  for (Name& name : buffers_->names) {
    if (compare_clustering(schema_, name.clustering, unfiltered.row.clustering) != 0) continue;
    name.row = merged(name.row, unfiltered.row, stays, buffers_->merger);
    return;
  }
}

// The range deletion that began at range_start_ ends here.
void NamesSource::end_range(const Bound& bound) {
  for (Name& name : buffers_->names) {
    const int from = compare_to_bound(schema_, name.clustering, range_start_);
    const int to = compare_to_bound(schema_, name.clustering, bound);
    const bool inside = command_.reversed ? from < 0 && to > 0 : from > 0 && to < 0;
    if (inside && range_deletion_.supersedes(name.covering)) name.covering = range_deletion_;
  }
}

Step NamesSource::next() {
  std::vector<Name>& names = buffers_->names;
  while (next_name_ < names.size()) {
    const Name& name = names[next_name_++];
    if (name.row == nullptr) continue;
    const DeletionTime& covering =
        name.covering.supersedes(partition_deletion_) ? name.covering : partition_deletion_;
    current_.is_marker = false;
    current_.row = buffers_->merger.merge(schema_, {&name.row, 1}, covering);
    if (current_.row.has_any()) return Step::kReady;
  }
  return Step::kEnd;
}

Task<void> NamesSource::wait() {
  CETO_ASSERT(source_ != nullptr);
  return source_->wait();
}

const Error& NamesSource::error() const {
  CETO_ASSERT(source_ != nullptr);
  return source_->error();
}

}  // namespace ceto
