#include "shard/consistency.h"

#include "plan/shard_test_util.h"

namespace ceto::testing {
namespace {

constexpr uint16_t kAny = 0, kOne = 1, kTwo = 2, kThree = 3, kQuorum = 4, kAll = 5,
                   kLocalQuorum = 6, kSerial = 8, kLocalSerial = 9;

// The expectations are what one node of Cassandra 5.0.6 answers.
class ConsistencyTest : public ::testing::Test {
 protected:
  TableSchemaPtr table(const char* name, uint16_t factor, bool counter = false) {
    const char* value = counter ? "CounterColumnType" : "Int32Type";
    return cluster.create({name,
                           {{"k", ColumnKind::kPartitionKey, 0, marshal("Int32Type")},
                            {"v", ColumnKind::kRegular, 0, marshal(value)}},
                           counter,
                           0,
                           factor});
  }
  static Piece read(const TableSchema& table, const std::vector<int>& keys = {1}) {
    SelectSpec spec;
    std::vector<Piece> terms;
    for (int key : keys) terms.push_back(constant(int_bytes(key)));
    spec.partition = by_key({key_in(terms)});
    spec.selection = {{0, 0}};
    return select_plan(table, {}, spec);
  }
  static Piece scan(const TableSchema& table) {
    SelectSpec spec;
    spec.selection = {{0, 0}};
    return select_plan(table, {}, spec);
  }
  static Piece write(const TableSchema& table, uint32_t flags = 0) {
    ModificationSpec spec;
    spec.kind = table.counter ? 1 : 0;
    spec.flags = flags | (table.counter ? 4 : 0);
    spec.partition = by_key({key_eq(constant(int_bytes(1)))});
    spec.operations = {table.counter ? op_term(10, 1, constant(bigint_bytes(1)))
                                     : op_set(1, constant(int_bytes(1)))};
    if (flags & 1) spec.cas_columns = {0, 1};
    return modification_plan(table, {}, spec);
  }
  static std::string answer(const Status& status) {
    if (status.ok()) return "fine";
    const Error& error = status.error();
    if (error.code != ErrorCode::kUnavailable) return error.message;
    ByteReader extra{Bytes(error.extra)};
    extra.u16();
    const int32_t required = extra.i32();
    return error.message + ", required " + std::to_string(required) + ", alive " +
           std::to_string(extra.i32());
  }
  std::string check(const Piece& bytes, uint16_t consistency, uint16_t serial = kSerial) {
    const PlanPtr plan = cluster.decode(bytes).value();
    Arena arena;
    QueryOptions options;
    options.consistency = consistency;
    options.serial_consistency = serial;
    return answer(
        check_consistency(*bind_statement(*plan, {}, options, cluster.services(), arena).value()));
  }
  std::string check_batch(const Piece& bytes, uint16_t consistency) {
    const PlanPtr plan = cluster.decode(bytes).value();
    const std::vector<BatchEntry> entries{{plan.get(), {}}};
    Arena arena;
    QueryOptions options;
    options.consistency = consistency;
    return answer(check_consistency(
        *bind_batch(BatchInfo::Type::kUnlogged, entries, options, cluster.services(), arena)
             .value()));
  }

  Cluster cluster;
};

TEST_F(ConsistencyTest, levels_above_the_one_replica_are_unavailable) {
  const TableSchemaPtr one = table("one", 1), three = table("three", 3);
  for (const Piece& plan : {read(*one), scan(*one), write(*one), write(*one, 1)}) {
    EXPECT_EQ(check(plan, kOne), "fine");
    EXPECT_EQ(check(plan, kQuorum), "fine");
    EXPECT_EQ(check(plan, kAll), "fine");
    EXPECT_EQ(check(plan, kTwo), "Cannot achieve consistency level TWO, required 2, alive 1");
    EXPECT_EQ(check(plan, kThree), "Cannot achieve consistency level THREE, required 3, alive 1");
  }
  for (const Piece& plan : {read(*three), scan(*three), write(*three)}) {
    EXPECT_EQ(check(plan, kOne), "fine");
    EXPECT_EQ(check(plan, kQuorum), "Cannot achieve consistency level QUORUM, required 2, alive 1");
    EXPECT_EQ(check(plan, kAll), "Cannot achieve consistency level ALL, required 3, alive 1");
    EXPECT_EQ(check(plan, kLocalQuorum),
              "Cannot achieve consistency level LOCAL_QUORUM, required 2, alive 1");
  }
  EXPECT_EQ(check(read(*three), kSerial),
            "Cannot achieve consistency level QUORUM, required 2, alive 1");
  EXPECT_EQ(check(scan(*three), kLocalSerial),
            "Cannot achieve consistency level LOCAL_SERIAL, required 2, alive 1");
  EXPECT_EQ(check(write(*three, 1), kOne),
            "Cannot achieve consistency level QUORUM, required 2, alive 1");
  EXPECT_EQ(check(write(*three, 1), kAll, kLocalSerial),
            "Cannot achieve consistency level LOCAL_QUORUM, required 2, alive 1");
}

TEST_F(ConsistencyTest, no_replica_is_asked_for_nothing_or_for_virtual_tables) {
  EXPECT_EQ(check(read(*table("one", 1), {}), kThree), "fine");
  EXPECT_EQ(check(scan(*table("virtual", 0)), kThree), "fine");
}

TEST_F(ConsistencyTest, levels_suit_the_kind_of_statement) {
  const TableSchemaPtr rows = table("rows", 1), counters = table("counters", 1, true);
  EXPECT_EQ(check(read(*rows), kAny), "ANY ConsistencyLevel is only supported for writes");
  EXPECT_EQ(check(write(*rows), kAny), "fine");
  EXPECT_EQ(check(write(*counters), kAny),
            "Consistency level ANY is not yet supported for counter table counters");
  EXPECT_EQ(check(read(*rows), kSerial), "fine");
  EXPECT_EQ(check(write(*rows), kSerial),
            "You must use conditional updates for serializable writes");
  EXPECT_EQ(check(write(*counters), kLocalSerial),
            "Counter operations are inherently non-serializable");
  EXPECT_EQ(check_batch(write(*rows), kSerial), "fine");
  EXPECT_EQ(check_batch(write(*rows), kTwo),
            "Cannot achieve consistency level TWO, required 2, alive 1");
}

TEST_F(ConsistencyTest, conditions_are_agreed_on_at_a_serial_level_and_committed_at_another) {
  const Piece conditional = write(*table("rows", 1), 1);
  EXPECT_EQ(check(conditional, kAny, kLocalSerial), "fine");
  EXPECT_EQ(check(conditional, kOne, kQuorum),
            "Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL");
  EXPECT_EQ(
      check(conditional, kLocalSerial),
      "LOCAL_SERIAL is not supported as conditional update commit consistency. Use ANY if you "
      "mean \"make sure it is accepted but I don't care how many replicas commit it for "
      "non-SERIAL reads\"");
}

}  // namespace
}  // namespace ceto::testing
