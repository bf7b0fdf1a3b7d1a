#include "lsm/merge_source.h"

#include <algorithm>
#include <utility>

namespace ceto {

MergeSource::MergeSource(const TableSchema& schema, bool reversed)
    : schema_(schema), reversed_(reversed), buffers_(Pooled<Buffers>::take()) {
  clear();
}

void MergeSource::clear() {
  buffers_->inputs.clear();
  buffers_->opened.clear();
  buffers_->ordered.clear();
  buffers_->behind.clear();
  buffers_->rows.clear();
  next_to_open_ = 0;
  found_ = false;
  blocked_ = nullptr;
  partition_deletion_ = {};
  range_deletion_ = {};
  has_static_row_ = false;
}

void MergeSource::add(std::unique_ptr<PartitionSource> source, int64_t max_timestamp) {
  CETO_ASSERT(next_to_open_ == 0);
  PartitionSource* const raw = source.get();
  buffers_->inputs.push_back({raw, std::move(source), max_timestamp, false, {}});
}

void MergeSource::add_opened(PartitionSource& source) {
  CETO_ASSERT(next_to_open_ == 0);
  buffers_->inputs.push_back({&source, nullptr, INT64_MAX, true, {}});
}

Step MergeSource::open() {
  std::vector<Input>& inputs = buffers_->inputs;
  for (; next_to_open_ < inputs.size(); ++next_to_open_) {
    Input& input = inputs[next_to_open_];
    if (partition_deletion_.deletes(input.max_timestamp)) continue;
    const Step step = input.opened ? Step::kReady : input.source->open();
    if (step == Step::kWait || step == Step::kError) {
      blocked_ = &input;
      return step;
    }
    if (step == Step::kEnd) continue;
    found_ = true;
    const DeletionTime deletion = input.source->partition_deletion();
    if (deletion.supersedes(partition_deletion_)) partition_deletion_ = deletion;
    buffers_->opened.push_back(&input);
    buffers_->behind.push_back(&input);
  }
  if (!found_) return Step::kEnd;
  merge_static_rows();
  return Step::kReady;
}

void MergeSource::merge_static_rows() {
  buffers_->rows.clear();
  for (const Input* input : buffers_->opened) {
    if (const Row* row = input->source->static_row()) buffers_->rows.push_back(row);
  }
  if (buffers_->rows.empty()) return;
  static_row_ = buffers_->statics_merger.merge(schema_, buffers_->rows, partition_deletion_);
  has_static_row_ = static_row_.has_any();
}

// Rows and bounds in the order of iteration; 0 for two rows or two bounds at one place.
int MergeSource::compare(const Unfiltered& a, const Unfiltered& b) const {
  int c = 0;
  if (!a.is_marker) {
    c = b.is_marker ? compare_to_bound(schema_, a.row.clustering, b.marker.bound)
                    : compare_clustering(schema_, a.row.clustering, b.row.clustering);
  } else {
    c = b.is_marker ? compare_bounds(schema_, a.marker.bound, b.marker.bound)
                    : -compare_to_bound(schema_, b.row.clustering, a.marker.bound);
  }
  return reversed_ ? -c : c;
}

// Inserts from the front: mostly the source that moved on is still among the first.
void MergeSource::place(Input& input) {
  std::vector<Input*>& ordered = buffers_->ordered;
  auto at = ordered.begin();
  while (at != ordered.end() && compare((*at)->source->current(), input.source->current()) < 0) {
    ++at;
  }
  ordered.insert(at, &input);
}

Step MergeSource::advance() {
  std::vector<Input*>& behind = buffers_->behind;
  while (!behind.empty()) {
    Input& input = *behind.back();
    const Step step = input.source->next();
    if (step == Step::kWait || step == Step::kError) {
      blocked_ = &input;
      return step;
    }
    behind.pop_back();
    if (step == Step::kReady) {
      place(input);
    } else {
      CETO_ASSERT(input.open_range.live());
    }
  }
  return Step::kReady;
}

// The range deletion in force over all sources; live where the partition's own goes further.
DeletionTime MergeSource::open_range() const {
  DeletionTime open = partition_deletion_;
  for (const Input* input : buffers_->opened) {
    if (input->open_range.supersedes(open)) open = input->open_range;
  }
  return open == partition_deletion_ ? DeletionTime{} : open;
}

bool MergeSource::give_marker(size_t group) {
  std::vector<Input*>& ordered = buffers_->ordered;
  for (size_t i = 0; i < group; ++i) {
    ordered[i]->open_range = ordered[i]->source->current().marker.after;
  }
  const DeletionTime now = open_range();
  if (now == range_deletion_) return false;
  current_.is_marker = true;
  current_.marker = {ordered[0]->source->current().marker.bound, range_deletion_, now};
  range_deletion_ = now;
  return true;
}

bool MergeSource::all_columns_known(const Row& row) const {
  for (const Cell& cell : row.cells) {
    if (schema_.column(cell.column) == nullptr) return false;
  }
  for (const ComplexDeletion& complex : row.complex) {
    if (schema_.column(complex.column) == nullptr) return false;
  }
  return true;
}

bool MergeSource::give_row(size_t group) {
  std::vector<Input*>& ordered = buffers_->ordered;
  const DeletionTime& covering = range_deletion_.live() ? partition_deletion_ : range_deletion_;
  current_.is_marker = false;
  if (group == 1 && covering.live() && all_columns_known(ordered[0]->source->current().row)) {
    current_.row = ordered[0]->source->current().row;
    return true;
  }
  buffers_->rows.clear();
  for (size_t i = 0; i < group; ++i) buffers_->rows.push_back(&ordered[i]->source->current().row);
  current_.row = buffers_->rows_merger.merge(schema_, buffers_->rows, covering);
  return current_.row.has_any();
}

Step MergeSource::next() {
  for (;;) {
    if (const Step step = advance(); step != Step::kReady) return step;
    std::vector<Input*>& ordered = buffers_->ordered;
    if (ordered.empty()) return Step::kEnd;
    const Unfiltered& first = ordered[0]->source->current();
    size_t group = 1;
    while (group < ordered.size() && compare(first, ordered[group]->source->current()) == 0) {
      ++group;
    }
    const bool given = first.is_marker ? give_marker(group) : give_row(group);
    // They move on only at the next call: until then the views into them stay valid.
    const auto end = ordered.begin() + static_cast<std::ptrdiff_t>(group);
    buffers_->behind.assign(ordered.begin(), end);
    ordered.erase(ordered.begin(), end);
    if (given) return Step::kReady;
  }
}

Task<void> MergeSource::wait() {
  CETO_ASSERT(blocked_ != nullptr);
  return blocked_->source->wait();
}

const Error& MergeSource::error() const {
  CETO_ASSERT(blocked_ != nullptr);
  return blocked_->source->error();
}

int MergeScan::compare(const Input& a, const Input& b) {
  if (a.token != b.token) return a.token < b.token ? -1 : 1;
  return ceto::compare(a.key, b.key);
}

void MergeScan::place(Input& input) {
  const auto later = [](const Input* a, const Input* b) { return compare(*a, *b) > 0; };
  ordered_.insert(std::upper_bound(ordered_.begin(), ordered_.end(), &input, later), &input);
}

Step MergeScan::advance() {
  while (!behind_.empty()) {
    Input& input = *behind_.back();
    const Step step = input.source->next_partition();
    if (step == Step::kWait || step == Step::kError) {
      blocked_ = &input;
      return step;
    }
    behind_.pop_back();
    if (step == Step::kEnd) continue;
    input.token = input.source->token();
    input.key = input.source->key();
    place(input);
  }
  return Step::kReady;
}

Step MergeScan::next_partition() {
  merged_.clear();
  if (!std::exchange(started_, true)) {
    for (Input& input : inputs_) behind_.push_back(&input);
  }
  behind_.insert(behind_.end(), group_.begin(), group_.end());
  group_.clear();
  if (const Step step = advance(); step != Step::kReady) return step;
  if (ordered_.empty()) return Step::kEnd;
  do {
    group_.push_back(ordered_.back());
    ordered_.pop_back();
  } while (!ordered_.empty() && compare(*ordered_.back(), *group_[0]) == 0);
  for (Input* input : group_) merged_.add_opened(input->source->partition());
  const Step step = merged_.open();
  CETO_ASSERT(step == Step::kReady);
  return Step::kReady;
}

Task<void> MergeScan::wait() {
  CETO_ASSERT(blocked_ != nullptr);
  return blocked_->source->wait();
}

uint64_t MergeScan::bytes_done() const {
  uint64_t sum = 0;
  for (const Input& input : inputs_) sum += input.source->bytes_done();
  return sum;
}

const Error& MergeScan::error() const {
  CETO_ASSERT(blocked_ != nullptr);
  return blocked_->source->error();
}

}  // namespace ceto
