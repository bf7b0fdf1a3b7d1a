#include "plan/shard_test_util.h"

namespace ceto::testing {
namespace {

// Columns of the table: 0 k, 1 c, 2 s static, 3 v, 4 l list<int>, 5 m map<text, int>. The
// expectations are what Cassandra 5.0.6 answers to the same statements.
class ConditionalTest : public ::testing::TestWithParam<Storage> {
 protected:
  ConditionalTest()
      : cluster(1, GetParam()),
        table(cluster.create(
            {"lwt",
             {{"k", kPartitionKey, 0, marshal("Int32Type")},
              {"c", kClustering, 0, marshal("Int32Type")},
              {"s", kStatic, 0, marshal("Int32Type")},
              {"v", kRegular, 0, marshal("Int32Type")},
              {"l", kRegular, 0, marshal("ListType(" + marshal("Int32Type") + ")")},
              {"m", kRegular, 0,
               marshal("MapType(" + marshal("UTF8Type") + "," + marshal("Int32Type") + ")")}}})) {}

  static ModificationSpec row(int kind, int k, int c) {
    ModificationSpec spec;
    spec.kind = kind;
    spec.partition = by_key({key_eq(num(k))});
    spec.clustering = {ck_eq(0, {num(c)})};
    return spec;
  }
  static ModificationSpec partition(int kind, int k) {
    ModificationSpec spec;
    spec.kind = kind;
    spec.flags = 8;
    spec.partition = by_key({key_eq(num(k))});
    return spec;
  }
  std::string show(const ModificationSpec& spec) {
    return cluster.show(modification_plan(*table, {}, spec));
  }
  std::string insert_if_not_exists(int k, int c, int v) {
    ModificationSpec spec = row(0, k, c);
    spec.flags |= 1;
    spec.operations = {op_set(3, num(v))};
    spec.cas_columns = {0, 1, 2, 3};
    return show(spec);
  }
  std::string update_if(int k, int c, int v, const std::vector<Piece>& conditions,
                        const std::vector<int>& columns) {
    ModificationSpec spec = row(1, k, c);
    spec.operations = {op_set(3, num(v))};
    spec.conditions = conditions;
    spec.cas_columns = columns;
    return show(spec);
  }
  void set_static(int k, int s) {
    ModificationSpec spec = partition(0, k);
    spec.operations = {op_set(2, num(s))};
    EXPECT_EQ(show(spec), "void");
  }
  std::string rows(int k) {
    SelectSpec spec;
    spec.flags = 16;
    spec.partition = by_key({key_eq(num(k))});
    spec.selection = {{0, 1}, {0, 2}, {0, 3}};
    return cluster.show(select_plan(*table, {}, spec));
  }

  Cluster cluster;
  TableSchemaPtr table;
};

INSTANTIATE_TEST_SUITE_P(Storages, ConditionalTest, every_storage(),
                         [](const auto& of) { return storage_name(of.param); });

TEST_P(ConditionalTest, insert_if_not_exists_applies_once) {
  EXPECT_EQ(insert_if_not_exists(1, 1, 10), "true");
  EXPECT_EQ(insert_if_not_exists(1, 1, 20), "false,1,1,null,10");
  EXPECT_EQ(rows(1), "1,null,10");
}

TEST_P(ConditionalTest, update_compares_and_shows_what_is_there) {
  insert_if_not_exists(1, 1, 10);
  EXPECT_EQ(update_if(1, 1, 20, {filter(3, 0, num(99))}, {3}), "false,10");
  EXPECT_EQ(update_if(1, 1, 20, {filter(3, 0, num(10))}, {3}), "true");
  EXPECT_EQ(update_if(1, 1, 30, {filter(3, 3, num(20))}, {3}), "false,20");
  EXPECT_EQ(update_if(1, 1, 30, {filter(3, 4, num(20))}, {3}), "true");
  EXPECT_EQ(update_if(1, 1, 31, {filter_in(3, {num(1), num(30)})}, {3}), "true");
  EXPECT_EQ(update_if(1, 1, 32, {filter(3, 8, null_term())}, {3}), "true");
  EXPECT_EQ(update_if(1, 1, 33, {filter(3, 0, null_term())}, {3}), "false,32");
  EXPECT_EQ(rows(1), "1,null,32");
}

TEST_P(ConditionalTest, missing_row_equals_null_and_shows_nothing) {
  EXPECT_EQ(update_if(9, 1, 1, {filter(3, 0, num(5))}, {3}), "false");
  EXPECT_EQ(update_if(9, 1, 1, {filter(3, 0, null_term())}, {3}), "true");
  EXPECT_EQ(rows(9), "1,null,1");
}

TEST_P(ConditionalTest, exists_is_about_the_row_not_the_partition) {
  set_static(5, 5);
  ModificationSpec update = row(1, 5, 1);
  update.flags |= 2;
  update.operations = {op_set(3, num(1))};
  EXPECT_EQ(show(update), "false");
  EXPECT_EQ(insert_if_not_exists(5, 1, 1), "true");
  EXPECT_EQ(show(update), "true");
  ModificationSpec remove = row(2, 5, 1);
  remove.flags |= 2;
  EXPECT_EQ(show(remove), "true");
  EXPECT_EQ(show(remove), "false");
  ModificationSpec update_static = partition(1, 5);
  update_static.flags |= 2;
  update_static.operations = {op_set(2, num(8))};
  EXPECT_EQ(show(update_static), "true");
  EXPECT_EQ(rows(5), "null,8,null");
}

TEST_P(ConditionalTest, static_conditions_hold_for_rows_that_are_not_there) {
  set_static(1, 7);
  EXPECT_EQ(update_if(1, 55, 2, {filter(2, 0, num(100))}, {2}), "false,7");
  EXPECT_EQ(update_if(1, 77, 2, {filter(2, 0, num(7))}, {2}), "true");
  EXPECT_EQ(rows(1), "77,7,2");
}

TEST_P(ConditionalTest, static_insert_if_not_exists_shows_the_first_row_with_statics_only) {
  insert_if_not_exists(1, 1, 1);
  ModificationSpec spec = partition(0, 1);
  spec.flags |= 1;
  spec.operations = {op_set(2, num(5))};
  spec.cas_columns = {0, 1, 2, 3};
  EXPECT_EQ(show(spec), "true");
  EXPECT_EQ(show(spec), "false,1,1,5,null");
}

TEST_P(ConditionalTest, collections_compare_as_wholes_and_by_element) {
  ModificationSpec fill = row(1, 2, 1);
  fill.operations = {op_set(4, constant(list_bytes({int_bytes(1), int_bytes(2)}))),
                     op_set(5, constant(list_bytes({"a", int_bytes(1)}, 2)))};
  show(fill);
  const auto holds = [&](const Piece& condition) {
    return update_if(2, 1, 1, {condition}, {}) == "true";
  };
  const auto list = [](std::vector<int> elements) {
    std::vector<std::string> made;
    for (int e : elements) made.push_back(int_bytes(e));
    return constant(list_bytes(made));
  };
  EXPECT_TRUE(holds(element_filter(4, num(0), 0, num(1))));
  EXPECT_FALSE(holds(element_filter(4, num(1), 0, num(1))));
  EXPECT_TRUE(holds(element_filter(4, num(5), 0, null_term())));
  EXPECT_TRUE(holds(element_filter(5, constant("a"), 0, num(1))));
  EXPECT_FALSE(holds(element_filter(5, constant("a"), 0, num(2))));
  EXPECT_TRUE(holds(element_filter(5, constant("z"), 0, null_term())));
  EXPECT_TRUE(holds(filter(4, 0, list({1, 2}))));
  EXPECT_FALSE(holds(filter(4, 0, list({1}))));
  EXPECT_TRUE(holds(filter(4, 3, list({1}))));
  EXPECT_FALSE(holds(filter(4, 0, null_term())));
  EXPECT_TRUE(holds(filter(4, 8, null_term())));
  EXPECT_TRUE(holds(filter(4, 6, num(1))));
  EXPECT_FALSE(holds(filter(4, 6, num(9))));
  EXPECT_TRUE(holds(filter(5, 7, constant("a"))));
  EXPECT_EQ(update_if(2, 1, 1, {element_filter(4, num(-1), 0, num(1))}, {4}),
            "error: Invalid negative list index -1");
  EXPECT_EQ(update_if(2, 1, 1, {element_filter(4, null_term(), 0, num(1))}, {4}),
            "error: Invalid null value for list element access");
}

TEST_P(ConditionalTest, bad_conditions_are_refused_in_cassandras_words) {
  EXPECT_EQ(update_if(1, 1, 1, {filter(3, 0, unset_term())}, {3}),
            "error: Invalid 'unset' value in condition");
  EXPECT_EQ(update_if(1, 1, 1, {filter(3, 3, null_term())}, {3}),
            "error: Invalid comparison with null for operator \">\"");
  ModificationSpec in_list = row(1, 1, 1);
  in_list.operations = {op_set(3, num(5))};
  in_list.conditions = {filter(3, 9, marker(0))};
  in_list.cas_columns = {3};
  const Piece with_list =
      modification_plan(*table, {"ListType(" + marshal("Int32Type") + ")"}, in_list);
  const std::string null_element = p32(1) + p32(-1);
  EXPECT_EQ(cluster.show(with_list, Values().bytes(null_element)), "true");  // there is no row
  EXPECT_EQ(cluster.show(with_list, Values().bytes(null_element)), "false,5");
  EXPECT_EQ(cluster.show(with_list, Values().bytes(list_bytes({"abc"}))),
            "error: Expected 4 or 0 byte int (3)");
  EXPECT_EQ(cluster.show(with_list, Values().bytes(p32(1))),
            "error: Not enough bytes to read a list");
  EXPECT_EQ(update_if(1, 1, 1, {filter(3, 9, null_term())}, {3}),
            "error: Invalid null list in IN condition");
  ModificationSpec spec = row(1, 1, 1);
  spec.partition = by_key({key_in({num(1), num(2)})});
  spec.conditions = {filter(3, 0, num(1))};
  spec.cas_columns = {3};
  EXPECT_EQ(show(spec), "error: IN on the partition key is not supported with conditional updates");
}

TEST_P(ConditionalTest, batch_applies_whole_or_not_at_all) {
  ModificationSpec create = row(0, 3, 1);
  create.flags |= 1;
  create.operations = {op_set(3, num(1))};
  ModificationSpec plain = row(0, 3, 2);
  plain.operations = {op_set(3, num(1))};
  const std::vector<int> columns = {0, 1, 2, 3};
  const auto batch = [&](const std::vector<ModificationSpec>& specs) {
    std::vector<Piece> bodies;
    for (const ModificationSpec& spec : specs) bodies.push_back(modification_body(*table, spec));
    return cluster.show(batch_plan(0, {}, bodies, cas_piece(columns)));
  };
  EXPECT_EQ(batch({create, plain}), "true");
  ModificationSpec change = row(1, 3, 2);
  change.operations = {op_set(3, num(9))};
  change.conditions = {filter(3, 0, num(8))};
  EXPECT_EQ(batch({create, change}), "false,3,1,null,1;false,3,2,null,1");
  change.conditions = {filter(3, 0, num(1))};
  EXPECT_EQ(batch({change, plain}), "true");
  ModificationSpec exists = row(1, 3, 1);
  exists.flags |= 2;
  EXPECT_EQ(batch({create, exists}),
            "error: Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row");
  ModificationSpec elsewhere = row(0, 4, 1);
  EXPECT_EQ(batch({create, elsewhere}),
            "error: Batch with conditions cannot span multiple partitions");
}

TEST_P(ConditionalTest, what_a_conditional_batch_inserts_outlives_what_it_deletes) {
  insert_if_not_exists(3, 1, 1);
  ModificationSpec remove;
  remove.kind = 2;
  remove.partition = by_key({key_eq(num(3))});
  ModificationSpec create = row(0, 3, 4);
  create.flags |= 1;
  create.operations = {op_set(3, num(4))};
  cluster.clock.advance_micros(10);
  EXPECT_EQ(cluster.show(batch_plan(
                0, {}, {modification_body(*table, remove), modification_body(*table, create)},
                cas_piece({0, 1, 2, 3}))),
            "true");
  EXPECT_EQ(rows(3), "4,null,4");
}

TEST_P(ConditionalTest, batch_message_with_conditions_makes_its_own_result_columns) {
  ModificationSpec create = row(0, 3, 1);
  create.flags |= 1;
  create.cas_columns = {0, 1, 2, 3, 4, 5};
  const PlanPtr plan = cluster.decode(modification_plan(*table, {}, create)).value();
  cluster.options.skip_metadata = true;
  EXPECT_EQ(readable(cluster.run_batch(BatchInfo::Type::kLogged, {{plan.get(), {}}})), "true");
  EXPECT_EQ(readable(cluster.run_batch(BatchInfo::Type::kLogged, {{plan.get(), {}}})),
            "false,3,1,null,null,null,null");
  cluster.options.skip_metadata = false;
  const Reply with_specs = cluster.run_batch(BatchInfo::Type::kLogged, {{plan.get(), {}}});
  EXPECT_TRUE(with_specs.ok);
}

TEST_P(ConditionalTest, list_operations_see_the_list_that_the_condition_saw) {
  ModificationSpec fill = row(1, 2, 1);
  fill.operations = {op_set(4, constant(list_bytes({int_bytes(1), int_bytes(2)})))};
  show(fill);
  ModificationSpec spec = row(1, 2, 1);
  spec.operations = {op_put(4, num(1), num(20))};
  spec.conditions = {element_filter(4, num(1), 0, num(2))};
  spec.cas_columns = {4};
  EXPECT_EQ(show(spec), "true");
  EXPECT_EQ(show(spec), "false," + list_bytes({int_bytes(1), int_bytes(20)}));
}

TEST(PartitionLocks, operations_on_one_partition_take_turns_in_the_order_of_their_coming) {
  PartitionLocks locks;
  const TableId table{};
  const std::string key = "key", other = "other";
  PartitionLock first, second, third, elsewhere;
  std::string order;
  const auto wait = [](PartitionLocks& all, PartitionLock& lock, std::string& to,
                       char name) -> Task<void> {
    co_await all.wait(lock);
    to += name;
  };
  EXPECT_EQ(locks.acquire(first, table, Token{1}, key), PartitionLocks::Outcome::kHeld);
  EXPECT_EQ(locks.acquire(second, table, Token{1}, key), PartitionLocks::Outcome::kQueued);
  EXPECT_EQ(locks.acquire(third, table, Token{1}, key), PartitionLocks::Outcome::kQueued);
  EXPECT_EQ(locks.acquire(elsewhere, table, Token{1}, other), PartitionLocks::Outcome::kHeld);
  spawn(wait(locks, third, order, '3'));
  spawn(wait(locks, second, order, '2'));
  EXPECT_EQ(order, "");
  locks.release(first);
  EXPECT_EQ(order, "2");
  locks.release(second);
  EXPECT_EQ(order, "23");
  EXPECT_EQ(locks.waiting(), 0u);
  EXPECT_TRUE(third.held());
  EXPECT_EQ(locks.acquire(first, table, Token{1}, key), PartitionLocks::Outcome::kQueued);
  locks.release(first);  // gives up waiting
  EXPECT_EQ(locks.waiting(), 0u);
}

}  // namespace
}  // namespace ceto::testing
