// Sets that a Cassandra with uuid_sstable_identifiers_enabled left in a table's directory.
#include <gtest/gtest.h>

#include "lsm/test_node.h"
#include "lsm/transaction_log.h"

namespace ceto {
namespace {

using namespace lsm_test;

constexpr int32_t kKeys = 60;
constexpr int32_t kSets = 3;

class UuidSetsTest : public ::testing::Test {
 protected:
  struct Place {
    explicit Place(uint64_t seed) : disk(seed) {}
    SimulatedDisk disk;
    ManualClock clock{TestShard::kStartMicros};
    TestNode node{disk, clock};
  };

  Status open(Place& place, uint32_t count) {
    StoreConfig config;
    config.data_directory = "/data";
    config.commitlog_directory = "/commitlog";
    config.commitlog_segment_bytes = 64 * 1024;
    config.compaction_bytes_per_second = 0;
    return place.node.open(config, count, {schema_});
  }

  // Sets that overlap, named by uuids and without a mark. Each writes every key anew, and deletes
  // those that leave its number over.
  void lay_in(Place& place) {
    ASSERT_TRUE(open(place, 1).ok());
    Store& store = place.node.store(0);
    for (int32_t round = 0; round < kSets; ++round) {
      for (int32_t key = 0; key < kKeys; ++key) {
        const int64_t timestamp = round + 1;
        UpdateBuilder update(*schema_, key);
        if (key % 10 == round) {
          const auto now = static_cast<uint32_t>(place.clock.wall_seconds());
          update.delete_partition({timestamp, now});
        } else {
          update.row(1, {timestamp, kNoTtl, kNoDeletionTime})
              .cell(KeyValueTable::kV, timestamp, "v" + std::to_string(round));
        }
        ASSERT_TRUE(store.apply({&update.update(), 1}).ok());
      }
      ASSERT_TRUE(run(io(place), *place.node.shard(0).background, store.flush_all()).ok());
    }
    ASSERT_TRUE(place.node.close().ok());
    SimulatedIo io(place.disk);
    const TableFiles files = list_table_files(io, table_).value();
    for (const auto& [generation, set] : files.sets) {
      const SSTableDescriptor to = by_uuid(generation_counter(generation));
      for (const std::string& name : set.file_names) {
        const std::string component = parse_sstable_file_name(name)->component;
        const std::string from = table_ + '/' + name;
        ASSERT_TRUE((component.starts_with("Shard-") ? io.unlink(from)
                                                     : io.rename(from, to.path(component)))
                        .ok());
      }
    }
    ASSERT_TRUE(io.sync_directory(table_).ok());
  }
  SSTableDescriptor by_uuid(uint64_t number) const {
    const std::string uuid = "3h5u_0dqj_3xglm255jrkpa62vt" + std::to_string(number);
    return {table_, *generation_of_identifier(uuid), "nb", uuid};
  }

  static SimulatedIo& io(Place& place) { return *place.node.shard(0).io; }
  size_t sets_by_uuid(Place& place) const {
    size_t count = 0;
    const TableFiles files = list_table_files(io(place), table_).value();
    for (const auto& [generation, set] : files.sets) {
      count += generation >= kFirstUuidGeneration ? 1 : 0;
    }
    return count;
  }

  std::string value(Place& place, int32_t key) {
    const std::string bytes = int_value(key);
    const Token token = token_of(Bytes(bytes));
    const uint32_t owner = place.node.owner(token);
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = place.clock.wall_seconds();
    const auto reader = place.node.store(owner).read(command, token, Bytes(bytes));
    for (bool opened = false;;) {
      const Step step = opened ? reader->next() : reader->open();
      EXPECT_NE(step, Step::kError);
      if (step == Step::kEnd || step == Step::kError) return "";
      if (step == Step::kWait) {
        place.node.wait(owner, reader->wait());
      } else if (opened) {
        return reader->row().cells[0].value.str();
      } else {
        opened = true;
      }
    }
  }
  void expect_all(Place& place) {
    for (int32_t key = 0; key < kKeys; ++key) {
      ASSERT_EQ(value(place, key), key % 10 == kSets - 1 ? "" : "v" + std::to_string(kSets - 1))
          << key;
    }
  }

  TableSchemaPtr schema_ = KeyValueTable::make();
  std::string table_ = table_directory("/data", *schema_);
};

TEST_F(UuidSetsTest, are_read_at_the_start_and_written_anew) {
  for (const uint32_t count : {1u, 3u}) {
    Place place(count);
    lay_in(place);
    const Status opened = open(place, count);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    expect_all(place);
    place.node.settle();
    EXPECT_EQ(sets_by_uuid(place), 0u);
    expect_all(place);
  }
}

TEST_F(UuidSetsTest, are_there_once_after_a_power_cut_while_they_are_written_anew) {
  constexpr uint64_t kStep = 11;
  uint64_t cuts = 0;
  for (uint64_t at = 1;; at += kStep) {
    SCOPED_TRACE("power cut after " + std::to_string(at) + " operations");
    Place place(at);
    lay_in(place);
    place.disk.cut_power_after(at);
    if (open(place, 2).ok()) place.node.settle();
    const bool whole = place.disk.has_power();
    place.node.destroy();
    place.disk.keep_power();
    place.disk.crash(at);
    const Status opened = open(place, 2);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    expect_all(place);
    place.node.settle();
    ASSERT_EQ(sets_by_uuid(place), 0u);
    expect_all(place);
    if (HasFatalFailure()) return;
    if (whole) break;
    ++cuts;
  }
  EXPECT_GT(cuts, 10u);
}

TEST_F(UuidSetsTest, do_not_come_back_after_a_truncation_and_a_power_cut) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    Place place(seed);
    lay_in(place);
    ASSERT_TRUE(open(place, 2).ok());
    const Status truncated =
        place.node.on_all([&](Store& store) { return store.truncate_table(schema_->id); });
    ASSERT_TRUE(truncated.ok());
    place.disk.crash(seed);
    place.node.destroy();
    ASSERT_TRUE(open(place, 2).ok());
    for (int32_t key = 0; key < kKeys; ++key) ASSERT_EQ(value(place, key), "") << seed;
  }
}

TEST_F(UuidSetsTest, go_as_a_transaction_log_says) {
  for (const bool committed : {false, true}) {
    Place place(1);
    lay_in(place);
    {
      SimulatedIo io(place.disk);
      TransactionLog log(io, table_, make_generation(50, 0), 0);
      ASSERT_TRUE(run_to_end(io, log.begin({by_uuid(2), by_uuid(3)})).ok());
      if (committed) {
        ASSERT_TRUE(run_to_end(io, log.commit()).ok());
      }
      // As a Cassandra 3.11 names it.
      const std::string theirs =
          table_ + "/me_txn_compaction_a39ddd40-e955-11f1-9b13-7fb57609a35c.log";
      ASSERT_TRUE(io.rename(log.path(), theirs).ok());
      ASSERT_TRUE(io.sync_directory(table_).ok());
    }
    ASSERT_TRUE(open(place, 1).ok());
    for (const uint64_t number : {2, 3}) {
      EXPECT_EQ(io(place).exists(by_uuid(number).path("TOC.txt")).value(), !committed) << number;
    }
  }
}

}  // namespace
}  // namespace ceto
