#include "lsm/commitlog.h"

#include <algorithm>
#include <cstring>

#include "lsm/crc32c.h"

namespace ceto {

Commitlog::Commitlog(const StoreConfig& config, Io& io, Clock& clock)
    : config_(config), io_(io), clock_(clock), segments_(config_, io, clock, *this) {}

Commitlog::~Commitlog() { CETO_ASSERT(in_flight_ == 0); }

Task<Status> Commitlog::open(std::vector<SegmentFile> old, CommitPosition old_end,
                             std::vector<SegmentFile> spare, uint64_t first_id) {
  last_sync_micros_ = clock_.monotonic_micros();
  durable_ = appended_ = old_end;
  co_return co_await segments_.open(std::move(old), std::move(spare), first_id);
}

// --- appending
// --------------------------------------------------------------------------------------

std::unique_ptr<Commitlog::Chunk> Commitlog::take_chunk(size_t capacity) {
  if (capacity <= kChunkBytes && !kept_chunks_.empty()) {
    auto chunk = std::move(kept_chunks_.back());
    kept_chunks_.pop_back();
    return chunk;
  }
  auto chunk = std::make_unique<Chunk>();
  chunk->memory = AlignedBuffer(std::max(capacity, kChunkBytes));
  chunk->log = this;
  return chunk;
}

void Commitlog::free_chunk(std::unique_ptr<Chunk> chunk) {
  if (chunk->memory.size() != kChunkBytes || kept_chunks_.size() >= kMaxKeptChunks) return;
  kept_chunks_.push_back(std::move(chunk));
}

// A run begins with its header, which is filled in when it ends.
void Commitlog::open_run(Chunk& chunk) {
  CETO_ASSERT(chunk.run == kNoRun && chunk.filled % kIoAlignment == 0);
  chunk.run = chunk.filled;
  chunk.filled += kRunHeaderBytes;
}

void Commitlog::close_run(Chunk& chunk) {
  CETO_ASSERT(chunk.run != kNoRun);
  uint8_t* const header = chunk.memory.data() + chunk.run;
  const Bytes records(header + kRunHeaderBytes, chunk.filled - chunk.run - kRunHeaderBytes);
  store_run_header(
      {chunk.segment->id, durable_, static_cast<uint32_t>(records.size()), crc32c(records)},
      header);
  const size_t end = align_up(chunk.filled);
  std::memset(chunk.memory.data() + chunk.filled, 0, end - chunk.filled);
  chunk.filled = end;
  chunk.run = kNoRun;
}

void Commitlog::seal(Chunk& chunk) {
  if (chunk.run != kNoRun) close_run(chunk);
  CETO_ASSERT(chunk.filled % kIoAlignment == 0);
  chunk.sealed = true;
  chunk.segment->end = chunk.offset + chunk.filled;
}

// Whether a record that takes `need` bytes with its header has a place without a new segment.
bool Commitlog::fits(size_t need) const {
  const Chunk* const chunk = chunks_.empty() ? nullptr : chunks_.back().get();
  if (chunk == nullptr || chunk->sealed) return false;
  const size_t begin = chunk->run == kNoRun ? kRunHeaderBytes : 0;
  return chunk->filled + begin + need <= chunk->capacity;
}

bool Commitlog::reserve(size_t max_bytes) {
  CETO_ASSERT(record_ == nullptr && max_bytes <= max_record_bytes());
  return !recovering_ && has_place(max_bytes);
}

bool Commitlog::has_place(size_t max_bytes) const {
  const size_t need = max_bytes + kRecordHeaderBytes;
  if (fits(need) || segments_.next_ready()) return true;
  const LogSegment* const segment = segments_.current();
  if (segment == nullptr || segment->failed) return false;
  const Chunk* const chunk = chunks_.empty() ? nullptr : chunks_.back().get();
  const bool open = chunk && !chunk->sealed;
  const uint64_t end = open ? chunk->offset + align_up(chunk->filled) : segment->end;
  const size_t header = end == 0 ? kSegmentHeaderBytes : 0;
  return end + align_up(need + kRunHeaderBytes + header) <= config_.commitlog_segment_bytes;
}

Error Commitlog::refusal() const {
  if (const Error* const error = failure()) return *error;
  if (const Error* const error = segments_.next_error()) return *error;
  return {ErrorCode::kOverloaded, "the commit log's next segment is not ready"};
}

// reserve() has found that there is room.
void Commitlog::new_chunk(size_t need) {
  if (!chunks_.empty() && !chunks_.back()->sealed) seal(*chunks_.back());
  LogSegment* segment = segments_.current();
  if (segment == nullptr || segment->failed ||
      segment->end + align_up(need + kRunHeaderBytes) > config_.commitlog_segment_bytes) {
    segment = segments_.advance();
    segments_.prepare();
  }
  const bool first = segment->end == 0;
  const size_t required = align_up(need + kRunHeaderBytes + (first ? kSegmentHeaderBytes : 0));
  const size_t left = config_.commitlog_segment_bytes - segment->end;
  CETO_ASSERT(required <= left);
  auto chunk = take_chunk(required);
  chunk->segment = segment;
  chunk->capacity = std::min(std::max(required, kChunkBytes), left);
  chunk->offset = segment->end;
  chunk->filled = chunk->submitted = 0;
  chunk->run = kNoRun;
  chunk->last = 0;
  chunk->sealed = false;
  if (first) {
    // What is being saved was behind `durable_` and does not count there.
    const CommitPosition end = recovering_ && resaved_ == 0 ? durable_ : appended_;
    store_segment_header(
        {segment->id, config_.shard, config_.shard_count, config_.commitlog_segment_bytes, end},
        chunk->memory.data());
    chunk->filled = kSegmentHeaderBytes;
  }
  segment->end += chunk->capacity;
  ++segment->chunks;
  chunks_.push_back(std::move(chunk));
}

uint8_t* Commitlog::place_record(size_t max_bytes) {
  const size_t need = max_bytes + kRecordHeaderBytes;
  if (!fits(need)) new_chunk(need);
  Chunk& chunk = *chunks_.back();
  if (chunk.run == kNoRun) open_run(chunk);
  record_ = chunk.memory.data() + chunk.filled + kRecordHeaderBytes;
  return record_;
}

uint8_t* Commitlog::begin_record(size_t max_bytes) {
  CETO_ASSERT(record_ == nullptr && !recovering_);
  CETO_ASSERT(max_bytes <= max_record_bytes());
  return place_record(max_bytes);
}

CommitPosition Commitlog::end_record(uint8_t* end) {
  CETO_ASSERT(record_ != nullptr && end >= record_);
  Chunk& chunk = *chunks_.back();
  const Bytes record(record_, static_cast<size_t>(end - record_));
  store_record_header(record, record_ - kRecordHeaderBytes);
  record_ = nullptr;
  const size_t size = kRecordHeaderBytes + record.size();
  chunk.filled += size;
  CETO_ASSERT(chunk.filled <= chunk.capacity);
  if (pending_bytes_ == 0) first_pending_micros_ = clock_.monotonic_micros();
  pending_bytes_ += size;
  ++stats_.records;
  appended_ = chunk.last = make_position(chunk.segment->id, chunk.offset + chunk.filled);
  return appended_;
}

void Commitlog::await_durable(DurabilityWaiter& waiter) {
  if (failure_ || waiter.position <= durable_) {
    waiter.on_durable(waiter, waiter.position <= durable_ ? nullptr : &*failure_);
    return;
  }
  waiter.next = nullptr;
  if (last_waiter_)
    last_waiter_->next = &waiter;
  else
    first_waiter_ = &waiter;
  last_waiter_ = &waiter;
  if (!turns_ && phase_ == Phase::kIdle) start_round();
}

// --- writing
// ----------------------------------------------------------------------------------------

bool Commitlog::sync_due() const {
  if (acknowledges() || sync_wanted_ || recovering_) return true;
  return unsynced_bytes_ >= kMaxUnsyncedBytes ||
         clock_.monotonic_micros() - last_sync_micros_ >= config_.commitlog_sync_period_micros;
}

bool Commitlog::round_due() const {
  if (phase_ != Phase::kIdle) return false;
  if (recovering_) return false;  // recover() starts its own
  if (sync_wanted_) return true;
  if (pending_bytes_ == 0) return !acknowledges() && durable_ < appended_ && sync_due();
  return config_.commitlog_sync != CommitlogSync::kGroup ||
         clock_.monotonic_micros() - first_pending_micros_ >= config_.commitlog_group_window_micros;
}

void Commitlog::end_turn() {
  turns_ = true;
  if (recovering_) {
    if (phase_ == Phase::kIdle && clock_.monotonic_micros() >= recovery_micros_) recover();
  } else if (round_due()) {
    start_round();
  }
  segments_.prepare();
}

int64_t Commitlog::next_wakeup_micros() const {
  int64_t at = segments_.retry_micros();
  if (phase_ != Phase::kIdle) return at;
  if (recovering_) return std::min(at, recovery_micros_);
  if (durable_ >= appended_) return at;
  return std::min(at, acknowledges() ? first_pending_micros_ + config_.commitlog_group_window_micros
                                     : last_sync_micros_ + config_.commitlog_sync_period_micros);
}

void Commitlog::start_round() {
  CETO_ASSERT(phase_ == Phase::kIdle);
  phase_ = Phase::kWriting;
  round_target_ = appended_;
  pending_bytes_ = 0;
  // A failed or finished request may call back inside submit(): the count is complete before that.
  in_flight_ = 1;
  for (auto& chunk : chunks_) {
    if (chunk->run != kNoRun) close_run(*chunk);
    if (chunk->filled == chunk->submitted) continue;
    if (chunk->filled == chunk->capacity) chunk->sealed = true;
    ++in_flight_;
    submit_chunk(*chunk);
  }
  if (--in_flight_ == 0) writes_done();
}

void Commitlog::submit_chunk(Chunk& chunk) {
  const size_t from = chunk.submitted;
  CETO_ASSERT(from % kIoAlignment == 0 && chunk.filled % kIoAlignment == 0);
  CETO_ASSERT(!chunk.segment->failed);
  ++stats_.writes;
  IoRequest& request = chunk.request;
  request.kind = IoRequest::Kind::kWrite;
  request.fd = chunk.segment->fd;
  request.buffer = chunk.memory.data() + from;
  request.size = static_cast<uint32_t>(chunk.filled - from);
  request.offset = chunk.offset + from;
  request.context = &chunk;
  request.on_complete = [](IoRequest& done) {
    Chunk& at = *static_cast<Chunk*>(done.context);
    at.log->chunk_written(at);
  };
  chunk.segment->unsynced = true;
  unsynced_bytes_ += request.size;
  io_.submit(request);
}

void Commitlog::chunk_written(Chunk& chunk) {
  const int32_t result = chunk.request.result;
  const uint32_t size = chunk.request.size;
  if (result > 0 && static_cast<uint32_t>(result) < size && result % kIoAlignment == 0) {
    chunk.request.buffer = static_cast<uint8_t*>(chunk.request.buffer) + result;
    chunk.request.offset += static_cast<uint32_t>(result);
    chunk.request.size -= static_cast<uint32_t>(result);
    io_.submit(chunk.request);
    return;
  }
  if (result != static_cast<int32_t>(size)) {
    fail(io_error(result < 0 ? -result : EIO, "writing " + chunk.segment->path));
  } else {
    chunk.submitted = chunk.request.offset + size - chunk.offset;
  }
  if (--in_flight_ == 0) writes_done();
}

void Commitlog::writes_done() {
  CETO_ASSERT(phase_ == Phase::kWriting);
  if (round_error_ || !sync_due()) {
    round_done();
    return;
  }
  start_sync();
}

void Commitlog::start_sync() {
  phase_ = Phase::kSyncing;
  sync_wanted_ = false;
  ++stats_.syncs;
  last_sync_micros_ = clock_.monotonic_micros();
  unsynced_bytes_ = 0;
  sync_requests_.clear();
  in_flight_ = 1;
  segments_.each([this](LogSegment& segment) {
    if (!segment.unsynced) return;
    segment.unsynced = false;
    ++in_flight_;
    IoRequest& request = sync_requests_.emplace_back();
    request.kind = IoRequest::Kind::kDataSync;
    request.fd = segment.fd;
    request.context = this;
    request.on_complete = [](IoRequest& done) {
      Commitlog& log = *static_cast<Commitlog*>(done.context);
      if (done.result < 0) log.fail(io_error(-done.result, "syncing the commit log"));
      if (--log.in_flight_ == 0) log.round_done();
    };
    io_.submit(request);
  });
  if (--in_flight_ == 0) round_done();
}

void Commitlog::round_done() {
  const bool synced = phase_ == Phase::kSyncing && !round_error_;
  phase_ = Phase::kIdle;
  if (round_error_) {
    begin_recovery();
  } else if (synced) {
    // What is written again lies behind all that it stands for.
    durable_ = round_target_;
    const bool saved = std::exchange(recovering_, false);
    if (saved) {
      ++recoveries_;
      unsaved_.clear();
      failure_.reset();
    }
    const bool finished = retire_chunks();
    tell_waiters(nullptr);
    if (saved || (finished && config_.commitlog_archiving)) changed();
  }
  wake_idle();
  segments_.prepare();
  // Under turns the next write waits for the end of this one, which comes after all completions.
  if (!turns_ && phase_ == Phase::kIdle && !recovering_ && first_waiter_) start_round();
}

// Whether a segment is on disk whole now.
bool Commitlog::retire_chunks() {
  bool finished = false;
  while (!chunks_.empty()) {
    Chunk& first = *chunks_.front();
    if (!first.sealed || first.submitted < first.filled || first.last > durable_) break;
    --first.segment->chunks;
    finished |= first.segment->chunks == 0 && first.segment != segments_.current();
    free_chunk(std::move(chunks_.front()));
    chunks_.pop_front();
  }
  return finished;
}

void Commitlog::tell_waiters(const Error* error) {
  while (first_waiter_ && (error || first_waiter_->position <= durable_)) {
    DurabilityWaiter* const waiter = first_waiter_;
    first_waiter_ = waiter->next;
    if (first_waiter_ == nullptr) last_waiter_ = nullptr;
    waiter->on_durable(*waiter, error);
  }
}

void Commitlog::wake_idle() {
  std::vector<Waiter*> waiting;
  waiting.swap(idle_waiters_);
  for (Waiter* waiter : waiting) waiter->wake();
}

void Commitlog::changed() {
  if (on_change_) on_change_();
}

bool Commitlog::short_of_room() const {
  if (failure()) return false;
  return recovering_ || low_on_room();
}

Task<Status> Commitlog::sync() {
  const CommitPosition target = appended_;
  while (!failure_ && (durable_ < target || recovering_)) {
    if (phase_ == Phase::kIdle && !recovering_) {
      sync_wanted_ = true;
      start_round();
      continue;
    }
    Waiter waiter;
    idle_waiters_.push_back(&waiter);
    co_await waiter;
  }
  if (durable_ >= target) co_return Status{};
  CETO_ASSERT(failure_.has_value());
  co_return *failure_;
}

Task<Status> Commitlog::close() {
  Status synced = co_await sync();
  if (synced) begin_end_mark();
  // A segment that comes now may start one more attempt to save what a failure left.
  co_await segments_.close();
  while (phase_ != Phase::kIdle) {
    Waiter waiter;
    idle_waiters_.push_back(&waiter);
    co_await waiter;
  }
  co_return synced;
}

const Error* Commitlog::failure() const {
  if (failure_) return &*failure_;
  return segments_.next_error() && !recovering_ && low_on_room() ? segments_.next_error() : nullptr;
}

bool Commitlog::low_on_room() const {
  if (segments_.next_ready()) return false;
  const Chunk* const chunk = chunks_.empty() ? nullptr : chunks_.back().get();
  const LogSegment* const segment = segments_.current();
  if (segment == nullptr || segment->failed) return true;
  const uint64_t used = chunk && !chunk->sealed ? chunk->offset + chunk->filled : segment->end;
  return used > config_.commitlog_segment_bytes - config_.commitlog_segment_bytes / kLowRoomPart;
}

CommitlogStats Commitlog::stats() const {
  CommitlogStats out = stats_;
  out.bytes = bytes();
  for (const auto& chunk : chunks_) out.waiting_bytes += chunk->filled - chunk->submitted;
  for (const std::string& record : unsaved_) out.waiting_bytes += record.size();
  out.waiting_archive = segments_.waiting_for_archive();
  return out;
}

}  // namespace ceto
