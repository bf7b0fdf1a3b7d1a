// LiveSSTable: an SSTable in its table's list. Value; shard thread only.
#pragma once

#include <vector>

#include "lsm/sstable/sstable.h"
#include "lsm/table_files.h"

namespace ceto {

struct LiveSSTable {
  static constexpr uint64_t kNew = UINT64_MAX;
  SSTablePtr table;
  // The set may hold tokens of other shards, or older versions of shares that were rewritten: only
  // tokens of this shard that no rewritten share owns count, and the files are everybody's.
  bool shared = false;
  std::vector<ShardShare> rewritten;
  // When its data came into the table's files: see RowCache. kNew until replace() has seen it.
  uint64_t epoch = kNew;
  int64_t created_seconds = 0;  // since 1970; 0: before this start
  // As compaction may use it: 0 where the one in the file overlaps another of its level.
  uint32_t level = 0;
};

// Whether one of the shares, which were rewritten into other sets, has the token.
inline bool lives_elsewhere(const std::vector<ShardShare>& rewritten, Token token) {
  for (const ShardShare& share : rewritten) {
    if (share.owns(token)) return true;
  }
  return false;
}

}  // namespace ceto
