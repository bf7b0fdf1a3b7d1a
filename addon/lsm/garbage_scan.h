// GarbageScan: the partitions of one SSTable without what other SSTables have deleted, for nodetool
// garbagecollect. What it leaves out no read would give: the deletions stay where they are. Owned
// by a rewrite, which keeps all SSTables of the table claimed; the command outlives it. Shard
// thread only. Source: org.apache.cassandra.db.compaction.CompactionIterator.GarbageSkipper
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lsm/merge_source.h"
#include "lsm/sstable/sstable.h"

namespace ceto {

enum class GarbageGranularity : uint8_t {
  kRow,   // what deletions of partitions, ranges and rows cover
  kCell,  // and cells that newer ones, or deletions of collections, replace
};

class GarbagePartition final : public PartitionSource {
 public:
  GarbagePartition(const TableSchema& schema, GarbageGranularity granularity)
      : schema_(schema), granularity_(granularity) {}

  // Both stay until the next start(); `shadow` may be null.
  void start(PartitionSource& data, std::unique_ptr<MergeSource> shadow);

  Step open() override;
  DeletionTime partition_deletion() const override { return data_->partition_deletion(); }
  const Row* static_row() const override { return static_row_; }
  Step next() override;
  const Unfiltered& current() const override { return current_; }
  Task<void> wait() override;
  const Error& error() const override {
    return waiting_for_shadow_ ? shadow_->error() : data_->error();
  }

 private:
  Step pass_shadow(const Row& row);
  bool filter(const Row& row, const Row* shadow_row, DeletionTime deletion, Row& out);
  bool replaced(const Cell& cell, const Row& shadow_row) const;

  const TableSchema& schema_;
  GarbageGranularity granularity_;
  PartitionSource* data_ = nullptr;
  std::unique_ptr<MergeSource> shadow_;
  bool shadow_open_ = false;
  bool shadow_found_ = false;
  bool shadow_at_ = false;  // its current() is not passed yet
  bool have_row_ = false;   // the data's current() waits for the shadow
  bool waiting_for_shadow_ = false;
  DeletionTime shadow_range_;
  const Row* static_row_ = nullptr;
  Row filtered_static_;
  std::vector<Cell> static_cells_;
  std::vector<ComplexDeletion> static_complex_;
  std::vector<Cell> cells_;
  std::vector<ComplexDeletion> complex_;
  Unfiltered current_;
};

class GarbageScan final : public ScanSource {
 public:
  GarbageScan(std::unique_ptr<ScanSource> data, std::vector<SSTablePtr> others,
              const ReadCommand& everything, GarbageGranularity granularity)
      : data_(std::move(data)),
        others_(std::move(others)),
        everything_(everything),
        partition_(*everything.table, granularity) {}

  Step next_partition() override;
  Token token() const override { return data_->token(); }
  Bytes key() const override { return data_->key(); }
  PartitionSource& partition() override { return partition_; }
  Task<void> wait() override;
  const Error& error() const override { return opening_ ? partition_.error() : data_->error(); }
  uint64_t bytes_done() const override { return data_->bytes_done(); }

 private:
  std::unique_ptr<ScanSource> data_;
  std::vector<SSTablePtr> others_;
  const ReadCommand& everything_;
  GarbagePartition partition_;
  std::string key_;  // what the shadow's sources look for
  bool opening_ = false;
};

}  // namespace ceto
