// NodeConfig: what the shards of a node are started with; checked and given its defaults by
// TypeScript (src/config). Plain data, copied into each shard. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "io/io.h"
#include "lsm/store.h"

namespace ceto {

struct NodeConfig {
  uint32_t shards = 1;
  std::vector<int> cpus;  // of each shard; -1: not pinned
  uint32_t ports = 1;     // JavaScript threads that may attach
  IoBackend io = IoBackend::kAuto;
  StoreConfig store;  // `shard`, `shard_count` are filled in by the shard; budgets are per shard
  uint32_t max_frame_bytes = 16u << 20;
  uint32_t max_connections = 65536;  // of the node
  uint32_t tombstone_warn_threshold = 1000;
  uint32_t tombstone_failure_threshold = 100000;
  uint32_t batch_size_warn_bytes = 5 * 1024;
  uint32_t batch_size_fail_bytes = 50 * 1024;
  // A client's request that is not done by then is answered with a timeout; its execution goes on.
  int64_t read_timeout_micros = 5'000'000;
  int64_t range_timeout_micros = 10'000'000;
  int64_t write_timeout_micros = 2'000'000;
  int64_t counter_write_timeout_micros = 5'000'000;
};

}  // namespace ceto
