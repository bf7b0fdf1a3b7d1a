// Every request to the disk and every call about names that an operation makes fails once, each in
// a life of its own. The operation says so or does without; no answer is wrong, nothing that was
// acknowledged is lost, the files that stay verify, and nothing else stays.
#include <gtest/gtest.h>

#include <functional>

#include "lsm/maintenance.h"
#include "lsm/table_files.h"
#include "lsm/table_model.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

constexpr int32_t kWideKey = 0;
constexpr int32_t kKeys = 12;  // of each SSTable
constexpr int32_t kWideRows = 60;
constexpr int32_t kSSTables = 3;

// A table with three SSTables, each with a partition that has an index of its rows, and some rows
// in memory.
class Life {
 public:
  // The same disk in each, so that the n-th operation of one is that of another.
  Life() : shard_(1), schema_(KeyValueTable::make()), model_(*schema_) {
    open();
    for (int32_t sstable = 0; sstable < kSSTables; ++sstable) {
      for (int32_t key = 1; key < kKeys; ++key) must(put(key + sstable * kKeys / 2, 1));
      put_wide();
      must(shard_.wait(store().flush_all()));
    }
    must(put(3, 2));
    shard_.settle();
  }

  TestShard& shard() { return shard_; }
  Store& store() { return shard_.store(); }
  Maintenance& maintenance() { return *store().maintenance(); }
  const TableId& table() const { return schema_->id; }
  TableModel& model() { return model_; }
  std::string directory() const { return table_directory("/data", *schema_); }
  void open() { must(try_open()); }
  Status try_open() { return shard_.open({schema_}); }

  Status put(int32_t key, int32_t c) {
    UpdateBuilder update(*schema_, key);
    update.row(c, live()).cell(KeyValueTable::kV, timestamp_, std::string(300, 'v'));
    return write(update);
  }

  // What a scan gives, or why it cannot.
  Result<std::string> scanned() {
    ReadCommand command = everything();
    auto scanner = store().scan(command, TokenRange{});
    std::string out;
    for (;;) {
      switch (scanner->next_partition()) {
        case Step::kEnd:
          return out;
        case Step::kError:
          return scanner->error();
        case Step::kWait:
          shard_.wait(scanner->wait());
          break;
        case Step::kReady:
          out += scanner->key().str() + '\n';
          CETO_TRY(add_rows(scanner->rows(), out));
      }
    }
  }
  Result<std::string> read(Bytes key) {
    ReadCommand command = everything();
    auto reader = store().read(command, token_of(key), key);
    Step step = reader->open();
    for (; step == Step::kWait; step = reader->open()) shard_.wait(reader->wait());
    if (step == Step::kError) return reader->error();
    std::string out = key.str() + '\n';
    if (step == Step::kReady) CETO_TRY(add_rows(*reader, out));
    return out;
  }
  std::string expected() const {
    std::string out;
    for (const TableModel::Key& key : model_.keys()) out += expected(key);
    return out;
  }
  std::string expected(const TableModel::Key& key) const {
    std::string out = key.second + '\n';
    const int64_t now = TestShard::kStartMicros / 1'000'000;
    for (const std::string& line : model_.read(key, now, {}, false, {}, true)) out += line + '\n';
    return out;
  }

  void check(const char* when) {
    SCOPED_TRACE(when);
    const Result<std::string> found = scanned();
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(found.value(), expected());
    const auto verified = shard_.wait(maintenance().verify(table(), {{.extended = true}}));
    ASSERT_TRUE(verified.ok()) << verified.error().message;
    EXPECT_TRUE(verified.value().good()) << verified.value().problems.front();
  }
  // Only what the table reads.
  void check_files() {
    pass_time();
    const auto files = list_table_files(shard_.io(), directory());
    ASSERT_TRUE(files.ok()) << files.error().message;
    EXPECT_EQ(files.value().transaction_logs, std::vector<std::string>{});
    EXPECT_EQ(files.value().sets.size(), store().table_stats(table()).sstables);
    for (const auto& [generation, set] : files.value().sets) EXPECT_TRUE(set.complete);
  }
  // Until what failed was tried again.
  void pass_time() {
    for (int round = 0; round < 8; ++round) {
      shard_.clock().advance_micros(5'000'000);
      for (int i = 0; i < 10; ++i) shard_.turn();
      shard_.settle();
    }
  }

 private:
  static void must(const Status& status) {
    CETO_ASSERT(status.ok() ||
                (std::fprintf(stderr, "%s\n", status.error().message.c_str()), false));
  }
  Liveness live() { return {++timestamp_, kNoTtl, kNoDeletionTime}; }
  Status write(UpdateBuilder& update) {
    CETO_TRY(shard_.write(update.update()));
    model_.write(update.update(), timestamp_);
    return {};
  }
  void put_wide() {
    UpdateBuilder update(*schema_, kWideKey);
    for (int32_t c = 0; c < kWideRows; ++c) {
      update.row(c, live()).cell(KeyValueTable::kV, timestamp_, std::string(300, 'w'));
    }
    must(write(update));
    UpdateBuilder deletion(*schema_, kWideKey);
    const int32_t from = static_cast<int32_t>(timestamp_ % kWideRows) / 2;
    deletion.delete_range(from, from + 7, {++timestamp_, kDeletedSeconds});
    must(write(deletion));
  }
  ReadCommand everything() const {
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = TestShard::kStartMicros / 1'000'000;
    return command;
  }
  Status add_rows(PartitionReader& rows, std::string& out) {
    for (;;) {
      const Step step = rows.next();
      if (step == Step::kEnd) return {};
      if (step == Step::kError) return rows.error();
      if (step == Step::kWait) {
        shard_.wait(rows.wait());
      } else {
        out += TableModel::render(rows.row(), false) + '\n';
      }
    }
  }

  static constexpr uint32_t kDeletedSeconds = TestShard::kStartMicros / 1'000'000;
  TestShard shard_;
  TableSchemaPtr schema_;
  TableModel model_;
  int64_t timestamp_ = 100;
};

using Work = std::function<Status(Life&)>;
// Tells the model what the work has changed, by its outcome.
using After = std::function<void(Life&, const Status&)>;

// Fails the first operation of `work` and `in_a_row` - 1 behind it, the second and those behind it,
// … until none is left; gives how many there were.
uint64_t fail_each(const Work& work, const After& after, uint64_t in_a_row = 1) {
  for (uint64_t n = 1;; ++n) {
    SCOPED_TRACE(std::to_string(in_a_row) + " from operation " + std::to_string(n));
    Life life;
    life.shard().disk().fail_operations(n, in_a_row);
    const Status done = work(life);
    life.shard().settle();
    const bool worked = life.shard().disk().keep_working() == 0;
    EXPECT_TRUE(!worked || done.ok()) << done.error().message;
    if (!life.shard().is_open()) life.open();
    after(life, done);
    life.check("at once");
    life.pass_time();
    EXPECT_FALSE(life.store().stats().read_only);
    EXPECT_TRUE(life.put(kWideKey, kWideRows + 1).ok());
    // What failed has not ended compaction.
    const Status compacted = life.shard().wait(life.store().compact(life.table()));
    EXPECT_TRUE(compacted.ok()) << compacted.error().message;
    EXPECT_EQ(life.store().table_stats(life.table()).sstables, 1u);
    life.check("later");
    life.shard().crash(n);
    life.open();
    life.check("after a crash");
    life.check_files();
    if (worked || ::testing::Test::HasFailure()) return n - 1;
  }
}
uint64_t fail_each(const Work& work, uint64_t in_a_row = 1) {
  return fail_each(
      work, [](Life&, const Status&) {}, in_a_row);
}

TEST(EachFailure, of_a_flush) {
  EXPECT_GT(fail_each([](Life& life) { return life.shard().wait(life.store().flush_all()); }), 40u);
}

TEST(EachFailure, of_a_major_compaction) {
  EXPECT_GT(
      fail_each([](Life& life) { return life.shard().wait(life.store().compact(life.table())); }),
      40u);
}

TEST(EachFailure, of_rewrites) {
  using Rewrite = std::function<Task<Status>(Life&)>;
  const std::pair<const char*, Rewrite> kRewrites[] = {
      {"upgrade", [](Life& life) { return life.maintenance().upgrade(life.table(), true); }},
      {"cleanup", [](Life& life) { return life.maintenance().cleanup(life.table()); }},
      {"garbage",
       [](Life& life) {
         return life.maintenance().collect_garbage(life.table(), GarbageGranularity::kCell);
       }},
      {"split", [](Life& life) { return life.maintenance().compact_split(life.table()); }},
  };
  for (const auto& [name, rewrite] : kRewrites) {
    SCOPED_TRACE(name);
    EXPECT_GT(fail_each([&](Life& life) { return life.shard().wait(rewrite(life)); }), 3u);
  }
}

TEST(EachFailure, of_a_scrub) {
  EXPECT_GT(fail_each([](Life& life) -> Status {
              const auto report = life.shard().wait(life.maintenance().scrub(life.table(), {}));
              return report.ok() ? Status{} : report.error();
            }),
            60u);
}

TEST(EachFailure, of_a_scan) {
  EXPECT_GT(fail_each([](Life& life) -> Status {
              const auto found = life.scanned();
              if (!found) return found.error();
              EXPECT_EQ(found.value(), life.expected());
              return {};
            }),
            5u);
}

TEST(EachFailure, of_point_reads) {
  EXPECT_GT(fail_each([](Life& life) -> Status {
              Status first;
              for (const TableModel::Key& key : life.model().keys()) {
                const auto found = life.read(Bytes(key.second));
                EXPECT_EQ(found ? found.value() : life.expected(key), life.expected(key));
                if (!found && first) first = found.error();
              }
              return first;
            }),
            5u);
}

TEST(EachFailure, of_writes) {
  EXPECT_GT(fail_each([](Life& life) -> Status {
              Status first;
              // Beyond the end of a segment of the log.
              for (int32_t key = 1; key < 80; ++key) {
                const Status written = life.put(key, 3);
                if (!written && first) first = written;
              }
              return first;
            }),
            100u);
}

TEST(EachFailure, of_a_snapshot) {
  std::vector<SetInUse> taken;
  const auto snapshot = [&](Life& life) -> Status {
    auto found = life.shard().wait(
        life.store().files().snapshot(life.table(), life.directory() + "/snapshots/one", false));
    if (!found) return found.error();
    taken = std::move(found.value());
    return {};
  };
  const auto check_links = [&](Life& life, const Status& done) {
    if (!done) return;
    const auto files = list_table_files(life.shard().io(), life.directory() + "/snapshots/one");
    ASSERT_TRUE(files.ok());
    EXPECT_EQ(files.value().sets.size(), taken.size());
    for (const auto& [generation, set] : files.value().sets) EXPECT_TRUE(set.complete);
  };
  EXPECT_GT(fail_each(snapshot, check_links), 40u);
}

TEST(EachFailure, of_a_truncation) {
  const auto truncate = [](Life& life) {
    return life.shard().wait(life.store().truncate_table(life.table()));
  };
  const auto settle = [](Life& life, const Status& done) {
    if (done) return life.model().clear();
    // Nothing of it counts, but what a start would find is only known once more is written.
    life.check("undone");
    EXPECT_TRUE(life.shard().wait(life.store().flush_all()).ok());
  };
  for (const uint64_t in_a_row : {1, 2, 3}) EXPECT_GT(fail_each(truncate, settle, in_a_row), 10u);
}

TEST(EachFailure, of_a_restart) {
  const auto restart = [](Life& life) -> Status {
    const Status closed = life.shard().close();
    const Status opened = life.try_open();
    if (opened) return closed;
    life.shard().crash(1);
    return opened;
  };
  for (const uint64_t in_a_row : {1, 3}) EXPECT_GT(fail_each(restart, in_a_row), 40u);
}

TEST(EachFailure, of_a_start_after_a_power_cut) {
  const auto start = [](Life& life) -> Status {
    life.shard().crash(1);
    const Status opened = life.try_open();
    if (!opened) life.shard().crash(1);
    return opened;
  };
  for (const uint64_t in_a_row : {1, 3}) EXPECT_GT(fail_each(start, in_a_row), 40u);
}

}  // namespace
}  // namespace ceto
