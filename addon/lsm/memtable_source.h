// MemtablePartitionSource and MemtableScanSource: a memtable as the merge reads it. Nothing here
// waits. Both hold the memtable; they may be kept while it is written to, and then show each row as
// it was when they came to it. The command, and for a partition the key, outlive the source. Shard
// thread only.
#pragma once

#include <memory>
#include <optional>

#include "lsm/memtable.h"
#include "lsm/source.h"

namespace ceto {

class MemtablePartitionSource final : public PartitionSource {
 public:
  MemtablePartitionSource() = default;
  // `partition` lies in `memtable`.
  void start(MemtableRef memtable, const MemtablePartition& partition, const ReadCommand& command);

  Step open() override;
  DeletionTime partition_deletion() const override { return deletion_; }
  const Row* static_row() const override { return static_row_; }
  Step next() override;
  const Unfiltered& current() const override { return current_; }
  Task<void> wait() override;
  const Error& error() const override;

  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, size_t size) { free_frame(memory, size); }

 private:
  const Slice& slice() const { return slices_[reversed_ ? slices_.size() - 1 - slice_ : slice_]; }
  const Row* first_row() const;
  const Row* row_behind(const Row& row);
  RowTree::Cursor seek_behind(const Row& row) const;
  const Row* in_slice(const Row* row) const;
  bool beyond(Clustering row, const Bound& bound) const;
  void enter_slice();
  bool next_in_slice();
  const RangeTombstone* tombstone() const;
  Bound lead(const RangeTombstone& tombstone) const;
  Bound trail(const RangeTombstone& tombstone) const;
  void give_marker(const Bound& bound, const DeletionTime& before, const DeletionTime& after);

  MemtableRef memtable_;
  const MemtablePartition* partition_ = nullptr;
  const TableSchema* schema_ = nullptr;
  std::span<const Slice> slices_;
  bool reversed_ = false;
  bool rows_wanted_ = true;
  DeletionTime deletion_;
  const Row* static_row_ = nullptr;
  std::shared_ptr<const RangeTombstoneList::Ranges> tombstones_;

  size_t slice_ = 0;          // how many slices are behind
  bool entered_ = false;      // the slice's first row was looked for
  const Row* row_ = nullptr;  // the next row of the slice
  mutable RowTree::Cursor cursor_;
  mutable uint64_t version_ = 0;  // of the tree when cursor_ was made; 0: no cursor
  size_t tombstone_ = 0;          // how many of tombstones_ are behind, in the order of iteration
  bool open_ = false;             // inside the tombstone
  Unfiltered current_;
};

// The partitions of a memtable whose tokens lie in a range.
class MemtableScanSource final : public ScanSource {
 public:
  MemtableScanSource(MemtableRef memtable, const ReadCommand& command, const TokenRange& range)
      : memtable_(std::move(memtable)), command_(command), range_(range) {}

  Step next_partition() override;
  Token token() const override { return at_->token; }
  Bytes key() const override { return at_->key; }
  PartitionSource& partition() override { return *source_; }
  Task<void> wait() override;
  const Error& error() const override;

 private:
  PartitionTree::Cursor seek() const;

  MemtableRef memtable_;
  const ReadCommand& command_;
  TokenRange range_;
  const MemtablePartition* at_ = nullptr;
  PartitionTree::Cursor cursor_;
  uint64_t version_ = 0;
  std::optional<MemtablePartitionSource> source_;
};

}  // namespace ceto
