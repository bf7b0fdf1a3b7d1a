// Memtable: a table's newest writes in memory, ordered by (token, key) and clustering. All of it
// lies in one arena that is freed whole. A write merges into the row that is there by making a new
// version of it; versions are immutable, so a reader that was suspended keeps a valid view while
// writes go on. Owned by its table through MemtableRef and kept by its readers beyond the flush.
// Shard thread only; the sources that it gives hold a reference to it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "lsm/ordered_tree.h"
#include "lsm/range_tombstone_list.h"
#include "lsm/row_merge.h"
#include "lsm/source.h"

namespace ceto {

using RowTree = OrderedTree<const Row>;

struct MemtablePartition {
  Token token;
  Bytes key;
  DeletionTime deletion;
  const Row* static_row = nullptr;
  // One row needs no tree, which is what keeps tables of one-row partitions small.
  const Row* only_row = nullptr;
  RowTree* rows = nullptr;
  RangeTombstoneList* range_tombstones = nullptr;
};

using PartitionTree = OrderedTree<MemtablePartition>;

class Memtable {
 public:
  explicit Memtable(size_t first_block_bytes = 4096) : arena_(first_block_bytes) {}
  ~Memtable();
  Memtable(const Memtable&) = delete;
  Memtable& operator=(const Memtable&) = delete;

  // Copies and merges. `schema` is the version that the update was made for. `position` is where
  // this shard's commit log has it (0: nowhere); the first one tells the log what it must keep.
  void apply(const TableSchema& schema, const PartitionUpdate& update, CommitPosition position);

  const MemtablePartition* find(Token token, Bytes key) const;
  const PartitionTree& partitions() const { return partitions_; }

  bool empty() const { return partitions_.size() == 0; }
  size_t bytes() const { return arena_.reserved_bytes() + tombstone_bytes_; }
  uint64_t cells() const { return cells_; }
  uint64_t writes() const { return writes_; }
  int64_t min_timestamp() const { return min_timestamp_; }
  // The least of any deletion or expiry and of any ttl; kNoDeletionTime and kNoTtl when there is
  // none.
  uint32_t min_local_deletion_time() const { return min_local_deletion_time_; }
  uint32_t min_ttl() const { return min_ttl_ == UINT32_MAX ? kNoTtl : min_ttl_; }
  CommitPosition first_position() const { return first_position_; }
  CommitPosition last_position() const { return last_position_; }

 private:
  friend class MemtableRef;
  friend class MemtableReclaimer;

  // Frees a part of it, of about a mebibyte; false when nothing is left.
  bool free_some();
  MemtablePartition& partition(const PartitionUpdate& update);
  void add_row(const TableSchema& schema, MemtablePartition& partition, const Row& row);
  const Row* merged_row(const TableSchema& schema, const Row* existing, const Row& update);
  const Row* normalized_copy(const TableSchema& schema, const Row& row);
  void add_range_tombstone(const TableSchema& schema, MemtablePartition& partition,
                           const RangeTombstone& tombstone);
  void count(const Row& row);
  void count(const DeletionTime& deletion);
  void count_times(int64_t timestamp, uint32_t ttl, uint32_t local_deletion_time);

  Arena arena_;
  PartitionTree partitions_;
  std::vector<RangeTombstoneList*> tombstone_lists_;
  size_t tombstone_bytes_ = 0;
  uint64_t cells_ = 0;
  uint64_t writes_ = 0;
  int64_t min_timestamp_ = INT64_MAX;
  uint32_t min_local_deletion_time_ = kNoDeletionTime;
  uint32_t min_ttl_ = UINT32_MAX;
  CommitPosition first_position_ = UINT64_MAX;
  CommitPosition last_position_ = 0;
  uint32_t references_ = 0;
};

// Where large memtables go when their last reference does: freeing hundreds of mebibytes at once
// would hold up the shard, so they are freed a block at a time by whoever calls reclaim() (the
// store, every loop turn). One per thread.
class MemtableReclaimer {
 public:
  static MemtableReclaimer& local();
  ~MemtableReclaimer();
  void take(Memtable* memtable);
  // Frees about a mebibyte; true when there is more.
  bool reclaim();
  bool has_work() const { return !waiting_.empty(); }
  uint64_t bytes() const { return bytes_; }

 private:
  std::vector<Memtable*> waiting_;
  uint64_t bytes_ = 0;
};

// A counted reference; one thread, so the count is a plain integer.
class MemtableRef {
 public:
  MemtableRef() = default;
  explicit MemtableRef(Memtable* memtable) : memtable_(memtable) { retain(); }
  MemtableRef(const MemtableRef& other) : memtable_(other.memtable_) { retain(); }
  MemtableRef(MemtableRef&& other) noexcept : memtable_(std::exchange(other.memtable_, nullptr)) {}
  MemtableRef& operator=(MemtableRef other) noexcept {
    std::swap(memtable_, other.memtable_);
    return *this;
  }
  ~MemtableRef() { release(); }

  static MemtableRef make() { return MemtableRef(new Memtable); }
  Memtable* get() const { return memtable_; }
  Memtable* operator->() const { return memtable_; }
  Memtable& operator*() const { return *memtable_; }
  explicit operator bool() const { return memtable_ != nullptr; }
  friend bool operator==(const MemtableRef& a, const MemtableRef& b) = default;

 private:
  void retain() {
    if (memtable_) ++memtable_->references_;
  }
  void release() {
    if (memtable_ && --memtable_->references_ == 0) MemtableReclaimer::local().take(memtable_);
  }
  Memtable* memtable_ = nullptr;
};

// A row with all that it refers to, in one run of the arena.
const Row* copy_row(const Row& row, Arena& arena);
Bound copy_bound(const Bound& bound, Arena& arena);

}  // namespace ceto
