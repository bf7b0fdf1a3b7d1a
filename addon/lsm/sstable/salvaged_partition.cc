#include "lsm/row_validation.h"
#include "lsm/sstable/key_text.h"
#include "lsm/sstable/salvage.h"

namespace ceto {

void SalvageContext::tell(Bytes key, uint64_t position, const std::string& what) const {
  log.add_line(table->data().path() + ": partition " + key_text(key) + " at offset " +
               std::to_string(position) + ": " + what);
}

SalvagedPartition::SalvagedPartition(SalvageContext& context) : context_(context) {}

void SalvagedPartition::start(const IndexEntry& entry) {
  entry_ = entry;
  parts_.clear();
  parts_.push_back(std::make_unique<SSTablePartition>(context_.table, context_.command, true));
  parts_.back()->set_entry(entry_, entry_.key);
  block_cursor_.reset();
  blocks_.reset();
  next_block_ = 0;
  resuming_ = waiting_for_block_ = ended_ = damaged_ = false;
  static_good_ = true;
  end_position_.reset();
  last_.known = false;
  open_ = {};
}

const Row* SalvagedPartition::static_row() const {
  return static_good_ ? parts_.front()->static_row() : nullptr;
}

Step SalvagedPartition::open() {
  waiting_for_block_ = false;
  Step step = parts_.back()->open();
  if (step == Step::kError && entry_.blocks_bytes > 0) {
    // Its index of blocks may be what is damaged: the rows are read without.
    IndexEntry plain = entry_;
    plain.blocks_bytes = 0;
    context_.tell(entry_.key, entry_.data_position, parts_.back()->error().message);
    start(plain);
    step = parts_.back()->open();
  }
  if (step != Step::kReady || !context_.options.validate) return step;
  if (const Row* statics = parts_.front()->static_row()) {
    const Status valid = validate_row(context_.table->schema(), *statics);
    if (!valid) {
      static_good_ = false;
      skip_row("the static row was left out: " + valid.error().message);
    }
  }
  return step;
}

void SalvagedPartition::note_damage() {
  if (!damaged_) ++context_.report.damaged_partitions;
  damaged_ = true;
}

void SalvagedPartition::skip_row(const std::string& why) {
  note_damage();
  ++context_.report.skipped_rows;
  context_.tell(entry_.key, entry_.data_position, why);
}

Prefix SalvagedPartition::place_of(const Unfiltered& read) {
  using sstable_format::PrefixKind;
  Prefix place;
  const Clustering values = read.is_marker ? read.marker.bound.prefix : read.row.clustering;
  place.values.assign(values.begin(), values.end());
  place.kind = PrefixKind::kClustering;
  if (read.is_marker) {
    place.kind =
        read.marker.bound.after ? PrefixKind::kExclusiveStart : PrefixKind::kInclusiveStart;
  }
  return place;
}

// Whether the row is given out.
bool SalvagedPartition::accept(const Unfiltered& read, const Prefix& place) {
  if (read.is_marker) return true;
  const TableSchema& schema = context_.table->schema();
  if (last_.known && compare_places(schema, last_.prefix, place) >= 0) {
    skip_row("a row out of order was left out");
    return false;
  }
  if (!context_.options.validate) return true;
  const Status valid = validate_row(schema, read.row);
  if (!valid) skip_row("a row was left out: " + valid.error().message);
  return valid.ok();
}

// The part is over; what follows it may be readable from a block on.
void SalvagedPartition::fail_part(const std::string& why) {
  note_damage();
  context_.tell(entry_.key, entry_.data_position, why);
  failed_at_ = parts_.back()->data_position();
  resuming_ = entry_.blocks_bytes > 0;
  ended_ = !resuming_;
}

// What is open where reading ends is closed there. False: nothing is open.
bool SalvagedPartition::close_deletion(Unfiltered& into) {
  if (open_.live()) return false;
  CETO_ASSERT(last_.known);
  into.is_marker = true;
  into.marker.before = open_;
  into.marker.after = {};
  open_ = {};
  const bool behind_prefix = last_.prefix.is_clustering() ||
                             (last_.prefix.kind == sstable_format::PrefixKind::kInclusiveStart &&
                              !last_.prefix.values.empty());
  if (behind_prefix) {
    into.marker.bound = {last_.prefix.values, true};
  } else {
    // The deletion begins behind the last thing that was read, and nothing of it is known but that.
    into.marker.bound = {{}, true};
    resuming_ = false;
    ended_ = true;
  }
  return true;
}

Step SalvagedPartition::next() {
  for (;;) {
    if (ended_) return Step::kEnd;
    if (resuming_) {
      const Step step = resume();
      if (step != Step::kReady) return step;
      continue;
    }
    waiting_for_block_ = false;
    SSTablePartition& part = *parts_.back();
    // A part that begins at a block has its head to read first.
    Step step = part.open();
    if (step == Step::kReady) step = part.next();
    if (step == Step::kWait) return step;
    if (step == Step::kEnd) {
      ended_ = true;
      end_position_ = part.data_position() + 1;
      return Step::kEnd;
    }
    if (step == Step::kError) {
      fail_part(part.error().message);
    } else {
      const Prefix place = place_of(part.current());
      // A marker cannot be left out alone.
      const bool broken = part.current().is_marker && last_.known &&
                          compare_places(context_.table->schema(), last_.prefix, place) >= 0;
      if (!broken) {
        if (!accept(part.current(), place)) continue;
        last_.keep(place);
        current_ = part.current();
        if (current_.is_marker) open_ = current_.marker.after;
        return Step::kReady;
      }
      fail_part("a range tombstone out of order");
    }
    if (close_deletion(current_)) return Step::kReady;
  }
}

// Goes to the first block behind what failed. kReady: there is a new part, or ended_ is set.
Step SalvagedPartition::resume() {
  waiting_for_block_ = true;
  if (!blocks_) {
    block_cursor_.emplace(context_.table->index(), false);
    blocks_.emplace(*block_cursor_, context_.table->header(), entry_);
  }
  Step step = next_block_ == 0 ? blocks_->open() : Step::kReady;
  while (step == Step::kReady && next_block_ < blocks_->size()) {
    step = blocks_->read(next_block_);
    if (step != Step::kReady) break;
    if (entry_.data_position + blocks_->block().offset > failed_at_) break;
    ++next_block_;
  }
  if (step == Step::kWait) return step;
  resuming_ = false;
  if (step == Step::kError || next_block_ == blocks_->size()) {
    ended_ = true;
    return Step::kReady;
  }
  rest_start_.keep(blocks_->block().first);
  ++next_block_;
  rest_slice_ = Slice{};
  rest_slice_.start = rest_start_.prefix.is_clustering() ? Bound{rest_start_.prefix.values, false}
                                                         : rest_start_.prefix.bound();
  rest_ = context_.command;
  rest_.slices = {&rest_slice_, 1};
  parts_.push_back(std::make_unique<SSTablePartition>(context_.table, rest_, true));
  parts_.back()->set_entry(entry_, entry_.key);
  return Step::kReady;
}

Task<void> SalvagedPartition::wait() {
  if (waiting_for_block_) {
    co_await block_cursor_->wait();
  } else {
    co_await parts_.back()->wait();
  }
}

}  // namespace ceto
