#include "base/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace ceto {
namespace {

TEST(Arena, allocations_are_aligned_and_never_overlap) {
  std::mt19937_64 random(3);
  Arena arena(128);
  struct Run {
    uint8_t* at;
    size_t size;
    uint8_t byte;
  };
  std::vector<Run> runs;
  for (int i = 0; i < 2'000; ++i) {
    const size_t size = 1 + random() % (i % 100 == 0 ? 20'000 : 100);
    const size_t align = size_t{1} << (random() % 7);
    auto* at = static_cast<uint8_t*>(arena.allocate(size, align));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(at) % align, 0u);
    runs.push_back({at, size, static_cast<uint8_t>(i)});
    std::memset(at, static_cast<uint8_t>(i), size);
  }
  for (const Run& run : runs) {
    EXPECT_TRUE(std::all_of(run.at, run.at + run.size, [&](uint8_t b) { return b == run.byte; }));
  }
}

TEST(Arena, an_allocation_larger_than_any_block_gets_its_own) {
  Arena arena;
  uint8_t* at = arena.allocate_bytes(3 * Arena::kMaxBlockBytes);
  at[0] = at[3 * Arena::kMaxBlockBytes - 1] = 1;
  EXPECT_GE(arena.reserved_bytes(), 3 * Arena::kMaxBlockBytes);
}

TEST(Arena, reset_keeps_the_first_block_and_uses_it_again) {
  Arena arena(1024);
  EXPECT_EQ(arena.reserved_bytes(), 0u);
  uint8_t* first = arena.allocate_bytes(10);
  const size_t reserved = arena.reserved_bytes();
  for (int i = 0; i < 100; ++i) arena.allocate_bytes(500);
  EXPECT_GT(arena.reserved_bytes(), reserved);
  arena.reset();
  EXPECT_EQ(arena.reserved_bytes(), reserved);
  EXPECT_EQ(arena.allocate_bytes(10), first);
}

TEST(Arena, blocks_double_so_few_are_asked_for) {
  Arena arena(4096);
  size_t asked = 0, reserved = 0;
  for (int i = 0; i < 10'000; ++i) {
    arena.allocate_bytes(1'000);
    asked += arena.reserved_bytes() != reserved;
    reserved = arena.reserved_bytes();
  }
  EXPECT_LE(asked, 20u);
}

TEST(Arena, arrays_are_zeroed_and_copies_equal_their_source) {
  Arena arena;
  for (const uint64_t word : arena.make_array<uint64_t>(100)) EXPECT_EQ(word, 0u);
  EXPECT_TRUE(arena.make_array<int>(0).empty());
  const std::string source = "bytes";
  const Bytes copy = arena.copy(source);
  EXPECT_EQ(copy, Bytes(source));
  EXPECT_NE(copy.data(), Bytes(source).data());
  EXPECT_NE(arena.copy({}).data(), nullptr);
}

}  // namespace
}  // namespace ceto
