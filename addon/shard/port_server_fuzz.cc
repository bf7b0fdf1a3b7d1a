// Messages of JavaScript threads to the shards, but those about files (message_fuzz.cc). What main
// promises holds: tables are opened once, another version of a table has the same columns, and a
// reply is one to a request that is open.
#include <map>

#include "base/fuzz_target.h"
#include "plan/sample_plans_test_util.h"
#include "shard/test_shards.h"

namespace ceto {
namespace {

using namespace testing;

// Each part is a message: the shard, the type, the body.
std::string message(uint8_t shard, ToShard type, const std::string& body) {
  return std::string{static_cast<char>(shard), static_cast<char>(type)} + body;
}

// As behind a statement in QUERY: consistency ONE, two values.
std::string parameters(uint8_t version) {
  std::string out;
  ByteWriter to(out);
  to.u16(1);
  version >= 5 ? to.u32(1) : to.u8(1);
  to.u16(2);
  for (const int32_t value : {1, 2}) to.i32_bytes(int_bytes(value));
  return out;
}

std::vector<std::string> seeds() {
  const SampleBytes sample;
  std::vector<std::string> out;
  const std::string& id = sample.table_id;
  const std::string all(16, '\0');
  for (const Piece& plan : sample.plans) {
    std::vector<std::string> run;
    for (const uint8_t version : {4, 5}) {
      run.push_back(message(0, ToShard::kRunPlan, blob(plan) + p8(version) + parameters(version)));
    }
    out.push_back(FuzzParts::join(run));
    out.push_back(
        FuzzParts::join({message(1, ToShard::kRegisterPlan, id + blob("statement") + blob(plan)),
                         message(1, ToShard::kRegisterPlan, id + p32(UINT32_MAX) + blob(plan)),
                         message(0, ToShard::kRunBatch,
                                 p16(1) + blob(plan) + p16(2) + blob(int_bytes(1)) +
                                     blob(int_bytes(2)) + p8(1) + p8(4) + p16(1) + p8(0))}));
  }
  TableSpec other = sample_counters();
  other.name = "other";
  const std::string tables = p32(1) + blob(table_descriptor(other, true));
  out.push_back(
      FuzzParts::join({message(0, ToShard::kPutTables, tables),
                       message(1, ToShard::kPutTables, tables), message(0, ToShard::kFlush, all),
                       message(1, ToShard::kFlush, id), message(0, ToShard::kCompact, id),
                       message(1, ToShard::kTruncate, id), message(0, ToShard::kDropTable, id)}));
  out.push_back(FuzzParts::join(
      {message(0, ToShard::kWatchDisk, std::string(7, '\0') + "\5"),
       message(0, ToShard::kStats, ""), message(1, ToShard::kTableStats, id),
       message(0, ToShard::kConnections, ""),
       message(0, ToShard::kSegmentArchived, std::string(7, '\0') + "\1"),
       message(0, ToShard::kRetireSegments, ""),
       message(0, ToShard::kSetSupported, blob(p16(1) + text("CQL_VERSION") + p16(1) + text("3"))),
       message(0, ToShard::kEvent, p8(4) + text("SCHEMA_CHANGE")),
       message(0, ToShard::kListen, text("127.0.0.1") + p16(0) + p16(0) + p8(1)),
       message(0, ToShard::kDrain, "")}));
  return out;
}

bool same_columns(const TableSchema& a, const TableSchema& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) {
                      return x.id == y.id && x.name == y.name && x.kind == y.kind &&
                             x.position == y.position && x.type == y.type;
                    });
}

// What main has said of tables so far.
class Tables {
 public:
  explicit Tables(const SampleBytes& sample) {
    for (const std::string& each : sample.descriptors) {
      CETO_ASSERT(allowed(decode_table_descriptor(Bytes(each)).value()));
    }
  }
  bool allowed(const TableSchemaPtr& table) {
    const auto [known, is_new] = known_.try_emplace(table->id, table);
    return is_new || same_columns(*known->second, *table);
  }
  bool all_allowed(Bytes body) {
    ByteReader in(body);
    for (uint32_t left = in.u32(); left > 0; --left) {
      const auto table = decode_table_descriptor(in.i32_bytes());
      if (!table) return true;
      if (!allowed(table.value())) return false;
    }
    return true;
  }

 private:
  std::map<TableId, TableSchemaPtr> known_;
};

// Only of the machine itself, and on any port.
std::string on_loopback(Bytes body) {
  ByteReader in(body);
  const std::string address = in.u16_bytes().str();
  in.skip(4);
  const uint8_t shard_aware = in.u8();
  const bool reads = SocketAddress::parse(address, 0).ok();
  return text(reads ? "127.0.0.1" : address) + p16(0) + p16(0) + p8(shard_aware);
}

void send(TestShards& shards, Tables& tables, Bytes part) {
  if (part.size() < 2) return;
  const uint32_t shard = part[0] % TestShards::kShards;
  const auto type = static_cast<ToShard>(part[1]);
  const Bytes body = part.from(2);
  switch (type) {
    case ToShard::kPutTables:
      if (tables.all_allowed(body)) shards.send(shard, type, body);
      return;
    case ToShard::kListen:
      shards.send(0, type, on_loopback(body));
      return;
    case ToShard::kDropTable:
    case ToShard::kTruncate:
    case ToShard::kFlush:
    case ToShard::kCompact:
    case ToShard::kRegisterPlan:
    case ToShard::kRunPlan:
    case ToShard::kRunBatch:
    case ToShard::kEvent:
    case ToShard::kStats:
    case ToShard::kTableStats:
    case ToShard::kConnections:
    case ToShard::kSetSupported:
    case ToShard::kDrain:
    case ToShard::kRetireSegments:
    case ToShard::kWatchDisk:
    case ToShard::kSegmentArchived:
      shards.send(shard, type, body);
      return;
    case ToShard::kOpen:
    case ToShard::kStop:
    case ToShard::kReply:
    case ToShard::kRerun:
      return;
  }
}

void run_one(Bytes input) {
  static const SampleBytes sample;
  TestShards shards;
  shards.call_all(ToShard::kOpen, Bytes(sample.tables));
  Tables tables(sample);
  size_t watches = 0;
  for (const std::string& part : FuzzParts::split(input)) {
    send(shards, tables, Bytes(part));
    watches += part.size() > 1 && static_cast<ToShard>(part[1]) == ToShard::kWatchDisk;
    // Some messages meet what those before began.
    for (int turns = part.empty() ? 0 : static_cast<uint8_t>(part[0]) / 16; turns > 0; --turns) {
      shards.turn();
    }
    shards.take_answers();
  }
  // One that watches the disk may wait for the end.
  for (int left = TestShards::kMaxTurns; shards.open() > watches; --left) {
    CETO_ASSERT(left > 0);
    shards.turn();
    shards.take_answers();
  }
}

const FuzzTarget port_messages("port_messages", true, seeds, run_one);

}  // namespace
}  // namespace ceto
