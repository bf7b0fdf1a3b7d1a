#include "lsm/partition_writer.h"

namespace ceto {

namespace {

// One partition at a time: its head is written with the first thing that stays, or not at all.
class PartitionWriter {
 public:
  explicit PartitionWriter(PartitionWriteJob& job) : job_(job) {}

  Task<Result<bool>> write() {
    began_ = false;
    PartitionSource& partition = job_.source.partition();
    deletion_ = partition.partition_deletion();
    static_row_ = partition.static_row();
    if (job_.purger) purge_head();
    if (!deletion_.live() || static_row_ != nullptr) CETO_CO_TRY(co_await begin());
    for (;;) {
      const Step step = partition.next();
      if (step == Step::kEnd) break;
      if (step == Step::kError) co_return partition.error();
      if (step == Step::kWait) {
        co_await partition.wait();
        continue;
      }
      CETO_CO_TRY(co_await write(partition.current()));
      if (job_.background.should_yield()) co_await job_.background.yield();
    }
    if (began_) CETO_CO_TRY(co_await job_.writer.end_partition());
    co_return began_;
  }

 private:
  void purge_head() {
    job_.purger->begin_partition(
        job_.policy->max_purgeable_timestamp(job_.source.token(), job_.source.key()));
    deletion_ = job_.purger->purge(deletion_);
    if (static_row_ == nullptr) return;
    // The purger's buffers are used again by the first row: the head is written before that.
    static_row_ = job_.purger->purge(*static_row_, purged_static_) ? &purged_static_ : nullptr;
  }

  Task<Status> begin() {
    began_ = true;
    co_return co_await job_.writer.begin_partition(job_.source.token(), job_.source.key(),
                                                   deletion_, static_row_);
  }

  Task<Status> write(const Unfiltered& unfiltered) {
    const Unfiltered* out = &unfiltered;
    if (job_.purger) {
      purged_.is_marker = unfiltered.is_marker;
      const bool left = unfiltered.is_marker ? job_.purger->purge(unfiltered.marker, purged_.marker)
                                             : job_.purger->purge(unfiltered.row, purged_.row);
      if (!left) co_return Status{};
      out = &purged_;
    }
    if (!began_) CETO_CO_TRY(co_await begin());
    if (job_.writer.add(*out)) co_return co_await job_.writer.drain();
    co_return Status{};
  }

  PartitionWriteJob& job_;
  bool began_ = false;
  DeletionTime deletion_;
  const Row* static_row_ = nullptr;
  Row purged_static_;
  Unfiltered purged_;
};

}  // namespace

Task<Result<uint64_t>> write_partitions(PartitionWriteJob job) {
  CETO_ASSERT((job.purger == nullptr) == (job.policy == nullptr));
  PartitionWriter partitions(job);
  uint64_t written = 0;
  uint64_t charged_bytes = 0;
  for (;;) {
    if (job.cancelled && *job.cancelled) {
      co_return Error{ErrorCode::kShuttingDown, "the table's files are about to go"};
    }
    const Step step = job.source.next_partition();
    if (step == Step::kEnd) break;
    if (step == Step::kError) co_return job.source.error();
    if (step == Step::kWait) {
      co_await job.source.wait();
      continue;
    }
    const auto wrote = co_await partitions.write();
    if (!wrote) co_return wrote.error();
    written += wrote.value() ? 1 : 0;
    if (job.throttle) {
      const uint64_t bytes = job.writer.data_bytes();
      co_await job.throttle->charge(bytes - charged_bytes);
      charged_bytes = bytes;
    }
    if (job.background.should_yield()) co_await job.background.yield();
  }
  co_return written;
}

}  // namespace ceto
