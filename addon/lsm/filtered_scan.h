// FilteredScan: the partitions of a shared SSTable that are this shard's to read. Shard thread
// only.
#pragma once

#include <memory>
#include <vector>

#include "lsm/live_sstable.h"
#include "lsm/source.h"

namespace ceto {

class FilteredScan final : public ScanSource {
 public:
  FilteredScan(std::unique_ptr<ScanSource> source, ShardShare own,
               std::vector<ShardShare> rewritten)
      : source_(std::move(source)), own_(own), rewritten_(std::move(rewritten)) {}

  Step next_partition() override {
    for (;;) {
      const Step step = source_->next_partition();
      if (step != Step::kReady || is_ours(source_->token())) return step;
    }
  }
  Token token() const override { return source_->token(); }
  Bytes key() const override { return source_->key(); }
  PartitionSource& partition() override { return source_->partition(); }
  Task<void> wait() override { return source_->wait(); }
  const Error& error() const override { return source_->error(); }
  uint64_t bytes_done() const override { return source_->bytes_done(); }

 private:
  bool is_ours(Token token) const {
    return own_.owns(token) && !lives_elsewhere(rewritten_, token);
  }

  std::unique_ptr<ScanSource> source_;
  ShardShare own_;
  std::vector<ShardShare> rewritten_;
};

// The partitions of an entry that are the shard's.
inline std::unique_ptr<ScanSource> open_scan(const LiveSSTable& entry, ShardShare own,
                                             const ReadCommand& command, const TokenRange& range) {
  auto source = entry.table->scan(command, range);
  if (!entry.shared) return source;
  return std::make_unique<FilteredScan>(std::move(source), own, entry.rewritten);
}

// All of them, for who reads each to its end. Of a shared entry most partitions may be others',
// which the index passes over.
inline std::unique_ptr<ScanSource> open_walk(const LiveSSTable& entry, ShardShare own,
                                             const ReadCommand& everything) {
  if (entry.shared) return open_scan(entry, own, everything, TokenRange{});
  return entry.table->walk(everything);
}

}  // namespace ceto
