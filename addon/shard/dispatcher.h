// Dispatcher: what a message of a client means. The handshake and REGISTER are answered here;
// QUERY, EXECUTE and BATCH go to the coordinator when the shard has their plans, and to the worker
// otherwise, as PREPARE does. Shard thread only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/byte_io.h"
#include "io/reactor.h"
#include "plan/plan_services.h"
#include "protocol/frame.h"
#include "protocol/message.h"
#include "shard/connection.h"
#include "shard/coordinator.h"
#include "shard/plan_cache.h"
#include "shard/port_messages.h"
#include "shard/request.h"
#include "shard/wiring.h"

namespace ceto {

class ClientServer;
class PeerLinks;
class PortServer;

class Dispatcher final : private CoordinatorHost {
 public:
  Dispatcher(Wiring& wiring, uint32_t shard, PlanCache& plans, PlanServices& services,
             RequestPool& requests, PeerLinks& peers, Reactor& reactor);
  // The parts that refer back to it; before anything arrives.
  void join(ClientServer& clients, PortServer& ports) {
    clients_ = &clients;
    ports_ = &ports;
  }

  void on_message(Connection& connection, const FrameHeader& header, Bytes body);

  // --- from JavaScript threads
  // --------------------------------------------------------------------
  void run_plan(uint32_t port, uint32_t correlation, ByteReader& in);
  void run_batch(uint32_t port, uint32_t correlation, ByteReader& in);
  void slow_reply(ByteReader& in);
  void slow_rerun(uint64_t request_id);

  // --- from other shards
  // ----------------------------------------------------------------------------
  void execute_remote(Part& part) { coordinator_.execute_remote(part); }
  void finish_remote(Part& part) { coordinator_.finish_remote(part); }

  // The request waits for too long: its client is told, its execution goes on.
  void time_out(Request& request);

  // At the end of a turn.
  void retry_held() { coordinator_.retry_held(); }
  bool holding() const { return coordinator_.holding(); }

  // Completes when no request is open, or after kDrainMicros.
  Task<void> drain(Reactor& reactor);
  void add_numbers(NumberList& numbers) const;

 private:
  // Unanswered slow requests of a shard; beyond it clients get OVERLOADED.
  static constexpr size_t kMaxSlowRequests = 65'536;
  // A request whose plan is gone each time it is run again: schema changes that never end.
  static constexpr uint8_t kMaxReruns = 8;
  static constexpr int64_t kDrainMicros = 1'000'000;
  static constexpr int64_t kDrainStepMicros = 5'000;

  enum class SlowReason : uint8_t { kNoPlan = 1, kSlowPlan = 2, kTraced = 3 };

  void startup(Connection& connection, const FrameHeader& header, Bytes body);
  void register_events(Connection& connection, const FrameHeader& header, Bytes body);
  void data_message(Connection& connection, const FrameHeader& header, Bytes body);
  void start(Request& request);
  // nullptr at the bound of requests: the port was told.
  Request* take_for_port(uint32_t port, uint32_t correlation);
  void start_query(Request& request, ByteReader body);
  void start_execute(Request& request, ByteReader body);
  void start_batch(Request& request, ByteReader body);
  void run(Request& request, const Plan& plan, const QueryParameters& parameters,
           const QueryOptions& options);
  void execute(Request& request, const BoundStatement& bound);
  int64_t timeout_micros(const BoundStatement& bound) const;
  void to_slow_lane(Request& request, SlowReason reason);
  const PlanPtr* find_text_plan(const Request& request, Bytes text,
                                const QueryParameters& parameters);
  QueryOptions options_of(const Request& request, const QueryParameters& parameters) const;

  void send_part(Part& part) override;
  void return_part(Part& part) override;
  void complete(Request& request, const std::string& result_body) override;
  void fail(Request& request, const Error& error) override;
  void answer_error(Request& request, const Error& error);
  void finish(Request& request);
  static void reply_error(Connection& connection, const FrameHeader& header, const Error& error);

  Wiring& wiring_;
  const uint32_t shard_;
  PlanCache& plans_;
  PlanServices& services_;
  RequestPool& requests_;
  PeerLinks& peers_;
  Reactor& reactor_;
  Coordinator coordinator_;
  ClientServer* clients_ = nullptr;
  PortServer* ports_ = nullptr;
  std::unordered_map<uint64_t, Request*> slow_;
  uint64_t next_slow_id_ = 1;
  std::string text_key_;  // reused

  uint64_t fast_requests_ = 0;
  uint64_t slow_requests_ = 0;
  uint64_t remote_parts_ = 0;
  uint64_t errors_ = 0;
  uint64_t timeouts_ = 0;
};

}  // namespace ceto
