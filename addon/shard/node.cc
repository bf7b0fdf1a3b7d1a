#include "shard/node.h"

#include "shard/shard.h"

namespace ceto {

Result<std::unique_ptr<Node>> Node::start(const NodeConfig& config) {
  if (config.shards == 0 || config.ports == 0 || config.cpus.size() != config.shards) {
    return invalid_request("a node has at least one shard and one port, and a CPU for each shard");
  }
  std::unique_ptr<Node> node(new Node(config));
  Node* self = node.get();
  node->wiring_.wake_shard = [self](uint32_t shard) { self->shards_[shard]->wake(); };
  for (uint32_t i = 0; i < config.ports; ++i) {
    node->wiring_.ports.push_back(std::make_unique<Port>(config.shards, node->wiring_.wake_shard));
  }
  for (uint32_t i = 0; i < config.shards; ++i) {
    auto shard = Shard::make(node->wiring_, i);
    if (!shard) return std::move(shard.error());
    node->shards_.push_back(std::move(shard).value());
  }
  for (auto& shard : node->shards_) {
    node->threads_.emplace_back([raw = shard.get()] { raw->run(); });
  }
  return node;
}

Node::Node(const NodeConfig& config) : wiring_(config) {}

Node::~Node() { join(); }

void Node::join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
}

}  // namespace ceto
