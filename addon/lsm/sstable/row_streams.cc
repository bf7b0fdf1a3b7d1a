#include "lsm/sstable/row_streams.h"

namespace ceto {

namespace {

// Nothing lies before such a start or behind such an end; most slices are whole partitions.
bool is_first_place(const Bound& start) { return start.prefix.empty() && !start.after; }
bool is_last_place(const Bound& end) { return end.prefix.empty() && end.after; }

}  // namespace

Step UnfilteredStream::peek() {
  while (!have_head_) {
    switch (reader_.head(cursor_.window(), false)) {
      case UnfilteredReader::Outcome::kHead:
        have_head_ = true;
        break;
      case UnfilteredReader::Outcome::kEnd:
        return Step::kEnd;
      case UnfilteredReader::Outcome::kNeedMore: {
        const Step step = cursor_.ensure(reader_.need());
        if (step != Step::kReady) return step;
        break;
      }
      case UnfilteredReader::Outcome::kCorrupt:
        return cursor_.fail_corrupt("bad flags or clustering of a row");
    }
  }
  return Step::kReady;
}

Step UnfilteredStream::take(Unfiltered& into) {
  CETO_ASSERT(have_head_);
  const uint64_t need = reader_.need();
  if (cursor_.window().size() < need) {
    have_head_ = false;  // its bytes may move
    const Step step = cursor_.ensure(need);
    if (step != Step::kReady) return step;
    if (reader_.head(cursor_.window(), false) != UnfilteredReader::Outcome::kHead ||
        reader_.need() != need) {
      return cursor_.fail_corrupt("a row that changes as it is read");
    }
  }
  have_head_ = false;
  if (!reader_.body(cursor_.window(), into)) return cursor_.fail_corrupt("a bad row");
  cursor_.advance(need);
  return Step::kReady;
}

Step UnfilteredStream::skip_row() {
  CETO_ASSERT(have_head_ && !is_marker());
  if (reader_.need() > cursor_.remaining()) return cursor_.fail_corrupt("a row that is too long");
  seek(cursor_.position() + reader_.need());
  return Step::kReady;
}

ForwardRows::ForwardRows(const PartitionRows& rows, const SerializationHeader& header,
                         std::span<const uint64_t> columns)
    : rows_(rows), stream_(rows.data, header, columns) {
  stream_.seek(rows.first_position);
}

void ForwardRows::restart(BlockIndex* blocks, uint64_t partition_position,
                          uint64_t first_position) {
  rows_.blocks = blocks;
  rows_.partition_position = partition_position;
  rows_.first_position = first_position;
  stream_.seek(first_position);
  slice_ = 0;
  positioned_ = entered_ = false;
  open_ = {};
}

// Goes to the block where the slice begins, unless the stream is there or beyond.
Step ForwardRows::seek_to_slice() {
  const Bound& start = rows_.slices[slice_].start;
  BlockIndex* blocks = rows_.blocks;
  if (blocks == nullptr || is_first_place(start)) return Step::kReady;
  Step step = blocks->find_first_ending_at(rows_.schema, start);
  if (step != Step::kReady) return step;
  uint64_t block = blocks->found();
  if (block == blocks->size()) --block;  // nothing is left: read to the end from the last one
  step = blocks->read(block);
  if (step != Step::kReady) return step;
  const uint64_t position = rows_.partition_position + blocks->block().offset;
  if (block == 0 || position <= stream_.position()) return Step::kReady;
  if (position >= rows_.data.position() + rows_.data.remaining()) {
    return rows_.data.fail_corrupt("the index points behind the file's end,");
  }
  step = blocks->read(block - 1);
  if (step != Step::kReady) return step;
  open_ = blocks->block().open;
  stream_.seek(position);
  return Step::kReady;
}

bool ForwardRows::before_slice() const {
  const Bound& start = rows_.slices[slice_].start;
  if (is_first_place(start)) return false;
  // A marker at the very start changes the deletion there, which entering the slice tells.
  const int c = compare_prefix_to_bound(rows_.schema, stream_.prefix(), start);
  return stream_.is_marker() ? c <= 0 : c < 0;
}

bool ForwardRows::behind_slice() const {
  const Bound& end = rows_.slices[slice_].end;
  if (is_last_place(end)) return false;
  const int c = compare_prefix_to_bound(rows_.schema, stream_.prefix(), end);
  return stream_.is_marker() ? c >= 0 : c > 0;
}

// Goes behind what lies before the slice.
Step ForwardRows::pass_place() {
  if (!stream_.is_marker()) return stream_.skip_row();
  const Step step = stream_.take(scratch_);
  if (step == Step::kReady) open_ = scratch_.marker.after;
  return step;
}

Step ForwardRows::next(Unfiltered& into) {
  while (slice_ < rows_.slices.size()) {
    const Slice& slice = rows_.slices[slice_];
    if (!positioned_) {
      const Step step = seek_to_slice();
      if (step != Step::kReady) return step;
      positioned_ = true;
    }
    Step step = stream_.peek();
    if (step == Step::kEnd && !open_.live()) {
      return rows_.data.fail_corrupt("a range tombstone that is not closed");
    }
    if (step != Step::kReady) return step;
    if (!entered_ && before_slice()) {
      step = pass_place();
      if (step != Step::kReady) return step;
      continue;
    }
    if (!entered_) {
      entered_ = true;
      if (!open_.live()) {
        into.is_marker = true;
        into.marker = {slice.start, {}, open_};
        return Step::kReady;
      }
    }
    if (behind_slice()) {
      ++slice_;
      positioned_ = entered_ = false;
      if (!open_.live()) {
        into.is_marker = true;
        into.marker = {slice.end, open_, {}};
        return Step::kReady;
      }
      continue;
    }
    step = stream_.take(into);
    if (step != Step::kReady) return step;
    if (into.is_marker) {
      if (into.marker.before.live() != open_.live()) {
        return rows_.data.fail_corrupt("a range tombstone that does not match the one before");
      }
      open_ = into.marker.after;
      return Step::kReady;
    }
    if (into.row.has_any()) return Step::kReady;
  }
  return Step::kEnd;
}

ReverseRows::ReverseRows(const PartitionRows& rows, const SerializationHeader& header,
                         std::span<const uint64_t> columns)
    : rows_(rows), stream_(rows.data, header, columns), slices_left_(rows.slices.size()) {}

// Finds the block where the slice ends.
Step ReverseRows::enter_slice() {
  first_block_ = true;
  more_blocks_ = true;
  block_ = 0;
  if (rows_.blocks != nullptr) {
    const Step step =
        rows_.blocks->find_last_starting_at(rows_.schema, rows_.slices[slices_left_ - 1].end);
    if (step != Step::kReady) return step;
    block_ = rows_.blocks->found();
    more_blocks_ = block_ != UINT64_MAX;
  }
  return Step::kReady;
}

// Where block_ lies and which deletion covers its start.
Step ReverseRows::load_block_edges() {
  if (!block_open_known_) {
    block_open_ = {};
    block_begin_ = rows_.first_position;
    block_end_ = UINT64_MAX;
  }
  if (rows_.blocks == nullptr) return Step::kReady;
  if (block_ > 0 && !block_open_known_) {
    const Step step = rows_.blocks->read(block_ - 1);
    if (step != Step::kReady) return step;
    block_open_ = rows_.blocks->block().open;
    block_open_known_ = true;
  }
  const Step step = rows_.blocks->read(block_);
  if (step != Step::kReady) return step;
  block_begin_ = rows_.partition_position + rows_.blocks->block().offset;
  if (block_ + 1 < rows_.blocks->size()) block_end_ = block_begin_ + rows_.blocks->block().width;
  if (block_begin_ >= rows_.data.position() + rows_.data.remaining()) {
    return rows_.data.fail_corrupt("the index points behind the file's end,");
  }
  return Step::kReady;
}

Clustering ReverseRows::copy(Clustering prefix) {
  const auto values = arena_.make_array<Bytes>(prefix.size());
  for (size_t i = 0; i < prefix.size(); ++i) {
    values[i] = prefix[i].data() == nullptr ? Bytes() : arena_.copy(prefix[i]);
  }
  return values;
}

// Copies what the stream gives, whose bytes do not stay.
void ReverseRows::keep(const Unfiltered& unfiltered) {
  Unfiltered kept = unfiltered;
  if (kept.is_marker) {
    kept.marker.bound.prefix = copy(unfiltered.marker.bound.prefix);
  } else {
    kept.row.clustering = copy(unfiltered.row.clustering);
    const auto cells = arena_.make_array<Cell>(unfiltered.row.cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      cells[i] = unfiltered.row.cells[i];
      cells[i].value = arena_.copy(cells[i].value);
      cells[i].path = arena_.copy(cells[i].path);
    }
    kept.row.cells = cells;
    const auto complex = arena_.make_array<ComplexDeletion>(unfiltered.row.complex.size());
    std::copy(unfiltered.row.complex.begin(), unfiltered.row.complex.end(), complex.begin());
    kept.row.complex = complex;
  }
  content_.push_back(kept);
}

// Reads all of the block.
Step ReverseRows::fill_block() {
  while (stream_.position() < block_end_) {
    Step step = stream_.peek();
    if (step == Step::kEnd) break;
    if (step != Step::kReady) return step;
    Unfiltered read;
    step = stream_.take(read);
    if (step != Step::kReady) return step;
    if (read.is_marker || read.row.has_any()) keep(read);
  }
  return Step::kReady;
}

Step ReverseRows::load_block() {
  if (loaded_ == block_) return Step::kReady;
  if (!filling_) {
    const Step step = load_block_edges();
    if (step != Step::kReady) return step;
    block_open_known_ = false;
    content_.clear();
    arena_.reset();
    stream_.seek(block_begin_);
    filling_ = true;
    loaded_ = UINT64_MAX;
  }
  const Step step = fill_block();
  if (step != Step::kReady) return step;
  filling_ = false;
  loaded_ = block_;
  return Step::kReady;
}

// Of the block's content what lies in the slice, markers turned round, edges opened and closed.
// Says in more_blocks_ whether the slice goes on in the block before.
void ReverseRows::select() {
  const Slice& slice = rows_.slices[slices_left_ - 1];
  const TableSchema& schema = rows_.schema;
  selected_.clear();
  DeletionTime open = block_open_;
  DeletionTime open_at_start = open;
  bool reaches_start = block_ == 0;
  for (const Unfiltered& unfiltered : content_) {
    if (unfiltered.is_marker) {
      const RangeMarker& marker = unfiltered.marker;
      if (compare_bounds(schema, marker.bound, slice.end) >= 0) break;
      open = marker.after;
      if (compare_bounds(schema, marker.bound, slice.start) <= 0) {
        reaches_start = true;
        open_at_start = open;
        continue;
      }
      selected_.push_back(unfiltered);
      selected_.back().marker = {marker.bound, marker.after, marker.before};
      continue;
    }
    if (compare_to_bound(schema, unfiltered.row.clustering, slice.end) > 0) break;
    if (compare_to_bound(schema, unfiltered.row.clustering, slice.start) < 0) {
      reaches_start = true;
    } else {
      selected_.push_back(unfiltered);
    }
  }
  if (reaches_start && !open_at_start.live()) {
    Unfiltered edge;
    edge.is_marker = true;
    edge.marker = {slice.start, open_at_start, {}};
    selected_.insert(selected_.begin(), edge);
  }
  if (first_block_ && !open.live()) {
    Unfiltered edge;
    edge.is_marker = true;
    edge.marker = {slice.end, {}, open};
    selected_.push_back(edge);
  }
  more_blocks_ = !reaches_start;
}

Step ReverseRows::next(Unfiltered& into) {
  while (true) {
    if (!selected_.empty()) {
      into = selected_.back();
      selected_.pop_back();
      return Step::kReady;
    }
    if (slices_left_ == 0) return Step::kEnd;
    if (!entered_) {
      const Step step = enter_slice();
      if (step != Step::kReady) return step;
      entered_ = true;
    }
    if (!more_blocks_) {
      --slices_left_;
      entered_ = false;
      continue;
    }
    const Step step = load_block();
    if (step != Step::kReady) return step;
    select();
    first_block_ = false;
    if (more_blocks_) --block_;
  }
}

}  // namespace ceto
