// ChainedScan: SSTables that do not overlap, read one after the other as one source; each is opened
// when its turn comes. Holds the SSTables; what `open` refers to outlives it. Shard thread only.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "lsm/live_sstable.h"

namespace ceto {

class ChainedScan final : public ScanSource {
 public:
  using Open = std::function<std::unique_ptr<ScanSource>(const LiveSSTable& entry)>;

  // By token, at least one.
  ChainedScan(std::vector<LiveSSTable> entries, Open open)
      : entries_(std::move(entries)), open_(std::move(open)) {
    CETO_ASSERT(!entries_.empty());
    source_ = open_(entries_[0]);
  }

  Step next_partition() override {
    for (;;) {
      const Step step = source_->next_partition();
      if (step != Step::kEnd || at_ + 1 == entries_.size()) return step;
      bytes_before_ += entries_[at_].table->metadata().uncompressed_bytes;
      source_ = open_(entries_[++at_]);
    }
  }
  Token token() const override { return source_->token(); }
  Bytes key() const override { return source_->key(); }
  PartitionSource& partition() override { return source_->partition(); }
  Task<void> wait() override { return source_->wait(); }
  const Error& error() const override { return source_->error(); }
  uint64_t bytes_done() const override { return bytes_before_ + source_->bytes_done(); }

 private:
  std::vector<LiveSSTable> entries_;
  Open open_;
  std::unique_ptr<ScanSource> source_;
  size_t at_ = 0;
  uint64_t bytes_before_ = 0;
};

}  // namespace ceto
