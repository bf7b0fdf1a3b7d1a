#include "lsm/commitlog.h"

#include <algorithm>
#include <cstring>

namespace ceto {

Commitlog::Commitlog(const StoreConfig& config, Io& io, Clock& clock)
    : config_(config),
      io_(io),
      clock_(clock),
      directory_(shard_log_directory(config.commitlog_directory, config.shard)) {
  CETO_ASSERT(config_.commitlog_segment_bytes % kIoAlignment == 0);
  CETO_ASSERT(config_.commitlog_segment_bytes >= 8 * kIoAlignment);
}

Commitlog::~Commitlog() {
  CETO_ASSERT(in_flight_ == 0);
  for (auto& segment : segments_) {
    if (segment->fd >= 0) io_.close(segment->fd);
  }
  if (prepared_) io_.close(prepared_->fd);
}

// --- segments
// ---------------------------------------------------------------------------------------

Status Commitlog::open(std::vector<SegmentFile> old, std::vector<SegmentFile> spare,
                       uint64_t first_id) {
  next_id_ = std::max<uint64_t>(first_id, 1);
  CETO_TRY(io_.make_directories(directory_));
  spare_ = std::move(spare);
  for (const SegmentFile& file : spare_) next_id_ = std::max(next_id_, file.id + 1);
  for (SegmentFile& file : old) {
    next_id_ = std::max(next_id_, file.id + 1);
    auto segment = std::make_unique<Segment>();
    segment->id = file.id;
    segment->path = std::move(file.path);
    segment->old = true;
    segments_.push_back(std::move(segment));
  }
  last_sync_micros_ = clock_.monotonic_micros();
  if (add_segment() == nullptr) return *failure_;
  new_chunk(0);
  durable_ = appended_ = make_position(segments_.back()->id, 0);
  prepare_next();
  return {};
}

// A new file. Its blocks are allocated but not written yet.
Result<std::unique_ptr<Commitlog::Segment>> Commitlog::make_segment() {
  auto segment = std::make_unique<Segment>();
  segment->id = next_id_++;
  segment->path = path_of(segment->id);
  Result<int> fd = io_.open(segment->path, Io::Open::kCreate);
  if (!fd) return std::move(fd.error());
  segment->fd = fd.value();
  Status done = io_.allocate(segment->fd, config_.commitlog_segment_bytes);
  if (done) done = io_.sync_directory(directory_);
  if (done) return segment;
  io_.close(segment->fd);
  return std::move(done.error());
}

// An old file under a new name. Until its header is written anew it counts as empty.
Result<std::unique_ptr<Commitlog::Segment>> Commitlog::reuse_segment() {
  CETO_ASSERT(!spare_.empty());
  auto segment = std::make_unique<Segment>();
  segment->id = next_id_++;
  segment->path = path_of(segment->id);
  CETO_TRY(io_.rename(spare_.back().path, segment->path));
  spare_.pop_back();
  CETO_TRY(io_.sync_directory(directory_));
  Result<int> fd = io_.open(segment->path, Io::Open::kReadWrite);
  if (!fd) return std::move(fd.error());
  segment->fd = fd.value();
  return segment;
}

// The segment that is appended to from now on. nullptr: the disk failed.
Commitlog::Segment* Commitlog::add_segment() {
  if (!prepared_) {
    auto made = spare_.empty() ? make_segment() : reuse_segment();
    if (!made) {
      fail(std::move(made.error()));
      return nullptr;
    }
    prepared_ = std::move(made.value());
  }
  CETO_ASSERT(segments_.empty() || segments_.back()->id < prepared_->id);
  segments_.push_back(std::move(prepared_));
  return segments_.back().get();
}

// Makes the next segment ahead of its use. A new file is zeroed once: a write to blocks that were
// only allocated would make every sync a journal commit of the file system.
void Commitlog::prepare_next() {
  if (prepared_ || preparing_ || failure_) return;
  const bool reuse = !spare_.empty();
  auto made = reuse ? reuse_segment() : make_segment();
  if (!made) return;  // tried again when the segment is needed, and reported then
  if (reuse) {
    prepared_ = std::move(made.value());
  } else if (gate_.enter()) {
    preparing_ = true;
    spawn(zero_next(std::move(made.value())));
  } else {
    io_.close(made.value()->fd);
  }
}

Task<void> Commitlog::zero_next(std::unique_ptr<Segment> segment) {
  const uint32_t size = std::min(kZeroBytes, config_.commitlog_segment_bytes);
  AlignedBuffer zeros(size);
  std::memset(zeros.data(), 0, size);
  bool good = true;
  for (uint64_t at = 0; good && at < config_.commitlog_segment_bytes; at += size) {
    const uint64_t left = config_.commitlog_segment_bytes - at;
    const uint32_t part = static_cast<uint32_t>(std::min<uint64_t>(size, left));
    good = co_await io_.write(segment->fd, zeros.data(), part, at) == static_cast<int32_t>(part);
  }
  if (good) good = co_await io_.data_sync(segment->fd) == 0;
  preparing_ = false;
  // Meanwhile the log may have gone on to a later segment: then the file waits for another name.
  if (good && !prepared_ && segments_.back()->id < segment->id) {
    prepared_ = std::move(segment);
  } else {
    io_.close(segment->fd);
    spare_.push_back({segment->id, segment->path});
  }
  gate_.leave();
}

void Commitlog::discard_below(CommitPosition position) {
  while (segments_.size() > 1) {
    Segment& first = *segments_.front();
    if (first.id >= segment_of(position) || first.chunks > 0 || first.unsynced) break;
    if (first.fd >= 0) io_.close(first.fd);
    // A file that waits under its old name would be replayed after its successors are gone.
    const std::string spare = directory_ + '/' + spare_name(first.id);
    if (!first.old && spare_.size() < kMaxSpareFiles && io_.rename(first.path, spare).ok()) {
      spare_.push_back({first.id, spare});
    } else {
      // One that stays by a failure is replayed again, which changes nothing.
      (void)io_.unlink(first.path);
    }
    segments_.pop_front();
  }
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

void Commitlog::seal(Chunk& chunk) {
  const size_t end = align_up(chunk.filled);
  std::memset(chunk.memory.data() + chunk.filled, 0, end - chunk.filled);
  chunk.filled = end;
  chunk.sealed = true;
  chunk.segment->end = chunk.offset + end;
}

void Commitlog::new_chunk(size_t need) {
  if (!chunks_.empty() && !chunks_.back()->sealed) seal(*chunks_.back());
  Segment* segment = segments_.back().get();
  if (segment->end + align_up(need) > config_.commitlog_segment_bytes) {
    Segment* const added = add_segment();
    // Without a file the record still gets a place: nothing is acknowledged after a failure.
    if (added)
      segment = added;
    else
      segment->end = 0;
  }
  const bool first = segment->end == 0;
  const size_t required = align_up(need + (first ? kSegmentHeaderBytes : 0));
  const size_t left = config_.commitlog_segment_bytes - segment->end;
  CETO_ASSERT(required <= left);
  auto chunk = take_chunk(required);
  chunk->segment = segment;
  chunk->capacity = std::min(std::max(required, kChunkBytes), left);
  chunk->offset = segment->end;
  chunk->filled = chunk->submitted = 0;
  chunk->sealed = false;
  if (first) {
    store_segment_header(
        {segment->id, config_.shard, config_.shard_count, config_.commitlog_segment_bytes},
        chunk->memory.data());
    chunk->filled = kSegmentHeaderBytes;
  }
  segment->end += chunk->capacity;
  ++segment->chunks;
  chunks_.push_back(std::move(chunk));
}

uint8_t* Commitlog::begin_record(size_t max_bytes) {
  CETO_ASSERT(record_ == nullptr);
  CETO_ASSERT(max_bytes <= max_record_bytes());
  const size_t need = max_bytes + kRecordHeaderBytes;
  Chunk* chunk = chunks_.empty() ? nullptr : chunks_.back().get();
  if (chunk == nullptr || chunk->sealed || chunk->filled + need > chunk->capacity) {
    new_chunk(need);
    chunk = chunks_.back().get();
  }
  // A record header does not cross a sector: a reader looks for the next record at the boundary.
  const size_t left = kIoAlignment - chunk->filled % kIoAlignment;
  if (left < kRecordHeaderBytes) {
    std::memset(chunk->memory.data() + chunk->filled, 0, left);
    if (chunk->filled + left + need > chunk->capacity) {
      new_chunk(need);
      chunk = chunks_.back().get();
    } else {
      chunk->filled += left;
    }
  }
  record_ = chunk->memory.data() + chunk->filled + kRecordHeaderBytes;
  return record_;
}

CommitPosition Commitlog::end_record(uint8_t* end) {
  CETO_ASSERT(record_ != nullptr && end >= record_);
  Chunk& chunk = *chunks_.back();
  const Bytes record(record_, static_cast<size_t>(end - record_));
  store_record_header(record_tag(chunk.segment->id), record, record_ - kRecordHeaderBytes);
  record_ = nullptr;
  const size_t size = kRecordHeaderBytes + record.size();
  chunk.filled += size;
  CETO_ASSERT(chunk.filled <= chunk.capacity);
  if (pending_bytes_ == 0) first_pending_micros_ = clock_.monotonic_micros();
  pending_bytes_ += size;
  ++stats_.records;
  appended_ = make_position(chunk.segment->id, chunk.offset + chunk.filled);
  return appended_;
}

void Commitlog::await_durable(DurabilityWaiter& waiter) {
  if (failure_ || waiter.position <= durable_) {
    waiter.on_durable(waiter, failure());
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
  if (acknowledges() || sync_wanted_) return true;
  return clock_.monotonic_micros() - last_sync_micros_ >= config_.commitlog_sync_period_micros;
}

bool Commitlog::round_due() const {
  if (phase_ != Phase::kIdle || failure_) return false;
  if (sync_wanted_) return true;
  if (pending_bytes_ == 0) return !acknowledges() && durable_ < appended_ && sync_due();
  return config_.commitlog_sync != CommitlogSync::kGroup ||
         clock_.monotonic_micros() - first_pending_micros_ >= config_.commitlog_group_window_micros;
}

void Commitlog::end_turn() {
  turns_ = true;
  if (round_due()) start_round();
}

int64_t Commitlog::next_wakeup_micros() const {
  if (phase_ != Phase::kIdle || failure_ || durable_ >= appended_) return INT64_MAX;
  if (!acknowledges()) return last_sync_micros_ + config_.commitlog_sync_period_micros;
  return first_pending_micros_ + config_.commitlog_group_window_micros;
}

void Commitlog::start_round() {
  CETO_ASSERT(phase_ == Phase::kIdle);
  if (failure_) return;
  phase_ = Phase::kWriting;
  round_target_ = appended_;
  pending_bytes_ = 0;
  // A failed or finished request may call back inside submit(): the count is complete before that.
  in_flight_ = 1;
  for (auto& chunk : chunks_) {
    if (chunk->filled == chunk->submitted) continue;
    if (!chunk->sealed) {
      const size_t end = align_up(chunk->filled);
      std::memset(chunk->memory.data() + chunk->filled, 0, end - chunk->filled);
      chunk->filled = end;
      chunk->sealed = chunk->filled == chunk->capacity;
    }
    ++in_flight_;
    submit_chunk(*chunk);
  }
  if (--in_flight_ == 0) writes_done();
}

void Commitlog::submit_chunk(Chunk& chunk) {
  const size_t from = chunk.submitted;
  CETO_ASSERT(from % kIoAlignment == 0 && chunk.filled % kIoAlignment == 0);
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
    fail(io_error(result < 0 ? -result : 5, "writing " + chunk.segment->path));
  } else {
    chunk.submitted = chunk.request.offset + size - chunk.offset;
  }
  if (--in_flight_ == 0) writes_done();
}

void Commitlog::writes_done() {
  CETO_ASSERT(phase_ == Phase::kWriting);
  if (failure_ || !sync_due()) {
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
  sync_requests_.clear();
  in_flight_ = 1;
  for (auto& segment : segments_) {
    if (!segment->unsynced) continue;
    segment->unsynced = false;
    ++in_flight_;
    IoRequest& request = sync_requests_.emplace_back();
    request.kind = IoRequest::Kind::kDataSync;
    request.fd = segment->fd;
    request.context = this;
    request.on_complete = [](IoRequest& done) {
      Commitlog& log = *static_cast<Commitlog*>(done.context);
      if (done.result < 0) log.fail(io_error(-done.result, "syncing the commit log"));
      if (--log.in_flight_ == 0) log.round_done();
    };
    io_.submit(request);
  }
  if (--in_flight_ == 0) round_done();
}

void Commitlog::round_done() {
  if (phase_ == Phase::kSyncing && !failure_) durable_ = round_target_;
  phase_ = Phase::kIdle;
  retire_chunks();
  tell_waiters();
  wake_idle();
  prepare_next();
  // Under turns the next write waits for the end of this one, which comes after all completions.
  if (!turns_ && phase_ == Phase::kIdle && !failure_ && first_waiter_) start_round();
}

void Commitlog::retire_chunks() {
  while (!chunks_.empty()) {
    Chunk& first = *chunks_.front();
    const bool done = first.sealed && (first.submitted == first.filled || failure_);
    if (!done) break;
    --first.segment->chunks;
    auto chunk = std::move(chunks_.front());
    chunks_.pop_front();
    if (chunk->memory.size() == kChunkBytes && kept_chunks_.size() < kMaxKeptChunks) {
      kept_chunks_.push_back(std::move(chunk));
    }
  }
}

void Commitlog::tell_waiters() {
  while (first_waiter_ && (failure_ || first_waiter_->position <= durable_)) {
    DurabilityWaiter* const waiter = first_waiter_;
    first_waiter_ = waiter->next;
    if (first_waiter_ == nullptr) last_waiter_ = nullptr;
    waiter->on_durable(*waiter, failure());
  }
}

void Commitlog::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
}

void Commitlog::wake_idle() {
  std::vector<Waiter*> waiting;
  waiting.swap(idle_waiters_);
  for (Waiter* waiter : waiting) waiter->wake();
}

Task<Status> Commitlog::sync() {
  const CommitPosition target = appended_;
  while (!failure_ && durable_ < target) {
    sync_wanted_ = true;
    if (phase_ == Phase::kIdle) start_round();
    if (failure_ || durable_ >= target) break;
    Waiter waiter;
    idle_waiters_.push_back(&waiter);
    co_await waiter;
  }
  if (failure_) co_return *failure_;
  co_return Status{};
}

Task<Status> Commitlog::close() {
  Status synced = co_await sync();
  while (phase_ != Phase::kIdle) {
    Waiter waiter;
    idle_waiters_.push_back(&waiter);
    co_await waiter;
  }
  co_await gate_.close();
  co_return synced;
}

CommitlogStats Commitlog::stats() const {
  CommitlogStats out = stats_;
  out.bytes = bytes();
  return out;
}

}  // namespace ceto
