// LogSegments: the files of a shard's commit log. The next segment is made ahead of its use, from a
// file that was given up or a new one; segments are given up strictly in order, so that what a
// replay sees is always the newest part of history without a gap. Everything that may wait for the
// file system happens beside the shard's thread. Owned by the Commitlog; shard thread only; `io`
// and `clock` outlive it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "lsm/commitlog_format.h"
#include "lsm/store.h"

namespace ceto {

struct LogSegment {
  uint64_t id = 0;
  std::string path;
  int fd = -1;
  bool old = false;       // from before this start: only kept, fd is -1
  bool failed = false;    // a write or sync of it failed: never touched again, nor used again
  bool unsynced = false;  // written to since the last sync
  bool archived = false;
  uint64_t end = 0;     // what chunks have taken of it
  uint32_t chunks = 0;  // whose memory is kept because they are not on disk yet
};

// The owner, told when a segment was made or could not be, on the shard's thread.
class LogSegmentsHost {
 public:
  virtual void on_next_segment() = 0;

 protected:
  ~LogSegmentsHost() = default;
};

class LogSegments {
 public:
  LogSegments(const StoreConfig& config, Io& io, Clock& clock, LogSegmentsHost& host);
  ~LogSegments();
  LogSegments(const LogSegments&) = delete;
  LogSegments& operator=(const LogSegments&) = delete;

  // `old` are this shard's segments that hold records, ascending; `spare` are files to use again;
  // no new id is below `first_id`. Makes the first new segment; a full disk leaves next_error().
  Task<Status> open(std::vector<SegmentFile> old, std::vector<SegmentFile> spare,
                    uint64_t first_id);
  Task<void> close();

  // What is appended to; nullptr: no segment could be made since the start.
  LogSegment* current() const { return has_current_ ? segments_.back().get() : nullptr; }
  bool next_ready() const { return next_ != nullptr; }
  // Why the next one could not be made; nullptr while there is hope.
  const Error* next_error() const { return next_error_ ? &*next_error_ : nullptr; }
  // Goes on to the next one, which is ready.
  LogSegment* advance();
  // Makes the next one unless it is there, under way, or failed a moment ago.
  void prepare();
  // When a failed attempt is to be repeated; INT64_MAX: none waits.
  int64_t retry_micros() const;

  // Every record before `position` is in an SSTable: segments that end before it are given up.
  void discard_below(CommitPosition position);
  CommitPosition oldest_position() const;
  // The owner takes back what it knows of the files: a sync covered them.
  template <class Visit>
  void each(Visit visit) {
    for (const auto& segment : segments_) visit(*segment);
  }

  // Finished segments whose archiving nobody has reported yet, ascending.
  std::vector<SegmentFile> to_archive(size_t most) const;
  size_t waiting_for_archive() const;
  void archived(uint64_t id);

  uint64_t bytes() const { return segments_.size() * uint64_t{config_.commitlog_segment_bytes}; }

 private:
  static constexpr size_t kMaxSpareFiles = 2;
  // Direct zeroing of a new segment goes in writes of this size.
  static constexpr uint32_t kZeroBytes = 1u << 20;
  // After a failure: soon enough to go on within seconds of the disk, rarely enough to cost
  // nothing.
  static constexpr int64_t kFirstRetryMicros = 500'000;
  static constexpr int64_t kLastRetryMicros = 4'000'000;

  std::string path_of(uint64_t id) const { return directory_ + "/" + segment_name(id); }
  static bool finished(const LogSegment& segment) {
    return segment.chunks == 0 && (!segment.unsynced || segment.failed);
  }
  Task<void> make_next(bool zeroed);
  Task<Status> make_file(LogSegment& segment);
  Task<Status> reuse_file(LogSegment& segment, SegmentFile from);
  Task<Status> zero_file(const LogSegment& segment);
  Task<void> remove_files();
  Task<bool> remove_file(LogSegment& segment);

  const StoreConfig& config_;
  Io& io_;
  Clock& clock_;
  LogSegmentsHost& host_;
  std::string directory_;
  std::deque<std::unique_ptr<LogSegment>> segments_;  // ascending
  std::deque<std::unique_ptr<LogSegment>> going_;     // given up, files still there; ascending
  std::unique_ptr<LogSegment> next_;
  std::vector<SegmentFile> spare_;
  uint64_t next_id_ = 1;
  bool opened_ = false;
  bool has_current_ = false;
  bool making_ = false;
  bool removing_ = false;
  std::optional<Error> next_error_;
  int64_t next_retry_micros_ = 0;
  int64_t remove_retry_micros_ = 0;
  int64_t backoff_micros_ = kFirstRetryMicros;
  Gate gate_;
};

}  // namespace ceto
