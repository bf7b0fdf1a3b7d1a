#include "lsm/partition_writer.h"

#include <algorithm>
#include <utility>

namespace ceto {

namespace {

// One partition at a time: its head is written with the first thing that stays, or not at all. A
// small partition is written without a coroutine of its own: advance() goes on by itself until
// something must be awaited.
class PartitionWriter {
 public:
  enum class Pause : uint8_t { kNone, kSource, kOutput, kDrain, kYield, kError };

  explicit PartitionWriter(PartitionWriteJob& job) : job_(job) {}

  // The partition that the source is at.
  void start() {
    PartitionSource& partition = job_.source.partition();
    began_ = ended_ = output_known_ = false;
    left_ = nullptr;
    deletion_ = partition.partition_deletion();
    static_row_ = partition.static_row();
    if (job_.purger) purge_head();
    wanted_ = !deletion_.live() || static_row_ != nullptr;
  }

  // kNone: the partition is done. Else resolve() is awaited and this called again.
  Pause advance() {
    PartitionSource& partition = job_.source.partition();
    while (!ended_) {
      if (wanted_ && !began_) {
        if (const Pause pause = begin(); pause != Pause::kNone) return pause;
      }
      if (const Unfiltered* adding = std::exchange(left_, nullptr)) {
        const bool drain = job_.outputs.writer().add(*adding);
        written_bytes_ = job_.outputs.data_bytes();
        if (drain) return Pause::kDrain;
      }
      if (slice_is_over()) return Pause::kYield;
      const Step step = partition.next();
      if (step == Step::kWait) return Pause::kSource;
      if (step == Step::kError) return fail(partition.error());
      if (step == Step::kReady) {
        left_ = purge(partition.current());
        wanted_ |= left_ != nullptr;
        continue;
      }
      ended_ = true;
      if (!began_) continue;
      const bool drain = job_.outputs.writer().end_partition();
      written_bytes_ = job_.outputs.data_bytes();
      if (drain) return Pause::kDrain;
    }
    return uncharged_bytes() > 0 ? Pause::kDrain : Pause::kNone;
  }

  bool wrote() const { return began_; }

  // Awaits what the pause is about.
  Task<Status> resolve(Pause pause) {
    switch (pause) {
      case Pause::kSource:
        co_await job_.source.partition().wait();
        break;
      case Pause::kOutput:
        co_return co_await job_.outputs.next();
      case Pause::kDrain:
        if (job_.outputs.running()) CETO_CO_TRY(co_await job_.outputs.writer().drain());
        job_.outputs.note_written();
        if (job_.throttle) co_await charge();
        break;
      case Pause::kYield:
        co_return co_await give_way();
      case Pause::kError:
        co_return error_;
      case Pause::kNone:
        break;
    }
    co_return Status{};
  }

  // The slice is used up; afterwards the work may be wanted no more.
  Task<Status> give_way() {
    co_await job_.background.yield();
    if (job_.stopped()) {
      co_return Error{ErrorCode::kShuttingDown, "the work on the table's files was stopped"};
    }
    co_return Status{};
  }

  // The clock is asked after so many small steps, or once a chunk has been compressed.
  bool slice_is_over() {
    if (++steps_ < kStepsPerLook && written_bytes_ == looked_at_bytes_) return false;
    steps_ = 0;
    looked_at_bytes_ = written_bytes_;
    return job_.background.should_yield();
  }

 private:
  // Each takes about a microsecond, or fills a chunk.
  static constexpr uint32_t kStepsPerLook = 16;

  void purge_head() {
    job_.purger->begin_partition(*job_.policy, job_.source.token(), job_.source.key());
    deletion_ = job_.purger->purge(deletion_);
    if (static_row_ == nullptr) return;
    // The purger's buffers are used again by the first row: the head is written before that.
    static_row_ = job_.purger->purge(*static_row_);
  }

  Pause begin() {
    if (!output_known_) {
      output_known_ = true;
      if (job_.outputs.switches_before(job_.source.token())) return Pause::kOutput;
    }
    Status begun = job_.outputs.writer().begin_partition(job_.source.token(), job_.source.key(),
                                                         deletion_, static_row_);
    if (!begun) return fail(begun.error());
    began_ = true;
    return Pause::kNone;
  }

  Pause fail(const Error& error) {
    error_ = error;
    return Pause::kError;
  }

  // Null: nothing is left of it.
  const Unfiltered* purge(const Unfiltered& unfiltered) {
    if (!job_.purger) return &unfiltered;
    purged_.is_marker = unfiltered.is_marker;
    if (unfiltered.is_marker) {
      return job_.purger->purge(unfiltered.marker, purged_.marker) ? &purged_ : nullptr;
    }
    const Row* const left = job_.purger->purge(unfiltered.row);
    if (left == nullptr || left == &unfiltered.row) return left ? &unfiltered : nullptr;
    purged_.row = *left;
    return &purged_;
  }

  uint64_t uncharged_bytes() const {
    if (!job_.throttle) return 0;
    return written_bytes_ - std::min(written_bytes_, charged_bytes_);
  }

  Task<void> charge() {
    const uint64_t fresh = uncharged_bytes();
    charged_bytes_ += fresh;
    co_await job_.throttle->charge(fresh);
  }

  PartitionWriteJob& job_;
  bool began_ = false;
  bool ended_ = false;
  bool wanted_ = false;               // something of the partition stays
  bool output_known_ = false;         // switches_before() was asked
  const Unfiltered* left_ = nullptr;  // not added yet
  uint32_t steps_ = 0;
  uint64_t written_bytes_ = 0;  // by the outputs, as of the last thing that was added
  uint64_t looked_at_bytes_ = 0;
  uint64_t charged_bytes_ = 0;
  DeletionTime deletion_;
  const Row* static_row_ = nullptr;
  Unfiltered purged_;
  Error error_;
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
      if (partitions.slice_is_over()) CETO_CO_TRY(co_await partitions.give_way());
      continue;
    }
    const size_t merged = job.source.sources_merged();
    CETO_ASSERT(merged > 0);
    if (written.merged.size() < merged) written.merged.resize(merged);
    ++written.merged[merged - 1];
    partitions.start();
    PartitionWriter::Pause pause = partitions.advance();
    while (pause != PartitionWriter::Pause::kNone) {
      CETO_CO_TRY(co_await partitions.resolve(pause));
      pause = partitions.advance();
    }
    ++(partitions.wrote() ? written.partitions : written.purged);
  }
  co_return written;
}

}  // namespace ceto
