// Rewrites with several outputs: how they are split, listed, recorded, stopped, and what a crash at
// any moment leaves of them.
#include "lsm/compaction/rewrite.h"

#include <gtest/gtest.h>

#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

// A new output for every so many partitions.
class EveryNth final : public RewritePolicy {
 public:
  EveryNth(uint64_t partitions, uint32_t level) : partitions_(partitions), level_(level) {}
  bool splits_before(Token, uint64_t) override { return count_++ % partitions_ == 0; }
  uint64_t expected_outputs() const override { return 3; }
  uint32_t next_level() override { return level_; }
  bool purges() const override { return false; }

 private:
  uint64_t partitions_;
  uint32_t level_;
  uint64_t count_ = 0;
};

class OnlyEven final : public RewritePolicy {
 public:
  bool keeps(Token, Bytes key) override { return key[3] % 2 == 0; }
};

// One table of one shard, without the rest of a store.
class Table {
 public:
  explicit Table(SimulatedDisk& disk) : disk_(disk), io_(disk), clock_(TestShard::kStartMicros) {
    config_.data_directory = "/data";
    config_.commitlog_directory = "/log";
    config_.compaction_bytes_per_second = 0;
    context_.emplace(config_, io_, background_, background_, clock_);
    table_ = std::make_shared<TableStore>(*context_, schema_);
    EXPECT_TRUE(wait(table_->load({})).ok());
  }
  ~Table() {
    table_->set_cancelled(true);
    settle();
  }

  template <class T>
  T wait(Task<T> task) {
    return run(io_, background_, std::move(task));
  }
  void settle() {
    while (background_.run() || io_.in_flight() > 0) {
      if (io_.in_flight() > 0) io_.wait();
    }
  }
  void turn() {
    static_cast<void>(background_.run());
    if (io_.in_flight() > 0) io_.wait();
  }
  void flush_keys(int32_t first, int32_t last, int64_t timestamp) {
    for (int32_t key = first; key < last; ++key) {
      UpdateBuilder update(*schema_, key);
      const Liveness live{timestamp, kNoTtl, kNoDeletionTime};
      update.row(1, live).cell(KeyValueTable::kV, timestamp, "value " + std::to_string(key));
      table_->apply(update.update(), 0);
    }
    EXPECT_TRUE(wait(TableStore::flush(table_)).ok());
  }
  std::vector<SSTablePtr> all() const {
    std::vector<SSTablePtr> out;
    for (const LiveSSTable& entry : table_->sstables()) out.push_back(entry.table);
    return out;
  }
  static Task<Status> rewrite(StoreContext& context, std::shared_ptr<TableStore> table,
                              std::vector<SSTablePtr> inputs, RewritePolicy& policy) {
    const CompactionClaims::Claim claim = table->claims().take(inputs);
    RewriteJob job{CompactionKind::kCompaction, std::move(inputs), {}};
    const auto done = co_await rewrite_sstables(context, table, std::move(job), policy);
    if (!done) co_return done.error();
    co_return Status{};
  }
  Task<Status> rewrite_all(RewritePolicy& policy) {
    return rewrite(*context_, table_, all(), policy);
  }
  size_t partitions() {
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = clock_.wall_seconds();
    const TokenRange range;
    auto scanner = table_->scan(command, range);
    size_t count = 0;
    for (;;) {
      const Step step = scanner->next_partition();
      EXPECT_NE(step, Step::kError);
      if (step == Step::kEnd || step == Step::kError) return count;
      if (step == Step::kWait) {
        run(io_, background_, scanner->wait());
      } else {
        ++count;
      }
    }
  }
  TableFiles files() {
    settle();
    return list_table_files(io_, table_->directory()).value();
  }
  SimulatedDisk& disk() { return disk_; }
  StoreContext& context() { return *context_; }
  TableStore& table() { return *table_; }

 private:
  SimulatedDisk& disk_;
  TableSchemaPtr schema_ = KeyValueTable::make();
  StoreConfig config_;
  SimulatedIo io_;
  QueuedBackground background_;
  ManualClock clock_;
  std::optional<StoreContext> context_;
  std::shared_ptr<TableStore> table_;
};

TEST(Rewrite, outputs_are_split_where_the_policy_says_and_carry_its_level) {
  SimulatedDisk disk(1);
  Table table(disk);
  table.flush_keys(0, 30, 10);
  table.flush_keys(20, 50, 20);
  EveryNth policy(8, 3);
  ASSERT_TRUE(table.wait(table.rewrite_all(policy)).ok());
  auto made = table.all();
  ASSERT_EQ(made.size(), 7u);  // 50 partitions
  std::sort(made.begin(), made.end(), [](const auto& a, const auto& b) {
    return a->metadata().first_token < b->metadata().first_token;
  });
  for (size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(made[i]->metadata().level, 3u);
    EXPECT_EQ(made[i]->metadata().partitions, i < 6 ? 8u : 2u);
    if (i > 0) {
      EXPECT_LT(made[i - 1]->metadata().last_token, made[i]->metadata().first_token);
    }
  }
  EXPECT_EQ(table.partitions(), 50u);
  EXPECT_EQ(table.files().sets.size(), 7u);
  EXPECT_TRUE(table.files().transaction_logs.empty());
}

TEST(Rewrite, partitions_that_the_policy_does_not_keep_are_left_out) {
  SimulatedDisk disk(1);
  Table table(disk);
  table.flush_keys(0, 50, 10);
  OnlyEven policy;
  ASSERT_TRUE(table.wait(table.rewrite_all(policy)).ok());
  EXPECT_EQ(table.partitions(), 25u);
}

TEST(Rewrite, is_listed_while_it_runs_and_recorded_when_it_has_ended) {
  SimulatedDisk disk(1);
  Table table(disk);
  table.flush_keys(0, 300, 10);
  table.flush_keys(200, 500, 20);
  uint64_t bytes = 0;
  uint64_t on_disk = 0;
  for (const SSTablePtr& input : table.all()) {
    bytes += input->metadata().uncompressed_bytes;
    on_disk += input->metadata().data_bytes;
  }
  EveryNth policy(100, 0);
  spawn(forget(table.rewrite_all(policy)));
  uint64_t last_done = 0;
  bool in_the_middle = false;
  Uuid id{};
  while (!table.context().running.progress().empty()) {
    const CompactionProgress now = table.context().running.progress()[0];
    EXPECT_EQ(now.bytes_total, bytes);
    EXPECT_EQ(now.sstables, 2u);
    EXPECT_EQ(now.table, "t");
    EXPECT_GE(now.bytes_done, last_done);
    last_done = now.bytes_done;
    in_the_middle |= last_done > 0 && last_done < bytes;
    id = now.id;
    table.turn();
  }
  EXPECT_TRUE(in_the_middle);
  const auto records = table.context().running.take_records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].id, id);
  EXPECT_EQ(records[0].bytes_in, on_disk);
  EXPECT_GT(records[0].bytes_out, 0u);
  EXPECT_EQ(records[0].rows_merged, (std::map<int32_t, int64_t>{{1, 400}, {2, 100}}));
  EXPECT_EQ(records[0].properties.at("compaction_type"), "Compaction");
}

TEST(Rewrite, one_that_is_stopped_leaves_its_inputs_and_nothing_else) {
  SimulatedDisk disk(1);
  Table table(disk);
  table.flush_keys(0, 300, 10);
  table.flush_keys(200, 500, 20);
  const auto before = table.all();
  EveryNth policy(50, 0);
  spawn(forget(table.rewrite_all(policy)));
  for (int i = 0; i < 20; ++i) table.turn();
  table.context().running.stop(CompactionKind::kCompaction, nullptr);
  table.settle();
  EXPECT_TRUE(table.context().running.progress().empty());
  EXPECT_TRUE(table.context().running.take_records().empty());
  EXPECT_EQ(table.all(), before);
  EXPECT_EQ(table.files().sets.size(), 2u);
  EXPECT_TRUE(table.files().transaction_logs.empty());
}

TEST(Rewrite, a_level_that_is_changed_in_place_is_there_after_a_restart) {
  SimulatedDisk disk(1);
  {
    Table table(disk);
    table.flush_keys(0, 30, 10);
    const SSTablePtr only = table.all()[0];
    ASSERT_TRUE(table.wait(only->change_level(4)).ok());
    EXPECT_EQ(only->metadata().level, 4u);
    ASSERT_TRUE(table.wait(only->change_level(5)).ok());
  }
  Table table(disk);
  ASSERT_EQ(table.all().size(), 1u);
  EXPECT_EQ(table.all()[0]->metadata().level, 5u);
  EXPECT_EQ(table.partitions(), 30u);
}

constexpr uint64_t kOutputs = 10;

// Two SSTables and a rewrite of them that ends after `turns`; the count of turns that it took.
int begin_rewrite(Table& table, int turns) {
  table.flush_keys(0, 60, 10);
  table.flush_keys(40, 100, 20);
  EveryNth policy(100 / kOutputs, 1);
  std::optional<Status> done;
  spawn(keep_result(table.rewrite_all(policy), done));
  int taken = 0;
  for (; taken < turns && !done; ++taken) table.turn();
  table.disk().crash(static_cast<uint64_t>(turns));
  table.settle();
  return taken;
}

TEST(Rewrite, a_crash_at_any_moment_leaves_all_inputs_or_all_outputs) {
  SimulatedDisk undisturbed(1);
  int all_turns = 0;
  {
    Table table(undisturbed);
    all_turns = begin_rewrite(table, 1'000'000);
  }
  size_t with_outputs = 0;
  size_t with_inputs = 0;
  for (int round = 0; round <= 60; ++round) {
    const int turns = all_turns * round / 60;
    SCOPED_TRACE("after " + std::to_string(turns) + " turns");
    SimulatedDisk disk(static_cast<uint64_t>(turns) + 1);
    {
      Table table(disk);
      begin_rewrite(table, turns);
    }
    Table table(disk);
    EXPECT_EQ(table.partitions(), 100u);
    const auto left = table.all();
    const bool made = left.size() == kOutputs;
    made ? ++with_outputs : ++with_inputs;
    EXPECT_TRUE(made || left.size() == 2) << left.size();
    for (const SSTablePtr& each : left) EXPECT_EQ(each->metadata().level, made ? 1u : 0u);
    EXPECT_EQ(table.files().sets.size(), left.size());
    EXPECT_TRUE(table.files().transaction_logs.empty());
  }
  EXPECT_GT(with_inputs, 0u);
  EXPECT_GT(with_outputs, 0u);
}

}  // namespace
}  // namespace ceto
