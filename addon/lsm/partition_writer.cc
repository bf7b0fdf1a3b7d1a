#include "lsm/partition_writer.h"

#include <algorithm>

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
      if (const Unfiltered* left = purge(partition.current())) {
        if (!began_) CETO_CO_TRY(co_await begin());
        if (job_.outputs.writer().add(*left)) CETO_CO_TRY(co_await drain());
      }
      if (job_.background.should_yield()) CETO_CO_TRY(co_await give_way());
    }
    if (began_) CETO_CO_TRY(co_await job_.outputs.writer().end_partition());
    if (job_.throttle) co_await charge();
    co_return began_;
  }

  // The slice is used up; afterwards the work may be wanted no more.
  Task<Status> give_way() {
    co_await job_.background.yield();
    if (job_.stopped()) {
      co_return Error{ErrorCode::kShuttingDown, "the work on the table's files was stopped"};
    }
    co_return Status{};
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
    co_return co_await job_.outputs.begin_partition(job_.source.token(), job_.source.key(),
                                                    deletion_, static_row_);
  }

  // Null: nothing is left of it.
  const Unfiltered* purge(const Unfiltered& unfiltered) {
    if (!job_.purger) return &unfiltered;
    purged_.is_marker = unfiltered.is_marker;
    const bool left = unfiltered.is_marker ? job_.purger->purge(unfiltered.marker, purged_.marker)
                                           : job_.purger->purge(unfiltered.row, purged_.row);
    return left ? &purged_ : nullptr;
  }

  Task<Status> drain() {
    CETO_CO_TRY(co_await job_.outputs.writer().drain());
    if (job_.throttle) co_await charge();
    co_return Status{};
  }

  Task<void> charge() {
    const uint64_t bytes = job_.outputs.data_bytes();
    const uint64_t fresh = bytes - std::min(bytes, charged_bytes_);
    charged_bytes_ += fresh;
    co_await job_.throttle->charge(fresh);
  }

  PartitionWriteJob& job_;
  bool began_ = false;
  uint64_t charged_bytes_ = 0;
  DeletionTime deletion_;
  const Row* static_row_ = nullptr;
  Row purged_static_;
  Unfiltered purged_;
};

}  // namespace

Task<Result<PartitionsWritten>> write_partitions(PartitionWriteJob job) {
  CETO_ASSERT((job.purger == nullptr) == (job.policy == nullptr));
  PartitionWriter partitions(job);
  PartitionsWritten written;
  for (;;) {
    if (job.stopped()) {
      co_return Error{ErrorCode::kShuttingDown, "the work on the table's files was stopped"};
    }
    const Step step = job.source.next_partition();
    if (step == Step::kEnd) break;
    if (step == Step::kError) co_return job.source.error();
    if (step == Step::kWait) {
      co_await job.source.wait();
      continue;
    }
    if (!job.outputs.keeps(job.source.token(), job.source.key())) {
      if (job.background.should_yield()) CETO_CO_TRY(co_await partitions.give_way());
      continue;
    }
    const size_t merged = job.source.sources_merged();
    CETO_ASSERT(merged > 0);
    if (written.merged.size() < merged) written.merged.resize(merged);
    ++written.merged[merged - 1];
    const auto wrote = co_await partitions.write();
    if (!wrote) co_return wrote.error();
    written.partitions += wrote.value() ? 1 : 0;
    if (job.background.should_yield()) CETO_CO_TRY(co_await partitions.give_way());
  }
  co_return written;
}

}  // namespace ceto
