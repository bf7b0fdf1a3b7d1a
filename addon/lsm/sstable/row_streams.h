// The rows of one partition of a data file, restricted to slices, forwards or backwards. Both
// streams leave the deletions balanced: what covers a slice's edge is opened and closed there.
// Restartable steps; used by one partition source, whose cursors and command must outlive them.
// Shard thread only. Source: org.apache.cassandra.io.sstable.format.AbstractSSTableIterator,
// big.SSTableReversedIterator
#pragma once

#include <optional>
#include <vector>

#include "base/arena.h"
#include "lsm/sstable/index_reader.h"

namespace ceto {

// Unfiltereds one after the other, as they lie in the file.
class UnfilteredStream {
 public:
  UnfilteredStream(FileCursor& cursor, const SerializationHeader& header,
                   std::span<const uint64_t> columns)
      : cursor_(cursor), reader_(header, columns) {}

  void seek(uint64_t position) {
    cursor_.seek(position);
    have_head_ = false;
  }
  uint64_t position() const { return cursor_.position(); }

  // kReady: is_marker() and prefix() tell the next one's place. kEnd: the partition is over.
  Step peek();
  bool is_marker() const { return reader_.is_marker(); }
  const Prefix& prefix() const { return reader_.prefix(); }
  // After peek(): reads it and goes behind it.
  Step take(Unfiltered& into);
  // After peek(): goes behind it. Of a marker the body is needed, so that is taken.
  Step skip_row();

 private:
  FileCursor& cursor_;
  UnfilteredReader reader_;
  bool have_head_ = false;
};

// What both directions share.
struct PartitionRows {
  const TableSchema& schema;
  std::span<const Slice> slices;  // not empty
  FileCursor& data;
  BlockIndex* blocks = nullptr;  // opened; null: the partition has no block index
  uint64_t partition_position = 0;
  uint64_t first_position = 0;  // of the first unfiltered, from the file's start
};

class ForwardRows {
 public:
  ForwardRows(const PartitionRows& rows, const SerializationHeader& header,
              std::span<const uint64_t> columns);
  // As if made anew, for another partition of the same file.
  void restart(BlockIndex* blocks, uint64_t partition_position, uint64_t first_position);
  Step next(Unfiltered& into);

 private:
  Step seek_to_slice();
  Step pass_place();
  bool before_slice() const;
  bool behind_slice() const;

  PartitionRows rows_;
  UnfilteredStream stream_;
  size_t slice_ = 0;
  bool positioned_ = false;  // for the slice
  bool entered_ = false;     // something behind the slice's start was seen
  DeletionTime open_;        // covers what follows the stream's position
  Unfiltered scratch_;
};

class ReverseRows {
 public:
  ReverseRows(const PartitionRows& rows, const SerializationHeader& header,
              std::span<const uint64_t> columns);
  Step next(Unfiltered& into);

 private:
  Step enter_slice();
  Step load_block();
  Step load_block_edges();
  Step fill_block();
  void select();
  void keep(const Unfiltered& unfiltered);
  Clustering copy(Clustering prefix);

  PartitionRows rows_;
  UnfilteredStream stream_;
  size_t slices_left_;       // the slice being read is the one below this
  bool entered_ = false;     // the slice's first block is known
  bool first_block_ = true;  // of the slice
  bool more_blocks_ = false;
  uint64_t block_ = 0;            // wanted
  uint64_t loaded_ = UINT64_MAX;  // whose unfiltereds are in content_
  bool block_open_known_ = false;
  bool filling_ = false;
  uint64_t block_begin_ = 0, block_end_ = UINT64_MAX;  // in the file
  DeletionTime block_open_;                            // covers the start of the block
  Arena arena_{16 * 1024};
  std::vector<Unfiltered> content_;   // of the block, in the file's order
  std::vector<Unfiltered> selected_;  // of the slice in the block, the last to be given out first
};

}  // namespace ceto
