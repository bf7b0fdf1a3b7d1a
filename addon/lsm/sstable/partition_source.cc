#include <algorithm>

#include "lsm/sstable/sstable_impl.h"

namespace ceto {

SSTablePartition::SSTablePartition(std::shared_ptr<SSTableImpl> table, const ReadCommand& command,
                                   bool scanning)
    : table_(std::move(table)),
      command_(command),
      index_(table_->index(), false),
      data_(table_->data(), scanning),
      static_reader_(table_->header(), command.columns) {}

void SSTablePartition::set_key(Token token, Bytes key) {
  token_ = token;
  key_ = key;
  stage_ = Stage::kLookup;
}

void SSTablePartition::begin(const IndexEntry& entry, Stage stage) {
  entry_ = entry;
  deletion_ = {};
  static_row_.reset();
  blocks_.reset();
  reverse_.reset();
  stage_ = stage;
}

void SSTablePartition::set_entry(const IndexEntry& entry, Bytes key) {
  begin(entry, Stage::kBlocks);
  key_ = key;
}

void SSTablePartition::set_place(uint64_t data_position) {
  IndexEntry entry;
  entry.data_position = data_position;
  begin(entry, Stage::kUnknownHead);
  data_.seek(data_position);
}

// Remembers whom to wait for and what went wrong.
Step SSTablePartition::keep(Step step, FileCursor& cursor) {
  if (step == Step::kWait) waiting_ = &cursor;
  if (step == Step::kError) error_ = cursor.error();
  return step;
}

Task<void> SSTablePartition::wait() {
  CETO_ASSERT(waiting_ != nullptr);
  co_await waiting_->wait();
}

Step SSTablePartition::open() {
  while (stage_ != Stage::kOpen && stage_ != Stage::kRead) {
    if (stage_ == Stage::kGone) return Step::kEnd;
    const Step step = run(stage_);
    if (step != Step::kReady) return step;
  }
  return Step::kReady;
}

Step SSTablePartition::run(Stage stage) {
  switch (stage) {
    case Stage::kLookup:
      return find_entry();
    case Stage::kBlocks: {
      if (entry_.blocks_bytes > 0 && !command_.static_only) {
        if (!blocks_) blocks_.emplace(index_, table_->header(), entry_);
        const Step step = keep(blocks_->open(), index_);
        if (step != Step::kReady) return step;
      }
      if (entry_.data_position >= table_->data().length()) {
        return keep(index_.fail_corrupt("a partition behind the end of Data.db,"), index_);
      }
      data_.seek(entry_.data_position);
      stage_ = Stage::kHead;
      return Step::kReady;
    }
    case Stage::kHead:
      return read_head();
    case Stage::kUnknownHead:
      return read_unknown_head();
    case Stage::kStatic:
      return read_static();
    case Stage::kRows:
      start_rows();
      return Step::kReady;
    case Stage::kOpen:
    case Stage::kRead:
    case Stage::kGone:
      break;
  }
  CETO_UNREACHABLE("a stage that needs no step");
}

// Walks the run of the index that the summary names.
Step SSTablePartition::find_entry() {
  if (!searching_) {
    if (!table_->may_contain(token_, key_)) {
      stage_ = Stage::kGone;
      return Step::kReady;
    }
    run_ = table_->summary().find(token_, key_, table_->index().length());
    index_.seek(run_.begin);
    searching_ = true;
  }
  while (index_.position() < run_.end) {
    const uint64_t left = run_.end - index_.position();
    const Bytes window = index_.window();
    index_.advance(
        skip_other_entries(window.sub(0, std::min<uint64_t>(window.size(), left)), key_));
    if (index_.position() >= run_.end) break;
    const Step step = keep(read_index_entry(index_, entry_), index_);
    if (step != Step::kReady) return step;
    if (entry_.key == key_) {
      table_->note_lookup(true);
      stage_ = Stage::kBlocks;
      return Step::kReady;
    }
    index_.seek(entry_.next_position);
  }
  table_->note_lookup(false);
  stage_ = Stage::kGone;
  return Step::kReady;
}

// The partition's key and deletion.
Step SSTablePartition::read_head() {
  const uint64_t size = 2 + key_.size() + sstable_format::kDeletionTimeBytes;
  const Step step = keep(data_.ensure(size), data_);
  if (step != Step::kReady) return step;
  ByteReader in(data_.window());
  if (in.u16_bytes() != key_) {
    return keep(data_.fail_corrupt("another key than the index says"), data_);
  }
  take_head(in, size);
  return Step::kReady;
}

Step SSTablePartition::read_unknown_head() {
  Step step = keep(data_.ensure(2), data_);
  if (step != Step::kReady) return step;
  const size_t key_bytes = load_be<uint16_t>(data_.window().data());
  const uint64_t size = 2 + key_bytes + sstable_format::kDeletionTimeBytes;
  step = keep(data_.ensure(size), data_);
  if (step != Step::kReady) return step;
  ByteReader in(data_.window());
  own_key_.assign(in.u16_bytes());
  key_ = own_key_.bytes();
  take_head(in, size);
  return Step::kReady;
}

// `in` is behind the key.
void SSTablePartition::take_head(ByteReader in, uint64_t size) {
  deletion_ = sstable_format::read_deletion_time(in);
  data_.advance(size);
  stage_ = table_->header().statics.columns.empty() ? Stage::kRows : Stage::kStatic;
}

// The static row stays while the source lives, so its bytes are copied.
Step SSTablePartition::read_static() {
  while (true) {
    const auto outcome = static_reader_.head(data_.window(), true);
    const bool head = outcome == UnfilteredReader::Outcome::kHead;
    if (head && data_.window().size() >= static_reader_.need()) break;
    if (!head && outcome != UnfilteredReader::Outcome::kNeedMore) {
      return keep(data_.fail_corrupt("a bad static row"), data_);
    }
    const Step step = keep(data_.ensure(static_reader_.need()), data_);
    if (step != Step::kReady) return step;
  }
  const uint64_t size = static_reader_.need();
  static_bytes_.assign(data_.window().sub(0, size).text());
  Unfiltered read;
  if (static_reader_.head(Bytes(static_bytes_), true) != UnfilteredReader::Outcome::kHead ||
      !static_reader_.body(Bytes(static_bytes_), read)) {
    return keep(data_.fail_corrupt("a bad static row"), data_);
  }
  data_.advance(size);
  if (read.row.has_any()) static_row_ = read.row;
  stage_ = Stage::kRows;
  return Step::kReady;
}

void SSTablePartition::start_rows() {
  stage_ = Stage::kOpen;
  if (forward_) {
    // Its buffers stay: a scan of small partitions would ask for them again and again.
    forward_->restart(blocks_ ? &*blocks_ : nullptr, entry_.data_position, data_.position());
    return;
  }
  const std::span<const Slice> all(&whole_, 1);
  const PartitionRows rows{table_->schema(),
                           command_.slices.empty() ? all : command_.slices,
                           data_,
                           blocks_ ? &*blocks_ : nullptr,
                           entry_.data_position,
                           data_.position()};
  if (command_.reversed) {
    reverse_.emplace(rows, table_->header(), command_.columns);
  } else {
    forward_.emplace(rows, table_->header(), command_.columns);
  }
}

Step SSTablePartition::next() {
  if (stage_ != Stage::kOpen || command_.static_only) return Step::kEnd;
  const Step step = forward_ ? forward_->next(current_) : reverse_->next(current_);
  if (step == Step::kWait) {
    // Only one of the two lacks something; the index only while blocks are looked for.
    waiting_ = index_.waiting() ? &index_ : &data_;
  }
  if (step == Step::kError) error_ = index_.failed() ? index_.error() : data_.error();
  if (step == Step::kEnd) stage_ = Stage::kRead;
  return step;
}

SSTableScan::SSTableScan(std::shared_ptr<SSTableImpl> table, const ReadCommand& command,
                         const TokenRange& range)
    : table_(table),
      range_(range),
      from_key_(range.from_key.str()),
      index_(table_->index(), true),
      partition_(table, command, true) {
  // The last sample before the range; with no key the least of the first token is looked for.
  const auto run = table_->summary().find(range.first, Bytes(from_key_), table_->index().length());
  index_.seek(run.begin);
}

Step SSTableScan::next_entry() {
  while (true) {
    if (index_.remaining() == 0) return Step::kEnd;
    IndexEntry entry;
    const Step step = read_index_entry(index_, entry);
    if (step == Step::kError) error_ = index_.error();
    if (step != Step::kReady) {
      waiting_for_partition_ = false;
      return step;
    }
    const Token token = token_of(entry.key);
    if (token > range_.last) return Step::kEnd;
    int place = token < range_.first ? -1 : 1;
    if (token == range_.first && !range_.from_key.empty()) {
      place = compare(entry.key, Bytes(from_key_));
      if (place == 0) place = range_.after_key ? -1 : 1;
    }
    if (place < 0) {
      index_.seek(entry.next_position);
      continue;
    }
    token_ = token;
    key_.assign(entry.key);
    index_.seek(entry.next_position);
    partition_.set_entry(entry, key_.bytes());
    return Step::kReady;
  }
}

Step SSTableScan::next_partition() {
  if (!opening_) {
    const Step step = next_entry();
    if (step != Step::kReady) return step;
    opening_ = true;
  }
  const Step step = partition_.open();
  CETO_ASSERT(step != Step::kEnd);
  waiting_for_partition_ = step == Step::kWait;
  if (step == Step::kError) error_ = partition_.error();
  if (step == Step::kReady) opening_ = false;
  return step;
}

Task<void> SSTableScan::wait() {
  if (waiting_for_partition_) {
    co_await partition_.wait();
  } else {
    co_await index_.wait();
  }
}

SSTableWalk::SSTableWalk(std::shared_ptr<SSTableImpl> table, const ReadCommand& command)
    : table_(table), partition_(table, command, true) {
  CETO_ASSERT(command.slices.empty() && !command.static_only && !command.reversed);
  // A merge of many waits for the first reads of all at once.
  partition_.start_streaming();
}

// What the reader left of the partition. Its end mark is then the byte at the position.
Step SSTableWalk::read_past() {
  Step step = Step::kReady;
  while (step == Step::kReady) step = partition_.next();
  if (step == Step::kError) error_ = partition_.error();
  return step;
}

Step SSTableWalk::next_partition() {
  if (!opening_) {
    uint64_t position = 0;
    if (begun_) {
      if (const Step step = read_past(); step != Step::kEnd) return step;
      position = partition_.data_position() + 1;
    }
    if (position >= table_->data().length()) return Step::kEnd;
    last_key_.assign(partition_.key());
    partition_.set_place(position);
    opening_ = true;
  }
  const Step step = partition_.open();
  if (step == Step::kError) error_ = partition_.error();
  if (step != Step::kReady) return step;
  opening_ = false;
  return check_order();
}

// The merge, and what is written of it, rely on it.
Step SSTableWalk::check_order() {
  const Token token = token_of(key());
  if (begun_ && compare_keys(token_, last_key_.bytes(), token, key()) >= 0) {
    error_ =
        corrupt(table_->descriptor().path("Data.db") + ": partitions out of order before offset " +
                std::to_string(partition_.data_position()));
    return Step::kError;
  }
  begun_ = true;
  token_ = token;
  return Step::kReady;
}

}  // namespace ceto
