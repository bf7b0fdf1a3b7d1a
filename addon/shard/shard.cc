#include "shard/shard.h"

#include <algorithm>
#include <string>

#include "io/thread.h"

namespace ceto {

Result<std::unique_ptr<Shard>> Shard::make(Wiring& wiring, uint32_t index) {
  auto io = make_io(wiring.config.io);
  if (!io) return std::move(io.error());
  return make(wiring, index, std::move(io).value(), std::make_unique<SystemClock>());
}

Result<std::unique_ptr<Shard>> Shard::make(Wiring& wiring, uint32_t index, std::unique_ptr<Io> io,
                                           std::unique_ptr<Clock> clock) {
  std::unique_ptr<Shard> shard(new Shard(wiring, index, std::move(io), std::move(clock)));
  CETO_TRY(shard->set_up());
  return shard;
}

Shard::Shard(Wiring& wiring, uint32_t index, std::unique_ptr<Io> io, std::unique_ptr<Clock> clock)
    : wiring_(wiring),
      index_(index),
      clock_(std::move(clock)),
      io_(std::move(io)),
      peers_(wiring.peers, index, [&wiring](uint32_t shard) { wiring.wake_shard(shard); }) {}

// In this order: connections before the dispatcher they talk to, the store before the reactor.
Shard::~Shard() {
  if (reactor_) {
    reactor_->remove_poller(this);
    reactor_->remove_turn_hook(this);
  }
  clients_.reset();
  port_server_.reset();
  dispatcher_.reset();
  services_.reset();
  store_.reset();
}

Status Shard::set_up() {
  auto reactor = Reactor::make(*io_, *clock_);
  if (!reactor) return std::move(reactor.error());
  reactor_ = std::move(reactor).value();

  StoreConfig store_config = wiring_.config.store;
  store_config.shard = index_;
  store_config.shard_count = wiring_.config.shards;
  store_ = make_store(store_config, *io_, reactor_->background(WorkGroup::kFlush),
                      reactor_->background(WorkGroup::kCompaction), *clock_);

  PlanConfig plan_config;
  plan_config.shard = index_;
  plan_config.shard_count = wiring_.config.shards;
  plan_config.tombstone_warn_threshold = wiring_.config.tombstone_warn_threshold;
  plan_config.tombstone_failure_threshold = wiring_.config.tombstone_failure_threshold;
  plan_config.node_id = store_config.node_id;
  plan_config.seed = static_cast<uint64_t>(clock_->wall_micros()) * 0x9E3779B97F4A7C15u + index_;
  services_ = std::make_unique<PlanServices>(plan_config, *store_, *clock_);

  dispatcher_ = std::make_unique<Dispatcher>(wiring_, index_, plans_, *services_, requests_, peers_,
                                             *reactor_);
  clients_ = std::make_unique<ClientServer>(wiring_, index_, *reactor_, peers_, *dispatcher_);
  port_server_ = std::make_unique<PortServer>(
      PortServerParts{wiring_, index_, *reactor_, *store_, plans_, *dispatcher_, *clients_});
  dispatcher_->join(*clients_, *port_server_);
  reactor_->add_poller(this);
  reactor_->add_turn_hook(this);
  return {};
}

void Shard::run() {
  set_thread_name("ceto-shard-" + std::to_string(index_));
  set_fine_timeouts();
  // The config numbers cores of this process from 0: containers and taskset may allow others.
  if (const int cpu = wiring_.config.cpus[index_]; cpu >= 0) {
    const auto allowed = allowed_cpus();
    if (static_cast<size_t>(cpu) < allowed.size()) (void)pin_to_cpu(allowed[cpu]);
  }
  reactor_->run();
  // Reads ahead and writes whose owners have gone: the kernel has their buffers until they end, and
  // this thread's ring ends only here.
  while (io_->in_flight() > 0) io_->wait();
}

void Shard::turn() {
  reactor_->request_stop();
  reactor_->turn();
}

bool Shard::poll() {
  bool any = peers_.receive([this](uint32_t from, const PeerMessage& m) { on_peer(from, m); });
  any |= port_server_->poll();
  // What waits for room in a ring is tried again each turn; nobody wakes us when there is room.
  return any || peers_.waiting() || port_server_->waiting();
}

void Shard::arm_store_timer() {
  const int64_t wakeup = store_->next_wakeup_micros();
  if (wakeup == INT64_MAX) {
    store_timer_.cancel();
  } else if (!store_timer_.armed() || wakeup < store_timer_.expiry_micros()) {
    reactor_->arm(store_timer_, std::max<int64_t>(0, wakeup - clock_->monotonic_micros()));
  }
}

void Shard::on_peer(uint32_t from, const PeerMessage& message) {
  switch (message.kind) {
    case PeerMessage::Kind::kNone:
      break;
    case PeerMessage::Kind::kExecute:
      dispatcher_->execute_remote(*message.part);
      return;
    case PeerMessage::Kind::kExecuted:
      dispatcher_->finish_remote(*message.part);
      return;
    case PeerMessage::Kind::kAdopt:
      clients_->adopt(message.fd);
      return;
    case PeerMessage::Kind::kConnectionClosed:
      clients_->connection_ended(from);
      return;
  }
  CETO_UNREACHABLE("peer message");
}

void Shard::on_turn_end() {
  dispatcher_->retry_held();
  store_->end_turn();
  arm_store_timer();
  clients_->flush();
  peers_.flush();
  port_server_->flush();
  if (port_server_->stopped()) reactor_->request_stop();
}

}  // namespace ceto
