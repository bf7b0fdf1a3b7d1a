// BackgroundScheduler: gives long work its share of a shard. Each group of work (and the queries)
// has shares and a virtual time, which is its running time divided by its shares; who has the least
// runs next, so running times come out in the ratio of the shares (stride scheduling, Waldspurger
// 1995). Who had nothing to do gathers no claim. Queries run in every turn anyway; their virtual
// time only decides whether background work gets a slice after them. Owned by the reactor; shard
// thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "io/background.h"

namespace ceto {

enum class WorkGroup : uint8_t { kFlush, kScan, kStreaming, kCompaction };
inline constexpr size_t kWorkGroups = 4;

// Of the CLOCK_MONOTONIC; a read takes some 20 ns.
int64_t monotonic_nanos();

class BackgroundScheduler {
 public:
  using NanosClock = int64_t (*)();
  // Against the queries' thousand. A flush frees memory that writes wait for, so it may take a good
  // third of a busy shard; compaction a tenth; on a shard without queries each gets all it can use.
  static constexpr uint32_t kQueryShares = 1000;
  static constexpr uint32_t kDefaultShares[kWorkGroups] = {500, 300, 100, 120};

  explicit BackgroundScheduler(NanosClock clock = monotonic_nanos);
  BackgroundScheduler(const BackgroundScheduler&) = delete;
  BackgroundScheduler& operator=(const BackgroundScheduler&) = delete;
  // Nothing may be parked any more: its owner closed its gate first.
  ~BackgroundScheduler();

  Background& group(WorkGroup group) { return groups_[static_cast<size_t>(group)]; }
  // At least 1.
  void set_shares(WorkGroup group, uint32_t shares);

  bool has_work() const { return runnable_ > 0; }

  // A slice while queries come in: what one that arrives just now waits for the background's sake.
  // A fifth of the whole slice, because the turns between slices cost a few microseconds each.
  static constexpr int64_t kBusySliceMicros = Background::kSliceMicros / 5;

  // Once a turn, with the time that the turn's queries took (0: there were none). Runs at most one
  // slice of Background::kSliceMicros of one group and returns whether it did. `busy`: queries came
  // in not long ago, so the slice is a short one; shares are of time, so it comes the more often.
  bool run(int64_t query_nanos, bool busy = false);

  // Slices that took so much longer than Background::kSliceMicros: a step in them is too long.
  static constexpr int64_t kOverrunMicros = Background::kSliceMicros * 3 / 2;
  uint64_t overruns() const { return overruns_; }
  int64_t longest_slice_nanos() const { return longest_slice_nanos_; }

  // The time that a group has run, for the metrics.
  int64_t ran_nanos(WorkGroup group) const {
    return groups_[static_cast<size_t>(group)].ran_nanos_;
  }

 private:
  class Group final : public Background {
   public:
    bool should_yield() override;
    void park(std::coroutine_handle<> handle) override;

   private:
    friend class BackgroundScheduler;
    BackgroundScheduler* scheduler_ = nullptr;
    // As long as the coroutines that their owners admitted.
    std::deque<std::coroutine_handle<>> parked_;
    uint32_t shares_ = 1;
    uint64_t virtual_nanos_ = 0;
    int64_t ran_nanos_ = 0;
  };

  Group* least();
  void run_slice(Group& group, int64_t slice_micros);
  static uint64_t weighed(int64_t nanos, uint32_t shares) {
    return static_cast<uint64_t>(nanos) * kQueryShares / shares;
  }

  const NanosClock clock_;
  std::array<Group, kWorkGroups> groups_;
  size_t runnable_ = 0;  // groups with something parked
  uint64_t query_virtual_nanos_ = 0;
  Group* running_ = nullptr;
  int64_t slice_end_nanos_ = 0;
  uint64_t overruns_ = 0;
  int64_t longest_slice_nanos_ = 0;
};

}  // namespace ceto
