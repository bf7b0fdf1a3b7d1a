#include "lsm/row_merge.h"

#include <gtest/gtest.h>

#include <random>

#include "lsm/test_shard.h"
#include "types/counter.h"

namespace ceto {
namespace {

using lsm_test::KeyValueTable;

Cell live(int64_t timestamp, const char* value) {
  return {timestamp, kNoTtl, kNoDeletionTime, KeyValueTable::kV, Bytes(std::string_view(value)),
          {}};
}
Cell expiring(int64_t timestamp, uint32_t ttl, uint32_t until, const char* value) {
  return {timestamp, ttl, until, KeyValueTable::kV, Bytes(std::string_view(value)), {}};
}
Cell tombstone(int64_t timestamp, uint32_t at) {
  return {timestamp, kNoTtl, at, KeyValueTable::kV, {}, {}};
}

TEST(Reconcile, the_greater_timestamp_wins_whatever_the_cells_are) {
  EXPECT_TRUE(supersedes(live(2, "a"), tombstone(1, 100)));
  EXPECT_FALSE(supersedes(tombstone(1, 100), live(2, "a")));
}

TEST(Reconcile, at_one_timestamp_a_tombstone_wins_over_live_and_expiring) {
  EXPECT_TRUE(supersedes(tombstone(1, 100), live(1, "z")));
  EXPECT_TRUE(supersedes(tombstone(1, 100), expiring(1, 10, 5000, "z")));
}

TEST(Reconcile, at_one_timestamp_expiring_wins_over_lasting) {
  EXPECT_TRUE(supersedes(expiring(1, 10, 100, "a"), live(1, "z")));
}

TEST(Reconcile, of_two_expiring_the_later_expiry_wins_then_the_value) {
  EXPECT_TRUE(supersedes(expiring(1, 10, 200, "a"), expiring(1, 90, 100, "z")));
  EXPECT_TRUE(supersedes(expiring(1, 10, 100, "b"), expiring(1, 10, 100, "a")));
}

TEST(Reconcile, values_compare_as_unsigned_bytes) {
  EXPECT_TRUE(supersedes(live(1, "\xff"), live(1, "\x01")));
}

TEST(Reconcile, liveness_prefers_timestamp_then_expiring_then_later_expiry) {
  const Liveness lasting{5, kNoTtl, kNoDeletionTime};
  EXPECT_TRUE(supersedes(Liveness{6, kNoTtl, kNoDeletionTime}, lasting));
  EXPECT_TRUE(supersedes(Liveness{5, 10, 100}, lasting));
  EXPECT_TRUE(supersedes(Liveness{5, 10, 200}, Liveness{5, 10, 100}));
  EXPECT_TRUE(supersedes(Liveness{5, kExpiredLivenessTtl, 1}, Liveness{5, 10, 200}));
  EXPECT_FALSE(supersedes(lasting, lasting));
}

TEST(Reconcile, counters_add_up_and_a_tombstone_always_wins) {
  Arena arena;
  CounterId one{};
  CounterId two{};
  two[15] = 1;
  Cell a = live(1, "");
  Cell b = live(2, "");
  a.value = make_global_counter(one, {1, 10}, arena);
  b.value = make_global_counter(two, {1, 32}, arena);
  const Cell sum = reconcile(a, b, true, arena);
  EXPECT_EQ(counter_total(sum.value), 42);
  EXPECT_EQ(sum.timestamp, 2);
  const Cell gone = reconcile(tombstone(1, 100), b, true, arena);
  EXPECT_TRUE(gone.is_tombstone());
}

// --- rows
// ---------------------------------------------------------------------------------------------

std::string text_of(const Row& row) {
  std::string out = std::to_string(row.liveness.timestamp) + "/" +
                    std::to_string(row.liveness.ttl) + " d" +
                    std::to_string(row.deletion.marked_for_delete_at);
  for (const ComplexDeletion& complex : row.complex) {
    out += " x" + std::to_string(complex.column) + "@" +
           std::to_string(complex.deletion.marked_for_delete_at);
  }
  for (const Cell& cell : row.cells) {
    out += " " + std::to_string(cell.column) + "[" + cell.path.str() + "]=" + cell.value.str() +
           "@" + std::to_string(cell.timestamp) + "/" + std::to_string(cell.ttl) + "/" +
           std::to_string(cell.local_deletion_time);
  }
  return out;
}

class RandomRows {
 public:
  explicit RandomRows(uint64_t seed) : random_(seed) {}
  Row row() {
    Row out;
    if (one_of(2)) out.liveness = {number(5), 0, kNoDeletionTime};
    if (one_of(3)) out.liveness = {number(5), 7, 100 + static_cast<uint32_t>(number(3))};
    if (one_of(4)) out.deletion = {number(5), 50 + static_cast<uint32_t>(number(2))};
    std::vector<Cell> cells;
    for (const ColumnId column : {KeyValueTable::kV, KeyValueTable::kW}) {
      if (one_of(2)) cells.push_back(cell(column, ""));
    }
    for (const char* path : {"a", "b", "c"}) {
      if (one_of(2)) cells.push_back(cell(KeyValueTable::kM, path));
    }
    const auto kept = arena_.make_array<Cell>(cells.size());
    std::copy(cells.begin(), cells.end(), kept.begin());
    out.cells = kept;
    if (one_of(3)) {
      const auto complex = arena_.make_array<ComplexDeletion>(1);
      complex[0] = {KeyValueTable::kM, {number(5), 60 + static_cast<uint32_t>(number(2))}};
      out.complex = complex;
    }
    return out;
  }
  int64_t number(int64_t below) {
    return 1 + static_cast<int64_t>(random_() % static_cast<uint64_t>(below));
  }
  bool one_of(uint64_t n) { return random_() % n == 0; }
  Arena& arena() { return arena_; }

 private:
  Cell cell(ColumnId column, const char* path) {
    Cell out;
    out.column = column;
    out.timestamp = number(5);
    out.path = Bytes(std::string_view(path));
    const uint64_t kind = random_() % 4;
    if (kind == 0) {
      out.local_deletion_time = 100 + static_cast<uint32_t>(number(3));
    } else {
      const char letter = static_cast<char>('p' + number(3));
      out.value = arena_.copy(Bytes(&letter, 1));
      if (kind == 1) {
        out.ttl = 7;
        out.local_deletion_time = 100 + static_cast<uint32_t>(number(3));
      }
    }
    return out;
  }
  std::mt19937_64 random_;
  Arena arena_;
};

Row keep(const Row& row, Arena& arena) {
  Row out = row;
  const auto cells = arena.make_array<Cell>(row.cells.size());
  std::copy(row.cells.begin(), row.cells.end(), cells.begin());
  const auto complex = arena.make_array<ComplexDeletion>(row.complex.size());
  std::copy(row.complex.begin(), row.complex.end(), complex.begin());
  out.cells = cells;
  out.complex = complex;
  return out;
}

TEST(RowMerger, merging_is_commutative_associative_and_idempotent) {
  const auto schema = KeyValueTable::make();
  constexpr uint64_t kSeed = 11;
  RandomRows rows(kSeed);
  RowMerger merger;
  for (int round = 0; round < 3000; ++round) {
    const Row a = rows.row();
    const Row b = rows.row();
    const Row c = rows.row();
    const auto merge = [&](std::initializer_list<const Row*> inputs) {
      const std::vector<const Row*> all(inputs);
      return keep(merger.merge(*schema, all, {}), rows.arena());
    };
    const Row abc = merge({&a, &b, &c});
    const Row cba = merge({&c, &b, &a});
    ASSERT_EQ(text_of(abc), text_of(cba)) << "seed " << kSeed << " round " << round;
    const Row ab = merge({&a, &b});
    const Row bc = merge({&b, &c});
    ASSERT_EQ(text_of(merge({&ab, &c})), text_of(abc)) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(text_of(merge({&a, &bc})), text_of(abc)) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(text_of(merge({&abc, &abc})), text_of(abc)) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(text_of(merge({&abc, &a})), text_of(abc)) << "seed " << kSeed << " round " << round;
  }
}

TEST(RowMerger, a_covering_deletion_takes_what_is_not_newer) {
  const auto schema = KeyValueTable::make();
  const Cell cells[] = {
      live(5, "old"),
      {6, kNoTtl, kNoDeletionTime, KeyValueTable::kW, Bytes(std::string_view("new")), {}}};
  Row row;
  row.liveness = {5, kNoTtl, kNoDeletionTime};
  row.deletion = {4, 1};
  row.cells = cells;
  RowMerger merger;
  const Row* const rows[] = {&row};
  const Row merged = merger.merge(*schema, rows, {5, 1});
  EXPECT_TRUE(merged.liveness.empty());
  EXPECT_TRUE(merged.deletion.live());
  ASSERT_EQ(merged.cells.size(), 1u);
  EXPECT_EQ(merged.cells[0].value.text(), "new");
}

TEST(RowMerger, cells_of_dropped_columns_are_gone) {
  const auto schema = KeyValueTable::make();
  const Cell cells[] = {live(5, "kept"),
                        {6, kNoTtl, kNoDeletionTime, 77, Bytes(std::string_view("dropped")), {}}};
  Row row;
  row.cells = cells;
  RowMerger merger;
  const Row* const rows[] = {&row, &row};
  const Row merged = merger.merge(*schema, rows, {});
  ASSERT_EQ(merged.cells.size(), 1u);
  EXPECT_EQ(merged.cells[0].value.text(), "kept");
}

}  // namespace
}  // namespace ceto
