// PlanServices: what executions of one shard share: its store, its clock, write timestamps, uuids,
// partition locks and limits. One a shard, made at start, alive until the last execution is gone.
// Shard thread only.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "lsm/store.h"
#include "plan/locks.h"

namespace ceto {

struct PlanConfig {
  uint32_t shard = 0;
  uint32_t shard_count = 1;
  uint64_t tombstone_warn_threshold = 1000;
  uint64_t tombstone_failure_threshold = 100'000;
  std::array<uint8_t, 16> node_id{};                // host id: this node's shard of counters
  std::string node_address = std::string("\x7f\0\0\1", 4);  // 4 or 16 bytes, for failure reasons
  uint64_t seed = 0;                                // of uuid(); from the Random seam
};

class PlanServices {
 public:
  PlanServices(const PlanConfig& config, Store& store, Clock& clock);
  PlanServices(const PlanServices&) = delete;

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
  // Version 1 with this shard's clock sequence and a random node, unique and ascending in the shard;
  // version 4. Written to `to`, 16 bytes.
  void make_timeuuid(uint8_t* to) { make_timeuuid(to, 0); }
  // As of a time given in milliseconds, for list cells prepended (Cassandra's Lists.Prepender).
  void make_random_uuid(uint8_t* to);
  void make_timeuuid(uint8_t* to, int64_t at_least_micros);

  bool owns(Token token) const {
    return config_.shard_count == 1 || shard_of(token, config_.shard_count) == config_.shard;
  }

 private:
  uint64_t next_random();

  const PlanConfig config_;
  Store& store_;
  const Clock& clock_;
  PartitionLocks locks_;
  int64_t last_timestamp_ = 0;
  uint64_t last_uuid_time_ = 0;
  uint64_t clock_sequence_and_node_ = 0;
  uint64_t random_state_[4] = {};
};

}  // namespace ceto
