// PartitionIndexBuilder: the entry of one partition in Index.db, with an index of blocks when the
// partition is wide. Used by one SSTable writer, reset for every partition; shard thread only.
// Source: org.apache.cassandra.io.sstable.format.big.{BigFormatPartitionWriter,RowIndexEntry},
// io.sstable.IndexInfo
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "lsm/row.h"

namespace ceto {

class PartitionIndexBuilder {
 public:
  // Positions are relative to the partition's start. `header_bytes`: key, deletion and static row.
  void begin(DeletionTime deletion, uint64_t header_bytes);
  // An unfiltered from `begin` to `end` whose serialized prefix is `prefix`; `open` is the deletion
  // that covers what follows it.
  void add(Bytes prefix, uint64_t begin, uint64_t end, const DeletionTime& open);
  // Appends the entry; `end` is behind the end-of-partition mark.
  void finish(Bytes key, uint64_t data_position, uint64_t end, std::string& out);

 private:
  void cut_block(uint64_t end);

  DeletionTime deletion_;
  uint64_t header_bytes_ = 0;
  std::string blocks_;
  std::vector<uint32_t> offsets_;
  bool in_block_ = false;
  uint64_t block_begin_ = 0;
  std::string first_prefix_, last_prefix_;
  bool one_prefix_ = false;  // the block's last is its first
  DeletionTime open_;
};

}  // namespace ceto
