#include <random>

#include "plan/shard_test_util.h"

namespace ceto::testing {
namespace {

constexpr auto kPartitionKey = ColumnKind::kPartitionKey;
constexpr auto kClustering = ColumnKind::kClustering;
constexpr auto kStatic = ColumnKind::kStatic;
constexpr auto kRegular = ColumnKind::kRegular;

class PlanDecoderTest : public ::testing::Test {
 protected:
  PlanDecoderTest()
      : table(cluster.create(
            {"t",
             {{"k", kPartitionKey, 0, marshal("Int32Type")},
              {"c", kClustering, 0, marshal("Int32Type")},
              {"d", kClustering, 1, marshal("ReversedType(" + marshal("UTF8Type") + ")")},
              {"s", kStatic, 0, marshal("Int32Type")},
              {"v", kRegular, 0, marshal("Int32Type")},
              {"l", kRegular, 0, marshal("ListType(" + marshal("Int32Type") + ")")},
              {"m", kRegular, 0,
               marshal("MapType(" + marshal("UTF8Type") + "," + marshal("Int32Type") + ")")}}})),
        counters(cluster.create({"counters",
                                 {{"k", kPartitionKey, 0, marshal("Int32Type")},
                                  {"n", kRegular, 0, marshal("CounterColumnType")}},
                                 true})) {}

  static Piece num(int v) { return constant(int_bytes(v)); }

  // One plan of every kind, all with the markers (int, int).
  std::vector<Piece> samples() {
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
    return {select_plan(*table, markers, scan),
            select_plan(*table, markers, keyed),
            select_plan(*table, markers, tuples),
            modification_plan(*table, markers, update),
            modification_plan(*table, markers, conditional),
            modification_plan(*table, markers, remove),
            modification_plan(*counters, markers, add),
            batch_plan(0, markers,
                       {modification_body(*table, update), modification_body(*table, remove)}),
            batch_plan(0, markers, {modification_body(*table, conditional)},
                       cas_piece({0, 1, 2, 4, 5}))};
  }

  Cluster cluster;
  TableSchemaPtr table, counters;
};

TEST_F(PlanDecoderTest, every_kind_decodes_and_runs) {
  for (const Piece& bytes : samples()) {
    const Result<PlanPtr> plan = cluster.decode(bytes);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_EQ(plan.value()->marker_count(), 2u);
    EXPECT_EQ(plan.value()->marker_name(1), "m1");
    const Reply reply = cluster.run(*plan.value(), Values().i(1).i(2));
    EXPECT_TRUE(reply.ok) << reply.error.message;
  }
}

TEST_F(PlanDecoderTest, truncated_plans_are_refused) {
  for (const Piece& bytes : samples()) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(cluster.decode(bytes.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(cluster.decode(bytes + "x").ok());
  }
}

TEST_F(PlanDecoderTest, mutated_plans_are_refused_or_run_without_harm) {
  const uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::vector<Piece> plans = samples();
  size_t decoded = 0;
  for (int i = 0; i < 60'000; ++i) {
    Piece bytes = plans[random() % plans.size()];
    for (uint64_t n = 1 + random() % 3; n > 0; --n) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = static_cast<char>(random() % 12);
          break;
        case 2:
          bytes.erase(at, 1 + random() % 4);
          break;
        default:
          bytes.insert(at, 1 + random() % 4, static_cast<char>(random() % 4));
      }
      if (bytes.empty()) bytes = "x";
    }
    const Result<PlanPtr> plan = cluster.decode(bytes);
    if (!plan.ok()) continue;
    ++decoded;
    if (plan.value()->marker_count() != 2) continue;
    cluster.run(*plan.value(), Values().i(static_cast<int32_t>(random() % 4)).i(2));
  }
  EXPECT_GT(decoded, 0u);
}

TEST_F(PlanDecoderTest, constants_of_a_wrong_size_are_refused) {
  SelectSpec spec;
  spec.partition = by_key({key_eq(constant("abc"))});
  spec.selection = {{0, 0}};
  const Result<PlanPtr> plan = cluster.decode(select_plan(*table, {}, spec));
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().message, "Expected 4 or 0 byte int (3)");
}

TEST_F(PlanDecoderTest, marker_of_another_type_than_its_place_is_checked_for_both) {
  SelectSpec spec;
  spec.partition = by_key({key_eq(marker(0))});
  spec.selection = {{0, 0}};
  const Piece plan = select_plan(*table, {"BytesType"}, spec);
  EXPECT_EQ(cluster.show(plan, Values().s("abc")), "error: Expected 4 or 0 byte int (3)");
  EXPECT_EQ(cluster.show(plan, Values().i(1)), "");
}

TEST_F(PlanDecoderTest, computed_values_follow_the_markers) {
  SelectSpec spec;
  spec.partition = by_key({key_eq(marker(1))});
  spec.selection = {{0, 0}};
  const Piece plan = select_plan(*table, {"Int32Type"}, spec);
  EXPECT_EQ(cluster.show(plan, Values().i(1)),
            "error: the plan needs values that were not computed");
  EXPECT_EQ(cluster.show(plan, Values().i(1).i(2)),
            "error: there were 1 markers(?) in CQL but 2 bound variables");
  cluster.options.computed_values = true;
  EXPECT_EQ(cluster.show(plan, Values().i(1).i(2)), "");
  EXPECT_EQ(cluster.show(plan, Values().i(1).s("abc")), "error: Expected 4 or 0 byte int (3)");
}

TEST_F(PlanDecoderTest, unknown_table_is_an_invalid_request) {
  SelectSpec spec;
  spec.selection = {{0, 0}};
  Piece bytes = select_plan(*table, {}, spec);
  bytes[8] = '?';
  const Result<PlanPtr> plan = cluster.decode(bytes);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().code, ErrorCode::kInvalid);
}

TEST_F(PlanDecoderTest, named_values_are_put_in_marker_order) {
  SelectSpec spec;
  spec.partition = by_key({key_eq(marker(0))});
  spec.clustering = {ck_eq(0, {marker(1)})};
  spec.selection = {{0, 0}};
  const PlanPtr plan =
      cluster.decode(select_plan(*table, {"Int32Type", "Int32Type"}, spec)).value();
  Arena arena;
  const std::string one = int_bytes(1), two = int_bytes(2);
  const NamedValue named[] = {{"m1", Value(Bytes(two))}, {"m0", Value(Bytes(one))}};
  const auto ordered = order_named_values(*plan, named, arena);
  ASSERT_EQ(ordered.size(), 2u);
  EXPECT_EQ(ordered[0].bytes().text(), one);
  EXPECT_EQ(ordered[1].bytes().text(), two);
  EXPECT_EQ(order_named_values(*plan, std::span(named).first(1), arena).size(), 1u);
}

}  // namespace
}  // namespace ceto::testing
