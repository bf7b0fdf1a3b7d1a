// Wiring: what joins the shards of a node to each other and to the JavaScript threads. Made by the
// Node before the shards' threads start, read-only afterwards (the rings inside are the shared
// state).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "shard/config.h"
#include "shard/peers.h"
#include "shard/port.h"

namespace ceto {

// The port of the thread that owns the node.
inline constexpr uint32_t kMainPort = 0;

struct Wiring {
  explicit Wiring(const NodeConfig& node_config) : config(node_config), peers(node_config.shards) {}

  const NodeConfig config;
  PeerRings peers;
  std::vector<std::unique_ptr<Port>> ports;  // 0: main; the others: workers
  std::function<void(uint32_t)> wake_shard;  // any thread
  // As bound by the first shard before it accepts; 0: none. The one thing that changes later.
  std::atomic<uint16_t> shard_aware_port{0};

  // The port whose worker serves the shard's slow lane. Without workers main does.
  uint32_t worker_port(uint32_t shard) const {
    const uint32_t workers = static_cast<uint32_t>(ports.size()) - 1;
    return workers == 0 ? 0 : 1 + shard % workers;
  }
};

}  // namespace ceto
