// Request: one statement on its way through a shard, from its frame to its reply, and Part: what
// one shard does for it. Both are pooled, so a warm shard asks the heap for neither. A Request
// belongs to the shard that received it (the coordinator). A Part belongs to whoever holds it: the
// coordinator, then by ring the shard that executes it, then the coordinator again; nobody looks at
// it meanwhile.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "io/timer.h"
#include "plan/bound_statement.h"
#include "plan/execution.h"
#include "plan/row_chunk.h"

namespace ceto {

class Connection;
class Coordinator;
class Dispatcher;
struct Request;

struct Part {
  Request* request = nullptr;
  uint32_t shard = 0;        // that executes it
  uint32_t owner_shard = 0;  // that coordinates the request
  enum class Kind : uint8_t { kWhole, kSilent, kChunk } kind = Kind::kWhole;
  const BoundStatement* bound = nullptr;
  std::string reply;  // kWhole: the body of RESULT
  RowChunk chunk;     // kChunk
  std::optional<Error> error;
  ExecutionStats stats;
  // While it executes.
  std::unique_ptr<Execution> execution;
  DurabilityWaiter durability;
  Coordinator* executor = nullptr;

  void reset();
};

// Who gets the answer.
enum class Origin : uint8_t { kClient, kPort };

struct Request {
  Origin origin = Origin::kClient;
  // A client's. The connection counts its requests and lives until the last is answered.
  Connection* connection = nullptr;
  int16_t stream = 0;
  // A port's.
  uint32_t port = 0;
  uint32_t correlation = 0;

  uint8_t opcode = 0;
  uint8_t version = 4;
  uint8_t frame_flags = 0;
  uint8_t reruns = 0;
  Arena arena{4096};
  Bytes body;                  // in the arena
  std::vector<PlanPtr> plans;  // kept alive until the last part is done
  std::deque<Part> parts;      // parts[0] serves the usual one-shard request; addresses are stable
  size_t parts_used = 0;
  size_t parts_open = 0;
  std::vector<std::string> warnings;  // for the reply
  // Armed while the request waits for longer than its first run: a request that waits too long is
  // answered, and given back when its parts are done all the same.
  Dispatcher* dispatcher = nullptr;
  Timer timeout{&Request::expired, this};
  bool answered = false;
  uint32_t lives = 0;  // how often it was given back to the pool
  Request* next_free = nullptr;

  // The next unused part, reset.
  Part& add_part();
  void reset();
  static void expired(void* request);
};

// The free list of a shard's requests.
class RequestPool {
 public:
  // Requests in flight in one shard; beyond it clients get OVERLOADED.
  static constexpr size_t kMaxInFlight = 65'536;

  ~RequestPool();
  // nullptr at the bound.
  Request* take();
  void give_back(Request* request);
  size_t in_flight() const { return in_flight_; }

 private:
  Request* free_ = nullptr;
  size_t in_flight_ = 0;
};

}  // namespace ceto
