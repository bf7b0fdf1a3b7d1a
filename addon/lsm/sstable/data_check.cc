#include "lsm/sstable/data_check.h"

#include "lsm/sstable/key_text.h"

namespace ceto {

namespace {

bool same_place(const Prefix& a, const Prefix& b) {
  return a.kind == b.kind && a.values == b.values;
}

}  // namespace

DataCheck::DataCheck(SSTableImpl& table, const std::function<bool(Token)>& owned, WorkPace pace,
                     Depth depth)
    : table_(table),
      owned_(owned),
      pace_(pace),
      depth_(depth),
      index_(table.index(), true),
      block_cursor_(table.index(), false),
      data_(table.data(), true) {}

Error DataCheck::bad_data(const std::string& what) const {
  return corrupt(table_.data().path() + ": " + what + " at offset " + std::to_string(at_));
}

Error DataCheck::bad_index(const std::string& what) const {
  return corrupt(table_.index().path() + ": " + what + " at offset " +
                 std::to_string(index_.position()));
}

Task<Status> DataCheck::ensure(FileCursor& cursor, uint64_t size) {
  for (;;) {
    const Step step = cursor.ensure(size);
    if (step == Step::kReady) co_return Status{};
    if (step == Step::kError) co_return cursor.error();
    co_await cursor.wait();
  }
}

Task<Status> DataCheck::run(VerifyReport& report) {
  while (index_.remaining() > 0) {
    CETO_CO_TRY(co_await index_entry());
    CETO_CO_TRY(check_entry());
    const uint64_t begin = data_.position();
    data_.seek(entry_.data_position);
    CETO_CO_TRY(co_await partition(report));
    ++report.partitions;
    previous_key_ = key_;
    previous_token_ = token_;
    any_ = true;
    index_.seek(entry_.next_position);
    CETO_CO_TRY(co_await pace_.step(data_.position() - begin));
  }
  at_ = data_.position();
  if (data_.remaining() > 0) co_return bad_data("more data than the index knows");
  if (report.partitions != table_.metadata().partitions) {
    co_return corrupt(table_.descriptor().path("Statistics.db") + ": " +
                      std::to_string(table_.metadata().partitions) + " partitions, but there are " +
                      std::to_string(report.partitions) + ", at offset 0");
  }
  co_return Status{};
}

Task<Status> DataCheck::index_entry() {
  for (;;) {
    const Step step = read_index_entry(index_, entry_);
    if (step == Step::kReady) break;
    if (step == Step::kError) co_return index_.error();
    co_await index_.wait();
  }
  key_.assign(entry_.key.text());
  entry_.key = Bytes(key_);
  token_ = token_of(entry_.key);
  co_return Status{};
}

// What can be said of an entry without its partition.
Status DataCheck::check_entry() {
  if (any_ && compare_keys(previous_token_, Bytes(previous_key_), token_, Bytes(key_)) >= 0) {
    return bad_index("key " + key_text(entry_.key) + " out of order");
  }
  const bool follows = !end_known_ && entry_.data_position > data_.position() &&
                       entry_.data_position < table_.data().length();
  if (entry_.data_position != data_.position() && !follows) {
    return bad_index("key " + key_text(entry_.key) + " at position " +
                     std::to_string(entry_.data_position) + " of the data, where it begins at " +
                     std::to_string(data_.position()) + ",");
  }
  if (owned_ && !owned_(token_)) {
    return bad_index("key " + key_text(entry_.key) + " is not contained in the given ranges");
  }
  return {};
}

// The key is the data's: it must be found.
Status DataCheck::check_lookup() const {
  if (token_ < table_.metadata().first_token || token_ > table_.metadata().last_token) {
    return bad_index("key " + key_text(entry_.key) + " outside of the first and the last one,");
  }
  if (!table_.may_contain(token_, entry_.key)) {
    return corrupt(table_.descriptor().path("Filter.db") + ": key " + key_text(entry_.key) +
                   " is not in the filter, at offset 0");
  }
  const auto run = table_.summary().find(token_, entry_.key, table_.index().length());
  if (index_.position() < run.begin || index_.position() >= run.end) {
    return corrupt(table_.descriptor().path("Summary.db") + ": key " + key_text(entry_.key) +
                   " is not where the summary says, at offset 0");
  }
  return {};
}

bool DataCheck::reads_rows() const {
  return depth_ == Depth::kRows || entry_.blocks_bytes > 0 ||
         entry_.next_position == table_.index().length();
}

Task<Status> DataCheck::partition(VerifyReport& report) {
  at_ = data_.position();
  last_.known = false;
  open_ = {};
  next_block_ = 0;
  blocks_.reset();
  if (entry_.blocks_bytes > 0) {
    blocks_.emplace(block_cursor_, table_.header(), entry_);
    for (;;) {
      const Step step = blocks_->open();
      if (step == Step::kReady) break;
      if (step == Step::kError) co_return block_cursor_.error();
      co_await block_cursor_.wait();
    }
  }
  CETO_CO_TRY(co_await head());
  CETO_CO_TRY(check_lookup());
  end_known_ = reads_rows();
  if (!end_known_) co_return Status{};
  if (!table_.header().statics.columns.empty()) CETO_CO_TRY(co_await static_row());
  co_return co_await unfiltereds(report);
}

Task<Status> DataCheck::head() {
  const uint64_t size = 2 + key_.size() + sstable_format::kDeletionTimeBytes;
  CETO_CO_TRY(co_await ensure(data_, size));
  ByteReader in(data_.window());
  if (in.u16_bytes() != Bytes(key_)) {
    co_return bad_index("key " + key_text(entry_.key) + " at position " + std::to_string(at_) +
                        " of the data, where another begins,");
  }
  const DeletionTime deletion = sstable_format::read_deletion_time(in);
  if (!deletion.live() && !in_range(deletion.marked_for_delete_at)) {
    co_return bad_data("a partition deletion outside of the file's timestamps");
  }
  data_.advance(size);
  co_return Status{};
}

Task<Status> DataCheck::static_row() {
  at_ = data_.position();
  UnfilteredReader reader(table_.header(), {});
  for (;;) {
    const auto outcome = reader.head(data_.window(), true);
    const bool have_head = outcome == UnfilteredReader::Outcome::kHead;
    if (have_head && data_.window().size() >= reader.need()) break;
    if (!have_head && outcome != UnfilteredReader::Outcome::kNeedMore) {
      co_return bad_data("a bad static row");
    }
    CETO_CO_TRY(co_await ensure(data_, reader.need()));
  }
  Unfiltered read;
  if (!reader.body(data_.window(), read)) co_return bad_data("a bad static row");
  CETO_CO_TRY(check_row(read.row));
  data_.advance(reader.need());
  co_return Status{};
}

Task<Status> DataCheck::unfiltereds(VerifyReport& report) {
  UnfilteredStream stream(data_, table_.header(), {});
  Unfiltered read;
  for (;;) {
    at_ = data_.position();
    Step step = stream.peek();
    if (step == Step::kReady) {
      CETO_CO_TRY(check_order(stream.prefix()));
      if (blocks_) CETO_CO_TRY(co_await block_boundary(stream));
      step = stream.take(read);
    }
    if (step == Step::kEnd) break;
    if (step == Step::kError) co_return data_.error();
    if (step == Step::kWait) {
      co_await data_.wait();
      continue;
    }
    last_.keep(stream.prefix());
    if (read.is_marker) {
      const RangeMarker& marker = read.marker;
      if (!(marker.before == open_)) co_return bad_data("an unmatched range tombstone");
      open_ = marker.after;
      if (!open_.live() && !in_range(open_.marked_for_delete_at)) {
        co_return bad_data("a range tombstone outside of the file's timestamps");
      }
    } else {
      CETO_CO_TRY(check_row(read.row));
      ++report.rows;
    }
    if (pace_.background.should_yield()) co_await pace_.background.yield();
  }
  if (!open_.live()) co_return bad_data("a range tombstone that is not closed");
  if (blocks_ && next_block_ != blocks_->size()) {
    co_return bad_index("an index of blocks that goes beyond the partition");
  }
  data_.advance(1);
  co_return Status{};
}

Task<Status> DataCheck::read_block(uint64_t number) {
  for (;;) {
    const Step step = blocks_->read(number);
    if (step == Step::kReady) co_return Status{};
    if (step == Step::kError) co_return block_cursor_.error();
    co_await block_cursor_.wait();
  }
}

// Where a block begins, the one before ends: with the place and the open deletion that it says.
Task<Status> DataCheck::block_boundary(const UnfilteredStream& stream) {
  if (next_block_ == blocks_->size()) co_return Status{};
  CETO_CO_TRY(co_await read_block(next_block_));
  const uint64_t begin = entry_.data_position + blocks_->block().offset;
  if (at_ < begin) co_return Status{};
  if (at_ > begin) co_return bad_index("a block that begins within a row,");
  if (!same_place(blocks_->block().first, stream.prefix())) {
    co_return bad_index("a block that begins at another place than its row,");
  }
  if (next_block_ > 0) {
    CETO_CO_TRY(co_await read_block(next_block_ - 1));
    const IndexBlock& ended = blocks_->block();
    if (entry_.data_position + ended.offset + ended.width != at_ || !last_.known ||
        !same_place(ended.last, last_.prefix) || !(ended.open == open_)) {
      co_return bad_index("a block that ends otherwise than its rows,");
    }
  }
  ++next_block_;
  co_return Status{};
}

Status DataCheck::check_order(const Prefix& next) {
  if (last_.known && compare_places(table_.schema(), last_.prefix, next) >= 0) {
    return bad_data("a row out of order");
  }
  return {};
}

bool DataCheck::in_range(int64_t timestamp) const {
  const SSTableMetadata& metadata = table_.metadata();
  return timestamp >= metadata.min_timestamp && timestamp <= metadata.max_timestamp;
}

// Reads leave out files by their timestamps.
Status DataCheck::check_row(const Row& row) const {
  bool good = row.liveness.empty() || in_range(row.liveness.timestamp);
  good &= row.deletion.live() || in_range(row.deletion.marked_for_delete_at);
  for (const Cell& cell : row.cells) good &= in_range(cell.timestamp);
  for (const ComplexDeletion& complex : row.complex) {
    good &= in_range(complex.deletion.marked_for_delete_at);
  }
  return good ? Status{} : bad_data("a row outside of the file's timestamps");
}

}  // namespace ceto
