// Snapshots, incremental backups and imports of one shard's store.
#include <gtest/gtest.h>

#include <algorithm>

#include "lsm/set_links.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

class StoreFilesTest : public ::testing::Test {
 protected:
  void open() {
    const Status opened = shard_.open({schema_});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
  }
  void put(int32_t key, const std::string& value) {
    const int64_t timestamp = ++timestamp_;
    UpdateBuilder update(*schema_, key);
    update.row(1, {timestamp, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kV, timestamp, value);
    ASSERT_TRUE(shard_.write(update.update()).ok());
  }
  void flush() { ASSERT_TRUE(shard_.wait(shard_.store().flush_all()).ok()); }
  void compact() { ASSERT_TRUE(shard_.wait(shard_.store().compact(schema_->id)).ok()); }
  FileOperations& files() { return shard_.store().files(); }

  std::string value(int32_t key) {
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = shard_.clock().wall_seconds();
    const std::string bytes = int_value(key);
    auto reader = shard_.store().read(command, token_of(Bytes(bytes)), Bytes(bytes));
    for (bool opened = false;;) {
      const Step step = opened ? reader->next() : reader->open();
      EXPECT_NE(step, Step::kError);
      if (step == Step::kEnd || step == Step::kError) return "";
      if (step == Step::kWait) {
        shard_.wait(reader->wait());
      } else if (opened) {
        return reader->row().cells[0].value.str();
      } else {
        opened = true;
      }
    }
  }

  std::vector<SetInUse> snapshot(const std::string& directory, bool skip_flush = false) {
    auto taken = shard_.wait(files().snapshot(schema_->id, directory, skip_flush));
    EXPECT_TRUE(taken.ok()) << taken.error().message;
    return taken.ok() ? taken.value() : std::vector<SetInUse>{};
  }
  TableFiles listed(const std::string& directory) {
    shard_.settle();  // what a compaction read goes beside the shard's thread
    auto found = list_table_files(shard_.io(), directory);
    EXPECT_TRUE(found.ok());
    return found.value();
  }
  // Links a set of `directory` into the table under a generation that was reserved for it.
  uint64_t bring_in(const std::string& directory, uint64_t generation, bool with_mark) {
    const auto reserved = files().reserve_generations(schema_->id, 1);
    EXPECT_TRUE(reserved.ok());
    const SSTableDescriptor to{table_, reserved.value(), "nb"};
    const FileSet set = listed(directory).sets[generation];
    for (const std::string& name : set.file_names) {
      const std::string component = parse_sstable_file_name(name)->component;
      if (!with_mark && component.starts_with("Shard-")) continue;
      EXPECT_TRUE(shard_.io().link(directory + '/' + name, to.path(component)).ok());
    }
    return reserved.value();
  }
  Status prepare(std::vector<uint64_t> generations, bool read_all = true) {
    return shard_.wait(files().prepare_import(schema_->id, std::move(generations), read_all));
  }

  TestShard shard_;
  TableSchemaPtr schema_ = KeyValueTable::make();
  std::string table_ = table_directory("/data", *schema_);
  int64_t timestamp_ = 0;
};

TEST_F(StoreFilesTest, a_snapshot_keeps_the_sets_that_a_compaction_removes) {
  open();
  put(1, "a");
  flush();
  put(2, "b");
  const std::string directory = table_ + "/snapshots/one";
  const std::vector<SetInUse> taken = snapshot(directory);
  ASSERT_EQ(taken.size(), 2u);
  compact();
  const TableFiles kept = listed(directory);
  ASSERT_EQ(kept.sets.size(), 2u);
  for (const SetInUse& set : taken) {
    EXPECT_FALSE(set.shared);
    const FileSet& linked = kept.sets.at(set.generation);
    EXPECT_TRUE(linked.complete);
    EXPECT_FALSE(linked.from_elsewhere);
    EXPECT_GE(linked.file_names.size(), 9u);
  }
  EXPECT_EQ(listed(table_).sets.size(), 1u);
}

TEST_F(StoreFilesTest, a_snapshot_without_a_flush_has_only_what_is_on_disk) {
  open();
  put(1, "a");
  flush();
  put(2, "b");
  EXPECT_EQ(snapshot(table_ + "/snapshots/one", true).size(), 1u);
  EXPECT_EQ(shard_.store().table_stats(schema_->id).sstables, 1u);
}

TEST_F(StoreFilesTest, a_snapshot_of_a_table_without_data_is_an_empty_directory) {
  open();
  EXPECT_TRUE(snapshot(table_ + "/snapshots/one").empty());
  EXPECT_TRUE(shard_.io().exists(table_ + "/snapshots/one").value());
}

TEST_F(StoreFilesTest, a_shared_set_is_linked_without_the_marks_of_the_present_count) {
  open();
  put(1, "a");
  flush();
  const uint64_t generation = files().sets_in_use(schema_->id).value()[0].generation;
  FileSet set = listed(table_).sets[generation];
  const SSTableDescriptor descriptor{table_, generation, "nb"};
  ASSERT_TRUE(write_mark(shard_.io(), descriptor, rewritten_mark({0, 2})).ok());
  ASSERT_TRUE(write_mark(shard_.io(), descriptor, rewritten_mark({1, 3})).ok());
  set = listed(table_).sets[generation];
  ASSERT_TRUE(shard_.io().make_directories("/copy").ok());
  ASSERT_TRUE(link_shared_set(shard_.io(), table_, set, 2, "/copy").ok());
  // Another shard links the same.
  ASSERT_TRUE(link_shared_set(shard_.io(), table_, set, 2, "/copy").ok());
  const FileSet copied = listed("/copy").sets[generation];
  EXPECT_TRUE(copied.complete);
  ASSERT_EQ(copied.rewritten.size(), 1u);
  EXPECT_EQ(copied.rewritten[0], (ShardShare{1, 3}));
  EXPECT_EQ(copied.file_names.size() + 1, set.file_names.size());
}

TEST_F(StoreFilesTest, an_import_is_visible_once_it_is_published_and_stays_so) {
  open();
  put(1, "old");
  const std::vector<SetInUse> taken = snapshot(table_ + "/snapshots/one");
  ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  for (const bool with_mark : {true, false}) {
    EXPECT_EQ(value(1), "");
    const uint64_t generation = bring_in(table_ + "/snapshots/one", taken[0].generation, with_mark);
    ASSERT_TRUE(prepare({generation}).ok());
    EXPECT_EQ(value(1), "");
    ASSERT_EQ(files().sets_in_use(schema_->id).value().size(), 1u);
    EXPECT_EQ(files().sets_in_use(schema_->id).value()[0].shared, !with_mark);
    ASSERT_TRUE(files().finish_import(schema_->id, true).ok());
    EXPECT_EQ(value(1), "old");
    shard_.settle();
    // What came without a mark was rewritten by now.
    EXPECT_FALSE(files().sets_in_use(schema_->id).value()[0].shared);
    ASSERT_TRUE(shard_.close().ok());
    open();
    EXPECT_EQ(value(1), "old");
    ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  }
}

TEST_F(StoreFilesTest, an_import_that_is_given_up_leaves_nothing_open) {
  open();
  put(1, "old");
  const std::vector<SetInUse> taken = snapshot(table_ + "/snapshots/one");
  ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  const uint64_t generation = bring_in(table_ + "/snapshots/one", taken[0].generation, true);
  ASSERT_TRUE(prepare({generation}).ok());
  ASSERT_TRUE(files().finish_import(schema_->id, false).ok());
  EXPECT_TRUE(files().sets_in_use(schema_->id).value().empty());
  EXPECT_EQ(value(1), "");
  // A set that is not there fails the whole import.
  EXPECT_FALSE(prepare({generation, generation + kMaxShards}).ok());
  EXPECT_TRUE(files().sets_in_use(schema_->id).value().empty());
}

// Cassandra's digests say nothing of the index.
TEST_F(StoreFilesTest,
       an_index_that_does_not_fit_the_data_is_refused_by_name_wherever_it_is_damaged) {
  open();
  for (int32_t key = 0; key < 40; ++key) put(key, "v");
  const std::vector<SetInUse> taken = snapshot(table_ + "/snapshots/one");
  ASSERT_TRUE(shard_.wait(shard_.store().truncate_table(schema_->id)).ok());
  const uint64_t generation = bring_in(table_ + "/snapshots/one", taken[0].generation, false);
  const SSTableDescriptor set{table_, generation, "nb"};
  for (const char* gone : {"Digest.crc32", "Summary.db"}) {
    ASSERT_TRUE(shard_.io().unlink(set.path(gone)).ok());
  }
  ASSERT_TRUE(prepare({generation}, false).ok());
  ASSERT_TRUE(files().finish_import(schema_->id, false).ok());
  const std::string whole = shard_.io().read_file(set.path("Index.db")).value();
  std::string said;
  const auto refused = [&](const std::string& index) {
    EXPECT_TRUE(shard_.io().unlink(set.path("Index.db")).ok());
    EXPECT_TRUE(shard_.io().write_file(set.path("Index.db"), index, true).ok());
    const Status done = prepare({generation}, false);
    said = done.ok() ? " taken" : " " + done.error().message;
    return !done.ok() && done.error().message.find("Index.db") != std::string::npos;
  };
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 8);
    EXPECT_TRUE(refused(flipped)) << at << said;
  }
  EXPECT_TRUE(refused(whole.substr(0, whole.size() / 2)));
  EXPECT_FALSE(refused(whole));
}

TEST_F(StoreFilesTest, incremental_backups_link_the_set_of_every_flush_while_they_are_on) {
  shard_.config().incremental_backups = true;
  open();
  put(1, "a");
  flush();
  put(2, "b");
  flush();
  files().set_incremental_backups(false);
  put(3, "c");
  flush();
  compact();
  EXPECT_EQ(listed(table_ + "/backups").sets.size(), 2u);
}

TEST_F(StoreFilesTest, a_table_may_be_left_out_of_incremental_backups) {
  shard_.config().incremental_backups = true;
  auto schema = KeyValueTable::make();
  schema->incremental_backups = false;
  schema_ = schema;
  open();
  put(1, "a");
  flush();
  EXPECT_TRUE(listed(table_ + "/backups").sets.empty());
}

}  // namespace
}  // namespace ceto
