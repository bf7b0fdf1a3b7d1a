// RunningCompactions: what rewrites or reads whole SSTables of a shard right now, and the records
// of what has ended until somebody takes them. Owned by the StoreContext. Shard thread only.
#pragma once

#include <deque>
#include <vector>

#include "lsm/compaction_progress.h"
#include "lsm/source.h"

namespace ceto {

class RunningCompactions {
 public:
  // Records that nobody takes: the oldest go first. Some hours of a busy shard.
  static constexpr size_t kMaxRecords = 1024;

  RunningCompactions(const std::array<uint8_t, 16>& node_id, uint32_t shard);
  RunningCompactions(const RunningCompactions&) = delete;

  // In the list as long as it lives; the list outlives it.
  class Entry {
   public:
    Entry(RunningCompactions& list, Clock& clock, CompactionProgress about);
    Entry(const Entry&) = delete;
    ~Entry();

    // Where the work stands is asked of `source`, which stays until unfollow().
    void follow(const ScanSource& source) { source_ = &source; }
    void unfollow();
    // For work that reads without a source.
    void advance(uint64_t bytes) { about_.bytes_done += bytes; }
    // Work looks at this between small steps and ends with kShuttingDown.
    bool stopped() const { return stopped_; }
    void stop() { stopped_ = true; }

    const CompactionProgress& about() const { return about_; }
    CompactionProgress progress() const;

   private:
    RunningCompactions& list_;
    CompactionProgress about_;
    const ScanSource* source_ = nullptr;
    bool stopped_ = false;
  };

  Uuid next_id(Clock& clock) { return ids_.next(clock.wall_micros()); }
  std::vector<CompactionProgress> progress() const;
  // All of a kind, of every kind without one; of one table or of all. They end at their next step.
  void stop(std::optional<CompactionKind> kind, const TableId* table);
  // False: none has this id.
  bool stop(const Uuid& id);

  void record(CompactionRecord record);
  std::vector<CompactionRecord> take_records();

 private:
  std::vector<Entry*> entries_;
  std::deque<CompactionRecord> records_;
  TimeuuidGenerator ids_;
};

}  // namespace ceto
