// PortServer: answers what JavaScript threads send to this shard (docs/formats/shard-messages.md),
// and carries the shard's slow requests to its worker. Shard thread only.
#pragma once

#include <cstdint>
#include <string>

#include "base/byte_io.h"
#include "base/task.h"
#include "io/reactor.h"
#include "lsm/store.h"
#include "shard/dispatcher.h"
#include "shard/file_messages.h"
#include "shard/plan_cache.h"
#include "shard/wiring.h"

namespace ceto {

class ClientServer;

// What the server needs of the shard around it.
struct PortServerParts {
  Wiring& wiring;
  uint32_t shard;
  Reactor& reactor;
  Store& store;
  PlanCache& plans;
  Dispatcher& dispatcher;
  ClientServer& clients;
};

class PortServer {
 public:
  explicit PortServer(const PortServerParts& parts);

  // Once a turn: a bounded number of messages of every port. Whether there was any.
  bool poll();
  // At the end of a turn: what was sent goes out.
  void flush();
  // Messages wait for room in a ring.
  bool waiting() const;
  // STOP was carried out: the shard's thread may end.
  bool stopped() const { return stopped_; }

  // From the dispatcher: an answer to RUN_PLAN or RUN_BATCH.
  void send_result(uint32_t port, uint32_t correlation, uint8_t opcode, uint8_t frame_flags,
                   Bytes body);
  void send_failure(uint32_t port, uint32_t correlation, const Error& error);

 private:
  // Messages of one port taken in a turn.
  static constexpr int kMessagesPerTurn = 64;

  void handle(uint32_t port, const std::string& message);
  bool handle_about_files(uint32_t port, const std::string& message);
  void segment_archived(uint32_t port, uint32_t correlation, uint64_t id);
  void broadcast_event(ByteReader& in);
  void listen(uint32_t port, uint32_t correlation, ByteReader& in);
  // Answers DONE or FAILED when `work` has ended.
  Task<void> answer(uint32_t port, uint32_t correlation, Task<Status> work);
  // With the body that it gives.
  Task<void> answer_body(uint32_t port, uint32_t correlation, Task<Result<std::string>> work);
  Task<Status> open(std::string message);
  Task<Status> compact(TableId id);
  Task<void> watch_disk(uint32_t port, uint32_t correlation, uint64_t version);
  Task<Status> drain();
  Task<Status> stop();
  Status put_tables(ByteReader& in);
  Task<Status> drop_table(TableId id);
  Task<Status> on_table(uint8_t type, TableId id);
  Status register_plan(ByteReader& in);
  void send_done(uint32_t port, uint32_t correlation, Bytes body = {});
  void send_numbers(uint32_t port, uint32_t correlation);
  void send_table_numbers(uint32_t port, uint32_t correlation, const TableId& id);
  void send_connections(uint32_t port, uint32_t correlation);

  const PortServerParts parts_;
  FileMessages files_;
  bool stopped_ = false;
};

}  // namespace ceto
