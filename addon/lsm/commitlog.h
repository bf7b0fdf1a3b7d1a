// Commitlog: a shard's write-ahead log. append() copies one record into a buffer that maps to a
// range of a segment file; end_turn() sends everything that has gathered as one aligned direct
// write, and when that and its sync are done the waiters are told. The next write starts when the
// one before has completed, so under load each carries what arrived meanwhile. Segments are files
// of one size that are allocated ahead and used again; they are given up strictly in order, so that
// what a replay sees is always the newest part of history without a gap. docs/formats/commitlog.md
// has the grammar and the argument. Owned by the store; shard thread only; `io` and `clock` outlive
// it.
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

struct CommitlogStats {
  uint64_t bytes = 0;  // of all segments that are kept
  uint64_t syncs = 0;
  uint64_t records = 0;
  uint64_t writes = 0;
};

class Commitlog {
 public:
  Commitlog(const StoreConfig& config, Io& io, Clock& clock);
  ~Commitlog();
  Commitlog(const Commitlog&) = delete;
  Commitlog& operator=(const Commitlog&) = delete;

  // `old` are this shard's segments that hold records, ascending; `spare` are files to use again;
  // no new id is below `first_id`. Makes the first new segment: begin_record() may follow.
  Status open(std::vector<SegmentFile> old, std::vector<SegmentFile> spare, uint64_t first_id);

  // The largest record: half a segment, as Cassandra's max_mutation_size.
  size_t max_record_bytes() const { return config_.commitlog_segment_bytes / 2; }
  // Room for `max_bytes`, at most max_record_bytes(); end_record() must follow before anything
  // else.
  uint8_t* begin_record(size_t max_bytes);
  // The record is what lies between the begin and `end`.
  CommitPosition end_record(uint8_t* end);

  // True under group and batch: a write is acknowledged when its position is durable.
  bool acknowledges() const { return config_.commitlog_sync != CommitlogSync::kPeriodic; }
  void await_durable(DurabilityWaiter& waiter);
  void end_turn();
  int64_t next_wakeup_micros() const;

  // Every record before `position` is in an SSTable: segments that end before it are given up.
  void discard_below(CommitPosition position);
  // Completes when everything appended so far is on disk.
  Task<Status> sync();
  // Syncs and closes the files. No append may follow.
  Task<Status> close();

  // Set once the disk has failed: nothing more is acknowledged.
  const Error* failure() const { return failure_ ? &*failure_ : nullptr; }
  CommitPosition last_position() const { return appended_; }
  // Appended and not yet written: bounded by the store's write pressure.
  uint64_t pending_bytes() const { return pending_bytes_; }
  uint64_t bytes() const { return segments_.size() * uint64_t{config_.commitlog_segment_bytes}; }
  CommitlogStats stats() const;

 private:
  struct Segment {
    uint64_t id = 0;
    std::string path;
    int fd = -1;
    bool old = false;       // from before this start: only kept, fd is -1
    bool unsynced = false;  // written to since the last sync
    uint64_t end = 0;       // what chunks have taken of it
    uint32_t chunks = 0;    // that are not written whole yet
  };
  // A run of a segment and the memory that is written there. Parts of it may be on their way while
  // more is appended behind them.
  struct Chunk {
    AlignedBuffer memory;
    size_t capacity = 0;
    Segment* segment = nullptr;
    uint64_t offset = 0;  // of memory[0] in the file
    size_t filled = 0;
    size_t submitted = 0;  // a multiple of kIoAlignment
    bool sealed = false;   // no more is appended
    IoRequest request;
    Commitlog* log = nullptr;
  };
  enum class Phase : uint8_t { kIdle, kWriting, kSyncing };

  // 256 KiB is what a fast disk takes at full speed in one request.
  static constexpr size_t kChunkBytes = 256 * 1024;
  static constexpr size_t kMaxKeptChunks = 8;
  static constexpr size_t kMaxSpareFiles = 2;
  // Direct zeroing of a new segment goes in writes of this size.
  static constexpr uint32_t kZeroBytes = 1u << 20;

  std::string path_of(uint64_t id) const { return directory_ + "/" + segment_name(id); }
  Result<std::unique_ptr<Segment>> make_segment();
  Result<std::unique_ptr<Segment>> reuse_segment();
  Segment* add_segment();
  void new_chunk(size_t need);
  void seal(Chunk& chunk);
  std::unique_ptr<Chunk> take_chunk(size_t capacity);

  bool round_due() const;
  bool sync_due() const;
  void start_round();
  void submit_chunk(Chunk& chunk);
  void chunk_written(Chunk& chunk);
  void writes_done();
  void start_sync();
  void round_done();
  void fail(Error error);
  void tell_waiters();
  void retire_chunks();
  void prepare_next();
  Task<void> zero_next(std::unique_ptr<Segment> segment);
  void wake_idle();

  StoreConfig config_;
  Io& io_;
  Clock& clock_;
  std::string directory_;
  std::deque<std::unique_ptr<Segment>> segments_;  // ascending
  std::unique_ptr<Segment> prepared_;              // the next one, ready for writing
  std::vector<SegmentFile> spare_;                 // files to use again
  uint64_t next_id_ = 1;

  std::deque<std::unique_ptr<Chunk>> chunks_;  // not written whole; the last is appended to
  std::vector<std::unique_ptr<Chunk>> kept_chunks_;
  uint8_t* record_ = nullptr;  // begun and not ended

  CommitPosition appended_ = 0;
  CommitPosition round_target_ = 0;
  CommitPosition durable_ = 0;
  uint64_t pending_bytes_ = 0;
  int64_t first_pending_micros_ = 0;
  int64_t last_sync_micros_ = 0;
  Phase phase_ = Phase::kIdle;
  bool sync_wanted_ = false;  // by sync(): does not wait for the window or the period
  bool turns_ = false;        // end_turn() is called: writes wait for it
  size_t in_flight_ = 0;
  std::deque<IoRequest> sync_requests_;

  DurabilityWaiter* first_waiter_ = nullptr;
  DurabilityWaiter* last_waiter_ = nullptr;
  std::vector<Waiter*> idle_waiters_;
  std::optional<Error> failure_;
  bool preparing_ = false;
  Gate gate_;
  CommitlogStats stats_;
};

}  // namespace ceto
