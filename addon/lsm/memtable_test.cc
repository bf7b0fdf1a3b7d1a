#include "lsm/memtable.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "lsm/memtable_source.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

struct Number {
  int64_t value;
};

TEST(OrderedTree, holds_what_was_inserted_in_order_and_finds_bounds) {
  for (const uint64_t seed : {1u, 2u, 3u, 4u}) {
    std::mt19937_64 random(seed);
    Arena arena;
    OrderedTree<Number> tree;
    std::map<int64_t, Number*> model;
    for (int i = 0; i < 20000; ++i) {
      // Seed 1 ascends, 2 descends, the others are in no order.
      const int64_t value = seed == 1   ? i
                            : seed == 2 ? -i
                                        : static_cast<int64_t>(random() % 100000);
      const auto before = [&](const OrderedTree<Number>::Slot& slot) {
        return slot.prefix < value;
      };
      const auto place = tree.locate(before);
      const auto at = tree.cursor(place);
      ASSERT_EQ(at.valid() && at.slot().prefix == value, model.contains(value)) << "seed " << seed;
      if (model.contains(value)) continue;
      Number* made = arena.make<Number>(value);
      tree.insert(arena, place, {value, made});
      model[value] = made;
    }
    ASSERT_EQ(tree.size(), model.size());
    auto at = tree.seek([](const auto&) { return false; });
    for (const auto& [value, item] : model) {
      ASSERT_TRUE(at.valid());
      ASSERT_EQ(at.slot().item, item);
      at.next();
    }
    ASSERT_FALSE(at.valid());
    for (int i = 0; i < 2000; ++i) {
      const int64_t value = static_cast<int64_t>(random() % 100000);
      const auto before = [&](const auto& slot) { return slot.prefix < value; };
      auto last = tree.seek_last(before);
      const auto expected = model.lower_bound(value);
      if (expected == model.begin()) {
        ASSERT_FALSE(last.valid());
      } else {
        ASSERT_TRUE(last.valid());
        ASSERT_EQ(last.slot().prefix, std::prev(expected)->first) << "seed " << seed;
      }
    }
  }
}

TEST(RangeTombstoneList, equals_a_point_by_point_model) {
  const auto schema = KeyValueTable::make();
  constexpr uint64_t kSeed = 5;
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 200; ++round) {
    RangeTombstoneList list;
    UpdateBuilder keep(*schema, 1);
    std::vector<DeletionTime> model(50);
    for (int i = 0; i < 30; ++i) {
      int32_t a = static_cast<int32_t>(random() % 50);
      int32_t b = static_cast<int32_t>(random() % 50);
      if (a > b) std::swap(a, b);
      const DeletionTime deletion{static_cast<int64_t>(random() % 10),
                                  static_cast<uint32_t>(random() % 3)};
      list.add(*schema, {{{keep.clustering(a), false}, {keep.clustering(b), true}}, deletion});
      for (int32_t at = a; at <= b; ++at) {
        DeletionTime& here = model[static_cast<size_t>(at)];
        if (deletion.supersedes(here)) here = deletion;
      }
    }
    const auto ranges = list.snapshot();
    for (int32_t at = 0; at < 50; ++at) {
      DeletionTime found;
      int covering = 0;
      for (const RangeTombstone& range : *ranges) {
        const Clustering row = keep.clustering(at);
        if (compare_to_bound(*schema, row, range.slice.start) > 0 &&
            compare_to_bound(*schema, row, range.slice.end) < 0) {
          found = range.deletion;
          ++covering;
        }
      }
      ASSERT_LE(covering, 1);
      ASSERT_EQ(found, model[static_cast<size_t>(at)]) << "seed " << kSeed << " round " << round;
    }
    for (size_t i = 1; i < ranges->size(); ++i) {
      ASSERT_LE(compare_bounds(*schema, (*ranges)[i - 1].slice.end, (*ranges)[i].slice.start), 0);
    }
  }
}

TEST(Memtable, a_reader_in_the_middle_keeps_its_rows_while_writes_go_on) {
  const auto schema = KeyValueTable::make();
  const MemtableRef memtable = MemtableRef::make();
  const auto put = [&](int32_t c, int64_t timestamp, const std::string& value) {
    UpdateBuilder update(*schema, 1);
    update.row(c, {timestamp, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kV, timestamp, value);
    memtable->apply(*schema, update.update(), static_cast<CommitPosition>(timestamp));
  };
  put(10, 1, "ten");
  put(30, 1, "thirty");
  ReadCommand command;
  command.table = schema;
  const std::string key = int_value(1);
  const MemtablePartition* partition = memtable->find(token_of(Bytes(key)), Bytes(key));
  ASSERT_NE(partition, nullptr);
  MemtablePartitionSource source;
  source.start(memtable, *partition, command);
  ASSERT_EQ(source.open(), Step::kReady);
  ASSERT_EQ(source.next(), Step::kReady);
  const Row first = source.current().row;
  put(10, 2, "changed");
  for (int32_t c = 11; c < 500; ++c) put(c, 3, "more");
  EXPECT_EQ(first.cells[0].value.text(), "ten");
  // The row it stands before is given as it was met; what follows that is met now.
  int rows = 1;
  int64_t last = 10;
  while (source.next() == Step::kReady) {
    ++rows;
    const Bytes c = source.current().row.clustering[0];
    const int64_t value = c[2] << 8 | c[3];
    EXPECT_GT(value, last);
    last = value;
  }
  EXPECT_EQ(last, 499);
  EXPECT_EQ(memtable->first_position(), 1u);
  EXPECT_EQ(memtable->last_position(), 3u);
}

TEST(Memtable, one_row_partitions_stay_small) {
  const auto schema = KeyValueTable::make();
  const MemtableRef memtable = MemtableRef::make();
  constexpr int kPartitions = 20000;
  for (int32_t i = 0; i < kPartitions; ++i) {
    UpdateBuilder update(*schema, i);
    update.row(1, {1, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kV, 1, std::string(100, 'x'));
    memtable->apply(*schema, update.update(), 1);
  }
  EXPECT_EQ(memtable->partitions().size(), size_t{kPartitions});
  // 100 of value, 8 of keys, 176 of row, cell and clustering, 88 of partition, some 25 of tree.
  EXPECT_LT(memtable->bytes() / kPartitions, 480u);
}

}  // namespace
}  // namespace ceto
