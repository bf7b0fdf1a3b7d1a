// PeerLinks: one shard's rings to and from the other shards. Messages carry pointers and
// descriptors whose ownership goes with them. What a full ring has no room for waits here, in
// order; the number of parts in flight is bounded by the requests of the shards (RequestPool).
// Shard thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "io/ring.h"

namespace ceto {

struct Part;

struct PeerMessage {
  enum class Kind : uint8_t {
    kNone,
    kExecute,           // part: execute it
    kExecuted,          // part: executed, back at its coordinator
    kAdopt,             // fd: a client's socket, yours from here on
    kConnectionClosed,  // to the accepting shard: one of yours has ended
  };
  Kind kind = Kind::kNone;
  Part* part = nullptr;
  int fd = -1;
};

// The rings of a node, by sender and receiver.
class PeerRings {
 public:
  // Messages in a ring between two shards: a turn's worth at full load; more wait with the sender.
  static constexpr size_t kRingMessages = 4096;

  explicit PeerRings(uint32_t shards);
  Ring<PeerMessage>& ring(uint32_t from, uint32_t to) { return *rings_[from * shards_ + to]; }
  uint32_t shards() const { return shards_; }

 private:
  const uint32_t shards_;
  std::vector<std::unique_ptr<Ring<PeerMessage>>> rings_;
};

class PeerLinks {
 public:
  // `wake(shard)` makes another shard look at its rings.
  PeerLinks(PeerRings& rings, uint32_t shard, std::function<void(uint32_t)> wake);

  // To another shard; goes out at flush().
  void send(uint32_t to, const PeerMessage& message);
  // Once a turn: at most kReceivedPerTurn messages of each peer are given to `handle`. Whether any
  // was.
  bool receive(const std::function<void(uint32_t from, const PeerMessage&)>& handle);
  // Messages wait for room in a ring: the loop must not sleep.
  bool waiting() const;
  // At the end of a turn: moves what waits into the rings and wakes who got something.
  void flush();

 private:
  static constexpr int kReceivedPerTurn = 256;
  struct Outgoing {
    std::deque<PeerMessage> waiting;
    bool sent = false;  // since the last flush
  };

  PeerRings& rings_;
  const uint32_t shard_;
  std::function<void(uint32_t)> wake_;
  std::vector<Outgoing> outgoing_;
};

}  // namespace ceto
