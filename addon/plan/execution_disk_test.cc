// Executions that wait for the disk: the same answers as from memory, turns taken on one partition,
// and what happens around them while they wait.
#include <cstdlib>
#include <random>

#include "plan/shard_test_util.h"

namespace ceto::testing {
namespace {

// One cluster with a table of rows (0 k, 1 c, 2 s static, 3 v, 4 l list<int>, 5 m map<int, int>)
// and one of counters (0 k, 1 n).
struct Tables {
  Tables(Storage storage, uint32_t shards)
      : cluster(shards, storage),
        rows(cluster.create(
            {"rows",
             {{"k", kPartitionKey, 0, marshal("Int32Type")},
              {"c", kClustering, 0, marshal("Int32Type")},
              {"s", kStatic, 0, marshal("Int32Type")},
              {"v", kRegular, 0, marshal("Int32Type")},
              {"l", kRegular, 0, marshal("ListType(" + marshal("Int32Type") + ")")},
              {"m", kRegular, 0,
               marshal("MapType(" + marshal("Int32Type") + "," + marshal("Int32Type") + ")")}}})),
        counters(cluster.create({"counters",
                                 {{"k", kPartitionKey, 0, marshal("Int32Type")},
                                  {"n", kRegular, 0, marshal("CounterColumnType")}},
                                 true})) {
    cluster.options.page_size = -1;
  }

  static ModificationSpec row(int kind, int k, int c) {
    ModificationSpec spec;
    spec.kind = kind;
    spec.partition = key(k);
    spec.clustering = {ck_eq(0, {num(c)})};
    return spec;
  }
  Piece insert(int k, int c, int v) const {
    ModificationSpec spec = row(0, k, c);
    spec.operations = {op_set(3, num(v))};
    return modification_plan(*rows, {}, spec);
  }
  Piece update(int k, int c, const Piece& operation) const {
    ModificationSpec spec = row(1, k, c);
    spec.operations = {operation};
    return modification_plan(*rows, {}, spec);
  }
  Piece insert_if_not_exists(int k, int c, int v) const {
    ModificationSpec spec = row(0, k, c);
    spec.flags = 1;
    spec.operations = {op_set(3, num(v))};
    spec.cas_columns = {0, 1, 2, 3};
    return modification_plan(*rows, {}, spec);
  }
  Piece count(int k, int64_t by) const {
    ModificationSpec spec;
    spec.kind = 1;
    spec.partition = key(k);
    spec.operations = {op_term(10, 1, constant(bigint_bytes(by)))};
    return modification_plan(*counters, {}, spec);
  }
  Piece select(const Piece& partition, uint32_t flags = 16) const {
    SelectSpec spec;
    spec.flags = flags;
    spec.partition = partition;
    spec.selection = {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}};
    return select_plan(*rows, {}, spec);
  }
  Piece select_count(int k) const {
    SelectSpec spec;
    spec.partition = key(k);
    spec.selection = {{0, 1}};
    return select_plan(*counters, {}, spec);
  }

  Cluster cluster;
  TableSchemaPtr rows, counters;
};

// --- the same answers
// -------------------------------------------------------------------------------

// A random statement; the same number of the same generator gives the same one.
class RandomStatements {
 public:
  RandomStatements(const Tables& tables, uint64_t seed) : tables_(tables), random_(seed) {}

  Piece next() {
    const int k = below(4);
    const int c = below(6);
    switch (below(16)) {
      case 0:
        return tables_.count(k, below(100) - 40);
      case 1:
        return tables_.select_count(k);
      case 2:
        return tables_.update(k, c, op_term(2 + below(2), 4, list()));
      case 3:
        return tables_.update(k, c, op_put(4, num(below(3)), num(below(100))));
      case 4:
        return tables_.update(k, c, op_delete_key(4, num(below(3))));
      case 5:
        return tables_.update(k, c, op_term(5, 4, list()));
      case 6:
        return tables_.update(k, c, op_put(5, num(below(5)), num(below(100))));
      case 7:
        return tables_.insert_if_not_exists(k, c, below(100));
      case 8:
        return update_if(k, c);
      case 9:
        return remove(k, c);
      case 10:
        return set_static(k);
      case 11:
        return scan();
      case 12:
        return slice(k);
      case 13:
        return tables_.select(key(k));
      default:
        return tables_.insert(k, c, below(100));
    }
  }
  int below(int limit) { return static_cast<int>(random_() % static_cast<uint64_t>(limit)); }

 private:
  Piece list() { return constant(list_bytes({int_bytes(below(5)), int_bytes(below(5))})); }
  Piece update_if(int k, int c) {
    ModificationSpec spec = Tables::row(1, k, c);
    spec.operations = {op_set(3, num(below(100)))};
    spec.conditions = {filter(3, below(2) ? 3 : 1, num(below(100)))};
    if (below(3) == 0) spec.conditions.push_back(filter(2, 8, null_term()));
    spec.cas_columns = {2, 3};
    return modification_plan(*tables_.rows, {}, spec);
  }
  Piece remove(int k, int c) {
    ModificationSpec spec = Tables::row(2, k, c);
    const int kind = below(5);
    if (kind == 0) spec.clustering = {};
    if (kind == 1) spec.clustering = {ck_slice(0, 1, 1 | 4, {num(c)}, {num(c + 3)})};
    return modification_plan(*tables_.rows, {}, spec);
  }
  Piece set_static(int k) {
    ModificationSpec spec;
    spec.flags = 8;
    spec.partition = key(k);
    spec.operations = {op_set(2, below(4) ? num(below(100)) : null_term())};
    return modification_plan(*tables_.rows, {}, spec);
  }
  Piece scan() {
    SelectSpec spec;
    spec.flags = 16;
    spec.selection = {{0, 0}, {0, 1}, {0, 3}, {0, 5}};
    if (below(2)) spec.limit = some(num(1 + below(8)));
    if (below(3) == 0) spec.per_partition_limit = some(num(1 + below(3)));
    if (below(3) == 0) {
      spec.flags |= 4;
      spec.filters = {filter(3, 3, num(50))};
    }
    return select_plan(*tables_.rows, {}, spec);
  }
  Piece slice(int k) {
    SelectSpec spec;
    spec.flags = below(2) ? 2 : 0;
    spec.partition = by_key({key_in({num(k), num(below(4))})});
    if (spec.flags) spec.partition = key(k);
    spec.clustering = {ck_slice(0, 1, 1 | 2 | 4, {num(below(3))}, {num(3 + below(4))})};
    spec.selection = {{0, 1}, {0, 2}, {0, 3}, {1, 3}};
    return select_plan(*tables_.rows, {}, spec);
  }

  const Tables& tables_;
  std::mt19937_64 random_;
};

// All rows of all pages, as text.
std::string all_pages(Cluster& cluster, const Piece& plan, int page_size) {
  cluster.options.page_size = page_size;
  std::string all, state;
  for (;;) {
    const Reply reply = cluster.run(plan);
    all += readable(reply) + "|";
    if (!reply.has_more()) break;
    state = reply.paging_state;
    cluster.options.paging_state = Value(Bytes(state));
  }
  cluster.options.page_size = -1;
  cluster.options.paging_state = Value::null();
  return all;
}

class DiskExecution : public ::testing::TestWithParam<std::tuple<uint32_t, Storage>> {};

INSTANTIATE_TEST_SUITE_P(Shards, DiskExecution,
                         ::testing::Combine(::testing::Values(1, 3),
                                            ::testing::Values(Storage::kFlushed,
                                                              Storage::kHalfFlushed,
                                                              Storage::kCompacted)),
                         [](const auto& of) {
                           return "of" + std::to_string(std::get<0>(of.param)) + "_" +
                                  storage_name(std::get<1>(of.param));
                         });

TEST_P(DiskExecution, random_statements_answer_as_they_do_in_memory) {
  const char* const wanted = std::getenv("CETO_SEED");
  const uint64_t first = wanted ? std::strtoull(wanted, nullptr, 10) : 1;
  const uint64_t last = wanted ? first : 4;
  const auto [shards, storage] = GetParam();
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("replay with CETO_SEED=" + std::to_string(seed));
    Tables memory(Storage::kMemory, shards), disk(storage, shards);
    RandomStatements statements(memory, seed);
    for (int i = 0; i < 250; ++i) {
      const Piece plan = statements.next();
      ASSERT_EQ(disk.cluster.show(plan), memory.cluster.show(plan)) << "statement " << i;
      memory.cluster.clock.advance_micros(1000);
      disk.cluster.clock.advance_micros(1000);
      if (statements.below(25) != 0) continue;
      const Piece scan = memory.select(everything());
      const int page_size = 1 + statements.below(4);
      ASSERT_EQ(all_pages(disk.cluster, scan, page_size),
                all_pages(memory.cluster, scan, page_size));
    }
    for (uint32_t s = 0; s < shards; ++s) EXPECT_GT(disk.cluster.store(s).waits, 0u);
  }
}

// --- side by side
// -------------------------------------------------------------------------------------

// One execution on its way, as the shard drives it.
class Running {
 public:
  Running(Cluster& cluster, const Piece& bytes) : plan_(cluster.decode(bytes).value()) {
    const Result<const BoundStatement*> bound =
        bind_statement(*plan_, {}, cluster.options, cluster.services(), arena_);
    CETO_ASSERT(bound.ok());
    execution_ = make_execution(cluster.services(), *bound.value(), &reply_);
  }
  void start() { spawn(drive(*this)); }
  Progress step() { return execution_->run(); }
  void give_up() { execution_.reset(); }
  bool ended() const { return ended_; }
  std::string show() const {
    return failure_ ? "error: " + *failure_ : readable(decode_reply(reply_));
  }

 private:
  static Task<void> drive(Running& self) {
    for (;;) {
      const Progress progress = self.step();
      if (progress == Progress::kWait) {
        co_await self.execution_->wait();
      } else if (progress != Progress::kYield) {
        if (progress == Progress::kFailed) self.failure_ = self.execution_->error().message;
        self.execution_.reset();  // gives its locks back
        self.ended_ = true;
        co_return;
      }
    }
  }

  PlanPtr plan_;
  Arena arena_;
  std::string reply_;
  std::unique_ptr<Execution> execution_;
  bool ended_ = false;
  std::optional<std::string> failure_;
};

class SideBySide : public ::testing::Test {
 protected:
  SideBySide() : tables(Storage::kFlushed, 1) {}

  Running& add(const Piece& plan) {
    running.push_back(std::make_unique<Running>(tables.cluster, plan));
    running.back()->start();
    return *running.back();
  }
  void finish_all() {
    for (const auto& each : running) {
      while (!each->ended()) tables.cluster.disk_store().turn();
    }
  }
  std::string show(const Piece& plan) { return tables.cluster.show(plan); }

  Tables tables;
  std::vector<std::unique_ptr<Running>> running;
};

TEST_F(SideBySide, counters_on_disk_lose_no_increment) {
  ASSERT_EQ(show(tables.count(1, 5)), "void");
  for (int i = 1; i <= 20; ++i) add(tables.count(1, i));
  EXPECT_FALSE(running.front()->ended());
  finish_all();
  for (const auto& each : running) EXPECT_EQ(each->show(), "void");
  EXPECT_EQ(show(tables.select_count(1)), "215");
}

TEST_F(SideBySide, one_insert_if_not_exists_wins) {
  ASSERT_EQ(show(tables.insert(1, 0, 7)), "void");
  for (int i = 0; i < 8; ++i) add(tables.insert_if_not_exists(1, 1, i));
  EXPECT_FALSE(running.front()->ended());
  finish_all();
  EXPECT_EQ(running[0]->show(), "true");
  for (int i = 1; i < 8; ++i) EXPECT_EQ(running[i]->show(), "false,1,1,null,0");
}

TEST_F(SideBySide, list_operations_that_read_take_turns) {
  const Piece list = constant(list_bytes({int_bytes(1), int_bytes(2), int_bytes(3)}));
  ASSERT_EQ(show(tables.update(1, 1, op_set(4, list))), "void");
  for (int i = 0; i < 4; ++i) add(tables.update(1, 1, op_delete_key(4, num(0))));
  finish_all();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(running[i]->show(), "void");
  EXPECT_EQ(running[3]->show(), "error: Attempted to delete an element from a list which is null");
}

TEST_F(SideBySide, execution_given_up_before_its_wait_gives_the_lock_back) {
  ASSERT_EQ(show(tables.count(1, 5)), "void");
  Running first(tables.cluster, tables.count(1, 100));
  ASSERT_EQ(first.step(), Progress::kWait);
  Running& second = add(tables.count(1, 1));
  for (int i = 0; i < 20; ++i) tables.cluster.disk_store().turn();
  EXPECT_FALSE(second.ended());
  first.give_up();
  finish_all();
  EXPECT_EQ(show(tables.select_count(1)), "6");
  EXPECT_EQ(tables.cluster.services().locks().waiting(), 0u);
}

TEST_F(SideBySide, reads_go_on_while_files_are_flushed_and_compacted_away) {
  std::string expected;
  for (int c = 0; c < 30; ++c) {
    ASSERT_EQ(show(tables.insert(1, c, c)), "void");
    expected +=
        (c ? ";1," : "1,") + std::to_string(c) + ",null," + std::to_string(c) + ",null,null";
  }
  DiskStore& store = tables.cluster.disk_store();
  for (const Piece& partition : {key(1), everything()}) {
    running.clear();
    Running& reading = add(tables.select(partition));
    EXPECT_FALSE(reading.ended());
    store.expect_done(store.compact(tables.rows->id));
    finish_all();
    EXPECT_EQ(reading.show(), expected);
  }
}

TEST_F(SideBySide, failed_read_fails_the_statement_and_writes_nothing) {
  ASSERT_EQ(show(tables.count(1, 5)), "void");
  ASSERT_EQ(show(tables.insert(1, 1, 1)), "void");
  DiskStore& store = tables.cluster.disk_store();
  const uint64_t applies = store.applies;
  for (const Piece& plan :
       {tables.count(1, 1), tables.insert_if_not_exists(1, 1, 2), tables.select(key(1)),
        tables.select(everything()), tables.update(1, 1, op_delete_key(4, num(0)))}) {
    running.clear();
    store.disk().fail_next(IoRequest::Kind::kRead, EIO);
    Running& failing = add(plan);
    finish_all();
    EXPECT_EQ(failing.show().substr(0, 6), "error:");
  }
  EXPECT_EQ(store.applies, applies);
  EXPECT_EQ(show(tables.count(1, 1)), "void");
  EXPECT_EQ(show(tables.select_count(1)), "6");
}

}  // namespace
}  // namespace ceto::testing
