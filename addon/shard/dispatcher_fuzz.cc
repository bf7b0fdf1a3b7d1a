// A client's messages through its connection to the dispatcher, the plans' execution on two shards,
// and a worker that answers what is slow: each message has one answer, whatever is in it. How
// streams of bytes are cut into messages has its own target (protocol/message_fuzz.cc).
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/fuzz_target.h"
#include "protocol/message.h"
#include "protocol/segment.h"
#include "shard/test_shards.h"

namespace ceto {
namespace {

using namespace testing;

// The first part: the version, whether STARTUP is left to the parts behind it, whether each message
// waits for the answer to the one before; then how the worker answers. The others are messages:
// opcode, flags, body.
constexpr uint8_t kNoStartup = 0x80, kOneAtATime = 0x40;

enum class WorkerAnswer : uint8_t { kVoid, kError, kRerun, kPlan };
constexpr uint8_t kWorkerAnswers = 4;

// --- the client ----------------------------------------------------------------------------------

class Client {
 public:
  Client(uint16_t port, uint8_t version) : version_(version) {
    auto socket = connect_to(SocketAddress::parse("127.0.0.1", port).value());
    CETO_ASSERT(socket.ok());
    socket_ = std::move(socket).value();
    // Thousands of inputs a second would else use up all ports.
    const linger now{1, 0};
    CETO_ASSERT(::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
  }

  void send(Opcode opcode, uint8_t flags, Bytes body) {
    std::string frame;
    ByteWriter out(frame);
    out.u8(version_);
    out.u8(static_cast<uint8_t>(flags & ~kFlagCompressed));
    out.u16(static_cast<uint16_t>(sent_++));
    out.u8(static_cast<uint8_t>(opcode));
    out.i32_bytes(body);
    if (opcode == Opcode::kStartup) asks_for_lz4_ = asks_for_lz4(body);
    if (segmented_) {
      encode_segments(Bytes(frame), lz4_, to_send_);
    } else {
      to_send_ += frame;
    }
  }
  // As far as it goes now; false once the server has closed.
  bool transfer() {
    while (!to_send_.empty()) {
      const Transfer sent = socket_.send(to_send_.data(), to_send_.size());
      if (sent.would_block()) break;
      if (!sent.moved()) return false;
      to_send_.erase(0, sent.bytes);
    }
    char buffer[16384];
    for (;;) {
      const Transfer got = socket_.receive(buffer, sizeof buffer);
      if (got.would_block()) return true;
      if (!got.moved()) return false;
      (segmented_ ? segments_ : frames_).append(buffer, got.bytes);
      take_replies();
    }
  }
  // What was sent and has no answer.
  size_t open() const { return sent_ - answered_.size(); }

 private:
  static bool asks_for_lz4(Bytes body) {
    Arena arena;
    StartupMessage message;
    if (!decode_startup(ByteReader(body), arena, message)) return false;
    const auto wanted = message.option("COMPRESSION");
    std::string name = wanted ? wanted->str() : "";
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name == "lz4";
  }
  void take_replies() {
    while (segmented_) {
      std::string scratch;
      Segment segment;
      Error error;
      const SegmentStatus status = decode_segment(Bytes(segments_), lz4_, scratch, segment, error);
      CETO_ASSERT(status != SegmentStatus::kCorrupt);
      if (status == SegmentStatus::kNeedMore) break;
      frames_ += segment.payload.str();
      segments_.erase(0, segment.wire_size);
    }
    while (frames_.size() >= kFrameHeaderBytes) {
      ByteReader in{Bytes(frames_)};
      CETO_ASSERT(in.u8() == (version_ | kResponseBit));
      in.skip(1);
      const auto stream = static_cast<int16_t>(in.u16());
      const auto opcode = static_cast<Opcode>(in.u8());
      const size_t size = in.u32();
      if (in.remaining() < size) return;
      frames_.erase(0, kFrameHeaderBytes + size);
      if (stream == kEventStream) continue;
      CETO_ASSERT(++answered_[stream] == 1 && static_cast<size_t>(stream) < sent_);
      // STARTUP was accepted: the next one comes in a segment.
      if (opcode == Opcode::kReady && !ready_) {
        ready_ = true;
        segmented_ = version_ >= 5;
        lz4_ = asks_for_lz4_;
        if (segmented_) segments_.swap(frames_);
      }
    }
  }

  const uint8_t version_;
  Socket socket_;
  std::string to_send_, segments_, frames_;
  bool ready_ = false, segmented_ = false, asks_for_lz4_ = false, lz4_ = false;
  size_t sent_ = 0;
  std::map<int16_t, int> answered_;  // by stream
};

// --- the worker ----------------------------------------------------------------------------------

class Worker {
 public:
  Worker(TestShards& shards, const std::vector<std::string>& plans, WorkerAnswer answer)
      : shards_(shards), plans_(plans), answer_(answer) {}

  void work() {
    for (const TestShards::Answer& message : shards_.take_for_worker()) {
      if (message.type == FromShard::kSlowRequest) answer(message.shard, Bytes(message.body));
    }
  }

 private:
  void answer(uint32_t shard, Bytes request) {
    ByteReader in(request);
    const uint64_t id = in.u64();
    const auto opcode = static_cast<Opcode>(in.u8());
    const uint8_t version = in.u8();
    const uint8_t flags = in.u8();
    const Bytes keyspace = in.u16_bytes();
    if (in.u8() == 3) in.u16_bytes();  // traced: by whom
    std::string body;
    ByteWriter out(body);
    out.u64(id);
    const bool rerun = answer_ == WorkerAnswer::kRerun || answer_ == WorkerAnswer::kPlan;
    if (rerun && (flags & kFlagTracing) == 0) {
      if (answer_ == WorkerAnswer::kPlan) give_plan(shard, opcode, version, keyspace, in);
      shards_.send_as_worker(shard, ToShard::kRerun, Bytes(body));
      return;
    }
    const bool fails = answer_ == WorkerAnswer::kError;
    out.u8(static_cast<uint8_t>(fails ? Opcode::kError : Opcode::kResult));
    out.u8(0);
    fails ? out.i32_bytes(std::string_view("ks")) : out.i32(-1);
    out.i32(fails ? 0x2200 : 1);
    if (fails) out.u16_bytes(std::string_view("no"));
    shards_.send_as_worker(shard, ToShard::kReply, Bytes(body));
  }

  // Any of the plans, for what the statement is found by.
  void give_plan(uint32_t shard, Opcode opcode, uint8_t version, Bytes keyspace, ByteReader body) {
    Arena arena;
    std::string message;
    ByteWriter out(message);
    QueryMessage query;
    ExecuteMessage execute;
    size_t number = 0;
    if (opcode == Opcode::kQuery && decode_query(body, version, arena, query)) {
      const Bytes in_keyspace = query.parameters.keyspace.value_or(keyspace);
      out.bytes(std::string(16, '\0'));
      out.i32_bytes(in_keyspace.str() + '\0' + query.text.str());
      number = query.text.size();
    } else if (opcode == Opcode::kExecute && decode_execute(body, version, arena, execute) &&
               execute.id.size() == sizeof(PlanId)) {
      out.bytes(execute.id);
      out.i32(-1);
      number = execute.id[0];
    } else {
      return;
    }
    out.i32_bytes(plans_[number % plans_.size()]);
    shards_.send_as_worker(shard, ToShard::kRegisterPlan, Bytes(message));
  }

  TestShards& shards_;
  const std::vector<std::string>& plans_;
  const WorkerAnswer answer_;
};

// --- inputs --------------------------------------------------------------------------------------

std::string plan_id(size_t number) { return std::string(16, static_cast<char>(number + 1)); }

std::string frame(Opcode opcode, uint8_t flags, const std::string& body) {
  return std::string{static_cast<char>(opcode), static_cast<char>(flags)} + body;
}

// Consistency ONE and two values.
std::string parameters(uint8_t version) {
  const std::string flags = version >= 5 ? p32(1) : p8(1);
  return p16(1) + flags + p16(2) + blob(int_bytes(1)) + blob(int_bytes(2));
}

std::string execute_body(size_t plan, uint8_t version) {
  return text(plan_id(plan)) + (version >= 5 ? text(std::string(16, 'M')) : "") +
         parameters(version);
}
std::string startup_body(const std::string& compression) {
  return p16(2) + text("CQL_VERSION") + text("3.0.0") + text("COMPRESSION") + text(compression);
}

std::vector<std::string> seeds() {
  const SampleBytes sample;
  std::vector<std::string> out;
  for (uint8_t version = kMinVersion; version <= kMaxVersion; ++version) {
    const auto options = [version](int how, int answer = 0) {
      return p8(version - kMinVersion + how) + p8(answer);
    };
    std::vector<std::string> whole = {options(0)};
    for (size_t plan = 0; plan < sample.plans.size(); ++plan) {
      whole.push_back(frame(Opcode::kExecute, 0, execute_body(plan, version)));
    }
    out.push_back(FuzzParts::join(whole));
    whole[0] = options(kOneAtATime);
    out.push_back(FuzzParts::join(whole));
    const std::string short_flags = version >= 5 ? p32(0) : p8(0);
    const std::string batch = p8(1) + p16(2) + p8(1) + text(plan_id(3)) + p16(2) +
                              blob(int_bytes(1)) + blob(int_bytes(2)) + p8(0) + blob("4") + p16(2) +
                              blob(int_bytes(3)) + blob(int_bytes(4)) + p16(1) + short_flags;
    for (uint8_t answer = 0; answer < kWorkerAnswers; ++answer) {
      out.push_back(FuzzParts::join(
          {options(0, answer), frame(Opcode::kQuery, 0, blob("SELECT") + parameters(version)),
           frame(Opcode::kQuery, kFlagTracing, blob("1") + parameters(version)),
           frame(Opcode::kQuery, kFlagCustomPayload,
                 p16(1) + text("key") + blob("value") + blob("2") + parameters(version)),
           frame(Opcode::kPrepare, 0, blob("SELECT") + (version >= 5 ? p32(0) : "")),
           frame(Opcode::kExecute, 0, execute_body(77, version)), frame(Opcode::kBatch, 0, batch),
           frame(Opcode::kRegister, 0, p16(1) + text("SCHEMA_CHANGE"))}));
    }
    for (const char* const compression : {"lz4", "snappy", "none"}) {
      out.push_back(
          FuzzParts::join({options(kNoStartup | kOneAtATime), frame(Opcode::kOptions, 0, ""),
                           frame(Opcode::kQuery, 0, blob("1") + parameters(version)),
                           frame(Opcode::kStartup, 0, startup_body(compression)),
                           frame(Opcode::kQuery, 0, blob("1") + parameters(version)),
                           frame(Opcode::kStartup, 0, startup_body("none")),
                           frame(Opcode::kAuthResponse, 0, blob("token"))}));
    }
  }
  return out;
}

// Plans under ids and under the texts "0", "1" …, on each shard; clients may come.
uint16_t prepare(TestShards& shards, const SampleBytes& sample) {
  shards.call_all(ToShard::kOpen, Bytes(sample.tables));
  for (size_t plan = 0; plan < sample.plans.size(); ++plan) {
    const std::string bytes = blob(sample.plans[plan]);
    const std::string key = std::string(1, '\0') + std::to_string(plan);
    shards.call_all(ToShard::kRegisterPlan, Bytes(plan_id(plan) + p32(UINT32_MAX) + bytes));
    shards.call_all(ToShard::kRegisterPlan, Bytes(std::string(16, '\0') + blob(key) + bytes));
  }
  const auto bound =
      shards.call(0, ToShard::kListen, Bytes(text("127.0.0.1") + p16(0) + p16(0) + p8(0)));
  CETO_ASSERT(bound.type == FromShard::kDone);
  return ByteReader(Bytes(bound.body)).u16();
}

void run_one(Bytes input) {
  static const SampleBytes sample;
  const std::vector<std::string> parts = FuzzParts::split(input);
  if (parts.empty() || parts[0].size() < 2) return;
  const auto how = static_cast<uint8_t>(parts[0][0]);
  const auto answer = static_cast<WorkerAnswer>(static_cast<uint8_t>(parts[0][1]) % kWorkerAnswers);
  TestShards shards;
  const uint16_t port = prepare(shards, sample);
  Worker worker(shards, sample.plans, answer);
  const auto version = static_cast<uint8_t>(kMinVersion + (how & 0xF) % 3);
  Client client(port, version);
  bool connected = true;
  const auto until_answered = [&] {
    for (int left = TestShards::kMaxTurns; connected && client.open() > 0; --left) {
      CETO_ASSERT(left > 0);
      shards.turn();
      worker.work();
      connected = client.transfer();
    }
  };
  if ((how & kNoStartup) == 0) {
    client.send(Opcode::kStartup, 0, Bytes(startup_body("lz4")));
    until_answered();
  }
  for (size_t i = 1; i < parts.size() && connected; ++i) {
    if (parts[i].size() < 2) continue;
    const auto opcode = static_cast<Opcode>(parts[i][0]);
    client.send(opcode, static_cast<uint8_t>(parts[i][1]), Bytes(parts[i]).from(2));
    // What STARTUP agrees on counts for what follows.
    if ((how & (kNoStartup | kOneAtATime)) != 0 || opcode == Opcode::kStartup) until_answered();
  }
  until_answered();
}

const FuzzTarget client_messages("client_messages", true, seeds, run_one);

}  // namespace
}  // namespace ceto
