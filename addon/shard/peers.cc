#include "shard/peers.h"

#include <algorithm>

#include "base/assert.h"

namespace ceto {

PeerRings::PeerRings(uint32_t shards) : shards_(shards) {
  for (uint32_t i = 0; i < shards * shards; ++i) {
    // A shard sends nothing to itself.
    const size_t capacity = i / shards == i % shards ? 1 : kRingMessages;
    rings_.push_back(std::make_unique<Ring<PeerMessage>>(capacity));
  }
}

PeerLinks::PeerLinks(PeerRings& rings, uint32_t shard, std::function<void(uint32_t)> wake)
    : rings_(rings), shard_(shard), wake_(std::move(wake)), outgoing_(rings.shards()) {}

void PeerLinks::send(uint32_t to, const PeerMessage& message) {
  CETO_ASSERT(to != shard_);
  CETO_ASSERT(to < outgoing_.size());
  Outgoing& out = outgoing_[to];
  out.sent = true;
  if (!out.waiting.empty() || !rings_.ring(shard_, to).try_push(message)) {
    out.waiting.push_back(message);
  }
}

bool PeerLinks::receive(const std::function<void(uint32_t, const PeerMessage&)>& handle) {
  bool any = false;
  for (uint32_t from = 0; from < rings_.shards(); ++from) {
    if (from == shard_) continue;
    Ring<PeerMessage>& ring = rings_.ring(from, shard_);
    PeerMessage message;
    for (int taken = 0; taken < kReceivedPerTurn && ring.try_pop(message); ++taken) {
      any = true;
      handle(from, message);
    }
  }
  return any;
}

bool PeerLinks::waiting() const {
  return std::any_of(outgoing_.begin(), outgoing_.end(),
                     [](const Outgoing& out) { return !out.waiting.empty(); });
}

void PeerLinks::flush() {
  for (uint32_t to = 0; to < outgoing_.size(); ++to) {
    Outgoing& out = outgoing_[to];
    while (!out.waiting.empty() && rings_.ring(shard_, to).try_push(out.waiting.front())) {
      out.waiting.pop_front();
    }
    if (!out.sent && out.waiting.empty()) continue;
    out.sent = !out.waiting.empty();
    wake_(to);
  }
}

}  // namespace ceto
