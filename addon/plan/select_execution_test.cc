#include <random>

#include "plan/shard_test_util.h"
#include "types/token.h"

namespace ceto::testing {
namespace {

class SelectTest : public ::testing::TestWithParam<std::tuple<uint32_t, Storage>> {
 protected:
  SelectTest()
      : cluster(std::get<0>(GetParam()), std::get<1>(GetParam())),
        rows(cluster.create({"rows",
                             {{"k", kPartitionKey, 0, marshal("Int32Type")},
                              {"c", kClustering, 0, marshal("Int32Type")},
                              {"s", kStatic, 0, marshal("Int32Type")},
                              {"v", kRegular, 0, marshal("Int32Type")}}})),
        mixed(cluster.create(
            {"mixed",
             {{"k", kPartitionKey, 0, marshal("Int32Type")},
              {"a", kClustering, 0, marshal("Int32Type")},
              {"b", kClustering, 1, marshal("ReversedType(" + marshal("Int32Type") + ")")},
              {"v", kRegular, 0, marshal("Int32Type")}}})) {
    cluster.options.page_size = -1;
  }

  void insert(int k, int c, int v) {
    ModificationSpec spec;
    spec.partition = key(k);
    spec.clustering = {ck_eq(0, {num(c)})};
    spec.operations = {op_set(3, num(v))};
    EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  }
  void insert_static(int k, int s) {
    ModificationSpec spec;
    spec.flags = 8;
    spec.partition = key(k);
    spec.operations = {op_set(2, num(s))};
    EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  }
  void insert_mixed(int k, int a, int b) {
    ModificationSpec spec;
    spec.partition = key(k);
    spec.clustering = {ck_eq(0, {num(a)}), ck_eq(1, {num(b)})};
    spec.operations = {op_set(3, num(a * 10 + b))};
    EXPECT_EQ(cluster.show(modification_plan(*mixed, {}, spec)), "void");
  }
  SelectSpec all_rows() {
    SelectSpec spec;
    spec.flags = 16;
    spec.selection = {{0, 0}, {0, 1}, {0, 2}, {0, 3}};
    return spec;
  }
  std::string show(const SelectSpec& spec) { return cluster.show(select_plan(*rows, {}, spec)); }
  std::string show_mixed(const std::vector<Piece>& clustering, uint32_t flags = 0) {
    SelectSpec spec;
    spec.flags = flags;
    spec.partition = key(1);
    spec.clustering = clustering;
    spec.selection = {{0, 3}};
    return cluster.show(select_plan(*mixed, {}, spec));
  }
  // All pages of `page_size` rows, each in brackets.
  std::string pages(const Piece& plan, int page_size) {
    cluster.options.page_size = page_size;
    cluster.options.paging_state = Value::null();
    std::string all, state;
    for (int page = 0; page < 1000; ++page) {
      const Reply reply = cluster.run(plan);
      all += "[" + readable(reply) + "]";
      if (!reply.has_more()) break;
      EXPECT_LE(reply.rows.size(), static_cast<size_t>(page_size));
      state = reply.paging_state;
      cluster.options.paging_state = Value(Bytes(state));
    }
    cluster.options.page_size = -1;
    cluster.options.paging_state = Value::null();
    return all;
  }

  Cluster cluster;
  TableSchemaPtr rows, mixed;
};

INSTANTIATE_TEST_SUITE_P(Shards, SelectTest,
                         ::testing::Combine(::testing::Values(1, 3), every_storage()),
                         [](const auto& of) {
                           return "of" + std::to_string(std::get<0>(of.param)) + "_" +
                                  storage_name(std::get<1>(of.param));
                         });

TEST_P(SelectTest, keys_of_an_in_come_in_key_order_without_duplicates) {
  for (int k = 0; k < 6; ++k) insert(k, 0, k);
  SelectSpec spec;
  spec.partition = by_key({key_in({num(5), num(3), num(1), num(3), num(0)})});
  spec.selection = {{0, 0}};
  EXPECT_EQ(show(spec), "0;1;3;5");  // in token order they are 5, 1, 0, 3
  EXPECT_EQ(pages(select_plan(*rows, {}, spec), 1), "[0][1][3][5][]");
  EXPECT_EQ(pages(select_plan(*rows, {}, spec), 3), "[0;1;3][5]");
  spec.limit = some(num(2));
  EXPECT_EQ(show(spec), "0;1");
  spec.limit = no_term();
  spec.partition = by_key({key_in({num(5), num(-3), num(1)})});
  insert(-3, 0, 1);
  EXPECT_EQ(show(spec), "-3;1;5");
}

TEST_P(SelectTest, keys_that_compare_equal_are_one_and_the_first_counts) {
  TableSchemaPtr table = cluster.create({"decimals",
                                         {{"k", kPartitionKey, 0, marshal("DecimalType")},
                                          {"v", kRegular, 0, marshal("Int32Type")}}});
  const std::string one(p32(1) + "\x0a"), precise(p32(2) + "\x64");  // 1.0 and 1.00
  for (const auto& [key_bytes, v] : {std::pair(one, 1), std::pair(precise, 2)}) {
    ModificationSpec spec;
    spec.partition = by_key({key_eq(constant(key_bytes))});
    spec.operations = {op_set(1, num(v))};
    EXPECT_EQ(cluster.show(modification_plan(*table, {}, spec)), "void");
  }
  SelectSpec spec;
  spec.selection = {{0, 1}};
  spec.partition = by_key({key_in({constant(one), constant(precise)})});
  EXPECT_EQ(cluster.show(select_plan(*table, {}, spec)), "1");
  spec.partition = by_key({key_in({constant(precise), constant(one)})});
  EXPECT_EQ(cluster.show(select_plan(*table, {}, spec)), "2");
}

TEST_P(SelectTest, scan_comes_in_token_order_and_static_content_alone_gives_a_row) {
  insert_static(1, 10);
  insert_static(2, 20);
  insert(2, 1, 5);
  insert(2, 2, 6);
  insert(3, 1, 7);
  SelectSpec spec = all_rows();
  EXPECT_EQ(show(spec), "1,null,10,null;2,1,20,5;2,2,20,6;3,1,null,7");
  spec.limit = some(num(2));
  EXPECT_EQ(show(spec), "1,null,10,null;2,1,20,5");
  spec.limit = no_term();
  spec.per_partition_limit = some(num(1));
  EXPECT_EQ(show(spec), "1,null,10,null;2,1,20,5;3,1,null,7");
  spec.per_partition_limit = no_term();
  spec.flags |= 8;
  spec.selection = {};
  EXPECT_EQ(show(spec), "4");
}

TEST_P(SelectTest, distinct_gives_each_partition_once) {
  insert_static(1, 10);
  insert(2, 1, 5);
  insert(2, 2, 6);
  insert(3, 1, 7);
  SelectSpec spec;
  spec.flags = 17;
  spec.selection = {{0, 0}, {0, 2}};
  EXPECT_EQ(show(spec), "1,10;2,null;3,null");
  EXPECT_EQ(pages(select_plan(*rows, {}, spec), 2), "[1,10;2,null][3,null]");
}

TEST_P(SelectTest, clustering_restrictions_make_slices) {
  for (int a = 1; a <= 3; ++a) {
    for (int b = 1; b <= 3; ++b) insert_mixed(1, a, b);
  }
  EXPECT_EQ(show_mixed({}), "13;12;11;23;22;21;33;32;31");
  EXPECT_EQ(show_mixed({}, 2), "31;32;33;21;22;23;11;12;13");
  EXPECT_EQ(show_mixed({ck_eq(0, {num(2)})}), "23;22;21");
  EXPECT_EQ(show_mixed({ck_eq(0, {num(2)}), ck_eq(1, {num(2)})}), "22");
  EXPECT_EQ(show_mixed({ck_in(0, 1, {num(3), num(1), num(3)}), ck_eq(1, {num(2)})}), "12;32");
  EXPECT_EQ(show_mixed({ck_in(0, 2, {num(3), num(1), num(1), num(2)})}), "12;31");
  EXPECT_EQ(show_mixed({ck_slice(0, 1, 1, {num(1)}, {})}), "23;22;21;33;32;31");
  EXPECT_EQ(show_mixed({ck_slice(0, 1, 1 | 2 | 4, {num(1)}, {num(2)})}), "13;12;11");
  EXPECT_EQ(show_mixed({ck_eq(0, {num(2)}), ck_slice(1, 1, 1, {num(1)}, {})}), "23;22");
  EXPECT_EQ(show_mixed({ck_eq(0, {num(2)}), ck_slice(1, 1, 4 | 8, {}, {num(2)})}), "22;21");
  EXPECT_EQ(show_mixed({ck_slice(0, 1, 5, {num(2)}, {num(2)})}), "");
  EXPECT_EQ(show_mixed({ck_in(0, 1, {})}), "");
}

TEST_P(SelectTest, tuple_slices_follow_the_values_where_directions_differ) {
  for (int a = 1; a <= 3; ++a) {
    for (int b = 1; b <= 3; ++b) insert_mixed(1, a, b);
  }
  EXPECT_EQ(show_mixed({ck_slice(0, 2, 1, {num(1), num(2)}, {})}), "13;23;22;21;33;32;31");
  EXPECT_EQ(show_mixed({ck_slice(0, 2, 3, {num(1), num(2)}, {})}), "13;12;23;22;21;33;32;31");
  EXPECT_EQ(show_mixed({ck_slice(0, 2, 4, {}, {num(2), num(2)})}), "13;12;11;21");
  EXPECT_EQ(show_mixed({ck_slice(0, 2, 1 | 2 | 4 | 8, {num(1), num(3)}, {num(3), num(1)})}),
            "13;23;22;21;31");
  EXPECT_EQ(show_mixed({ck_slice(0, 2, 5, {num(1), num(2)}, {num(2)})}), "13");
  EXPECT_EQ(show_mixed({ck_slice(0, 2, 5, {num(1), num(2)}, {num(2)})}, 2), "13");
}

TEST_P(SelectTest, null_bounds_are_the_least_value_and_unset_is_refused) {
  for (int a = 1; a <= 2; ++a) insert_mixed(1, a, 1);
  EXPECT_EQ(show_mixed({ck_slice(0, 1, 1, {null_term()}, {})}), "11;21");
  EXPECT_EQ(show_mixed({ck_slice(0, 1, 4, {}, {null_term()})}), "");
  EXPECT_EQ(show_mixed({ck_slice(0, 1, 1, {unset_term()}, {})}),
            "error: Invalid unset value for column a");
  EXPECT_EQ(show_mixed({ck_slice(0, 2, 1, {num(1), null_term()}, {})}),
            "error: Invalid null value in condition for column b");
  EXPECT_EQ(show_mixed({ck_eq(0, {null_term(), num(1)})}),
            "error: Invalid null value for column a");
  EXPECT_EQ(show_mixed({ck_eq(0, {unset_term(), num(1)})}),
            "error: Invalid unset value for tuple field number 0");
  EXPECT_EQ(show_mixed({ck_in_marker(0, 1, null_term())}),
            "error: Invalid null value for column a");
  EXPECT_EQ(show_mixed({ck_in_marker(0, 2, null_term())}),
            "error: Invalid null value for IN restriction");
  EXPECT_EQ(show_mixed({ck_in(0, 1, {null_term(), num(1)})}),
            "error: Invalid null value in condition for column a");
}

TEST_P(SelectTest, filters_skip_rows_and_partitions) {
  insert_static(1, 10);
  insert_static(2, 20);
  insert(2, 1, 5);
  insert(2, 2, 6);
  insert(3, 1, 5);
  SelectSpec spec = all_rows();
  spec.filters = {filter(2, 0, num(10))};
  EXPECT_EQ(show(spec), "1,null,10,null");
  spec.filters = {filter(3, 0, num(5))};
  EXPECT_EQ(show(spec), "2,1,20,5;3,1,null,5");
  spec.filters = {filter(2, 0, num(20)), filter(1, 4, num(2))};
  EXPECT_EQ(show(spec), "2,2,20,6");
  spec.filters = {filter_in(3, {null_term(), num(6)})};
  EXPECT_EQ(show(spec), "2,2,20,6");
  spec.filters = {filter(3, 1, num(6))};
  EXPECT_EQ(show(spec), "2,1,20,5;3,1,null,5");
  spec.filters = {filter(3, 0, null_term())};
  EXPECT_EQ(show(spec), "error: Unsupported null value for column v");
  spec.filters = {filter(3, 0, unset_term())};
  EXPECT_EQ(show(spec), "error: Unsupported unset value for column v");
  spec.filters = {filter(0, 3, num(1))};
  spec.flags |= 8;
  EXPECT_EQ(show(spec), "3");
}

TEST_P(SelectTest, token_ranges_bound_a_scan) {
  for (int k = 0; k < 6; ++k) insert(k, 0, k);
  SelectSpec spec;
  spec.selection = {{0, 0}};
  const auto of_key = [&](int k) { return token_of_terms({num(k)}); };
  spec.partition = token_range(token_bound(true, of_key(1)), token_bound(false, of_key(4)));
  EXPECT_EQ(show(spec), "1;0;2");
  spec.partition = token_range(token_bound(false, of_key(1)), token_bound(true, of_key(4)));
  EXPECT_EQ(show(spec), "0;2;4");
  spec.partition = token_range(token_bound(false, of_key(4)), token_bound(false, of_key(1)));
  EXPECT_EQ(show(spec), "");
  spec.partition = token_range(token_bound(false, null_term()), p8(0));
  EXPECT_EQ(show(spec), "error: Invalid null token value");
}

TEST_P(SelectTest, limits_are_checked) {
  SelectSpec spec = all_rows();
  spec.limit = some(num(0));
  EXPECT_EQ(show(spec), "error: LIMIT must be strictly positive");
  spec.limit = some(null_term());
  EXPECT_EQ(show(spec), "error: Invalid null value of limit");
  spec.limit = some(unset_term());
  EXPECT_EQ(show(spec), "");
  spec.per_partition_limit = some(num(-1));
  EXPECT_EQ(show(spec), "error: LIMIT must be strictly positive");
}

TEST_P(SelectTest, order_over_several_partitions_sorts_all_rows_before_the_limit) {
  insert(1, 1, 10);
  insert(1, 4, 40);
  insert(2, 3, 30);
  insert(2, 2, 20);
  SelectSpec spec;
  spec.partition = by_key({key_in({num(1), num(2)})});
  spec.selection = {{0, 0}, {0, 1}};
  spec.ordering = {{1, 0}};
  EXPECT_EQ(show(spec), "1,1;2,2;2,3;1,4");
  spec.ordering = {{1, 1}};
  spec.flags = 2;
  spec.limit = some(num(3));
  EXPECT_EQ(show(spec), "1,4;2,3;2,2");
  cluster.options.page_size = 2;
  EXPECT_EQ(show(spec).substr(0, 48), "error: Cannot page queries with both ORDER BY an");
}

TEST_P(SelectTest, pages_of_any_size_give_the_same_rows) {
  const uint64_t seed = test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int k = 0; k < 12; ++k) {
    if (random() % 3 == 0) insert_static(k, k);
    for (int c = static_cast<int>(random() % 5); c > 0; --c)
      insert(k, c, static_cast<int>(random() % 4));
  }
  SelectSpec plain = all_rows(), reversed = all_rows(), by_keys = all_rows(), limited = all_rows();
  by_keys.partition = by_key({key_in({num(1), num(2), num(3), num(4), num(5), num(6)})});
  reversed = by_keys;
  reversed.flags |= 2;
  limited.per_partition_limit = some(num(2));
  SelectSpec sliced = by_keys;
  sliced.flags = 0;
  sliced.clustering = {ck_in(0, 1, {num(1), num(3), num(4)})};
  SelectSpec filtered = all_rows();
  filtered.filters = {filter(3, 3, num(1))};
  SelectSpec cut = all_rows();
  cut.limit = some(num(7));
  for (const SelectSpec& spec : {plain, reversed, by_keys, limited, sliced, filtered, cut}) {
    const Piece plan = select_plan(*rows, {}, spec);
    const std::string whole = cluster.show(plan);
    for (int size = 1; size <= 8; ++size) {
      std::string joined;
      for (const char c : pages(plan, size)) joined += c == '[' || c == ']' ? ';' : c;
      std::string rows_only;
      for (const char c : joined) {
        if (c == ';' && (rows_only.empty() || rows_only.back() == ';')) continue;
        rows_only += c;
      }
      if (!rows_only.empty() && rows_only.back() == ';') rows_only.pop_back();
      EXPECT_EQ(rows_only, whole) << "page size " << size;
    }
  }
}

TEST_P(SelectTest, malformed_paging_states_are_refused) {
  insert(1, 1, 1);
  insert(1, 2, 2);
  const Piece plan = select_plan(*rows, {}, all_rows());
  cluster.options.page_size = 1;
  std::string state = cluster.run(plan).paging_state;
  ASSERT_FALSE(state.empty());
  std::mt19937_64 random(7);
  size_t refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    cluster.options.paging_state = Value(Bytes(bytes));
    const Reply reply = cluster.run(plan);
    if (reply.ok) return;
    ++refused;
    EXPECT_EQ(reply.error.code, ErrorCode::kProtocolError);
    EXPECT_EQ(reply.error.message, "Invalid value for the paging state");
  };
  attempt("");
  attempt("garbage");
  for (size_t size = 0; size < state.size(); ++size) attempt(state.substr(0, size));
  EXPECT_EQ(refused, state.size() + 2);
  for (int i = 0; i < 2000; ++i) {
    std::string mutated = state;
    mutated[random() % mutated.size()] = static_cast<char>(random());
    attempt(mutated);
  }
}

TEST_P(SelectTest, too_many_tombstones_fail_the_read) {
  for (int c = 0; c < 60; ++c) {
    ModificationSpec spec;
    spec.kind = 2;
    spec.partition = key(1);
    spec.clustering = {ck_eq(0, {num(c)})};
    EXPECT_EQ(cluster.show(modification_plan(*rows, {}, spec)), "void");
  }
  SelectSpec spec = all_rows();
  spec.partition = key(1);
  const Reply reply = cluster.run(select_plan(*rows, {}, spec));
  EXPECT_FALSE(reply.ok);
  EXPECT_EQ(reply.error.code, ErrorCode::kReadFailure);
}

TEST_P(SelectTest, key_columns_of_composite_keys_are_split) {
  TableSchemaPtr table = cluster.create({"composite",
                                         {{"a", kPartitionKey, 0, marshal("Int32Type")},
                                          {"b", kPartitionKey, 1, marshal("UTF8Type")},
                                          {"v", kRegular, 0, marshal("Int32Type")}}});
  ModificationSpec insert_one;
  insert_one.partition = by_key({key_eq(num(1)), key_eq(constant("x"))});
  insert_one.operations = {op_set(2, num(9))};
  EXPECT_EQ(cluster.show(modification_plan(*table, {}, insert_one)), "void");
  SelectSpec spec;
  spec.partition = by_key({key_in({num(2), num(1)}), key_in({constant("y"), constant("x")})});
  spec.selection = {{0, 1}, {0, 0}, {0, 2}};
  EXPECT_EQ(cluster.show(select_plan(*table, {}, spec)), "x,1,9");
  for (const auto& [a, b] : {std::pair(2, "x"), std::pair(1, "y"), std::pair(-1, "y")}) {
    insert_one.partition = by_key({key_eq(num(a)), key_eq(constant(b))});
    EXPECT_EQ(cluster.show(modification_plan(*table, {}, insert_one)), "void");
  }
  spec.partition = by_key(
      {key_in({num(2), num(1), num(-1)}), key_in({constant("y"), constant("x"), constant("y")})});
  EXPECT_EQ(cluster.show(select_plan(*table, {}, spec)), "y,-1,9;x,1,9;y,1,9;x,2,9");
  for (int size = 1; size <= 4; ++size) {
    std::string joined;
    for (char c : pages(select_plan(*table, {}, spec), size)) {
      if (c == ']') c = ';';
      const bool empty_page = c == ';' && joined.ends_with(';');
      if (c != '[' && !empty_page) joined += c;
    }
    EXPECT_EQ(joined, "y,-1,9;x,1,9;y,1,9;x,2,9;") << "page size " << size;
  }
}

TEST_P(SelectTest, a_filter_on_a_counter_compares_its_total) {
  TableSchemaPtr table = cluster.create({"counters",
                                         {{"k", kPartitionKey, 0, marshal("Int32Type")},
                                          {"n", kRegular, 0, marshal("CounterColumnType")}},
                                         true});
  for (const auto& [k, n] : {std::pair(1, 16), std::pair(2, -1), std::pair(3, 2)}) {
    ModificationSpec spec;
    spec.partition = key(k);
    spec.kind = 1;
    spec.flags = 4;
    spec.operations = {op_term(10, 1, constant(bigint_bytes(n)))};
    EXPECT_EQ(cluster.show(modification_plan(*table, {}, spec)), "void");
  }
  SelectSpec spec;
  spec.flags = 16;
  spec.selection = {{0, 0}};
  spec.filters = {filter(1, 3, constant(bigint_bytes(2)))};
  EXPECT_EQ(cluster.show(select_plan(*table, {}, spec)), "1");
  spec.filters = {filter(1, 1, constant(bigint_bytes(0)))};
  EXPECT_EQ(cluster.show(select_plan(*table, {}, spec)), "2");
}

TEST_P(SelectTest, times_of_collections_are_lists) {
  TableSchemaPtr table =
      cluster.create({"times",
                      {{"k", kPartitionKey, 0, marshal("Int32Type")},
                       {"s", kRegular, 0, marshal("SetType(" + marshal("Int32Type") + ")")}}});
  ModificationSpec spec;
  spec.kind = 1;
  spec.partition = key(1);
  spec.timestamp = some(constant(bigint_bytes(5)));
  spec.operations = {op_term(4, 1, constant(list_bytes({int_bytes(1)})))};
  cluster.run(modification_plan(*table, {}, spec));
  spec.timestamp = some(constant(bigint_bytes(6)));
  spec.operations = {op_term(4, 1, constant(list_bytes({int_bytes(2)})))};
  spec.ttl = some(num(30));
  cluster.run(modification_plan(*table, {}, spec));
  SelectSpec select;
  select.partition = key(1);
  select.selection = {{1, 1}, {2, 1}, {3, 1}};
  const Reply reply = cluster.run(select_plan(*table, {}, select));
  ASSERT_EQ(reply.rows.size(), 1u);
  EXPECT_EQ(reply.rows[0][0], list_bytes({bigint_bytes(5), bigint_bytes(6)}));
  std::string ttls = p32(2);
  ttls += std::string("\xff\xff\xff\xff", 4) + blob(int_bytes(30));
  EXPECT_EQ(reply.rows[0][1], ttls);
  EXPECT_EQ(reply.rows[0][2], bigint_bytes(6));
}

TEST(SelectMetadata, client_gets_it_unless_it_has_the_current_one) {
  Cluster cluster;
  TableSchemaPtr table = cluster.create({"kv", {{"k", kPartitionKey, 0, marshal("Int32Type")}}});
  SelectSpec spec;
  spec.selection = {{0, 0}};
  const Piece plan = select_plan(*table, {}, spec);
  EXPECT_EQ(cluster.run(plan).flags, 1);
  cluster.options.skip_metadata = true;
  EXPECT_EQ(cluster.run(plan).flags, 5);
  cluster.options.protocol_version = 5;
  const std::string same(16, 'M'), other(16, 'x');
  cluster.options.result_metadata_id = reinterpret_cast<const uint8_t*>(same.data());
  EXPECT_EQ(cluster.run(plan).flags, 5);
  cluster.options.result_metadata_id = reinterpret_cast<const uint8_t*>(other.data());
  EXPECT_EQ(cluster.run(plan).flags, 9);
}

}  // namespace
}  // namespace ceto::testing
