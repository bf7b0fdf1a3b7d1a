// Node: the shards of this process, their threads, and the rings between them and to the JavaScript
// threads. Made once by the main thread; lives until the process ends. Its methods are for
// JavaScript threads.
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/result.h"
#include "shard/config.h"
#include "shard/port.h"
#include "shard/wiring.h"

namespace ceto {

class Shard;

class Node {
 public:
  // Makes the shards (their I/O backends, buffers, rings) and starts their threads; no files are
  // opened yet (OPEN does that).
  static Result<std::unique_ptr<Node>> start(const NodeConfig& config);
  ~Node();

  uint32_t shards() const { return static_cast<uint32_t>(shards_.size()); }
  Port& port(uint32_t number) { return *wiring_.ports[number]; }
  uint32_t ports() const { return static_cast<uint32_t>(wiring_.ports.size()); }

  // Waits for the shards' threads, which end by themselves after STOP.
  void join();

 private:
  explicit Node(const NodeConfig& config);

  Wiring wiring_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::thread> threads_;
};

}  // namespace ceto
