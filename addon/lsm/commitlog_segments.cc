#include "lsm/commitlog_segments.h"

#include <algorithm>
#include <cstring>

namespace ceto {

LogSegments::LogSegments(const StoreConfig& config, Io& io, Clock& clock, LogSegmentsHost& host)
    : config_(config),
      io_(io),
      clock_(clock),
      host_(host),
      directory_(shard_log_directory(config.commitlog_directory, config.shard)) {
  CETO_ASSERT(config_.commitlog_segment_bytes % kIoAlignment == 0);
  CETO_ASSERT(config_.commitlog_segment_bytes >= 8 * kIoAlignment);
}

LogSegments::~LogSegments() {
  CETO_ASSERT(!making_ && !removing_);
  for (auto& segment : segments_) {
    if (segment->fd >= 0) io_.close(segment->fd);
  }
  for (auto& segment : going_) {
    if (segment->fd >= 0) io_.close(segment->fd);
  }
  if (next_) io_.close(next_->fd);
}

Task<Status> LogSegments::open(std::vector<SegmentFile> old, std::vector<SegmentFile> spare,
                               uint64_t first_id) {
  next_id_ = std::max<uint64_t>(first_id, 1);
  CETO_CO_TRY(io_.make_directories(directory_));
  spare_ = std::move(spare);
  for (const SegmentFile& file : spare_) next_id_ = std::max(next_id_, file.id + 1);
  for (SegmentFile& file : old) {
    next_id_ = std::max(next_id_, file.id + 1);
    auto segment = std::make_unique<LogSegment>();
    segment->id = file.id;
    segment->path = std::move(file.path);
    segment->old = true;
    segments_.push_back(std::move(segment));
  }
  opened_ = true;
  // A start does not wait for zeros: the first segment's syncs are a little slower for it.
  CETO_ASSERT(gate_.enter());
  making_ = true;
  co_await make_next(false);
  if (next_) {
    static_cast<void>(advance());
    prepare();
  }
  co_return Status{};
}

Task<void> LogSegments::close() { co_await gate_.close(); }

LogSegment* LogSegments::advance() {
  CETO_ASSERT(next_ != nullptr);
  CETO_ASSERT(segments_.empty() || segments_.back()->id < next_->id);
  segments_.push_back(std::move(next_));
  has_current_ = true;
  return segments_.back().get();
}

int64_t LogSegments::retry_micros() const {
  int64_t at = INT64_MAX;
  if (next_error_ && !making_ && !next_) at = next_retry_micros_;
  if (!going_.empty() && !removing_) at = std::min(at, remove_retry_micros_);
  return at;
}

void LogSegments::prepare() {
  // Turns of the loop come before the start has found which ids are taken.
  if (!opened_) return;
  const int64_t now = clock_.monotonic_micros();
  if (!going_.empty() && !removing_ && now >= remove_retry_micros_ && gate_.enter()) {
    removing_ = true;
    spawn(remove_files());
  }
  if (next_ || making_ || (next_error_ && now < next_retry_micros_) || !gate_.enter()) return;
  making_ = true;
  spawn(make_next(true));
}

// A new file is zeroed once: a write to blocks that were only allocated would make every sync a
// journal commit of the file system.
Task<void> LogSegments::make_next(bool zeroed) {
  auto segment = std::make_unique<LogSegment>();
  CETO_ASSERT(next_id_ <= kMaxSegmentId);
  segment->id = next_id_++;
  segment->path = path_of(segment->id);
  Status made;
  if (spare_.empty()) {
    made = co_await make_file(*segment);
    if (made && zeroed) made = co_await zero_file(*segment);
  } else {
    SegmentFile from = std::move(spare_.back());
    spare_.pop_back();
    made = co_await reuse_file(*segment, std::move(from));
  }
  making_ = false;
  if (made) {
    next_error_.reset();
    backoff_micros_ = kFirstRetryMicros;
    next_ = std::move(segment);
  } else {
    next_error_ = std::move(made.error());
    next_retry_micros_ = clock_.monotonic_micros() + backoff_micros_;
    backoff_micros_ = std::min(2 * backoff_micros_, kLastRetryMicros);
    // What was begun takes room that somebody may be waiting for.
    if (segment->fd >= 0) {
      io_.close(segment->fd);
      Task<Status> removed =
          io_.aside([io = &io_, path = segment->path] { return io->unlink(path); });
      static_cast<void>(co_await std::move(removed));
    }
  }
  host_.on_next_segment();
  gate_.leave();
}

Task<Status> LogSegments::make_file(LogSegment& segment) {
  Task<Status> made = io_.aside([this, &segment]() -> Status {
    Result<int> fd = io_.open(segment.path, Io::Open::kCreate);
    if (!fd) return std::move(fd.error());
    segment.fd = fd.value();
    CETO_TRY(io_.allocate(segment.fd, config_.commitlog_segment_bytes));
    return io_.sync_directory(directory_);
  });
  co_return co_await std::move(made);
}

// An old file under a new name. Until its header is written anew it counts as empty.
Task<Status> LogSegments::reuse_file(LogSegment& segment, SegmentFile from) {
  Task<Status> reused = io_.aside([this, &segment, &from]() -> Status {
    CETO_TRY(io_.rename(from.path, segment.path));
    CETO_TRY(io_.sync_directory(directory_));
    Result<int> fd = io_.open(segment.path, Io::Open::kReadWrite);
    if (!fd) return std::move(fd.error());
    segment.fd = fd.value();
    // One of an earlier start may be shorter.
    return io_.allocate(segment.fd, config_.commitlog_segment_bytes);
  });
  co_return co_await std::move(reused);
}

Task<Status> LogSegments::zero_file(const LogSegment& segment) {
  const uint32_t size = std::min(kZeroBytes, config_.commitlog_segment_bytes);
  AlignedBuffer zeros(size);
  std::memset(zeros.data(), 0, size);
  for (uint64_t at = 0; at < config_.commitlog_segment_bytes; at += size) {
    const uint64_t left = config_.commitlog_segment_bytes - at;
    const uint32_t part = static_cast<uint32_t>(std::min<uint64_t>(size, left));
    const int32_t written = co_await io_.write(segment.fd, zeros.data(), part, at);
    if (written != static_cast<int32_t>(part)) {
      co_return io_error(written < 0 ? -written : ENOSPC, "writing " + segment.path);
    }
  }
  const int32_t synced = co_await io_.data_sync(segment.fd);
  if (synced < 0) co_return io_error(-synced, "syncing " + segment.path);
  co_return Status{};
}

void LogSegments::discard_below(CommitPosition position) {
  while (segments_.size() > 1) {
    LogSegment& first = *segments_.front();
    if (first.id >= segment_of(position) || !finished(first)) break;
    if (config_.commitlog_archiving && !first.archived) break;
    going_.push_back(std::move(segments_.front()));
    segments_.pop_front();
  }
  prepare();
}

CommitPosition LogSegments::oldest_position() const {
  if (!going_.empty()) return make_position(going_.front()->id, 0);
  return segments_.empty() ? UINT64_MAX : make_position(segments_.front()->id, 0);
}

Task<void> LogSegments::remove_files() {
  bool removed = true;
  while (removed && !going_.empty()) {
    removed = co_await remove_file(*going_.front());
    if (removed) going_.pop_front();
  }
  removing_ = false;
  // One that stays by a failure keeps its successors: a replay must find no gap.
  if (!removed) remove_retry_micros_ = clock_.monotonic_micros() + kLastRetryMicros;
  gate_.leave();
}

Task<bool> LogSegments::remove_file(LogSegment& segment) {
  const std::string spare = directory_ + '/' + spare_name(segment.id);
  bool again = !segment.old && !segment.failed && spare_.size() < kMaxSpareFiles;
  // A file that waits under its old name would be replayed after its successors are gone.
  Task<Status> removal = io_.aside([this, &segment, &spare, &again]() -> Status {
    if (segment.fd >= 0) io_.close(std::exchange(segment.fd, -1));
    // An archive command may have linked it: what others keep is not written over.
    if (again && config_.commitlog_archiving) {
      const auto info = io_.stat(segment.path);
      again = info && info.value().links == 1;
    }
    return again ? io_.rename(segment.path, spare) : io_.unlink(segment.path);
  });
  const Status removed = co_await std::move(removal);
  if (removed && again) spare_.push_back({segment.id, spare});
  if (removed) co_return true;
  const auto there = io_.exists(segment.path);
  co_return there && !there.value();
}

std::vector<SegmentFile> LogSegments::to_archive(size_t most) const {
  std::vector<SegmentFile> found;
  if (!config_.commitlog_archiving) return found;
  const size_t last = has_current_ ? segments_.size() - 1 : segments_.size();
  for (size_t i = 0; i < last && found.size() < most; ++i) {
    const LogSegment& segment = *segments_[i];
    if (!finished(segment)) break;
    if (!segment.archived) found.push_back({segment.id, segment.path});
  }
  return found;
}

size_t LogSegments::waiting_for_archive() const {
  if (!config_.commitlog_archiving) return 0;
  return static_cast<size_t>(std::ranges::count_if(
             segments_, [](const auto& segment) { return !segment->archived; })) -
         (has_current_ ? 1 : 0);
}

void LogSegments::archived(uint64_t id) {
  for (const auto& segment : segments_) {
    if (segment->id == id) segment->archived = true;
  }
}

}  // namespace ceto
