// Test utility: two tables, and a plan of every kind over them, all with the markers (int, int).
// Test code only.
#pragma once

#include "plan/shard_test_util.h"

namespace ceto::testing {

inline TableSpec sample_table() {
  const std::string integer = marshal("Int32Type"), text = marshal("UTF8Type");
  return {"t",
          {{"k", kPartitionKey, 0, integer},
           {"c", kClustering, 0, integer},
           {"d", kClustering, 1, marshal("ReversedType(" + text + ")")},
           {"s", kStatic, 0, integer},
           {"v", kRegular, 0, integer},
           {"l", kRegular, 0, marshal("ListType(" + integer + ")")},
           {"m", kRegular, 0, marshal("MapType(" + text + "," + integer + ")")}}};
}
inline TableSpec sample_counters() {
  return {"counters",
          {{"k", kPartitionKey, 0, marshal("Int32Type")},
           {"n", kRegular, 0, marshal("CounterColumnType")}},
          true};
}

inline std::vector<Piece> sample_plans(const TableSchema& table, const TableSchema& counters) {
  SelectSpec scan;
  scan.flags = 20;
  scan.partition = token_range(token_bound(true, token_of_terms({marker(0)})), p8(0));
  scan.filters = {filter(4, 0, marker(1)), element_filter(6, constant("a"), 0, num(1)),
                  filter(5, 6, num(3)), filter_in(3, {num(1), num(2)})};
  scan.selection = {{0, 0}, {0, 1}, {0, 3}, {1, 4}, {2, 5}, {0, 6}};
  scan.limit = some(num(10));
  SelectSpec keyed;
  keyed.partition = by_key({key_in({marker(0), num(5)})});
  keyed.clustering = {ck_eq(0, {marker(1)}), ck_slice(1, 1, 5, {constant("a")}, {constant("x")})};
  keyed.selection = {{0, 1}, {0, 4}};
  keyed.ordering = {{0, 1}};
  SelectSpec tuples;
  tuples.partition = by_key({key_eq(marker(0))});
  tuples.clustering = {ck_slice(0, 2, 7, {marker(1), constant("b")}, {num(9)})};
  tuples.selection = {{0, 4}};
  ModificationSpec update;
  update.kind = 1;
  update.ttl = some(marker(1));
  update.partition = by_key({key_eq(marker(0))});
  update.clustering = {ck_in(0, 2, {num(1), constant("a"), num(2), constant("b")})};
  update.operations = {op_set(4, marker(1)), op_term(2, 5, literal(3, {marker(0), num(2)})),
                       op_put(6, constant("k"), marker(1)), op_set(3, num(1))};
  ModificationSpec conditional = update;
  conditional.clustering = {ck_eq(0, {num(1), constant("a")})};
  conditional.conditions = {filter(4, 8, marker(1)), element_filter(5, num(0), 0, num(3))};
  conditional.cas_columns = {4, 5};
  ModificationSpec remove;
  remove.kind = 2;
  remove.partition = by_key({key_eq(marker(0))});
  remove.clustering = {ck_slice(0, 1, 3, {marker(1)}, {})};
  ModificationSpec add;
  add.kind = 1;
  add.partition = by_key({key_eq(marker(0))});
  add.operations = {op_term(10, 1, constant(bigint_bytes(1)))};
  const std::vector<std::string> markers = {"Int32Type", "Int32Type"};
  return {
      select_plan(table, markers, scan),
      select_plan(table, markers, keyed),
      select_plan(table, markers, tuples),
      modification_plan(table, markers, update),
      modification_plan(table, markers, conditional),
      modification_plan(table, markers, remove),
      modification_plan(counters, markers, add),
      batch_plan(0, markers, {modification_body(table, update), modification_body(table, remove)}),
      batch_plan(0, markers, {modification_body(table, conditional)}, cas_piece({0, 1, 2, 4, 5}))};
}

struct SamplePlans {
  SamplePlans()
      : table(cluster.create(sample_table())), counters(cluster.create(sample_counters())) {}
  std::vector<Piece> samples() const { return sample_plans(*table, *counters); }

  Cluster cluster;
  TableSchemaPtr table, counters;
};

}  // namespace ceto::testing
