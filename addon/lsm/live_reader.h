// LiveReader and LiveScanner: what a query sees of a source: rows with live data at the command's
// time, without tombstones, deletions and what they cover, and with the wanted columns only. A row
// whose cells all stay passes through without a copy. The command outlives the reader. Shard thread
// only. Source: org.apache.cassandra.db.rows.BTreeRow.hasLiveData, db.filter.ColumnFilter (a row
// without liveness is there when any of its cells lives, wanted or not)
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lsm/memtable_source.h"
#include "lsm/merge_source.h"
#include "lsm/pooled.h"

namespace ceto {

// Removes from rows what a query must not see. The result is a view into the input or into `cells`.
class LiveFilter {
 public:
  const ReadCommand& command() const { return command_; }
  explicit LiveFilter(const ReadCommand& command) : command_(command) {}

  // False: nothing of the row lives. `covering` deletes what is not newer than it.
  bool apply(const Row& row, const DeletionTime& covering, std::vector<Cell>& cells, Row& out);
  void count_tombstone() { ++tombstones_; }
  uint64_t tombstones() const { return tombstones_; }

 private:
  enum class Fate : uint8_t { kKept, kUnwanted, kDead };
  Fate fate(const Cell& cell, const DeletionTime& covering);

  const ReadCommand& command_;
  uint64_t tombstones_ = 0;
};

// A command without its column mask; the command itself where it has none.
class UnmaskedCommand {
 public:
  const ReadCommand& of(const ReadCommand& command) {
    if (command.columns.empty()) return command;
    if (!copy_) {
      copy_ = command;
      copy_->columns = {};
    }
    return *copy_;
  }

 private:
  std::optional<ReadCommand> copy_;
};

class LiveReader final : public PartitionReader {
 public:
  // One memtable and nothing else has the partition.
  LiveReader(const ReadCommand& command, MemtableRef memtable, const MemtablePartition& partition);
  // From what set_source() gives; without that no source has the partition.
  explicit LiveReader(const ReadCommand& command);
  // Of a scan: the source is open and somebody else's.
  LiveReader(const ReadCommand& command, PartitionSource& opened);

  // The command for sources that would leave out the cells of unwanted columns, which this reader
  // must see. Valid as long as the reader.
  const ReadCommand& source_command() { return unmasked_.of(filter_.command()); }
  // The same for the partition's head alone, and for all of the partition whatever the command asks
  // for. One of the two at most is used.
  const ReadCommand& head_command();
  const ReadCommand& whole_command();
  void set_source(std::unique_ptr<PartitionSource> source);

  Step open() override;
  const Row* static_row() const override { return has_static_row_ ? &static_row_ : nullptr; }
  Step next() override;
  const Row& row() const override { return row_; }
  Task<void> wait() override { return source_->wait(); }
  const Error& error() const override { return source_->error(); }
  uint64_t tombstones_scanned() const override { return filter_.tombstones(); }

  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, size_t size) { free_frame(memory, size); }

 private:
  struct Buffers {
    std::vector<Cell> row_cells;
    std::vector<Cell> static_cells;
  };
  void read_head();

  LiveFilter filter_;
  UnmaskedCommand unmasked_;  // outlives the sources
  std::optional<ReadCommand> other_command_;
  MemtablePartitionSource memtable_source_;
  std::unique_ptr<PartitionSource> owned_;
  PartitionSource* source_;
  Pooled<Buffers> buffers_;
  DeletionTime partition_deletion_;
  DeletionTime covering_;
  bool opened_ = false;
  bool has_static_row_ = false;
  Row static_row_;
  Row row_;
};

class LiveScanner final : public TableScanner {
 public:
  explicit LiveScanner(const ReadCommand& command) : command_(command) {}

  // As LiveReader's. The source is set before anything else is called.
  const ReadCommand& source_command() { return unmasked_.of(command_); }
  void set_source(std::unique_ptr<ScanSource> source) { source_ = std::move(source); }

  Step next_partition() override;
  Bytes key() const override { return source_->key(); }
  Token token() const override { return source_->token(); }
  PartitionReader& rows() override { return *reader_; }
  Task<void> wait() override { return source_->wait(); }
  const Error& error() const override { return source_->error(); }

 private:
  const ReadCommand& command_;
  UnmaskedCommand unmasked_;
  std::unique_ptr<ScanSource> source_;
  std::optional<LiveReader> reader_;
};

}  // namespace ceto
