#include "shard/port.h"

#include "base/assert.h"

namespace ceto {

Port::Port(uint32_t shards, std::function<void(uint32_t)> wake_shard)
    : wake_shard_(std::move(wake_shard)) {
  for (uint32_t i = 0; i < shards; ++i) lines_.push_back(std::make_unique<Line>());
}

void Port::attach(std::function<void()> wake) {
  const std::lock_guard lock(wake_mutex_);
  CETO_ASSERT(!wake_);
  wake_ = std::move(wake);
  // A shard may have sent already: its wake found nobody, and no other comes until this one is
  // cleared.
  if (wake_pending_.load(std::memory_order_seq_cst)) wake_();
}

void Port::detach() {
  const std::lock_guard lock(wake_mutex_);
  wake_ = nullptr;
}

bool Port::send(uint32_t shard, std::string message) {
  CETO_ASSERT(shard < lines_.size());
  if (!lines_[shard]->to_shard.try_push(std::move(message))) return false;
  wake_shard_(shard);
  return true;
}

size_t Port::receive(uint32_t shard, size_t limit, std::vector<std::string>& to) {
  CETO_ASSERT(shard < lines_.size());
  size_t taken = 0;
  std::string message;
  while (taken < limit && lines_[shard]->from_shard.try_pop(message)) {
    to.push_back(std::move(message));
    ++taken;
  }
  return taken;
}

void Port::shard_send(uint32_t shard, std::string message) {
  Line& line = *lines_[shard];
  line.sent = true;
  if (!line.held.empty() || !line.from_shard.try_push(std::move(message))) {
    line.held.push_back(std::move(message));
  }
}

bool Port::shard_receive(uint32_t shard, std::string& to) {
  return lines_[shard]->to_shard.try_pop(to);
}

void Port::shard_flush(uint32_t shard) {
  Line& line = *lines_[shard];
  size_t moved = 0;
  while (moved < line.held.size() && line.from_shard.try_push(std::move(line.held[moved]))) ++moved;
  if (moved > 0) line.held.erase(line.held.begin(), line.held.begin() + static_cast<long>(moved));
  if (!line.sent && line.held.empty()) return;
  line.sent = !line.held.empty();
  if (wake_pending_.exchange(true, std::memory_order_seq_cst)) return;
  const std::lock_guard lock(wake_mutex_);
  if (wake_) wake_();
}

}  // namespace ceto
