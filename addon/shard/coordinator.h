// Coordinator: takes a bound statement to the shards that own what it touches and puts the answer
// together. One partition on this shard runs at once; on another shard it is one hop there and one
// back; reads of several shards are merged, writes of several shards are awaited. Shard thread
// only.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "io/background.h"
#include "plan/plan_services.h"
#include "shard/request.h"

namespace ceto {

// How a coordinator reaches the other shards and answers: the shard that it is a part of.
class CoordinatorHost {
 public:
  virtual ~CoordinatorHost() = default;
  // Hands the part to `part.shard`, whose coordinator gets it in execute_remote().
  virtual void send_part(Part& part) = 0;
  // Hands an executed part back to the shard of its request: finish_remote() there.
  virtual void return_part(Part& part) = 0;
  // The request is answered with the body of a RESULT, or an error; the host gives it back to its
  // pool.
  virtual void complete(Request& request, const std::string& result_body) = 0;
  virtual void fail(Request& request, const Error& error) = 0;
};

class Coordinator {
 public:
  Coordinator(CoordinatorHost& host, PlanServices& services, Background& background, uint32_t shard,
              uint32_t shard_count)
      : host_(host),
        services_(services),
        background_(background),
        shard_(shard),
        shard_count_(shard_count) {}

  // `bound` lives in the request's arena. Answers through the host, at once or later.
  void start(Request& request, const BoundStatement& bound);
  // A part of another shard's request.
  void execute_remote(Part& part) { execute(part); }
  // At the end of a turn: writes that were held back while the memtables were full.
  void retry_held();
  bool holding() const { return !held_.empty(); }
  // One of this shard's parts came back.
  void finish_remote(Part& part) { finish(part); }

  // Parts that wait for the disk, the log or a slice; the shard waits for them when it stops.
  size_t executing() const { return executing_; }

 private:
  void fan_out(Request& request, const BoundStatement& bound);
  void execute(Part& part);
  void run(Part& part);
  Task<void> execute_waiting(Part& part, Progress progress);
  void executed(Part& part, Progress progress);
  void done(Part& part);
  void finish(Part& part);
  void answer(Request& request);
  static void warn_of_tombstones(Request& request);
  uint32_t owner(Token token) const {
    return shard_count_ == 1 ? 0 : shard_of(token, shard_count_);
  }

  CoordinatorHost& host_;
  PlanServices& services_;
  Background& background_;
  const uint32_t shard_;
  const uint32_t shard_count_;
  size_t executing_ = 0;
  // Bounded by the requests in flight of all shards (RequestPool).
  std::deque<Part*> held_;
  std::string merged_;  // reused
};

}  // namespace ceto
