// A store with tables of different shapes against plain models: every kind of write and read, with
// flushes, compactions, truncations, altered tables, restarts and crashes in between, on a disk
// that keeps no more than it promised. Deletions are purged, and writes come later than newer ones.
// CETO_OPERATIONS and CETO_SEED make it longer and another (`npm run model`).
#include <gtest/gtest.h>

#include <cstdlib>

#include "lsm/random_rows.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* const given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

struct Shape {
  const char* name;
  std::vector<ColumnSpec> columns;
  int32_t keys, components;
  bool counter = false;
  // Enough for several levels, whose strategy it keeps.
  bool large_values = false;
};

std::vector<Shape> shapes() {
  constexpr auto pk = ColumnKind::kPartitionKey;
  constexpr auto ck = ColumnKind::kClustering;
  constexpr auto st = ColumnKind::kStatic;
  constexpr auto rg = ColumnKind::kRegular;
  const std::string text = marshal("UTF8Type"), int32 = marshal("Int32Type");
  const auto of = [](const char* outer, const std::string& inner) {
    return marshal(std::string(outer) + "(" + inner + ")");
  };
  const std::string udt =
      of("UserType", "ks,75,61:" + text + ",62:" + int32 + ",63:" + marshal("LongType"));
  return {{"collections",
           {{"k", pk, int32},
            {"c1", ck, of("ReversedType", int32)},
            {"c2", ck, text},
            {"s", st, text},
            {"sm", st, of("MapType", text + "," + text)},
            {"v", rg, text},
            {"set", rg, of("SetType", text)},
            {"list", rg, of("ListType", int32)},
            {"map", rg, of("MapType", int32 + "," + text)},
            {"udt", rg, udt},
            {"w", rg, int32}},
           20,
           6},
          {"no_clustering",
           {{"a", pk, int32},
            {"b", pk, text},
            {"v", rg, text},
            {"m", rg, of("MapType", text + "," + int32)}},
           200,
           1},
          {"counters",
           {{"k", pk, int32},
            {"c", ck, int32},
            {"n", rg, marshal("CounterColumnType")},
            {"o", rg, marshal("CounterColumnType")}},
           20,
           20,
           true},
          {"large_values",
           {{"k", pk, int32},
            {"c", ck, of("ReversedType", int32)},
            {"s", st, text},
            {"v", rg, text},
            {"w", rg, text},
            {"m", rg, of("MapType", text + "," + text)}},
           30,
           40,
           false,
           true},
          {"wide",
           {{"k", pk, text},
            {"c", ck, marshal("LongType")},
            {"s", st, int32},
            {"v", rg, text},
            {"w", rg, text}},
           4,
           120},
          {"many_clusterings",
           {{"k", pk, int32},
            {"c1", ck, int32},
            {"c2", ck, of("ReversedType", text)},
            {"c3", ck, int32}},
           15,
           4}};
}

// Small enough that some thousand writes fill several SSTables, levels, windows and shards, and
// tombstones become worth a compaction of their own.
using Compaction = std::map<std::string, std::string>;
const Compaction kLeveled = {{"class", "LeveledCompactionStrategy"},
                             {"sstable_size_in_mb", "1"},
                             {"fanout_size", "2"},
                             {"tombstone_compaction_interval", "30"},
                             {"tombstone_threshold", "0.1"}};
const Compaction kStrategies[] = {
    kLeveled,
    {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "3"}},
    {{"class", "TimeWindowCompactionStrategy"},
     {"compaction_window_unit", "MINUTES"},
     {"compaction_window_size", "1"},
     {"expired_sstable_check_frequency_seconds", "10"},
     {"tombstone_compaction_interval", "30"},
     {"unchecked_tombstone_compaction", "true"}},
    {{"class", "UnifiedCompactionStrategy"},
     {"scaling_parameters", "T3,L4"},
     {"target_sstable_size", "1MiB"},
     {"min_sstable_size", "0B"},
     {"base_shard_count", "3"},
     {"expired_sstable_check_frequency_seconds", "10"}}};

class TablesModel : public ::testing::Test {
 protected:
  struct Table {
    Shape shape;
    TableSchemaPtr first;  // the first version, which the others here keep
    TableSchemaPtr schema;
    std::unique_ptr<TableModel> model;
    std::unique_ptr<RandomRows> rows;
  };

  void start(uint64_t seed) {
    shard_.emplace(seed);
    random_.seed(seed);
    haste_ = seed % 2 == 0 ? 1 : 4;
    tables_.clear();
    for (const Shape& shape : shapes()) {
      Table& table = tables_.emplace_back();
      table.shape = shape;
      table.first = table.schema = version(table, tables_.size());
      table.model = std::make_unique<TableModel>(*table.first);
      table.rows =
          std::make_unique<RandomRows>(*table.first, random_(), shape.keys, shape.components,
                                       one_of(4), shape.large_values ? 60'000 : 5000);
    }
    ASSERT_TRUE(shard_->open(schemas()).ok());
  }

  TableSchemaPtr version(const Table& table, size_t number) {
    auto schema = make_schema(table.shape.name, table.shape.columns);
    schema->id.fill(static_cast<uint8_t>(number));
    schema->counter = table.shape.counter;
    // Longer than a write may be late.
    constexpr int32_t kGcGraceSeconds[] = {10, 10, 60, 864'000};
    schema->gc_grace_seconds = kGcGraceSeconds[random_() % std::size(kGcGraceSeconds)];
    schema->compaction =
        table.shape.large_values ? kLeveled : kStrategies[random_() % std::size(kStrategies)];
    constexpr int32_t kCaching[] = {0, TableSchema::kAllRows, 5};
    schema->rows_per_partition = kCaching[random_() % 3];
    if (one_of(3)) schema->compression_chunk_length = 0;
    return schema;
  }
  std::vector<TableSchemaPtr> schemas() const {
    std::vector<TableSchemaPtr> out;
    for (const Table& table : tables_) out.push_back(table.schema);
    return out;
  }

  bool one_of(uint64_t n) { return random_() % n == 0; }
  // As one_of, of what disturbs: with every other seed more often.
  bool disturbed(uint64_t n) { return one_of(n / haste_); }
  Table& any_table() { return tables_[random_() % tables_.size()]; }

  // To one table, or to two in one record.
  void write() {
    Table& table = any_table();
    const int64_t now = shard_->clock().wall_micros();
    std::vector<PartitionUpdate> updates = {table.rows->update(now, *table.model)};
    Table& other = any_table();
    if (one_of(10) && &other != &table) updates.push_back(other.rows->update(now, *other.model));
    const auto position = shard_->store().apply(updates);
    ASSERT_TRUE(position.ok()) << position.error().message;
    ASSERT_TRUE(shard_->durable(position.value()).ok());
    table.model->write(updates[0], now);
    if (updates.size() > 1) other.model->write(updates[1], now);
    // A counter's times never come twice.
    shard_->clock().advance_micros(1 + static_cast<int64_t>(random_() % 300'000));
  }

  void disturb() {
    Table& table = any_table();
    if (disturbed(100)) {
      ASSERT_TRUE(shard_->wait(shard_->store().flush(table.first->id)).ok());
    }
    if (disturbed(500)) {
      ASSERT_TRUE(shard_->wait(shard_->store().flush_all()).ok());
    }
    if (disturbed(500)) {
      ASSERT_TRUE(shard_->wait(shard_->store().compact(table.first->id)).ok());
    }
    if (disturbed(1500)) {
      table.schema = version(table, table.first->id[0]);
      ASSERT_TRUE(shard_->store().put_table(table.schema).ok());
    }
    if (disturbed(4000)) {
      ASSERT_TRUE(shard_->wait(shard_->store().truncate_table(table.first->id)).ok());
      table.model->clear();
    }
    if (disturbed(1000)) {
      ASSERT_TRUE(shard_->close().ok());
      ASSERT_TRUE(shard_->open(schemas()).ok());
    }
    if (disturbed(1000)) crash(table);
    // Time for what runs in the background.
    for (uint64_t turns = random_() % 4; turns > 0; --turns) shard_->turn();
    look_at_levels(table);
  }

  // Remembers that levels above 0 were used at all.
  void look_at_levels(const Table& table) {
    const TableStats stats = shard_->store().table_stats(table.first->id);
    for (size_t level = 1; level < stats.level_sstables.size(); ++level) {
      if (stats.level_sstables[level] > 0) highest_level_ = std::max(highest_level_, level);
    }
  }

  // In the middle of something, or of nothing.
  void crash(const Table& table) {
    if (one_of(2)) {
      shard_->start(shard_->store().compact(table.first->id));
    } else if (one_of(2)) {
      shard_->start(shard_->store().flush_all());
    }
    for (uint64_t turns = random_() % 60; turns > 0; --turns) shard_->turn();
    shard_->crash(random_());
    const Status opened = shard_->open(schemas());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
  }

  // --- reads -------------------------------------------------------------------------------------

  // Repeats a step until it gives something; false at the end.
  template <class Source, class Call>
  bool step(Source& source, Call call) {
    for (;;) {
      const Step now = call();
      if (now == Step::kReady) return true;
      if (now == Step::kEnd) return false;
      if (now == Step::kError) {
        ADD_FAILURE() << source.error().message;
        return false;
      }
      shard_->wait(source.wait());
    }
  }
  void rows_of(PartitionReader& reader, std::span<const uint64_t> columns, bool liveness,
               std::vector<std::string>& out) {
    if (reader.static_row()) {
      out.push_back(TableModel::render(*reader.static_row(), true, columns, liveness));
    }
    while (step(reader, [&] { return reader.next(); })) {
      out.push_back(TableModel::render(reader.row(), false, columns, liveness));
    }
  }

  void check_partition(Table& table, const TableModel::Key& key) {
    Arena arena;
    ReadCommand command;
    command.table = table.schema;
    command.reversed = one_of(2);
    command.now_seconds = shard_->clock().wall_seconds();
    std::vector<Slice> slices;
    if (!one_of(3)) slices = table.rows->slices(arena);
    std::vector<uint64_t> columns;
    if (one_of(3)) columns = table.rows->columns();
    command.slices = slices;
    command.columns = columns;
    // A read of a row by its key, or of some columns, ends once nothing older can change what it
    // gives; when the row was inserted is nothing that it gives.
    const size_t key_size = table.schema->clustering.size();
    const bool by_row =
        key_size == 0 || (slices.size() == 1 && slices[0].start.prefix.size() == key_size &&
                          slices[0].end.prefix.size() == key_size);
    const bool liveness = columns.empty() && !by_row;
    std::vector<std::string> found;
    {
      const auto reader = shard_->store().read(command, Token{key.first}, Bytes(key.second));
      if (step(*reader, [&] { return reader->open(); })) rows_of(*reader, columns, liveness, found);
    }
    auto expected =
        table.model->read(key, command.now_seconds, slices, command.reversed, columns, liveness);
    // Of a static row only what is asked for.
    for (auto* const lines : {&found, &expected}) {
      if (!columns.empty() && !lines->empty() && lines->front() == "static") {
        lines->erase(lines->begin());
      }
    }
    ASSERT_EQ(found, expected) << table.shape.name << ", key " << readable(Bytes(key.second));
  }

  void check_scan(Table& table) {
    ReadCommand command;
    command.table = table.schema;
    command.now_seconds = shard_->clock().wall_seconds();
    const auto keys = table.model->keys();
    TokenRange range;
    if (one_of(2) && !keys.empty()) {
      range.first = Token{keys[random_() % keys.size()].first};
      range.last = Token{keys[random_() % keys.size()].first};
      if (range.last < range.first) std::swap(range.first, range.last);
    }
    const auto scanner = shard_->store().scan(command, range);
    std::map<TableModel::Key, std::vector<std::string>> found;
    TableModel::Key last{INT64_MIN, ""};
    while (step(*scanner, [&] { return scanner->next_partition(); })) {
      const TableModel::Key key{scanner->token().value, scanner->key().str()};
      ASSERT_LT(last, key);
      last = key;
      rows_of(scanner->rows(), {}, true, found[key]);
    }
    for (const auto& key : keys) {
      if (Token{key.first} < range.first || Token{key.first} > range.last) continue;
      ASSERT_EQ(found[key], table.model->read(key, command.now_seconds, {}, false, {}, true))
          << table.shape.name << ", scanned, key " << readable(Bytes(key.second));
    }
  }

  void check_all() {
    for (Table& table : tables_) {
      for (const auto& key : table.model->keys()) {
        check_partition(table, key);
        if (HasFatalFailure()) return;
      }
      check_scan(table);
      if (HasFatalFailure()) return;
    }
  }

  void run(uint64_t seed, uint64_t operations) {
    start(seed);
    for (uint64_t op = 0; op < operations && !HasFailure(); ++op) {
      write();
      if (HasFatalFailure()) return;
      disturb();
      if (HasFatalFailure()) return;
      Table& table = any_table();
      const auto keys = table.model->keys();
      if (!keys.empty()) check_partition(table, keys[random_() % keys.size()]);
      if (HasFatalFailure()) return;
      if (one_of(500)) check_scan(table);
      if (HasFatalFailure()) return;
      if (one_of(2000)) check_all();
      if (operations > 100'000 && op % 50'000 == 0) {
        std::printf("%llu operations\n", static_cast<unsigned long long>(op));
        std::fflush(stdout);
      }
    }
    check_all();
  }

  std::mt19937_64 random_;
  uint64_t haste_ = 1;
  size_t highest_level_ = 0;
  std::optional<TestShard> shard_;
  std::deque<Table> tables_;
};

TEST_F(TablesModel, answers_as_the_models_through_everything) {
  const uint64_t operations = setting("CETO_OPERATIONS", 3000);
  const uint64_t first = setting("CETO_SEED", 1);
  const uint64_t last = std::getenv("CETO_SEED") != nullptr ? first : first + 4;
  for (uint64_t seed = first; seed <= last && !HasFailure(); ++seed) {
    SCOPED_TRACE("replay with CETO_SEED=" + std::to_string(seed) +
                 " CETO_OPERATIONS=" + std::to_string(operations));
    run(seed, operations);
    shard_.reset();
  }
  if (operations >= 3000) {
    EXPECT_GT(highest_level_, 0u);
  }
}

}  // namespace
}  // namespace ceto
