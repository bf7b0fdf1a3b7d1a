// The whole engine against a plain model: random writes of every kind, with flushes, compactions,
// restarts and crashes in between, on a disk that keeps no more than it promised.
#include <gtest/gtest.h>

#include <cstdlib>

#include "lsm/compaction/options.h"
#include "lsm/model_table.h"
#include "lsm/random_updates.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

using Compaction = std::map<std::string, std::string>;

struct ModelParameters {
  const char* name;
  bool descending;
  // One of them is the table's; with several it is altered now and then.
  std::vector<Compaction> compactions;
  int32_t large_value_bytes = 3000;
};

// Small enough that a test's data fills several SSTables, levels, windows and shards.
const Compaction kSizeTiered = {{"class", "SizeTieredCompactionStrategy"}, {"min_threshold", "3"}};
const Compaction kLeveled = {{"class", "LeveledCompactionStrategy"},
                             {"sstable_size_in_mb", "1"},
                             {"fanout_size", "2"},
                             {"tombstone_compaction_interval", "30"},
                             {"tombstone_threshold", "0.1"}};
const Compaction kTimeWindow = {
    {"class", "TimeWindowCompactionStrategy"}, {"compaction_window_unit", "MINUTES"},
    {"compaction_window_size", "1"},           {"expired_sstable_check_frequency_seconds", "10"},
    {"tombstone_compaction_interval", "30"},   {"unchecked_tombstone_compaction", "true"}};
const Compaction kUnified = {{"class", "UnifiedCompactionStrategy"},
                             {"scaling_parameters", "T3,L4"},
                             {"target_sstable_size", "1MiB"},
                             {"min_sstable_size", "0B"},
                             {"base_shard_count", "3"},
                             {"expired_sstable_check_frequency_seconds", "10"}};

class StoreModel : public ::testing::TestWithParam<ModelParameters> {
 protected:
  void start(uint64_t seed) {
    shard_.emplace(seed);
    // What the row cache takes: what it chooses, everything, partitions of few rows.
    constexpr int32_t kCaching[] = {0, TableSchema::kAllRows, 5};
    caching_ = kCaching[seed % 3];
    model_schema_ = schema_with(GetParam().compactions[0]);
    schema_ = model_schema_;
    model_.emplace(*model_schema_);
    ASSERT_TRUE(shard_->open({schema_}).ok());
  }

  TableSchemaPtr schema_with(const Compaction& compaction) {
    auto schema = KeyValueTable::make("t", GetParam().descending);
    schema->gc_grace_seconds = 60;
    schema->compaction = compaction;
    schema->rows_per_partition = caching_;
    return schema;
  }
  void alter(RandomUpdates& random) {
    const auto& all = GetParam().compactions;
    schema_ = schema_with(all[static_cast<size_t>(random.below(static_cast<int32_t>(all.size())))]);
    ASSERT_TRUE(shard_->store().put_table(schema_).ok());
  }
  // Remembers that levels above 0 were used at all.
  void look_at_levels() {
    const TableStats stats = shard_->store().table_stats(schema_->id);
    for (size_t level = 1; level < stats.level_sstables.size(); ++level) {
      if (stats.level_sstables[level] > 0) highest_level_ = std::max(highest_level_, level);
    }
  }

  std::vector<std::string> read(const ModelTable::Key& key, std::span<const Slice> slices,
                                bool reversed) {
    ReadCommand command;
    command.table = schema_;
    command.slices = slices;
    command.reversed = reversed;
    command.now_seconds = shard_->clock().wall_seconds();
    auto reader = shard_->store().read(command, Token{key.first}, Bytes(key.second));
    std::vector<std::string> out;
    if (!step(*reader, [&] { return reader->open(); })) return out;
    rows_of(*reader, out);
    return out;
  }

  void rows_of(PartitionReader& reader, std::vector<std::string>& out) {
    if (reader.static_row()) out.push_back(ModelTable::render(*reader.static_row(), true));
    while (step(reader, [&] { return reader.next(); })) {
      out.push_back(ModelTable::render(reader.row(), false));
    }
  }

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

  void check_all(RandomUpdates& random) {
    const int64_t now = shard_->clock().wall_seconds();
    const bool descending = schema_->clustering[0]->type->reversed;
    const std::string low = int_value(descending ? 1'000'000 : 0);
    const std::string high = int_value(descending ? 0 : 1'000'000);
    for (const auto& key : model_->keys()) {
      const bool reversed = random.one_of(2);
      ASSERT_EQ(read(key, {}, reversed), model_->read(key, now, low, high, reversed));
      check_slices(random, key, reversed);
    }
    check_scan(now, low, high);
  }

  // Two disjoint slices, given in clustering order.
  void check_slices(RandomUpdates& random, const ModelTable::Key& key, bool reversed) {
    const int64_t now = shard_->clock().wall_seconds();
    int32_t at[4];
    for (int32_t& one : at) one = random.below(44);
    std::sort(std::begin(at), std::end(at));
    if (at[1] == at[2]) ++at[2];
    at[3] = std::max(at[2], at[3]);
    if (schema_->clustering[0]->type->reversed) std::reverse(std::begin(at), std::end(at));
    std::string text[4];
    Bytes bytes[4];
    for (size_t i = 0; i < 4; ++i) {
      text[i] = int_value(at[i]);
      bytes[i] = Bytes(text[i]);
    }
    const Slice slices[] = {{{{&bytes[0], 1}, false}, {{&bytes[1], 1}, true}},
                            {{{&bytes[2], 1}, false}, {{&bytes[3], 1}, true}}};
    auto expected =
        model_->read(key, now, text[reversed ? 2 : 0], text[reversed ? 3 : 1], reversed);
    auto rest = model_->read(key, now, text[reversed ? 0 : 2], text[reversed ? 1 : 3], reversed);
    if (!rest.empty() && rest[0].starts_with("static")) rest.erase(rest.begin());
    expected.insert(expected.end(), rest.begin(), rest.end());
    ASSERT_EQ(read(key, slices, reversed), expected);
  }

  void check_scan(int64_t now, const std::string& low, const std::string& high) {
    ReadCommand command;
    command.table = schema_;
    command.now_seconds = now;
    const TokenRange range;
    auto scanner = shard_->store().scan(command, range);
    std::map<ModelTable::Key, std::vector<std::string>> found;
    ModelTable::Key last{INT64_MIN, ""};
    while (step(*scanner, [&] { return scanner->next_partition(); })) {
      const ModelTable::Key key{scanner->token().value, scanner->key().str()};
      ASSERT_LT(last, key);
      last = key;
      rows_of(scanner->rows(), found[key]);
    }
    for (const auto& key : model_->keys()) {
      const auto expected = model_->read(key, now, low, high, false);
      ASSERT_EQ(found[key], expected);
    }
  }

  std::optional<TestShard> shard_;
  TableSchemaPtr model_schema_;  // the first version, which the model keeps
  TableSchemaPtr schema_;
  size_t highest_level_ = 0;
  int32_t caching_ = 0;
  std::optional<ModelTable> model_;
};

TEST_P(StoreModel, answers_as_the_model_through_flush_compaction_restart_and_crash) {
  const char* const wanted = std::getenv("CETO_SEED");
  const uint64_t first = wanted ? std::strtoull(wanted, nullptr, 10) : 1;
  const uint64_t last = wanted ? first : 3;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("replay with CETO_SEED=" + std::to_string(seed));
    start(seed);
    RandomUpdates random(*model_schema_, seed, 30, 40);
    random.set_large_value_bytes(GetParam().large_value_bytes);
    for (int op = 0; op < 1500; ++op) {
      UpdateBuilder builder(*schema_, random.key());
      random.fill(builder, shard_->clock().wall_micros());
      model_->write(builder.update());
      ASSERT_TRUE(shard_->write(builder.update()).ok());
      shard_->clock().advance_micros(random.below(300'000));
      if (random.one_of(80)) {
        ASSERT_TRUE(shard_->wait(shard_->store().flush_all()).ok());
      }
      if (random.one_of(200)) {
        ASSERT_TRUE(shard_->wait(shard_->store().compact(schema_->id)).ok());
      }
      if (random.one_of(250)) {
        ASSERT_TRUE(shard_->close().ok());
        ASSERT_TRUE(shard_->open({schema_}).ok());
      }
      if (random.one_of(250)) {
        // In the middle of something, or of nothing.
        if (random.one_of(2))
          shard_->start(shard_->store().compact(schema_->id));
        else if (random.one_of(2))
          shard_->start(shard_->store().flush_all());
        for (int32_t turns = random.below(60); turns > 0; --turns) shard_->turn();
        shard_->crash(random.next());
        const Status opened = shard_->open({schema_});
        ASSERT_TRUE(opened.ok()) << opened.error().message;
      }
      if (GetParam().compactions.size() > 1 && random.one_of(100)) alter(random);
      // Time for what runs in the background.
      for (int32_t turns = random.below(4); turns > 0; --turns) shard_->turn();
      look_at_levels();
      if (random.one_of(150)) {
        check_all(random);
        if (HasFatalFailure()) return;
      }
    }
    check_all(random);
    if (HasFailure()) return;
    if (strategy_name(GetParam().compactions[0]) == "LeveledCompactionStrategy") {
      EXPECT_GT(highest_level_, 0u);
    }
    shard_.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Strategies, StoreModel,
    ::testing::Values(ModelParameters{"size_tiered", false, {kSizeTiered}},
                      ModelParameters{"size_tiered_descending", true, {kSizeTiered}},
                      ModelParameters{"leveled", false, {kLeveled}, 60'000},
                      ModelParameters{"time_window_descending", true, {kTimeWindow}},
                      ModelParameters{"unified", false, {kUnified}, 30'000},
                      ModelParameters{
                          "altered", true, {kUnified, kLeveled, kSizeTiered, kTimeWindow}, 30'000}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace ceto
