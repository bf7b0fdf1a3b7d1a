// Reading Index.db: the entry of a partition, and the index of blocks inside the entry of a wide
// one. Both go through a FileCursor and are restartable: a step that says kWait is repeated with
// the same arguments. Shard thread only. Source:
// org.apache.cassandra.io.sstable.format.big.RowIndexEntry, io.sstable.IndexInfo
#pragma once

#include <string>

#include "lsm/sstable/chunked_file.h"
#include "lsm/sstable/unfiltered_reader.h"

namespace ceto {

struct IndexEntry {
  // Two bytes before the key, and a position and a size of one at least.
  static constexpr uint64_t kMinSerializedBytes = 4;
  Bytes key;                     // valid until the cursor moves
  uint64_t data_position = 0;    // of the partition in Data.db
  uint64_t blocks_position = 0;  // in Index.db, of the block index
  uint64_t blocks_bytes = 0;     // 0: the partition has none
  uint64_t next_position = 0;    // of the next entry
};

// The entry at the cursor's position; the cursor stays at it.
Step read_index_entry(FileCursor& cursor, IndexEntry& entry);

// Goes over the entries that lie whole in `window` and are not `key`'s: the offset of the first
// that is, or that is cut off.
size_t skip_other_entries(Bytes window, Bytes key);

struct IndexBlock {
  Prefix first, last;
  uint64_t offset = 0;  // of its first unfiltered, from the partition's start
  uint64_t width = 0;
  DeletionTime open;  // covers what follows the block

  std::string storage;  // what the prefixes point into
};

// The blocks of one partition.
class BlockIndex {
 public:
  // Blocks of one partition; each is at least a few bytes of index.
  static constexpr uint64_t kMaxBlocks = 1u << 26;

  BlockIndex(FileCursor& cursor, const SerializationHeader& header, const IndexEntry& entry)
      : cursor_(cursor),
        header_(header),
        position_(entry.blocks_position),
        bytes_(entry.blocks_bytes) {}

  Step open();
  uint64_t size() const { return count_; }
  // Reads block `i` into block().
  Step read(uint64_t i);
  const IndexBlock& block() const { return block_; }
  uint64_t block_number() const { return number_; }

  // Searches, kReady with found(): the first block whose last place is at or behind `bound` (size()
  // when there is none), and the last block whose first place is at or before it (SIZE_MAX
  // likewise).
  Step find_first_ending_at(const TableSchema& schema, const Bound& bound);
  Step find_last_starting_at(const TableSchema& schema, const Bound& bound);
  uint64_t found() const { return low_; }

 private:
  template <class GoesRight>
  Step search(GoesRight goes_right);

  FileCursor& cursor_;
  const SerializationHeader& header_;
  uint64_t position_;
  uint64_t bytes_;
  uint64_t count_ = 0;
  uint64_t blocks_at_ = 0;   // of the first block
  uint64_t offsets_at_ = 0;  // of the table of offsets, relative to blocks_at_
  uint64_t number_ = UINT64_MAX;
  IndexBlock block_;
  bool searching_ = false;
  uint64_t low_ = 0;
  uint64_t high_ = 0;
};

}  // namespace ceto
