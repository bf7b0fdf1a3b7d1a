// TestShards: a node of two shards on one thread, for fuzz targets and tests: the shards
// themselves, on a simulated disk and under a clock that moves with the turns. The caller plays the
// JavaScript threads: it sends what main and a worker send, and takes their answers. Tests only.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/assert.h"
#include "io/simulated_io.h"
#include "plan/sample_plans_test_util.h"
#include "shard/port_messages.h"
#include "shard/shard.h"

namespace ceto {

// Tables and plans of every kind, as main sends them.
struct SampleBytes {
  SampleBytes() {
    using namespace testing;
    const TableSpec specs[] = {sample_table(), sample_counters()};
    std::vector<TableSchemaPtr> made;
    ByteWriter out(tables);
    out.u32(static_cast<uint32_t>(std::size(specs)));
    for (const TableSpec& spec : specs) {
      descriptors.push_back(table_descriptor(spec, false));
      out.i32_bytes(Bytes(descriptors.back()));
      made.push_back(make_table(spec, false));
    }
    table_id.assign(made[0]->id.begin(), made[0]->id.end());
    plans = sample_plans(*made[0], *made[1]);
  }
  std::vector<std::string> descriptors;
  std::string tables;    // the body of OPEN
  std::string table_id;  // of the first, which all plans but one are about
  std::vector<std::string> plans;
};

class TestShards {
 public:
  static constexpr uint32_t kShards = 2;
  static constexpr uint32_t kWorkerPort = kMainPort + 1;
  static constexpr int64_t kStartMicros = 1'700'000'000'000'000;
  static constexpr int64_t kTurnMicros = 1'000;
  // More than any timeout of a request takes.
  static constexpr int kMaxTurns = 30'000;

  TestShards() : disk_(1), wiring_(config()) {
    disk_.set_max_delay(0);
    wiring_.wake_shard = [](uint32_t) {};
    for (uint32_t port = 0; port < wiring_.config.ports; ++port) {
      wiring_.ports.push_back(std::make_unique<Port>(kShards, wiring_.wake_shard));
    }
    for (uint32_t i = 0; i < kShards; ++i) {
      auto io = std::make_unique<SimulatedIo>(disk_);
      auto clock = std::make_unique<ManualClock>(kStartMicros);
      ios_.push_back(io.get());
      clocks_.push_back(clock.get());
      auto shard = Shard::make(wiring_, i, std::move(io), std::move(clock));
      CETO_ASSERT(shard.ok());
      shards_.push_back(std::move(shard).value());
      stopped_.push_back(false);
    }
  }
  // Everything that was asked has been answered.
  ~TestShards() {
    stop();
    // As Shard::run() does.
    for (Io* const io : ios_) {
      while (io->in_flight() > 0) io->wait();
    }
  }

  struct Answer {
    FromShard type = FromShard::kDone;
    uint32_t shard = 0;
    uint32_t correlation = 0;
    std::string body;
  };

  // From main. What is answered is counted on until it is; the correlation that the answer has.
  uint32_t send(uint32_t shard, ToShard type, Bytes body) {
    const bool answered =
        type != ToShard::kReply && type != ToShard::kRerun && type != ToShard::kEvent;
    if (answered) open_.insert(last_correlation_ + 1);
    return send(shard, kMainPort, type, body);
  }
  // From the shards' worker.
  void send_as_worker(uint32_t shard, ToShard type, Bytes body) {
    send(shard, kWorkerPort, type, body);
  }
  // How many of main's messages wait for an answer.
  size_t open() const { return open_.size(); }

  // Turns until it is answered, and nothing else.
  Answer call(uint32_t shard, ToShard type, Bytes body) {
    const uint32_t correlation = send(shard, type, body);
    for (int left = kMaxTurns; left > 0; --left) {
      turn();
      for (Answer& answer : take_answers()) {
        CETO_ASSERT(answer.correlation == correlation);
        return std::move(answer);
      }
    }
    CETO_UNREACHABLE("a message without an answer");
  }
  void call_all(ToShard type, Bytes body) {
    for (uint32_t i = 0; i < kShards; ++i) {
      CETO_ASSERT(call(i, type, body).type == FromShard::kDone);
    }
  }

  // What has come for main; each message is answered once.
  std::vector<Answer> take_answers() {
    std::vector<Answer> out = take(kMainPort);
    for (const Answer& answer : out) CETO_ASSERT(open_.erase(answer.correlation) == 1);
    return out;
  }
  // What has come for the worker: slow requests, and answers.
  std::vector<Answer> take_for_worker() { return take(kWorkerPort); }

  // Each shard's next turn.
  void turn() {
    for (uint32_t i = 0; i < kShards; ++i) {
      if (stopped_[i]) continue;
      shards_[i]->turn();
      clocks_[i]->advance_micros(kTurnMicros);
    }
  }

  // Ends both shards, which answers what waits for their end.
  void stop() {
    if (stopped_[0]) return;
    uint32_t correlations[kShards];
    for (uint32_t i = 0; i < kShards; ++i) correlations[i] = send(i, ToShard::kStop, {});
    int left = kMaxTurns;
    while (!stopped_[0] || !stopped_[1]) {
      CETO_ASSERT(--left > 0);
      turn();
      for (const Answer& answer : take_answers()) {
        if (answer.correlation == correlations[answer.shard]) stopped_[answer.shard] = true;
      }
    }
    CETO_ASSERT(open_.empty());
  }

 private:
  uint32_t send(uint32_t shard, uint32_t port, ToShard type, Bytes body) {
    std::string message;
    ByteWriter out(message);
    out.u8(static_cast<uint8_t>(type));
    out.u32(++last_correlation_);
    out.bytes(body);
    CETO_ASSERT(wiring_.ports[port]->send(shard, std::move(message)));
    return last_correlation_;
  }
  std::vector<Answer> take(uint32_t port) {
    std::vector<Answer> out;
    for (uint32_t shard = 0; shard < kShards; ++shard) {
      std::vector<std::string> messages;
      wiring_.ports[port]->receive(shard, kPortRingMessages, messages);
      for (const std::string& message : messages) {
        ByteReader in{Bytes(message)};
        Answer& answer = out.emplace_back();
        answer.type = static_cast<FromShard>(in.u8());
        answer.shard = shard;
        answer.correlation = in.u32();
        CETO_ASSERT(!in.failed());
        answer.body = in.rest().str();
      }
    }
    return out;
  }
  static NodeConfig config() {
    NodeConfig out;
    out.shards = kShards;
    out.cpus.assign(kShards, -1);
    out.ports = 2;
    out.store.data_directory = "/data";
    out.store.commitlog_directory = "/commitlog";
    out.store.commitlog_segment_bytes = 64 * 1024;
    out.store.commitlog_total_bytes = 4 << 20;
    out.store.memtable_bytes = 4 << 20;
    out.store.chunk_cache_bytes = 1 << 20;
    out.store.compaction_bytes_per_second = 0;
    return out;
  }

  SimulatedDisk disk_;
  Wiring wiring_;
  std::vector<SimulatedIo*> ios_;     // the shards'
  std::vector<ManualClock*> clocks_;  // likewise
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<bool> stopped_;
  std::set<uint32_t> open_;  // correlations of main's that nothing has answered
  uint32_t last_correlation_ = 0;
};

}  // namespace ceto
