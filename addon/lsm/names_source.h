// NamesSource: rows whose whole primary keys are known, from sources that are asked one after the
// other, those with the newest data first. It stops at the first after which nothing older can
// change what the command sees of the rows, so a row that was written whole is read from one file
// however many others may have it. Each row is merged as it is found; what comes out is as
// MergeSource gives it, with the deletions applied. The commands and the key outlive the source.
// Shard thread only. Source:
// org.apache.cassandra.db.SinglePartitionReadCommand.queryMemtableAndSSTablesInTimestampOrder
#pragma once

#include <memory>
#include <vector>

#include "lsm/memtable_source.h"
#include "lsm/pooled.h"
#include "lsm/row_merge.h"
#include "lsm/sstable/sstable.h"

namespace ceto {

class NamesSource final : public PartitionSource {
 public:
  // More rows than this are read by MergeSource.
  static constexpr size_t kMaxNames = 64;
  // Whether the command asks for such rows, and the table allows to stop early: counters need every
  // version.
  static bool fits(const ReadCommand& command);

  // `command` says which columns are wanted, `whole` is the same without that.
  NamesSource(const ReadCommand& command, const ReadCommand& whole, Token token, Bytes key);
  ~NamesSource() override { clear(); }
  void add(MemtableRef memtable, const MemtablePartition& partition);
  // In the order of their newest data, newest first.
  void add(SSTablePtr table);
  // The SSTables that were asked, for the figures.
  size_t sstables_read() const { return sstables_read_; }

  Step open() override;
  DeletionTime partition_deletion() const override { return partition_deletion_; }
  const Row* static_row() const override { return has_static_row_ ? &static_row_ : nullptr; }
  Step next() override;
  const Unfiltered& current() const override { return current_; }
  Task<void> wait() override;
  const Error& error() const override;

  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, size_t size) { free_frame(memory, size); }

 private:
  struct Input {
    MemtableRef memtable;
    const MemtablePartition* partition = nullptr;
    SSTablePtr table;
    int64_t max_timestamp = INT64_MAX;
  };
  struct Name {
    Clustering clustering;
    const Row* row = nullptr;  // null: not found yet
    DeletionTime covering;     // by range deletions
  };
  // Kept between reads.
  struct Buffers {
    std::vector<Input> inputs;
    std::vector<Name> names;
    Arena arena{4096};
    RowMerger merger;
    RowMerger statics_merger;
  };

  void clear();
  bool settled(int64_t max_timestamp) const;
  bool row_settled(const Name& name, int64_t max_timestamp) const;
  bool columns_settled(const Row& row, std::span<const Column* const> columns,
                       int64_t max_timestamp) const;
  bool static_settled(int64_t max_timestamp) const;
  bool wanted(const Column& column) const;
  void start_input(const Input& input);
  Step read_input(const Input& input);
  void take(const Unfiltered& unfiltered, bool stays);
  void end_range(const Bound& bound);
  const Row* merged(const Row* known, const Row& found, bool stays, RowMerger& merger);

  const ReadCommand& command_;
  const ReadCommand& whole_;
  const TableSchema& schema_;
  Token token_;
  Bytes key_;
  Pooled<Buffers> buffers_;
  bool statics_wanted_ = false;
  size_t input_ = 0;
  std::unique_ptr<PartitionSource> source_;  // of the input at hand
  bool opened_ = false;                      // source_ is
  bool found_ = false;
  size_t sstables_read_ = 0;
  Bound range_start_;  // of the range deletion that the source is in
  DeletionTime range_deletion_;
  DeletionTime partition_deletion_;
  const Row* statics_ = nullptr;
  bool has_static_row_ = false;
  Row static_row_;
  size_t next_name_ = 0;
  Unfiltered current_;
};

// Whether a static column is among the command's.
bool wants_statics(const ReadCommand& command);

}  // namespace ceto
