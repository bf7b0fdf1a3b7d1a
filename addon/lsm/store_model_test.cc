// The whole engine against a plain model: random writes of every kind, with flushes, compactions,
// restarts and crashes in between, on a disk that keeps no more than it promised.
#include <gtest/gtest.h>

#include <cstdlib>

#include "lsm/model_table.h"
#include "lsm/random_updates.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

class StoreModel : public ::testing::TestWithParam<bool> {
 protected:
  void start(uint64_t seed, bool descending) {
    shard_.emplace(seed);
    auto schema = KeyValueTable::make("t", descending);
    schema->gc_grace_seconds = 60;
    schema->compaction["min_threshold"] = "3";
    // What the row cache takes: what it chooses, everything, partitions of few rows.
    constexpr int32_t kCaching[] = {0, TableSchema::kAllRows, 5};
    schema->rows_per_partition = kCaching[seed % 3];
    schema_ = schema;
    model_.emplace(*schema_);
    ASSERT_TRUE(shard_->open({schema_}).ok());
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
  TableSchemaPtr schema_;
  std::optional<ModelTable> model_;
};

TEST_P(StoreModel, answers_as_the_model_through_flush_compaction_restart_and_crash) {
  const char* const wanted = std::getenv("CETO_SEED");
  const uint64_t first = wanted ? std::strtoull(wanted, nullptr, 10) : 1;
  const uint64_t last = wanted ? first : 3;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("replay with CETO_SEED=" + std::to_string(seed));
    start(seed, GetParam());
    RandomUpdates random(*schema_, seed, 30, 40);
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
      if (random.one_of(150)) {
        check_all(random);
        if (HasFatalFailure()) return;
      }
    }
    check_all(random);
    if (HasFailure()) return;
    shard_.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, StoreModel, ::testing::Values(false, true), [](const auto& order) {
  return order.param ? "descending" : "ascending";
});

}  // namespace
}  // namespace ceto
