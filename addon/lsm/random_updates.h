// RandomUpdates: a seeded stream of every kind of write, for comparing the engine with ModelTable.
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "lsm/test_shard.h"

namespace ceto::lsm_test {

class RandomUpdates {
 public:
  RandomUpdates(const TableSchema& schema, uint64_t seed, int32_t keys, int32_t rows)
      : schema_(schema), random_(seed), keys_(keys), rows_(rows) {}

  // One value in fifty is up to so long.
  void set_large_value_bytes(int32_t bytes) { large_value_bytes_ = bytes; }

  uint64_t next() { return random_(); }
  bool one_of(uint64_t n) { return random_() % n == 0; }
  int32_t below(int32_t n) { return static_cast<int32_t>(random_() % static_cast<uint64_t>(n)); }

  // Timestamps lie within a few seconds of `now_micros` and collide often.
  void fill(UpdateBuilder& builder, int64_t now_micros) {
    now_ = now_micros;
    const uint64_t kind = random_() % 20;
    if (kind == 0) {
      builder.delete_partition(deletion());
    } else if (kind == 1) {
      const int32_t a = below(rows_);
      const int32_t b = below(rows_);
      const int32_t low = std::min(a, b);
      const int32_t high = std::max(a, b);
      const bool descending = schema_.clustering[0]->type->reversed;
      builder.delete_range(descending ? high : low, descending ? low : high, deletion());
    } else if (kind == 2) {
      builder.row(below(rows_), {}, deletion());
    } else if (kind == 3) {
      builder.static_cell(cell(KeyValueTable::kS, ""));
    } else {
      const int32_t first = below(rows_);
      fill_row(builder, first);
    }
  }
  int32_t key() { return below(keys_); }
  int64_t timestamp() { return now_ / 1'000'000 * 1'000'000 + below(5) * 1'000'000; }

 private:
  DeletionTime deletion() { return {timestamp(), static_cast<uint32_t>(now_ / 1'000'000)}; }

  void fill_row(UpdateBuilder& builder, int32_t c) {
    Liveness liveness;
    if (one_of(2)) {
      liveness.timestamp = timestamp();
      if (one_of(4)) {
        liveness.ttl = 5 + static_cast<uint32_t>(below(30));
        liveness.local_deletion_time = static_cast<uint32_t>(now_ / 1'000'000) + liveness.ttl;
      }
    }
    builder.row(c, liveness);
    for (const ColumnId column : {KeyValueTable::kV, KeyValueTable::kW}) {
      if (one_of(2)) builder.cell(cell(column, ""));
    }
    for (const char* path : {"a", "b", "c", "d"}) {
      if (one_of(4)) builder.cell(cell(KeyValueTable::kM, path));
    }
    if (one_of(8)) builder.delete_map(deletion());
  }

  Cell cell(ColumnId column, const char* path) {
    Cell out;
    out.column = column;
    out.timestamp = timestamp();
    out.path = Bytes(std::string_view(path));
    const uint32_t seconds = static_cast<uint32_t>(now_ / 1'000'000);
    const int32_t kind = below(6);
    if (kind == 0) {
      out.local_deletion_time = seconds;
      return out;
    }
    value_.assign(1 + static_cast<size_t>(below(one_of(50) ? large_value_bytes_ : 20)),
                  static_cast<char>('a' + below(26)));
    out.value = Bytes(value_);
    if (kind == 1) {
      out.ttl = 5 + static_cast<uint32_t>(below(30));
      out.local_deletion_time = seconds + out.ttl;
    }
    return out;
  }

  const TableSchema& schema_;
  std::mt19937_64 random_;
  int32_t keys_;
  int32_t rows_;
  int32_t large_value_bytes_ = 3000;
  int64_t now_ = 0;
  std::string value_;
};

}  // namespace ceto::lsm_test
