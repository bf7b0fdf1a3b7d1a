#include "plan/shard_test_util.h"

namespace ceto::testing {
namespace {

const std::string kUdt =
    "UserType(ks,7564,61:org.apache.cassandra.db.marshal.Int32Type,"
    "62:org.apache.cassandra.db.marshal.UTF8Type)";

class ModificationTest : public ::testing::TestWithParam<Storage> {
 protected:
  ModificationTest()
      : cluster(1, GetParam()),
        kv(cluster.create({"kv",
                           {{"k", kPartitionKey, 0, marshal("Int32Type")},
                            {"v", kRegular, 0, marshal("Int32Type")},
                            {"w", kRegular, 0, marshal("UTF8Type")}}})),
        rows(cluster.create({"rows",
                             {{"k", kPartitionKey, 0, marshal("Int32Type")},
                              {"c", kClustering, 0, marshal("Int32Type")},
                              {"s", kStatic, 0, marshal("Int32Type")},
                              {"v", kRegular, 0, marshal("Int32Type")}}})),
        collections(cluster.create(
            {"collections",
             {{"k", kPartitionKey, 0, marshal("Int32Type")},
              {"l", kRegular, 0, marshal("ListType(" + marshal("Int32Type") + ")")},
              {"m", kRegular, 0,
               marshal("MapType(" + marshal("UTF8Type") + "," + marshal("Int32Type") + ")")},
              {"s", kRegular, 0, marshal("SetType(" + marshal("Int32Type") + ")")},
              {"u", kRegular, 0, marshal(kUdt)}}})),
        counters(cluster.create({"counters",
                                 {{"k", kPartitionKey, 0, marshal("Int32Type")},
                                  {"n", kRegular, 0, marshal("CounterColumnType")}},
                                 true})) {}

  std::string insert_kv(int k, int v) {
    ModificationSpec spec;
    spec.partition = by_key({key_eq(marker(0))});
    spec.operations = {op_set(1, marker(1))};
    return cluster.show(modification_plan(*kv, {"Int32Type", "Int32Type"}, spec),
                        Values().i(k).i(v));
  }
  std::string select_kv(const Piece& partition = everything()) {
    SelectSpec spec;
    spec.partition = partition;
    spec.selection = {{0, 0}, {0, 1}, {0, 2}};
    return cluster.show(select_plan(*kv, {}, spec));
  }
  std::string insert_row(int k, int c, int v) {
    ModificationSpec spec;
    spec.partition = key(k);
    spec.clustering = {ck_eq(0, {constant(int_bytes(c))})};
    spec.operations = {op_set(3, constant(int_bytes(v)))};
    return cluster.show(modification_plan(*rows, {}, spec));
  }
  std::string select_rows(int k) {
    SelectSpec spec;
    spec.flags = 16;
    spec.partition = key(k);
    spec.selection = {{0, 1}, {0, 2}, {0, 3}};
    return cluster.show(select_plan(*rows, {}, spec));
  }
  std::string update_collections(const Piece& operation) {
    ModificationSpec spec;
    spec.kind = 1;
    spec.partition = key(1);
    spec.operations = {operation};
    return cluster.show(modification_plan(*collections, {}, spec));
  }
  // A column's elements: integers and texts.
  std::string column(int id) {
    SelectSpec spec;
    spec.partition = key(1);
    spec.selection = {{0, id}};
    const Reply reply = cluster.run(select_plan(*collections, {}, spec));
    if (reply.rows.empty()) return "no row";
    const std::string& value = reply.rows[0][0];
    if (value == "null") return value;
    ByteReader in{Bytes(value)};
    if (id != 4) in.skip(4);
    std::string all;
    while (!in.at_end()) {
      bool null = false;
      const Bytes part = in.i32_bytes(&null);
      all += (all.empty() ? "" : ",") + (null ? std::string("null") : readable(part.str()));
    }
    return all;
  }
  std::string count(int op, const Piece& term, int k = 1) {
    ModificationSpec spec;
    spec.kind = 1;
    spec.partition = key(k);
    spec.operations = {op_term(op, 1, term)};
    return cluster.show(modification_plan(*counters, {}, spec));
  }
  std::string counter(int k = 1) {
    SelectSpec spec;
    spec.partition = key(k);
    spec.selection = {{0, 1}};
    return cluster.show(select_plan(*counters, {}, spec));
  }

  Cluster cluster;
  TableSchemaPtr kv, rows, collections, counters;
};

INSTANTIATE_TEST_SUITE_P(Storages, ModificationTest, every_storage(),
                         [](const auto& of) { return storage_name(of.param); });

TEST_P(ModificationTest, inserted_row_is_read_by_its_key) {
  EXPECT_EQ(insert_kv(1, 10), "void");
  EXPECT_EQ(select_kv(key(1)), "1,10,null");
  EXPECT_EQ(select_kv(key(2)), "");
}

TEST_P(ModificationTest, insert_of_key_alone_makes_a_row_and_update_does_not) {
  ModificationSpec spec;
  spec.partition = key(1);
  EXPECT_EQ(cluster.show(modification_plan(*kv, {}, spec)), "void");
  EXPECT_EQ(select_kv(key(1)), "1,null,null");
  spec.kind = 1;
  spec.partition = key(2);
  spec.operations = {op_set(1, null_term())};
  EXPECT_EQ(cluster.show(modification_plan(*kv, {}, spec)), "void");
  EXPECT_EQ(select_kv(key(2)), "");
}

TEST_P(ModificationTest, null_deletes_and_unset_leaves_a_column) {
  insert_kv(1, 10);
  ModificationSpec spec;
  spec.kind = 1;
  spec.partition = key(1);
  spec.operations = {op_set(1, marker(0)), op_set(2, marker(1))};
  const Piece plan = modification_plan(*kv, {"Int32Type", "UTF8Type"}, spec);
  EXPECT_EQ(cluster.show(plan, Values().unset().s("a")), "void");
  EXPECT_EQ(select_kv(key(1)), "1,10,a");
  EXPECT_EQ(cluster.show(plan, Values().null().unset()), "void");
  EXPECT_EQ(select_kv(key(1)), "1,null,a");
}

TEST_P(ModificationTest, older_timestamp_loses) {
  ModificationSpec spec;
  spec.partition = key(1);
  spec.timestamp = some(marker(0));
  spec.operations = {op_set(1, marker(1))};
  const Piece plan = modification_plan(*kv, {"LongType", "Int32Type"}, spec);
  EXPECT_EQ(cluster.show(plan, Values().l(100).i(1)), "void");
  EXPECT_EQ(cluster.show(plan, Values().l(99).i(2)), "void");
  EXPECT_EQ(select_kv(key(1)), "1,1,null");
  EXPECT_EQ(cluster.show(plan, Values().null().i(2)), "error: Invalid null value of timestamp");
  EXPECT_EQ(
      cluster.show(plan, Values().l(INT64_MIN).i(2)),
      "error: Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]");
}

TEST_P(ModificationTest, ttl_ends_a_row) {
  ModificationSpec spec;
  spec.partition = key(1);
  spec.ttl = some(marker(0));
  spec.operations = {op_set(1, constant(int_bytes(5)))};
  const Piece plan = modification_plan(*kv, {"Int32Type"}, spec);
  EXPECT_EQ(cluster.show(plan, Values().i(100)), "void");
  SelectSpec times;
  times.partition = key(1);
  times.selection = {{2, 1}, {1, 1}};
  EXPECT_EQ(cluster.show(select_plan(*kv, {}, times)),
            "100," + std::to_string(cluster.clock.wall_micros()));
  cluster.clock.advance_micros(99'000'000);
  EXPECT_EQ(select_kv(key(1)), "1,5,null");
  cluster.clock.advance_micros(1'000'000);
  EXPECT_EQ(select_kv(key(1)), "");
  EXPECT_EQ(cluster.show(plan, Values().i(-1)),
            "error: A TTL must be greater or equal to 0, but was -1");
  EXPECT_EQ(cluster.show(plan, Values().i(630720001)),
            "error: ttl is too large. requested (630720001) maximum (630720000)");
}

TEST_P(ModificationTest, default_ttl_of_the_table_holds_unless_zero_is_given) {
  TableSchemaPtr table = cluster.create(
      {"expiring",
       {{"k", kPartitionKey, 0, marshal("Int32Type")}, {"v", kRegular, 0, marshal("Int32Type")}},
       false,
       60});
  ModificationSpec spec;
  spec.partition = key(1);
  spec.operations = {op_set(1, constant(int_bytes(5)))};
  cluster.run(modification_plan(*table, {}, spec));
  spec.partition = key(2);
  spec.ttl = some(constant(int_bytes(0)));
  cluster.run(modification_plan(*table, {}, spec));
  SelectSpec times;
  times.partition = by_key({key_in({constant(int_bytes(1)), constant(int_bytes(2))})});
  times.selection = {{0, 0}, {2, 1}};
  EXPECT_EQ(cluster.show(select_plan(*table, {}, times)), "1,60;2,null");
}

TEST_P(ModificationTest, row_range_and_partition_deletes) {
  for (int c = 1; c <= 6; ++c) insert_row(1, c, c * 10);
  ModificationSpec spec;
  spec.kind = 2;
  spec.partition = key(1);
  spec.clustering = {ck_eq(0, {constant(int_bytes(2))})};
  EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  spec.clustering = {ck_slice(0, 1, 1 | 4 | 8, {constant(int_bytes(3))}, {constant(int_bytes(5))})};
  EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  EXPECT_EQ(select_rows(1), "1,null,10;3,null,30;6,null,60");
  spec.clustering = {ck_in(0, 1, {constant(int_bytes(6)), constant(int_bytes(1))})};
  EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  EXPECT_EQ(select_rows(1), "3,null,30");
  spec.clustering = {};
  EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  EXPECT_EQ(select_rows(1), "");
}

TEST_P(ModificationTest, static_columns_belong_to_the_partition) {
  ModificationSpec spec;
  spec.flags = 8;
  spec.partition = key(1);
  spec.operations = {op_set(2, constant(int_bytes(7)))};
  EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  EXPECT_EQ(select_rows(1), "null,7,null");
  insert_row(1, 1, 10);
  insert_row(1, 2, 20);
  EXPECT_EQ(select_rows(1), "1,7,10;2,7,20");
  spec.kind = 2;
  spec.operations = {op_delete(2)};
  EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  EXPECT_EQ(select_rows(1), "1,null,10;2,null,20");
}

TEST_P(ModificationTest, update_of_several_rows_writes_each) {
  ModificationSpec spec;
  spec.kind = 1;
  spec.partition = by_key({key_in_marker(marker(0))});
  spec.clustering = {ck_in(0, 1, {constant(int_bytes(2)), constant(int_bytes(1))})};
  spec.operations = {op_set(3, constant(int_bytes(9)))};
  const Piece plan = modification_plan(*rows, {"ListType(" + marshal("Int32Type") + ")"}, spec);
  EXPECT_EQ(cluster.show(plan, Values().bytes(list_bytes({int_bytes(4), int_bytes(5)}))), "void");
  EXPECT_EQ(select_rows(4), "1,null,9;2,null,9");
  EXPECT_EQ(select_rows(5), "1,null,9;2,null,9");
  EXPECT_EQ(cluster.store().applies, 1u);
  EXPECT_EQ(cluster.show(plan, Values().bytes(list_bytes({}))), "void");
  EXPECT_EQ(cluster.show(plan, Values().null()), "error: Invalid null value for column k");
  EXPECT_EQ(cluster.show(plan, Values().bytes(p32(1) + p32(-1))),
            "error: Invalid null value in condition for column k");
}

TEST_P(ModificationTest, a_column_added_again_takes_nothing_from_before_its_drop) {
  TableSchemaPtr table =
      cluster.create({"again",
                      {{"k", kPartitionKey, 0, marshal("Int32Type")},
                       {"v", kRegular, 0, marshal("Int32Type")},
                       {"l", kRegular, 0, marshal("SetType(" + marshal("Int32Type") + ")")}},
                      false,
                      0,
                      1,
                      {{"v", 2000}, {"v", 1000}, {"l", 2000}}});
  const auto insert_at = [&](int64_t timestamp) {
    ModificationSpec spec;
    spec.partition = by_key({key_eq(constant(int_bytes(1)))});
    spec.timestamp = some(constant(bigint_bytes(timestamp)));
    spec.operations = {op_set(1, constant(int_bytes(static_cast<int>(timestamp)))),
                       op_set(2, constant(list_bytes({int_bytes(3)})))};
    EXPECT_EQ(cluster.show(modification_plan(*table, {}, spec)), "void");
  };
  SelectSpec select;
  select.selection = {{0, 0}, {0, 1}, {0, 2}};
  insert_at(2000);
  EXPECT_EQ(cluster.show(select_plan(*table, {}, select)), "1,null,null");
  insert_at(2001);
  EXPECT_EQ(cluster.show(select_plan(*table, {}, select)), "1,2001," + list_bytes({int_bytes(3)}));
}

TEST_P(ModificationTest, keys_and_clusterings_are_checked_in_cassandras_words) {
  ModificationSpec spec;
  spec.partition = by_key({key_eq(marker(0))});
  spec.clustering = {ck_eq(0, {marker(1)})};
  const Piece plan = modification_plan(*rows, {"Int32Type", "Int32Type"}, spec);
  EXPECT_EQ(cluster.show(plan, Values().null().i(1)),
            "error: Invalid null value in condition for column k");
  EXPECT_EQ(cluster.show(plan, Values().unset().i(1)), "error: Invalid unset value for column k");
  EXPECT_EQ(cluster.show(plan, Values().s("").i(1)), "error: Key may not be empty");
  EXPECT_EQ(cluster.show(plan, Values().s("abc").i(1)), "error: Expected 4 or 0 byte int (3)");
  EXPECT_EQ(cluster.show(plan, Values().i(1).null()),
            "error: Invalid null value in condition for column c");
  EXPECT_EQ(cluster.show(plan, Values().i(1).unset()), "error: Invalid unset value for column c");
  EXPECT_EQ(cluster.show(plan, Values().i(1)),
            "error: there were 2 markers(?) in CQL but 1 bound variables");
  cluster.options.prepared = false;
  EXPECT_EQ(cluster.show(plan, Values().i(1)), "error: Invalid amount of bind variables");
}

TEST_P(ModificationTest, sets_and_maps_are_written_cell_by_cell) {
  EXPECT_EQ(update_collections(op_set(3, constant(list_bytes({int_bytes(1), int_bytes(3)})))),
            "void");
  EXPECT_EQ(column(3), "1,3");
  update_collections(op_term(4, 3, constant(list_bytes({int_bytes(2)}))));
  update_collections(op_term(5, 3, constant(list_bytes({int_bytes(1)}))));
  EXPECT_EQ(column(3), "2,3");
  update_collections(op_delete_key(3, constant(int_bytes(3))));
  EXPECT_EQ(column(3), "2");
  update_collections(op_set(
      3, literal(4, {constant(int_bytes(9)), constant(int_bytes(8)), constant(int_bytes(9))})));
  EXPECT_EQ(column(3), "8,9");
  update_collections(op_set(2, constant(list_bytes({"a", int_bytes(1), "b", int_bytes(2)}, 2))));
  update_collections(op_put(2, constant("c"), constant(int_bytes(3))));
  update_collections(op_put(2, constant("a"), null_term()));
  EXPECT_EQ(column(2), "b,2,c,3");
  update_collections(op_term(5, 2, constant(list_bytes({"b"}))));
  EXPECT_EQ(column(2), "c,3");
  update_collections(op_set(2, null_term()));
  EXPECT_EQ(column(2), "null");
  EXPECT_EQ(update_collections(op_put(2, null_term(), constant(int_bytes(3)))),
            "error: Invalid null map key");
  EXPECT_EQ(update_collections(op_put(2, unset_term(), constant(int_bytes(3)))),
            "error: Invalid unset map key");
  EXPECT_EQ(update_collections(op_delete_key(3, null_term())), "error: Invalid null set element");
}

TEST_P(ModificationTest, lists_append_prepend_and_change_by_index) {
  const auto list = [](std::vector<int> elements) {
    std::vector<std::string> made;
    for (int e : elements) made.push_back(int_bytes(e));
    return constant(list_bytes(made));
  };
  EXPECT_EQ(update_collections(op_put(1, constant(int_bytes(0)), constant(int_bytes(1)))),
            "error: Attempted to set an element on a list which is null");
  EXPECT_EQ(update_collections(op_delete_key(1, constant(int_bytes(0)))),
            "error: Attempted to delete an element from a list which is null");
  update_collections(op_set(1, list({1, 2, 3})));
  update_collections(op_term(2, 1, list({4, 5})));
  update_collections(op_term(3, 1, list({8, 9})));
  update_collections(op_term(3, 1, list({7})));
  EXPECT_EQ(column(1), "7,8,9,1,2,3,4,5");
  update_collections(op_put(1, constant(int_bytes(1)), constant(int_bytes(80))));
  EXPECT_EQ(column(1), "7,80,9,1,2,3,4,5");
  update_collections(op_put(1, constant(int_bytes(1)), null_term()));
  update_collections(op_delete_key(1, constant(int_bytes(0))));
  EXPECT_EQ(column(1), "9,1,2,3,4,5");
  update_collections(op_term(5, 1, list({1, 5, 77})));
  EXPECT_EQ(column(1), "9,2,3,4");
  EXPECT_EQ(update_collections(op_put(1, constant(int_bytes(4)), constant(int_bytes(1)))),
            "error: List index 4 out of bound, list has size 4");
  EXPECT_EQ(update_collections(op_put(1, constant(int_bytes(-1)), constant(int_bytes(1)))),
            "error: List index -1 out of bound, list has size 4");
  EXPECT_EQ(update_collections(op_put(1, null_term(), constant(int_bytes(1)))),
            "error: Invalid null value for list index");
}

TEST_P(ModificationTest, udt_fields_are_cells) {
  update_collections(op_set(4, literal(6, {constant(int_bytes(1)), constant("x")})));
  EXPECT_EQ(column(4), "1,x");
  update_collections(op_set_field(4, 0, constant(int_bytes(2))));
  EXPECT_EQ(column(4), "2,x");
  update_collections(op_delete_field(4, 1));
  EXPECT_EQ(column(4), "2,null");
  update_collections(op_set(4, literal(6, {null_term(), constant("y")})));
  EXPECT_EQ(column(4), "null,y");
  update_collections(op_set_field(4, 1, null_term()));
  EXPECT_EQ(column(4), "no row");
}

TEST_P(ModificationTest, counters_add_up_and_keep_cassandras_words) {
  EXPECT_EQ(count(10, constant(bigint_bytes(5))), "void");
  EXPECT_EQ(count(11, constant(bigint_bytes(2))), "void");
  EXPECT_EQ(counter(), "3");
  EXPECT_EQ(count(10, unset_term()), "void");
  EXPECT_EQ(counter(), "3");
  EXPECT_EQ(count(10, null_term()), "error: Invalid null value for counter increment");
  EXPECT_EQ(count(11, constant(bigint_bytes(INT64_MIN))),
            "error: The negation of -9223372036854775808 overflows supported counter precision "
            "(signed 8 bytes integer)");
}

TEST_P(ModificationTest, refused_write_reports_the_stores_error_and_writes_nothing) {
  cluster.store().overloaded = true;
  EXPECT_EQ(insert_kv(1, 1), "error: full");
}

TEST_P(ModificationTest, batch_is_one_record_and_its_statements_see_one_timestamp) {
  ModificationSpec one, two;
  one.partition = key(1);
  one.operations = {op_set(1, constant(int_bytes(1)))};
  two.partition = key(1);
  two.operations = {op_set(1, constant(int_bytes(2)))};
  ModificationSpec other = one;
  other.partition = key(2);
  const Piece plan = batch_plan(
      0, {},
      {modification_body(*kv, two), modification_body(*kv, one), modification_body(*kv, other)});
  EXPECT_EQ(cluster.show(plan), "void");
  EXPECT_EQ(cluster.store().applies, 1u);
  EXPECT_EQ(select_kv(key(1)), "1,2,null");  // equal timestamps: the greater value
  EXPECT_EQ(select_kv(key(2)), "2,1,null");
}

TEST_P(ModificationTest, counter_batch_counts_each_statement) {
  ModificationSpec spec;
  spec.kind = 1;
  spec.partition = key(1);
  spec.operations = {op_term(10, 1, constant(bigint_bytes(5)))};
  const Piece body = modification_body(*counters, spec);
  spec.partition = key(2);
  EXPECT_EQ(cluster.show(batch_plan(2, {}, {body, body, modification_body(*counters, spec)})),
            "void");
  EXPECT_EQ(counter(1), "10");
  EXPECT_EQ(counter(2), "5");
}

TEST_P(ModificationTest, batch_message_keeps_counters_and_others_apart) {
  ModificationSpec plain;
  plain.partition = key(1);
  plain.operations = {op_set(1, marker(0))};
  ModificationSpec adding;
  adding.kind = 1;
  adding.partition = key(1);
  adding.operations = {op_term(10, 1, constant(bigint_bytes(1)))};
  const PlanPtr write = cluster.decode(modification_plan(*kv, {"Int32Type"}, plain)).value();
  const PlanPtr add = cluster.decode(modification_plan(*counters, {}, adding)).value();
  const Values five = std::move(Values().i(5));
  const std::vector<Value>& values = five;
  const auto show = [&](BatchInfo::Type type, std::vector<BatchEntry> entries) {
    return readable(cluster.run_batch(type, entries));
  };
  EXPECT_EQ(show(BatchInfo::Type::kLogged, {{write.get(), values}}), "void");
  EXPECT_EQ(select_kv(key(1)), "1,5,null");
  EXPECT_EQ(show(BatchInfo::Type::kLogged, {{add.get(), {}}}),
            "error: Cannot include a counter statement in a logged batch");
  EXPECT_EQ(show(BatchInfo::Type::kCounter, {{write.get(), values}}),
            "error: Cannot include non-counter statement in a counter batch");
  EXPECT_EQ(show(BatchInfo::Type::kUnlogged, {{add.get(), {}}, {write.get(), values}}),
            "error: Counter and non-counter mutations cannot exist in the same batch");
}

TEST_P(ModificationTest, functions_are_evaluated_at_each_execution) {
  TableSchemaPtr table = cluster.create({"ids",
                                         {{"k", kPartitionKey, 0, marshal("Int32Type")},
                                          {"t", kRegular, 0, marshal("TimeUUIDType")},
                                          {"u", kRegular, 0, marshal("UUIDType")}}});
  ModificationSpec spec;
  spec.operations = {op_set(1, function(1)), op_set(2, function(2))};
  std::vector<Reply> replies;
  for (int k = 1; k <= 2; ++k) {
    spec.partition = key(k);
    cluster.run(modification_plan(*table, {}, spec));
    SelectSpec select;
    select.partition = key(k);
    select.selection = {{0, 1}, {0, 2}};
    replies.push_back(cluster.run(select_plan(*table, {}, select)));
  }
  EXPECT_EQ(replies[0].rows[0][0].size(), 16u);
  EXPECT_LT(replies[0].rows[0][0], replies[1].rows[0][0]);
  EXPECT_NE(replies[0].rows[0][1], replies[1].rows[0][1]);
  EXPECT_EQ(replies[0].rows[0][1][6] & 0xF0, 0x40);
}

}  // namespace
}  // namespace ceto::testing
