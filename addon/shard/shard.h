// Shard: one core's part of the node, put together: the reactor and its disk, the store, the plans,
// the clients' connections, the lines to JavaScript and to the other shards. Made by the Node, then
// used by its own thread alone; only wake() may be called by others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "io/io.h"
#include "io/reactor.h"
#include "lsm/store.h"
#include "plan/plan_services.h"
#include "shard/client_server.h"
#include "shard/coordinator.h"
#include "shard/dispatcher.h"
#include "shard/peers.h"
#include "shard/plan_cache.h"
#include "shard/port_server.h"
#include "shard/request.h"
#include "shard/wiring.h"

namespace ceto {

class Shard final : private Poller, private TurnHook {
 public:
  static Result<std::unique_ptr<Shard>> make(Wiring& wiring, uint32_t index);
  // On another disk and under another clock: tests.
  static Result<std::unique_ptr<Shard>> make(Wiring& wiring, uint32_t index, std::unique_ptr<Io> io,
                                             std::unique_ptr<Clock> clock);
  ~Shard();

  // The thread's body: turns until STOP.
  void run();
  // In its place one turn that does not wait for anything: tests.
  void turn();
  // Any thread.
  void wake() { reactor_->wake(); }

 private:
  Shard(Wiring& wiring, uint32_t index, std::unique_ptr<Io> io, std::unique_ptr<Clock> clock);
  Status set_up();
  bool poll() override;
  void on_turn_end() override;
  void arm_store_timer();
  void on_peer(uint32_t from, const PeerMessage& message);

  Wiring& wiring_;
  const uint32_t index_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Io> io_;
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<PlanServices> services_;
  PlanCache plans_;
  RequestPool requests_;
  Timer store_timer_{[](void*) {},
                     nullptr};  // its end is a turn, in which the store does what is due
  PeerLinks peers_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<ClientServer> clients_;
  std::unique_ptr<PortServer> port_server_;
};

}  // namespace ceto
