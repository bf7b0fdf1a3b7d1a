// PlanServices: what executions of one shard share: its store, its clock, write timestamps, uuids,
// partition locks and limits. One a shard, made at start, alive until the last execution is gone.
// Shard thread only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "lsm/store.h"
#include "plan/locks.h"
#include "types/uuid.h"

namespace ceto {

struct PlanConfig {
  uint32_t shard = 0;
  uint32_t shard_count = 1;
  uint64_t tombstone_warn_threshold = 1000;
  uint64_t tombstone_failure_threshold = 100'000;
  std::array<uint8_t, 16> node_id{};  // host id: this node's shard of counters
  std::string node_address = std::string("\x7f\0\0\1", 4);  // 4 or 16 bytes, for failure reasons
  uint64_t seed = 0;                                        // of uuid(); from the Random seam
};

class PlanServices {
 public:
  PlanServices(const PlanConfig& config, Store& store, Clock& clock);
  PlanServices(const PlanServices&) = delete;
  ~PlanServices();

  const PlanConfig& config() const { return config_; }
  Store& store() { return store_; }
  const Clock& clock() const { return clock_; }
  PartitionLocks& locks() { return locks_; }

  // The clock's microseconds, or one more than the last given: no two writes of a shard tie.
  int64_t next_timestamp_micros() {
    const int64_t now = clock_.wall_micros();
    last_timestamp_ = now > last_timestamp_ ? now : last_timestamp_ + 1;
    return last_timestamp_;
  }
  // Written to `to`, 16 bytes. Version 1, ascending in the shard; version 4; and version 1 with a
  // time that runs backwards from long ago, for list cells that are put in front.
  void make_timeuuid(uint8_t* to);
  void make_random_uuid(uint8_t* to);
  void make_prepend_timeuuid(uint8_t* to);

  bool owns(Token token) const {
    return config_.shard_count == 1 || shard_of(token, config_.shard_count) == config_.shard;
  }

 private:
  friend class ScratchArena;
  std::unique_ptr<Arena> lease_arena();
  void return_arena(std::unique_ptr<Arena> arena);

  // Arenas kept for the next execution: as many as executions usually wait for the disk at once.
  static constexpr size_t kKeptArenas = 64;

  const PlanConfig config_;
  Store& store_;
  const Clock& clock_;
  PartitionLocks locks_;
  int64_t last_timestamp_ = 0;
  uint64_t random_state_;
  TimeuuidGenerator timeuuids_;
  uint64_t last_prepend_ticks_ = UINT64_MAX;
  std::vector<std::unique_ptr<Arena>> arenas_;
  size_t leased_ = 0;
};

// An arena for one execution's own memory, from the services' pool and back to it.
class ScratchArena {
 public:
  explicit ScratchArena(PlanServices& services)
      : services_(services), arena_(services.lease_arena()) {}
  ScratchArena(const ScratchArena&) = delete;
  ~ScratchArena() { services_.return_arena(std::move(arena_)); }

  Arena& operator*() { return *arena_; }
  Arena* operator->() { return arena_.get(); }

 private:
  PlanServices& services_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace ceto
