#include <algorithm>

#include "lsm/sstable/key_text.h"
#include "lsm/sstable/salvage.h"

namespace ceto {

SalvageScan::SalvageScan(std::shared_ptr<SSTableImpl> table, const ReadCommand& command,
                         SalvageOptions options, SalvageReport& report, DamageLog& log)
    : context_{table, command, options, report, log}, partition_(context_), expected_(0) {
  table->data().salvage();
  table->index().salvage();
  index_.emplace(table->index(), true);
}

Step SalvageScan::keep(Step step, Waiting what) {
  if (step == Step::kWait) waiting_ = what;
  return step;
}

Task<void> SalvageScan::wait() {
  switch (waiting_) {
    case Waiting::kIndex:
      return index_->wait();
    case Waiting::kData:
      return data_->wait();
    case Waiting::kPartition:
      return partition_.wait();
  }
  CETO_UNREACHABLE("what is waited for");
}

// The next sample of the summary behind the damage is the next entry that is known to begin there.
void SalvageScan::pass_damaged_index() {
  context_.log.add_line(index_->error().message);
  const uint64_t next = context_.table->summary().sample_after(index_->position());
  index_.emplace(context_.table->index(), true);
  index_->seek(std::min(next, context_.table->index().length()));
}

// The partition at `position`, by the key that stands there. kEnd: none can be read.
Step SalvageScan::entry_of_data(uint64_t position) {
  if (!reading_data_) {
    data_.emplace(context_.table->data(), false);
    data_->seek(position);
    data_at_ = position;
    reading_data_ = true;
  }
  Step step = keep(data_->ensure(2), Waiting::kData);
  if (step == Step::kWait) return step;
  if (step == Step::kReady) {
    const uint64_t size = 2u + load_be<uint16_t>(data_->window().data());
    step = keep(data_->ensure(size), Waiting::kData);
    if (step == Step::kWait) return step;
    if (step == Step::kReady) key_.assign(data_->window().sub(2, size - 2).text());
  }
  reading_data_ = false;
  if (step == Step::kError) {
    context_.log.add_line(data_->error().message);
    return Step::kEnd;
  }
  entry_ = IndexEntry{};
  entry_.data_position = position;
  entry_.key = Bytes(key_);
  from_index_ = false;
  return Step::kReady;
}

Step SalvageScan::entry_of_index() {
  while (index_->remaining() > 0) {
    IndexEntry entry;
    const Step step = keep(read_index_entry(*index_, entry), Waiting::kIndex);
    if (step == Step::kWait) return step;
    if (step == Step::kError) {
      pass_damaged_index();
      continue;
    }
    if (expected_ && entry.data_position < *expected_) {
      // Read from the data already.
      index_->seek(entry.next_position);
      continue;
    }
    if (expected_ && entry.data_position > *expected_) return Step::kEnd;
    key_.assign(entry.key.text());
    entry_ = entry;
    entry_.key = Bytes(key_);
    from_index_ = true;
    index_->seek(entry.next_position);
    return Step::kReady;
  }
  return Step::kEnd;
}

// By the index; from the data where the index has a gap or has ended too early.
Step SalvageScan::next_entry() {
  for (;;) {
    if (!reading_data_) {
      const Step step = entry_of_index();
      if (step != Step::kEnd) return step;
    }
    const bool more = expected_ && *expected_ < context_.table->data().length();
    if (!more) {
      // Nothing is known of where the next partition begins, or it is the end.
      if (!expected_ || index_->remaining() == 0) return Step::kEnd;
    } else {
      const Step step = entry_of_data(*expected_);
      const bool again = *expected_ == failed_at_ && key_ == failed_key_;
      if (step == Step::kWait || (step == Step::kReady && !again)) return step;
    }
    expected_.reset();
  }
}

bool SalvageScan::in_order() {
  token_ = token_of(Bytes(key_));
  return !any_ || compare_keys(last_token_, Bytes(last_key_), token_, Bytes(key_)) < 0;
}

Step SalvageScan::next_partition() {
  if (given_out_) expected_ = partition_.end_position();
  given_out_ = false;
  for (;;) {
    if (!opening_) {
      const Step step = next_entry();
      if (step != Step::kReady) return step;
      bytes_done_ = std::max(bytes_done_, entry_.data_position);
      partition_.start(entry_);
      opening_ = true;
    }
    const Step step = keep(partition_.open(), Waiting::kPartition);
    if (step == Step::kWait) return step;
    opening_ = false;
    const bool trusted = expected_.has_value();
    expected_.reset();
    if (step == Step::kReady && in_order()) break;
    const std::string why =
        step == Step::kReady ? "out of order, was left out" : partition_.error().message;
    context_.tell(entry_.key, entry_.data_position, why);
    ++context_.report.damaged_partitions;
    // Where a partition is known to begin the index may have a wrong key: the data's is asked.
    failed_key_ = key_;
    failed_at_ = entry_.data_position;
    if (step == Step::kError && from_index_ && trusted) expected_ = failed_at_;
  }
  if (!from_index_ && entry_.data_position == failed_at_) --context_.report.damaged_partitions;
  any_ = given_out_ = true;
  last_token_ = token_;
  last_key_ = key_;
  ++context_.report.partitions;
  return Step::kReady;
}

}  // namespace ceto
