// Instructions of one-row statements, counted by callgrind: `valgrind --tool=callgrind
// --toggle-collect='ceto::bench::*' ceto_plan_bench`. Prints time per operation without it.
#include <chrono>
#include <cstdio>

#include "plan/shard_test_util.h"

namespace ceto::bench {

using namespace ceto::testing;

struct Setup {
  Setup()
      : table(cluster.create({"kv",
                              {{"k", ColumnKind::kPartitionKey, 0, marshal("LongType")},
                               {"a", ColumnKind::kRegular, 0, marshal("BytesType")},
                               {"b", ColumnKind::kRegular, 0, marshal("BytesType")},
                               {"c", ColumnKind::kRegular, 0, marshal("BytesType")},
                               {"d", ColumnKind::kRegular, 0, marshal("BytesType")},
                               {"e", ColumnKind::kRegular, 0, marshal("BytesType")}}})) {
    ModificationSpec insert_spec;
    insert_spec.partition = by_key({key_eq(marker(0))});
    for (int c = 1; c <= 5; ++c) insert_spec.operations.push_back(op_set(c, marker(c)));
    const std::vector<std::string> types = {"LongType",  "BytesType", "BytesType",
                                            "BytesType", "BytesType", "BytesType"};
    insert = cluster.decode(modification_plan(*table, types, insert_spec)).value();
    SelectSpec select_spec;
    select_spec.partition = by_key({key_eq(marker(0))});
    for (int c = 0; c <= 5; ++c) select_spec.selection.push_back({0, c});
    select = cluster.decode(select_plan(*table, {"LongType"}, select_spec)).value();
    cluster.options.skip_metadata = true;
  }
  Cluster cluster;
  TableSchemaPtr table;
  PlanPtr insert, select;
  Arena arena;
  std::string reply;
};

__attribute__((noinline)) const BoundStatement* bind_one(Setup& setup, const Plan& plan,
                                                         std::span<const Value> values) {
  return bind_statement(plan, values, setup.cluster.options, setup.cluster.services(), setup.arena)
      .value();
}

__attribute__((noinline)) bool execute_one(Setup& setup, const BoundStatement& bound) {
  const auto execution = make_execution(setup.cluster.services(), bound, &setup.reply);
  return execution->run() == Progress::kDone;
}

void run(const char* name, Setup& setup, const Plan& plan, size_t values_given, size_t operations) {
  const std::string payload(34, 'x');
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < operations; ++i) {
    setup.arena.reset();
    setup.reply.clear();
    const std::string key = bigint_bytes(static_cast<int64_t>(i % 10'000));
    std::vector<Value> values(values_given, Value(Bytes(payload)));
    values[0] = Value(Bytes(key));
    CETO_ASSERT(execute_one(setup, *bind_one(setup, plan, values)));
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  std::printf("%s: %.0f ns\n", name, took.count() / static_cast<double>(operations));
}

}  // namespace ceto::bench

int main(int argc, char**) {
  ceto::bench::Setup setup;
  const size_t operations = argc > 1 ? 20'000 : 1'000'000;  // any argument: few, for callgrind
  ceto::bench::run("insert", setup, *setup.insert, 6, operations);
  ceto::bench::run("select", setup, *setup.select, 1, operations);
}
