#include <random>

#include "plan/sample_plans_test_util.h"

namespace ceto::testing {
namespace {

class PlanDecoderTest : public ::testing::Test, protected SamplePlans {};

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
