// SSTableOutputs: the sets of files that one flush or compaction writes, one after the other; when
// the next one begins is what its OutputPolicy says. Owned by the work; the context, the table, the
// policy and the log outlive it. Shard thread only.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "lsm/sstable/sstable.h"
#include "lsm/store_context.h"

namespace ceto {

class TableStore;
class TransactionLog;

// What is written into which output. As it stands: everything into one, of level 0.
class OutputPolicy {
 public:
  virtual ~OutputPolicy() = default;
  // False: the partition is left out. A cleanup asks who owns it.
  virtual bool keeps([[maybe_unused]] Token token, [[maybe_unused]] Bytes key) { return true; }
  // Asked before every partition, in token order, with the bytes on disk of the running output (0:
  // none is running). True: the partition begins a new one.
  virtual bool splits_before([[maybe_unused]] Token token, [[maybe_unused]] uint64_t output_bytes) {
    return false;
  }
  // Their bloom filters are made for so many together; at least 1.
  virtual uint64_t expected_outputs() const { return 1; }
  // Asked when an output begins.
  virtual uint32_t next_level() { return 0; }
};

class SSTableOutputs {
 public:
  // With a log each set is named there before it is complete; without one (a flush, whose records
  // the commit log keeps) a crash may leave some of the sets.
  // `schema` is the one of what is written: the table's may be altered meanwhile.
  SSTableOutputs(StoreContext& context, TableStore& table, TableSchemaPtr schema,
                 SSTableWriterOptions options, OutputPolicy& policy, TransactionLog* log);
  SSTableOutputs(const SSTableOutputs&) = delete;
  ~SSTableOutputs() { static_cast<void>(abandon().ok()); }

  bool keeps(Token token, Bytes key) { return policy_.keeps(token, key); }
  // Asked once before each partition. True: await next() first.
  bool switches_before(Token token) {
    const bool splits = policy_.splits_before(token, writer_ ? writer_->data_bytes() : 0);
    return splits || writer_ == nullptr;
  }
  // Completes the running output, if there is one, and starts the next.
  Task<Status> next();
  bool running() const { return writer_ != nullptr; }
  SSTableWriter& writer() {
    CETO_ASSERT(writer_ != nullptr);
    return *writer_;
  }
  // On disk, of all outputs.
  uint64_t data_bytes() const { return complete_bytes_ + (writer_ ? writer_->data_bytes() : 0); }

  // What is left of it to write is kept as the outputs grow; it outlives them.
  void follow(CompactionSpace::Reservation& space) { space_ = &space; }
  void note_written() {
    if (space_) space_->written(data_bytes());
  }

  // Completes the last output.
  Task<Status> finish();
  // Removes everything that was written, unless take() was called.
  Status abandon();
  const std::vector<SSTablePtr>& tables() const { return made_; }
  std::vector<SSTablePtr> take();

 private:
  Task<Status> start();
  Task<Status> complete();

  StoreContext& context_;
  TableStore& table_;
  TableSchemaPtr schema_;
  SSTableWriterOptions options_;
  OutputPolicy& policy_;
  TransactionLog* log_;
  std::deque<uint64_t> reserved_;  // generations that the log names and nobody uses yet
  SSTableDescriptor set_;
  std::unique_ptr<SSTableWriter> writer_;
  std::vector<SSTablePtr> made_;
  uint64_t complete_bytes_ = 0;
  CompactionSpace::Reservation* space_ = nullptr;
};

}  // namespace ceto
