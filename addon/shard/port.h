// Port: one JavaScript thread's line to every shard, a pair of bounded rings each way
// (docs/formats/shard-messages.md). send() and receive() belong to the JavaScript thread,
// shard_send() and shard_receive() to the shard named. The Node owns the ports and outlives both
// sides.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/ring.h"

namespace ceto {

// Messages that a ring between a port and a shard holds: enough for a burst of slow requests of all
// connections, 8 bytes each when empty.
inline constexpr size_t kPortRingMessages = 4096;

class Port {
 public:
  // `wake_shard(shard)` makes a sleeping shard look at its rings; callable from any thread.
  Port(uint32_t shards, std::function<void(uint32_t)> wake_shard);

  // --- JavaScript thread ------------------------------------------------------------------------
  // `wake` is called from shard threads (never two at once for the same wake) when messages wait,
  // and from here when some were sent before.
  void attach(std::function<void()> wake);
  void detach();
  // False when the ring is full; nothing was sent.
  bool send(uint32_t shard, std::string message);
  // Takes at most `limit` messages of one shard.
  size_t receive(uint32_t shard, size_t limit, std::vector<std::string>& to);
  // To be called before the rings are read after a wake, so that a later message wakes again.
  void clear_wake() { wake_pending_.store(false, std::memory_order_seq_cst); }
  uint32_t shards() const { return static_cast<uint32_t>(lines_.size()); }

  // --- the shard's thread
  // --------------------------------------------------------------------------- Never loses a
  // message: what the ring has no room for waits in the shard's own queue (bounded by the shard's
  // limit on open slow requests) until flush().
  void shard_send(uint32_t shard, std::string message);
  bool shard_receive(uint32_t shard, std::string& to);
  // Once a loop turn: moves what waits into the ring and wakes the JavaScript thread if it must
  // look.
  void shard_flush(uint32_t shard);
  // Messages wait for room in the ring: the loop must not sleep.
  bool shard_waiting(uint32_t shard) const { return !lines_[shard]->held.empty(); }

 private:
  struct Line {
    Ring<std::string> to_shard{kPortRingMessages};
    Ring<std::string> from_shard{kPortRingMessages};
    std::vector<std::string> held;  // shard side
    bool sent = false;              // shard side: since the last flush
  };
  std::vector<std::unique_ptr<Line>> lines_;
  std::function<void(uint32_t)> wake_shard_;
  std::atomic<bool> wake_pending_{false};
  // Attaching and detaching meet wakes only at start and stop.
  std::mutex wake_mutex_;
  std::function<void()> wake_;
};

}  // namespace ceto
