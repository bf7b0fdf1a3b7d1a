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

bool MergeSource::give_marker(std::span<Input* const> group) {
  for (Input* input : group) input->open_range = input->source->current().marker.after;
  const DeletionTime now = open_range();
  if (now == range_deletion_) return false;
  made_.is_marker = true;
  made_.marker = {group[0]->source->current().marker.bound, range_deletion_, now};
  given_ = &made_;
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

bool MergeSource::give_row(std::span<Input* const> group) {
  const Unfiltered& first = group[0]->source->current();
  const DeletionTime& covering = range_deletion_.live() ? partition_deletion_ : range_deletion_;
  if (group.size() == 1 && covering.live() && all_columns_known(first.row)) {
    given_ = &first;
    return true;
  }
  buffers_->rows.clear();
  for (const Input* input : group) buffers_->rows.push_back(&input->source->current().row);
  made_.is_marker = false;
  made_.row = buffers_->rows_merger.merge(schema_, buffers_->rows, covering);
  given_ = &made_;
  return made_.row.has_any();
}

bool MergeSource::give(std::span<Input* const> group) {
  return group[0]->source->current().is_marker ? give_marker(group) : give_row(group);
}

// There is no order to keep.
Step MergeSource::next_of_only(Input& input) {
  Input* const group[] = {&input};
  for (;;) {
    const Step step = input.source->next();
    if (step == Step::kEnd) {
      CETO_ASSERT(input.open_range.live());
      return step;
    }
    if (step != Step::kReady) {
      blocked_ = &input;
      return step;
    }
    if (give(group)) return Step::kReady;
  }
}

Step MergeSource::next() {
  if (buffers_->opened.size() == 1) return next_of_only(*buffers_->opened[0]);
  for (;;) {
    if (const Step step = advance(); step != Step::kReady) return step;
    std::vector<Input*>& ordered = buffers_->ordered;
    if (ordered.empty()) return Step::kEnd;
    const Unfiltered& first = ordered[0]->source->current();
    size_t group = 1;
    while (group < ordered.size() && compare(first, ordered[group]->source->current()) == 0) {
      ++group;
    }
    const bool given = give({ordered.data(), group});
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

// Counts without a branch on what is greater, which no processor could foresee.
void MergeScan::place(Input& input) {
  const Token token = input.source->token();
  size_t at = 0;
  for (const Standing& other : ordered_) at += other.token > token ? 1 : 0;
  while (at < ordered_.size() && ordered_[at].token == token &&
         ceto::compare(ordered_[at].input->key, input.key) > 0) {
    ++at;
  }
  ordered_.insert(ordered_.begin() + static_cast<std::ptrdiff_t>(at), {token, &input});
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
  token_ = ordered_.back().token;
  do {
    group_.push_back(ordered_.back().input);
    ordered_.pop_back();
  } while (!ordered_.empty() && ordered_.back().token == token_ &&
           ordered_.back().input->key == group_[0]->key);
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
