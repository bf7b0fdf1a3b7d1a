// Commitlog: a shard's write-ahead log. append() copies one record into a buffer that maps to a
// range of a segment file; end_turn() sends everything that has gathered as one aligned direct
// write, and when that and its sync are done the waiters are told. The next write starts when the
// one before has completed, so under load each carries what arrived meanwhile. A buffer is kept
// until a sync has covered it: after a failed write or sync, of which nobody can say what it left
// behind, the records that are not on disk for certain are written again, in a new segment. Until
// that has succeeded the log takes nothing. docs/formats/commitlog.md has the grammar and the
// argument. Owned by the store; shard thread only; `io` and `clock` outlive it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "lsm/commitlog_format.h"
#include "lsm/commitlog_segments.h"
#include "lsm/store.h"

namespace ceto {

struct CommitlogStats {
  uint64_t bytes = 0;  // of all segments that are kept
  uint64_t syncs = 0;
  uint64_t records = 0;
  uint64_t writes = 0;
  uint64_t failures = 0;         // failed writes and syncs, and segments that could not be made
  uint64_t waiting_bytes = 0;    // appended and not known to be on disk
  uint64_t waiting_archive = 0;  // finished segments that are not archived yet
};

class Commitlog final : private LogSegmentsHost {
 public:
  Commitlog(const StoreConfig& config, Io& io, Clock& clock);
  ~Commitlog();
  Commitlog(const Commitlog&) = delete;
  Commitlog& operator=(const Commitlog&) = delete;

  // `old` are this shard's segments that hold records, ascending, of which a replay has found the
  // last good record to end at `old_end`; `spare` are files to use again; no new id is below
  // `first_id`. A full disk does not fail it: the log then refuses until there is room.
  Task<Status> open(std::vector<SegmentFile> old, CommitPosition old_end,
                    std::vector<SegmentFile> spare, uint64_t first_id);

  // The largest record: half a segment, as Cassandra's max_mutation_size.
  size_t max_record_bytes() const { return config_.commitlog_segment_bytes / 2; }
  // Makes room for `max_bytes`, at most max_record_bytes(). False: refusal() says why.
  bool reserve(size_t max_bytes);
  Error refusal() const;
  // After reserve(); end_record() must follow before anything else.
  uint8_t* begin_record(size_t max_bytes);
  // The record is what lies between the begin and `end`.
  CommitPosition end_record(uint8_t* end);

  // True under group and batch: a write is acknowledged when its position is durable.
  bool acknowledges() const { return config_.commitlog_sync != CommitlogSync::kPeriodic; }
  void await_durable(DurabilityWaiter& waiter);
  void end_turn();
  int64_t next_wakeup_micros() const;

  // Every record before `position` is in an SSTable: segments that end before it are given up.
  void discard_below(CommitPosition position) { segments_.discard_below(position); }
  // No record of the log precedes it, not even one in a segment that is still to be removed.
  CommitPosition oldest_position() const { return segments_.oldest_position(); }
  // Completes when everything appended so far is on disk.
  Task<Status> sync();
  // Syncs, marks the end and closes the files. No append may follow.
  Task<Status> close();

  // Set while the disk keeps the log from taking records, until it works again.
  const Error* failure() const;
  // What failed last, even if clients saw nothing of it; nullptr: nothing since the start.
  const Error* last_error() const { return last_error_ ? &*last_error_ : nullptr; }
  uint64_t failures() const { return stats_.failures; }
  // Times that records were written again after a failure. Whoever waits in sync() for those up to
  // a position, and finds that this has risen, has some of them behind it.
  uint64_t recoveries() const { return recoveries_; }
  // The next segment is late, or records are being saved from a failure: writes are held back, for
  // moments only. False while failure() is set.
  bool short_of_room() const;
  // Called whenever failure() or the segments that wait for archiving may have changed.
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }
  CommitPosition last_position() const { return appended_; }
  CommitPosition durable_position() const { return durable_; }
  // Appended and not yet written: bounded by the store's write pressure.
  uint64_t pending_bytes() const { return pending_bytes_; }
  uint64_t bytes() const { return segments_.bytes(); }
  CommitlogStats stats() const;

  std::vector<SegmentFile> to_archive(size_t most) const { return segments_.to_archive(most); }
  void archived(uint64_t id) { segments_.archived(id); }

 private:
  // A run of a segment and the memory that is written there. Parts of it may be on their way while
  // more is appended behind them.
  struct Chunk {
    AlignedBuffer memory;
    size_t capacity = 0;
    LogSegment* segment = nullptr;
    uint64_t offset = 0;  // of memory[0] in the file
    size_t filled = 0;
    size_t submitted = 0;     // a multiple of kIoAlignment
    size_t run = kNoRun;      // where the header of the run that is open lies
    CommitPosition last = 0;  // of the last record
    bool sealed = false;      // no more is appended
    IoRequest request;
    Commitlog* log = nullptr;
  };
  enum class Phase : uint8_t { kIdle, kWriting, kSyncing };

  static constexpr size_t kNoRun = SIZE_MAX;
  // 256 KiB is what a fast disk takes at full speed in one request.
  static constexpr size_t kChunkBytes = 256 * 1024;
  static constexpr size_t kMaxKeptChunks = 16;
  // Under `periodic` a sync comes early when this much is written: it bounds the memory that is
  // kept until a sync, and is still many records a sync.
  static constexpr uint64_t kMaxUnsyncedBytes = 4ull << 20;
  // Writes are held back while no segment is ready and less than this part of the last one is left.
  static constexpr uint32_t kLowRoomPart = 8;
  // Between attempts to save records after the first, at once.
  static constexpr int64_t kRecoveryMicros = 1'000'000;

  bool has_place(size_t max_bytes) const;
  bool fits(size_t need) const;
  bool low_on_room() const;
  void new_chunk(size_t need);
  void open_run(Chunk& chunk);
  void close_run(Chunk& chunk);
  void seal(Chunk& chunk);
  std::unique_ptr<Chunk> take_chunk(size_t capacity);
  void free_chunk(std::unique_ptr<Chunk> chunk);
  uint8_t* place_record(size_t max_bytes);

  bool sync_due() const;
  bool round_due() const;
  void start_round();
  void submit_chunk(Chunk& chunk);
  void chunk_written(Chunk& chunk);
  void writes_done();
  void start_sync();
  void round_done();
  void tell_waiters(const Error* error);
  bool retire_chunks();
  void wake_idle();
  void changed();
  void on_next_segment() override;

  // commitlog_recovery.cc
  void fail(Error error);
  void begin_recovery();
  void take_unsaved();
  void take_records(const Chunk& chunk);
  void recover();
  bool append_unsaved();
  void recovery_failed(Error error);
  void begin_end_mark();

  const StoreConfig config_;
  Io& io_;
  Clock& clock_;
  LogSegments segments_;

  std::deque<std::unique_ptr<Chunk>> chunks_;  // not known to be on disk; the last is appended to
  std::vector<std::unique_ptr<Chunk>> kept_chunks_;
  uint8_t* record_ = nullptr;  // begun and not ended

  CommitPosition appended_ = 0;
  CommitPosition round_target_ = 0;
  CommitPosition durable_ = 0;
  uint64_t pending_bytes_ = 0;
  uint64_t unsynced_bytes_ = 0;
  int64_t first_pending_micros_ = 0;
  int64_t last_sync_micros_ = 0;
  Phase phase_ = Phase::kIdle;
  bool sync_wanted_ = false;  // by sync(): does not wait for the window or the period
  bool turns_ = false;        // end_turn() is called: writes wait for it
  size_t in_flight_ = 0;
  std::deque<IoRequest> sync_requests_;
  std::optional<Error> round_error_;

  // Between a failed write or sync and the success of the next.
  bool recovering_ = false;
  uint64_t recoveries_ = 0;
  std::deque<std::string> unsaved_;  // bodies of the records behind `durable_`
  size_t resaved_ = 0;               // of them, appended anew
  std::optional<Error> last_error_;  // for those who watch
  std::optional<Error> failure_;     // the first attempt to save them has failed as well
  int64_t recovery_micros_ = 0;  // when the next attempt is due; INT64_MAX: with the next segment

  DurabilityWaiter* first_waiter_ = nullptr;
  DurabilityWaiter* last_waiter_ = nullptr;
  std::vector<Waiter*> idle_waiters_;
  std::function<void()> on_change_;
  CommitlogStats stats_;
};

}  // namespace ceto
