// Plans of any bytes, run with values of any bytes as clients send them, and paging states.
#include "base/fuzz_target.h"
#include "plan/paging_state.h"
#include "plan/sample_plans_test_util.h"

namespace ceto::testing {
namespace {

// The parts are options, a plan, values (each behind its length; -1 null, -2 not set) and a paging
// state.
constexpr uint8_t kPaged = 1, kWithState = 2, kComputed = 4, kOtherTime = 8;

std::vector<std::string> plan_seeds() {
  const SamplePlans sample;
  std::string values;
  ByteWriter(values).i32_bytes(Bytes(int_bytes(1)));
  ByteWriter(values).i32_bytes(Bytes(int_bytes(2)));
  std::vector<std::string> out;
  for (const Piece& plan : sample.samples()) {
    out.push_back(FuzzParts::join({std::string(1, '\0'), plan, values, ""}));
    out.push_back(FuzzParts::join({std::string(1, kPaged), plan, values, ""}));
  }
  return out;
}

std::vector<Value> values_of(Bytes bytes) {
  std::vector<Value> out;
  ByteReader in(bytes);
  while (!in.at_end() && out.size() < 100) {
    const int32_t size = in.i32();
    if (size == -1) {
      out.push_back(Value::null());
    } else if (size < -1) {
      out.push_back(Value::unset());
    } else {
      out.push_back(Value(in.bytes(std::min<size_t>(static_cast<size_t>(size), in.remaining()))));
    }
  }
  return out;
}

void run_plan(Bytes input) {
  const FuzzParts parts(input);
  const uint8_t flags = parts[0].empty() ? uint8_t{0} : parts[0][0];
  SamplePlans sample;
  Cluster& cluster = sample.cluster;
  // Something to read.
  ModificationSpec insert;
  insert.partition = by_key({key_eq(marker(0))});
  insert.clustering = {ck_eq(0, {marker(1), constant("a")})};
  insert.operations = {op_set(4, marker(1))};
  const Piece inserting = modification_plan(*sample.table, {"Int32Type", "Int32Type"}, insert);
  CETO_ASSERT(cluster.run(inserting, Values().i(1).i(2)).ok);

  const Result<PlanPtr> plan = cluster.decode(parts[1].str());
  if (!plan) return;
  if ((flags & kPaged) != 0) cluster.options.page_size = 1;
  if ((flags & kWithState) != 0) cluster.options.paging_state = Value(parts[3]);
  cluster.options.computed_values = (flags & kComputed) != 0;
  if ((flags & kOtherTime) != 0) cluster.options.default_timestamp_micros = INT64_MAX;
  Reply reply = cluster.run(*plan.value(), values_of(parts[2]));
  for (int pages = 0; pages < 3 && reply.ok && reply.has_more(); ++pages) {
    const std::string state = reply.paging_state;
    cluster.options.paging_state = Value(Bytes(state));
    reply = cluster.run(*plan.value(), values_of(parts[2]));
  }
}

const FuzzTarget plans("plans", true, plan_seeds, run_plan);

// --- paging states -------------------------------------------------------------------------------

std::vector<std::string> state_seeds() {
  std::vector<std::string> out;
  const std::string key = int_bytes(1), text = "text";
  const Bytes clustering[] = {Bytes(key), Bytes(text)};
  for (const bool inside : {false, true}) {
    PagingPosition position;
    position.given = true;
    position.key = Bytes(key);
    position.inside = inside;
    if (inside) position.clustering = clustering;
    position.remaining = 7;
    position.remaining_in_partition = UINT64_MAX;
    append_paging_state(position, out.emplace_back());
  }
  return out;
}

void run_state(Bytes input) {
  static const SamplePlans sample;
  Arena arena;
  const auto position = decode_paging_state(*sample.table, input, arena);
  if (!position) return;
  std::string again;
  append_paging_state(position.value(), again);
  CETO_ASSERT(decode_paging_state(*sample.table, Bytes(again), arena).ok());
}

const FuzzTarget paging_states("paging_states", false, state_seeds, run_state);

}  // namespace
}  // namespace ceto::testing
