#include "lsm/chunk_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace ceto {
namespace {

constexpr size_t kChunk = 4096;

ChunkCache::Ref put(ChunkCache& cache, ChunkCache::FileId file, uint64_t chunk) {
  std::unique_ptr<uint8_t[]> memory(new uint8_t[kChunk]);
  std::memset(memory.get(), static_cast<int>(file * 31 + chunk) & 0xff, kChunk);
  return cache.insert(file, chunk, std::move(memory), kChunk);
}

TEST(ChunkCache, GivesBackWhatWasInsertedUnderItsKey) {
  ChunkCache cache(100 * kChunk);
  const auto a = cache.new_file(), b = cache.new_file();
  put(cache, a, 1).reset();
  put(cache, b, 1).reset();
  EXPECT_EQ(cache.find(a, 1).bytes()[0], uint8_t(a * 31 + 1));
  EXPECT_EQ(cache.find(b, 1).bytes()[0], uint8_t(b * 31 + 1));
  EXPECT_FALSE(cache.find(a, 2));
  EXPECT_EQ(cache.hits(), 2u);
  EXPECT_EQ(cache.misses(), 1u);
}

TEST(ChunkCache, StaysWithinItsBudgetWhenNothingIsPinned) {
  ChunkCache cache(50 * kChunk);
  const auto file = cache.new_file();
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t chunk = random() % 500;
    if (!cache.find(file, chunk)) put(cache, file, chunk).reset();
    // The chunk just inserted is pinned while it is.
    ASSERT_LE(cache.size_bytes(), cache.max_bytes() + kChunk + 256);
  }
  EXPECT_GT(cache.hits(), 1000u);
}

TEST(ChunkCache, PinnedChunksStay) {
  ChunkCache cache(2 * kChunk);
  const auto file = cache.new_file();
  std::vector<ChunkCache::Ref> pinned;
  for (uint64_t chunk = 0; chunk < 20; ++chunk) pinned.push_back(put(cache, file, chunk));
  for (uint64_t chunk = 100; chunk < 200; ++chunk) put(cache, file, chunk).reset();
  for (uint64_t chunk = 0; chunk < 20; ++chunk) {
    EXPECT_EQ(pinned[chunk].bytes()[7], uint8_t(file * 31 + chunk));
    EXPECT_TRUE(cache.contains(file, chunk));
  }
  pinned.clear();
  put(cache, file, 300).reset();
  put(cache, file, 301).reset();
  EXPECT_LE(cache.size_bytes(), cache.max_bytes() + kChunk + 256);
}

TEST(ChunkCache, MemoryOfChunksThatLeftServesTheNextOfTheirSize) {
  ChunkCache cache(2 * kChunk);
  const auto file = cache.new_file();
  const uint8_t* const first = put(cache, file, 1).bytes().data();
  for (uint64_t chunk = 2; cache.contains(file, 1); ++chunk) put(cache, file, chunk).reset();
  const auto larger = cache.take_memory(2 * kChunk);
  EXPECT_NE(larger.get(), first);
  const auto again = cache.take_memory(kChunk);
  EXPECT_EQ(again.get(), first);
  const auto another = cache.take_memory(kChunk);
  EXPECT_NE(another.get(), first);
}

TEST(ChunkCache, OneScanDoesNotDriveOutWhatIsReadOften) {
  ChunkCache cache(100 * kChunk);
  const auto hot = cache.new_file(), scanned = cache.new_file();
  for (int round = 0; round < 3; ++round) {
    for (uint64_t chunk = 0; chunk < 50; ++chunk) {
      if (!cache.find(hot, chunk)) put(cache, hot, chunk).reset();
    }
  }
  for (uint64_t chunk = 0; chunk < 2000; ++chunk) put(cache, scanned, chunk).reset();
  size_t kept = 0;
  for (uint64_t chunk = 0; chunk < 50; ++chunk) kept += cache.contains(hot, chunk);
  EXPECT_GE(kept, 45u);
}

TEST(ChunkCache, ForgottenFileIsGoneOnceItsPinsAre) {
  ChunkCache cache(100 * kChunk);
  const auto file = cache.new_file();
  put(cache, file, 1).reset();
  ChunkCache::Ref pinned = put(cache, file, 2);
  cache.forget(file);
  EXPECT_FALSE(cache.contains(file, 1));
  EXPECT_FALSE(cache.contains(file, 2));
  EXPECT_EQ(pinned.bytes()[0], uint8_t(file * 31 + 2));
  EXPECT_GT(cache.size_bytes(), 0u);
  EXPECT_FALSE(cache.trim(10));
  EXPECT_GT(cache.size_bytes(), kChunk);
  pinned.reset();
  EXPECT_EQ(cache.size_bytes(), 0u);
}

TEST(ChunkCache, a_forgotten_file_goes_a_few_chunks_at_a_time) {
  ChunkCache cache(1000 * kChunk);
  const auto file = cache.new_file(), other = cache.new_file();
  for (uint64_t chunk = 0; chunk < 500; ++chunk) put(cache, file, chunk).reset();
  cache.forget(file);
  EXPECT_FALSE(cache.contains(file, 499));
  EXPECT_EQ(cache.chunks(), 500u);
  put(cache, other, 1).reset();
  EXPECT_GE(cache.chunks(), 490u);
  size_t calls = 0;
  while (cache.trim(50)) ++calls;
  EXPECT_GE(calls, 9u);
  EXPECT_EQ(cache.chunks(), 1u);
  EXPECT_TRUE(cache.contains(other, 1));
}

TEST(ChunkCache, gives_way_step_by_step_when_others_take_of_the_budget) {
  MemoryBudget budget(4000 * kChunk);
  ChunkCache cache(budget, UINT64_MAX);
  const auto file = cache.new_file();
  for (uint64_t chunk = 0; chunk < 3500; ++chunk) {
    put(cache, file, chunk).reset();
    static_cast<void>(cache.find(file, chunk));
  }
  EXPECT_GT(cache.chunks(), 3400u);
  EXPECT_EQ(budget.used(MemoryUse::kChunkCache), cache.size_bytes() + cache.table_bytes());
  budget.take(MemoryUse::kMemtables, 2000 * kChunk);
  const uint64_t before = cache.chunks();
  EXPECT_TRUE(cache.trim(100));
  EXPECT_GE(cache.chunks(), before - 100);
  while (cache.trim(100)) {
  }
  EXPECT_LE(budget.used_bytes(), budget.total_bytes());
  EXPECT_GT(cache.chunks(), 1500u);
  budget.give_back(MemoryUse::kMemtables, 2000 * kChunk);
}

TEST(ChunkCache, one_insert_frees_as_much_as_it_brings_however_often_the_others_were_read) {
  ChunkCache cache(1000 * kChunk);
  const auto file = cache.new_file();
  for (uint64_t chunk = 0; chunk < 3000; ++chunk) {
    put(cache, file, chunk).reset();
    for (int i = 0; i < 4; ++i) static_cast<void>(cache.find(file, chunk));
    ASSERT_LE(cache.size_bytes(), cache.max_bytes() + kChunk + 256);
  }
}

TEST(ChunkCache, InsertingAgainGivesTheChunkThatIsThere) {
  ChunkCache cache(100 * kChunk);
  const auto file = cache.new_file();
  const ChunkCache::Ref first = put(cache, file, 1);
  const ChunkCache::Ref second = put(cache, file, 1);
  EXPECT_EQ(first.bytes().data(), second.bytes().data());
}

}  // namespace
}  // namespace ceto
