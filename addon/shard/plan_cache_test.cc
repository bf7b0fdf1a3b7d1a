#include "shard/plan_cache.h"

#include <gtest/gtest.h>

namespace ceto {
namespace {

PlanId id_of(uint32_t number) {
  PlanId id{};
  std::memcpy(id.data(), &number, sizeof(number));
  return id;
}

// Plans without a table: what the cache does with them does not depend on what they do.
PlanPtr no_table() { return std::make_shared<const Plan>(); }

TEST(PlanCache, OldestPreparedPlanGoesFirst) {
  PlanCache cache;
  for (uint32_t i = 0; i <= PlanCache::kMaxPrepared; ++i) cache.put(id_of(i), no_table());
  EXPECT_EQ(cache.prepared_count(), PlanCache::kMaxPrepared);
  EXPECT_EQ(cache.find(id_of(0)), nullptr);
  EXPECT_NE(cache.find(id_of(1)), nullptr);
  EXPECT_NE(cache.find(id_of(PlanCache::kMaxPrepared)), nullptr);
}

TEST(PlanCache, PlanPutAgainReplacesTheOld) {
  PlanCache cache;
  cache.put(id_of(1), no_table());
  const PlanPtr newer = no_table();
  cache.put(id_of(1), newer);
  EXPECT_EQ(cache.prepared_count(), 1u);
  EXPECT_EQ(*cache.find(id_of(1)), newer);
}

TEST(PlanCache, LeastRecentlyUsedTextGoesFirst) {
  PlanCache cache;
  for (size_t i = 0; i < PlanCache::kMaxTexts; ++i) cache.put_text(std::to_string(i), no_table());
  EXPECT_NE(cache.find_text("0"), nullptr);
  cache.put_text("new", no_table());
  EXPECT_EQ(cache.text_count(), PlanCache::kMaxTexts);
  EXPECT_NE(cache.find_text("0"), nullptr);
  EXPECT_EQ(cache.find_text("1"), nullptr);
}

TEST(PlanCache, TextsAreBoundedByTheirBytes) {
  PlanCache cache;
  const size_t size = PlanCache::kMaxTextSize - 8;
  const size_t fit = PlanCache::kMaxTextBytes / size;
  for (size_t i = 0; i < fit + 10; ++i) {
    std::string key = std::to_string(i);
    key.resize(size, 'x');
    cache.put_text(std::move(key), no_table());
  }
  EXPECT_LE(cache.text_count(), fit);
  cache.put_text(std::string(PlanCache::kMaxTextSize + 1, 'y'), no_table());
  EXPECT_EQ(cache.find_text(std::string(PlanCache::kMaxTextSize + 1, 'y')), nullptr);
}

TEST(PlanCache, TextsOfOtherKeyspacesDiffer) {
  PlanCache cache;
  cache.put_text(std::string("a\0SELECT", 8), no_table());
  EXPECT_NE(cache.find_text(std::string_view("a\0SELECT", 8)), nullptr);
  EXPECT_EQ(cache.find_text(std::string_view("b\0SELECT", 8)), nullptr);
}

}  // namespace
}  // namespace ceto
