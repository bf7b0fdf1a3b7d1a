// What the commit log does when a write or a sync fails. After a failed sync the kernel may have
// dropped the pages and called them clean: a second sync would succeed and prove nothing. So the
// segments that are not known to be whole are left behind as they are, and the records in them are
// written again into a new one, whose header says where the log ended for certain.
#include "lsm/commitlog.h"

namespace ceto {

void Commitlog::fail(Error error) {
  ++stats_.failures;
  if (!round_error_) round_error_ = std::move(error);
}

// A round has failed; nothing of it is in flight.
void Commitlog::begin_recovery() {
  CETO_ASSERT(phase_ == Phase::kIdle && round_error_);
  Error error = std::move(*round_error_);
  round_error_.reset();
  const bool again = recovering_;
  take_unsaved();
  recovering_ = true;
  if (again) {
    recovery_failed(std::move(error));
    return;
  }
  // Once at once: clients see nothing of a fault that a new segment cures.
  last_error_ = std::move(error);
  recover();
  changed();
}

// The records behind `durable_` leave the chunks, whose segments are not touched again.
void Commitlog::take_unsaved() {
  CETO_ASSERT(record_ == nullptr);
  const bool copies = recovering_;  // what an attempt has appended is in `unsaved_` as well
  for (auto& chunk : chunks_) {
    --chunk->segment->chunks;
    if (!copies) take_records(*chunk);
    free_chunk(std::move(chunk));
  }
  chunks_.clear();
  resaved_ = 0;
  pending_bytes_ = unsynced_bytes_ = 0;
  segments_.each([&](LogSegment& segment) {
    if (!segment.unsynced && &segment != segments_.current()) return;
    segment.failed = !segment.old;
    segment.unsynced = false;
  });
}

void Commitlog::take_records(const Chunk& chunk) {
  size_t at = chunk.offset == 0 ? kSegmentHeaderBytes : 0;
  while (at < chunk.filled) {
    size_t left = chunk.filled - at - kRunHeaderBytes;
    if (at != chunk.run) {
      const auto header = load_run_header({chunk.memory.data() + at, kRunHeaderBytes});
      CETO_ASSERT(header.has_value());
      left = header->length;
    }
    at += kRunHeaderBytes;
    while (left > 0) {
      const RecordHeader header = load_record_header(chunk.memory.data() + at);
      const size_t size = kRecordHeaderBytes + header.length;
      CETO_ASSERT(size <= left);
      if (make_position(chunk.segment->id, chunk.offset + at + size) > durable_) {
        unsaved_.emplace_back(
            reinterpret_cast<const char*>(chunk.memory.data() + at + kRecordHeaderBytes),
            header.length);
      }
      at += size;
      left -= size;
    }
    at = align_up(at);
  }
}

void Commitlog::recover() {
  CETO_ASSERT(recovering_ && phase_ == Phase::kIdle);
  if (append_unsaved()) {
    start_round();
    return;
  }
  if (const Error* const error = segments_.next_error()) {
    take_unsaved();
    recovery_failed(*error);
    return;
  }
  recovery_micros_ = INT64_MAX;
  segments_.prepare();
}

// False: a segment is missing; goes on from there when there is one.
bool Commitlog::append_unsaved() {
  for (; resaved_ < unsaved_.size(); ++resaved_) {
    const std::string& record = unsaved_[resaved_];
    if (!has_place(record.size())) return false;
    uint8_t* const to = place_record(record.size());
    std::memcpy(to, record.data(), record.size());
    static_cast<void>(end_record(to + record.size()));
    --stats_.records;
  }
  return true;
}

void Commitlog::recovery_failed(Error error) {
  recovery_micros_ = clock_.monotonic_micros() + kRecoveryMicros;
  failure_ = last_error_ = std::move(error);
  tell_waiters(&*failure_);
  wake_idle();
  changed();
}

void Commitlog::on_next_segment() {
  if (segments_.next_error()) {
    ++stats_.failures;
    last_error_ = *segments_.next_error();
  }
  if (recovering_ && phase_ == Phase::kIdle && recovery_micros_ == INT64_MAX) recover();
  changed();
}

// A run without records, which says that all before it is on disk: so damage to it is told from a
// write that was cut. Left out where it has no place.
void Commitlog::begin_end_mark() {
  LogSegment* const segment = segments_.current();
  if (phase_ != Phase::kIdle || recovering_ || !segment || segment->failed || segment->end == 0) {
    return;
  }
  if (!fits(0)) {
    const bool open = !chunks_.empty() && !chunks_.back()->sealed;
    const uint64_t end =
        open ? chunks_.back()->offset + align_up(chunks_.back()->filled) : segment->end;
    if (end + align_up(kRunHeaderBytes) > config_.commitlog_segment_bytes) return;
    new_chunk(0);
  }
  if (chunks_.back()->run == kNoRun) open_run(*chunks_.back());
  sync_wanted_ = true;
  start_round();
}

}  // namespace ceto
