// DataCheck: walks Data.db from its first byte to its last beside Index.db and says what
// contradicts what. For one open SSTable, which outlives it. Shard thread only.
#pragma once

#include <string>

#include "lsm/sstable/kept_place.h"
#include "lsm/sstable/sstable_impl.h"
#include "lsm/sstable/verify.h"

namespace ceto {

class DataCheck {
 public:
  enum class Depth : uint8_t {
    kRows,
    // Each partition's key, and the rows of those that have an index of blocks and of the last one.
    kIndex,
  };
  // `owned` may be empty: every key counts.
  DataCheck(SSTableImpl& table, const std::function<bool(Token)>& owned, WorkPace pace,
            Depth depth = Depth::kRows);

  // The first contradiction, or that the pace stopped it.
  Task<Status> run(VerifyReport& report);

 private:
  Task<Status> index_entry();
  Status check_entry();
  Status check_lookup() const;
  Task<Status> partition(VerifyReport& report);
  bool reads_rows() const;
  Task<Status> head();
  Task<Status> static_row();
  Task<Status> unfiltereds(VerifyReport& report);
  Task<Status> block_boundary(const UnfilteredStream& stream);
  Task<Status> read_block(uint64_t number);
  Status check_order(const Prefix& next);
  Status check_row(const Row& row) const;
  bool in_range(int64_t timestamp) const;
  Error bad_data(const std::string& what) const;
  Error bad_index(const std::string& what) const;
  Task<Status> ensure(FileCursor& cursor, uint64_t size);

  SSTableImpl& table_;
  const std::function<bool(Token)>& owned_;
  WorkPace pace_;
  Depth depth_;
  FileCursor index_;
  FileCursor block_cursor_;
  FileCursor data_;
  IndexEntry entry_;
  std::string key_;
  Token token_;
  bool any_ = false;
  bool end_known_ = true;  // of the partition before: the next one begins at the data's position
  std::string previous_key_;
  Token previous_token_;
  std::optional<BlockIndex> blocks_;
  uint64_t next_block_ = 0;
  uint64_t at_ = 0;  // of the unfiltered being read, for messages
  KeptPlace last_;
  DeletionTime open_;
};

}  // namespace ceto
