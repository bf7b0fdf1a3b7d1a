// MergeSource and MergeScan: several sources of one partition, or of one table, as one. What comes
// out is reconciled: one version of each row without what is shadowed, one run of range markers,
// tombstones still there. Reads put a LiveReader on top, compaction and flush a purger. Sources are
// given in any order; where they overlap the rules of lsm/row_merge.h decide. Shard thread only.
// Source: org.apache.cassandra.db.rows.UnfilteredRowIterators.merge
#pragma once

#include <memory>
#include <vector>

#include "lsm/pooled.h"
#include "lsm/row_merge.h"
#include "lsm/source.h"

namespace ceto {

class MergeSource final : public PartitionSource {
 public:
  // The schema outlives the source.
  MergeSource(const TableSchema& schema, bool reversed);
  // The buffers go back to their pool, the sources do not.
  ~MergeSource() override { clear(); }
  MergeSource(const MergeSource&) = delete;
  MergeSource& operator=(const MergeSource&) = delete;

  // Nothing in the source is newer than `max_timestamp`: it is left out when an earlier one deletes
  // the whole partition later than that. So sources with newer data are best added first.
  void add(std::unique_ptr<PartitionSource> source, int64_t max_timestamp);
  // One that somebody else owns and that is open already.
  void add_opened(PartitionSource& source);
  // Back to no sources, for the next partition of a scan.
  void clear();

  Step open() override;
  DeletionTime partition_deletion() const override { return partition_deletion_; }
  const Row* static_row() const override { return has_static_row_ ? &static_row_ : nullptr; }
  Step next() override;
  const Unfiltered& current() const override { return *given_; }
  Task<void> wait() override;
  const Error& error() const override;

  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, size_t size) { free_frame(memory, size); }

 private:
  struct Input {
    PartitionSource* source = nullptr;
    std::unique_ptr<PartitionSource> owned;
    int64_t max_timestamp = INT64_MAX;
    bool opened = false;
    DeletionTime open_range;  // the range deletion that the source is in
  };
  // The vectors of a merge, kept between reads.
  struct Buffers {
    std::vector<Input> inputs;
    std::vector<Input*> opened;
    std::vector<Input*> ordered;  // by where they stand, first first
    std::vector<Input*> behind;   // to be moved on before the next step
    std::vector<const Row*> rows;
    RowMerger rows_merger;
    RowMerger statics_merger;
  };

  int compare(const Unfiltered& a, const Unfiltered& b) const;
  void place(Input& input);
  Step advance();
  void merge_static_rows();
  DeletionTime open_range() const;
  bool all_columns_known(const Row& row) const;
  Step next_of_only(Input& input);
  // What the group of sources, which are all at one place, makes together; false: nothing.
  bool give(std::span<Input* const> group);
  bool give_marker(std::span<Input* const> group);
  bool give_row(std::span<Input* const> group);

  const TableSchema& schema_;
  bool reversed_;
  Pooled<Buffers> buffers_;
  size_t next_to_open_ = 0;
  bool found_ = false;
  Input* blocked_ = nullptr;  // what wait() or error() is about
  DeletionTime partition_deletion_;
  DeletionTime range_deletion_;
  bool has_static_row_ = false;
  Row static_row_;
  Unfiltered made_;                   // of several sources
  const Unfiltered* given_ = &made_;  // or one of a source
};

class MergeScan final : public ScanSource {
 public:
  MergeScan(TableSchemaPtr schema, bool reversed)
      : schema_(std::move(schema)), merged_(*schema_, reversed) {}
  // All of them before the first step.
  void add(std::unique_ptr<ScanSource> source) { inputs_.push_back({std::move(source)}); }

  Step next_partition() override;
  Token token() const override { return token_; }
  Bytes key() const override { return group_[0]->key; }
  PartitionSource& partition() override { return merged_; }
  Task<void> wait() override;
  const Error& error() const override;
  uint64_t bytes_done() const override;
  // How many of the sources have the partition.
  size_t sources_merged() const { return group_.size(); }

 private:
  struct Input {
    std::unique_ptr<ScanSource> source;
    Bytes key{};  // of the partition that it is at
  };
  // A source at a partition that is still to come. Most of a scan's steps look at the token only.
  struct Standing {
    Token token;
    Input* input;
  };
  Step advance();
  void place(Input& input);

  TableSchemaPtr schema_;
  MergeSource merged_;
  std::vector<Input> inputs_;
  bool started_ = false;
  std::vector<Input*> behind_;     // to be moved to their next partition
  std::vector<Standing> ordered_;  // the first one last
  std::vector<Input*> group_;      // those at the current partition
  Token token_;                    // its
  Input* blocked_ = nullptr;
};

}  // namespace ceto
