// RowChunk: the rows that one shard gives to a read of several shards, encoded as the reply will
// carry them, with an index that places each row on the ring; and their merge into the one page
// that the client gets. A chunk is filled by one shard and then handed over; it refers to nothing
// else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "plan/bound_statement.h"

namespace ceto {

struct ChunkPartition {
  Token token;
  uint32_t ordinal = 0;                   // of the target for reads by key; 0 for scans
  uint32_t key_offset = 0, key_size = 0;  // in `keys`
};

struct ChunkRow {
  uint32_t partition = 0;                   // index into `partitions`
  uint32_t offset = 0, size = 0;            // in `rows`
  uint32_t mark_offset = 0, mark_size = 0;  // in `keys`: the clustering as in a paging state
  bool inside = false;                      // the partition may have more rows
  uint64_t left_in_partition = 0;  // of PER PARTITION LIMIT after this row; UINT64_MAX: no limit
};

struct RowChunk {
  std::string rows;
  std::string keys;
  std::vector<ChunkPartition> partitions;
  std::vector<ChunkRow> index;
  uint64_t count = 0;      // count mode: rows counted; `index` is empty
  bool exhausted = false;  // this shard has no rows beyond these

  void clear();
};

// Merges the chunks of all shards that own a part of `bound` (in any order) and appends the body of
// the RESULT message, with the paging state when there is more. Each chunk holds a page or is
// exhausted, as make_chunk_execution() leaves them. Any thread.
void merge_chunks(const BoundStatement& bound, std::span<const RowChunk* const> chunks,
                  std::string& reply);

}  // namespace ceto
