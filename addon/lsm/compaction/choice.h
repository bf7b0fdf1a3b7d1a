// What a compaction strategy sees and what it answers: values only, so that every strategy is pure
// code over them. Any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "lsm/compaction_progress.h"
#include "types/token.h"

namespace ceto {

// How many tombstones and expiring cells may be dropped at which second, ascending.
using DropTimes = std::vector<std::pair<uint32_t, uint64_t>>;

// One SSTable as a strategy sees it.
struct CandidateSSTable {
  uint64_t data_bytes = 0;  // Data.db on disk
  uint32_t level = 0;
  Token first{0}, last{0};  // both are in it
  int64_t min_timestamp = 0, max_timestamp = 0;
  uint32_t max_local_deletion_time = 0;
  uint64_t partitions = 1;
  uint64_t cells = 0;                     // estimated
  const DropTimes* drop_times = nullptr;  // outlives the candidate; null: none
  int64_t created_seconds = 0;            // since 1970
  uint64_t generation = 0;                // the greater the younger
  bool repaired = false;
  bool busy = false;  // another compaction has it: it counts, but cannot be taken

  bool overlaps(Token from, Token to) const { return first <= to && from <= last; }
  bool overlaps(const CandidateSSTable& other) const { return overlaps(other.first, other.last); }
};

struct CompactionView {
  std::vector<CandidateSSTable> sstables;
  int64_t now_seconds = 0;
  int64_t gc_before_seconds = 0;  // tombstones from before this have served
  // Of what is in memory only; INT64_MAX: nothing is.
  int64_t memtable_min_timestamp = std::numeric_limits<int64_t>::max();
  bool purge_allowed = true;
  uint64_t flush_bytes = 0;  // of the table's flushes on disk, on average; 0: there was none yet
};

// Into which SSTables the result goes.
struct OutputPlan {
  enum class Kind : uint8_t {
    kOne,
    kBySize,    // a new one after max_bytes, all of `level`
    kLevels,    // likewise, filling one level after the other from level 1 on
    kByShards,  // a new one at every boundary of `shards` equal parts of the ring
  };
  Kind kind = Kind::kOne;
  uint32_t level = 0;
  uint64_t max_bytes = 0;
  uint32_t fanout = 10;
  uint32_t shards = 1;
};

struct CompactionChoice {
  CompactionKind kind = CompactionKind::kCompaction;
  std::vector<size_t> inputs;   // indexes into the view; with `expired` empty: nothing to do
  std::vector<size_t> expired;  // go without being read
  OutputPlan plan;
  // The one input only gets another level: nothing needs to be written anew.
  bool relevel = false;
  uint64_t pending = 0;  // compactions that are due, this one included

  bool empty() const { return inputs.empty() && expired.empty(); }
};

}  // namespace ceto
