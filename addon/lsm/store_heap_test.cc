// The fast lane asks the global heap for nothing: counted by replacing operator new in this
// program.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "lsm/test_shard.h"

namespace {
uint64_t allocations = 0;
}

void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace ceto {
namespace {

using namespace lsm_test;

constexpr int32_t kKeys = 64;
constexpr int kRounds = 2000;

TEST(StoreHeap, a_write_asks_the_heap_only_for_whole_blocks_of_its_memtable) {
  TestShard shard;
  const auto schema = KeyValueTable::make();
  shard.config().commitlog_segment_bytes = 32 << 20;
  ASSERT_TRUE(shard.open({schema}).ok());
  std::deque<UpdateBuilder> updates;
  for (int32_t key = 0; key < kKeys; ++key) {
    updates.emplace_back(*schema, key)
        .row(1, {1, kNoTtl, kNoDeletionTime})
        .cell(KeyValueTable::kV, 1, std::string(200, 'v'));
    ASSERT_TRUE(shard.write(updates.back().update()).ok());
  }
  const uint64_t before = allocations;
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(
        shard.store().apply({&updates[static_cast<size_t>(round % kKeys)].update(), 1}).ok());
  }
  // A mebibyte of arena or 256 KiB of log buffer at a time.
  EXPECT_LE(allocations - before, 20u);
}

TEST(StoreHeap, a_read_from_memory_asks_the_heap_for_nothing) {
  TestShard shard;
  const auto schema = KeyValueTable::make();
  ASSERT_TRUE(shard.open({schema}).ok());
  for (int32_t key = 0; key < kKeys; ++key) {
    UpdateBuilder update(*schema, key);
    update.row(1, {1, kNoTtl, kNoDeletionTime})
        .cell(KeyValueTable::kV, 1, "v")
        .cell(KeyValueTable::kW, 1, "w");
    ASSERT_TRUE(shard.write(update.update()).ok());
  }
  const uint64_t only_v[] = {uint64_t{1} << KeyValueTable::kV};
  ReadCommand command;
  command.table = schema;
  command.columns = only_v;
  const auto read = [&](const std::string& key) {
    auto reader = shard.store().read(command, token_of(Bytes(key)), Bytes(key));
    if (reader->open() != Step::kReady || reader->next() != Step::kReady) return size_t{0};
    return reader->row().cells.size();
  };
  const std::string keys[] = {int_value(1), int_value(2), int_value(3)};
  ASSERT_EQ(read(keys[0]), 1u);
  const uint64_t before = allocations;
  for (int round = 0; round < kRounds; ++round) ASSERT_EQ(read(keys[round % 3]), 1u);
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace ceto
