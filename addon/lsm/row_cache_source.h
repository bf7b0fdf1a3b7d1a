// How partitions come into the row cache. CacheFill passes through what the SSTables give a read of
// the whole partition and puts a copy into the cache when it was all seen; CacheLoad reads the
// whole partition first, for a read of a part of it, and then gives that part from memory, or from
// the SSTables when the partition turns out too large. The command, key and schema outlive both.
// Shard thread only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lsm/memtable_source.h"
#include "lsm/pooled.h"
#include "lsm/row_cache.h"

namespace ceto {

// Where a partition belongs in the cache, and how large it may be.
struct CachePlace {
  RowCache* cache = nullptr;
  RowCache::TableNumber table = 0;
  uint64_t epoch = 0;  // of the files that are read
  Token token;
  Bytes key;
  uint64_t max_bytes = 0;
  uint64_t max_rows = UINT64_MAX;
};

// Copies a partition as it passes.
class CacheBuilder {
 public:
  CacheBuilder(const TableSchema& schema, const CachePlace& place)
      : schema_(schema), place_(place), buffers_(Pooled<Buffers>::take()) {
    buffers_->clear();
  }
  void begin(const DeletionTime& deletion, const Row* static_row);
  // False: it has become too large.
  bool add(const Unfiltered& unfiltered);
  void finish();

 private:
  struct Buffers {
    Arena arena{4096};
    std::vector<Row> rows;
    std::vector<RangeTombstone> ranges;
    void clear() {
      arena.reset();
      rows.clear();
      ranges.clear();
    }
  };

  const TableSchema& schema_;
  CachePlace place_;
  Pooled<Buffers> buffers_;
  PartitionUpdate update_;
  RangeTombstone open_;  // its end is not known yet
};

class CacheFill final : public PartitionSource {
 public:
  CacheFill(const TableSchema& schema, const CachePlace& place,
            std::unique_ptr<PartitionSource> source)
      : single_row_(schema.clustering.empty()), source_(std::move(source)) {
    builder_.emplace(schema, place);
  }

  Step open() override;
  DeletionTime partition_deletion() const override { return source_->partition_deletion(); }
  const Row* static_row() const override { return source_->static_row(); }
  Step next() override;
  const Unfiltered& current() const override { return source_->current(); }
  Task<void> wait() override { return source_->wait(); }
  const Error& error() const override { return source_->error(); }

  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, size_t size) { free_frame(memory, size); }

 private:
  const bool single_row_;  // its reader does not ask for the end
  std::unique_ptr<PartitionSource> source_;
  std::optional<CacheBuilder> builder_;  // until it is in the cache, or cannot be
};

class CacheLoad final : public PartitionSource {
 public:
  // `whole` is a source of the whole partition; `part` makes one for the command.
  CacheLoad(const ReadCommand& command, const CachePlace& place,
            std::unique_ptr<PartitionSource> whole,
            std::function<std::unique_ptr<PartitionSource>()> part)
      : command_(command), place_(place), source_(std::move(whole)), part_(std::move(part)) {
    builder_.emplace(*command.table, place);
  }

  Step open() override;
  DeletionTime partition_deletion() const override { return source_->partition_deletion(); }
  const Row* static_row() const override { return source_->static_row(); }
  Step next() override { return source_->next(); }
  const Unfiltered& current() const override { return source_->current(); }
  Task<void> wait() override { return source_->wait(); }
  const Error& error() const override { return source_->error(); }

  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, size_t size) { free_frame(memory, size); }

 private:
  enum class Stage : uint8_t { kHead, kRows, kPart };
  Step load();
  Step serve();

  const ReadCommand& command_;
  CachePlace place_;
  std::unique_ptr<PartitionSource> source_;
  std::function<std::unique_ptr<PartitionSource>()> part_;
  std::optional<CacheBuilder> builder_;
  Stage stage_ = Stage::kHead;
};

}  // namespace ceto
