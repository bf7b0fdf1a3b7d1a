// RandomRows: a seeded stream of writes to a table of any shape, and of reads of it, over few keys,
// clusterings and paths, so that they meet. Tests only.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/arena.h"
#include "lsm/table_model.h"
#include "schema/partition_key.h"
#include "types/counter.h"
#include "types/token.h"

namespace ceto::lsm_test {

class RandomRows {
 public:
  // `in_order`: each write is later than all before; else timestamps collide and come late.
  // One text in a hundred has up to `large_value_bytes`.
  RandomRows(const TableSchema& schema, uint64_t seed, int32_t keys, int32_t components,
             bool in_order, int32_t large_value_bytes = 5000)
      : schema_(schema),
        random_(seed),
        keys_(keys),
        components_(components),
        in_order_(in_order || schema.counter),
        large_value_bytes_(large_value_bytes) {}

  uint64_t next() { return random_(); }
  bool one_of(uint64_t n) { return random_() % n == 0; }
  int32_t below(int32_t n) { return static_cast<int32_t>(random_() % static_cast<uint64_t>(n)); }

  // Valid until the next one. `model` knows what counters stand at.
  const PartitionUpdate& update(int64_t now_micros, const TableModel& model) {
    arena_.reset();
    now_ = now_micros;
    update_ = {};
    update_.table = &schema_;
    update_.key = key();
    update_.token = token_of(update_.key);
    const int32_t kind = below(24);
    if (kind == 0) update_.deletion = deletion();
    if (kind == 1 || kind == 2) delete_ranges();
    if (!schema_.statics.empty() && (kind == 3 || kind == 4)) {
      Row* const statics = arena_.make<Row>();
      fill(*statics, schema_.statics, model);
      update_.static_row = statics;
    }
    if (kind >= 5 || (update_.deletion.live() && update_.range_tombstones.empty() &&
                      update_.static_row == nullptr)) {
      add_rows(kind == 5 || kind == 6, model);
    }
    return update_;
  }

  // --- reads; what they give lives as long as `arena`
  // ----------------------------------------------

  // Ascending and disjoint; also of one row, which other reads are not made as.
  std::vector<Slice> slices(Arena& arena) {
    if (schema_.clustering.empty()) return {};
    if (one_of(3)) {
      const Clustering row = clustering(arena, schema_.clustering.size());
      return {{{row, false}, {row, true}}};
    }
    std::vector<Bound> bounds;
    for (int32_t left = 2 * (1 + below(3)); left > 0; --left) bounds.push_back(bound(arena));
    std::sort(bounds.begin(), bounds.end(),
              [&](const Bound& a, const Bound& b) { return compare_bounds(schema_, a, b) < 0; });
    std::vector<Slice> out;
    for (size_t i = 0; i + 1 < bounds.size(); i += 2) {
      if (compare_bounds(schema_, bounds[i], bounds[i + 1]) == 0) continue;
      out.push_back({bounds[i], bounds[i + 1]});
    }
    return out;
  }
  // Of some of the columns.
  std::vector<uint64_t> columns() {
    std::vector<uint64_t> out(schema_.by_id.size() / 64 + 1);
    for (const Column& column : schema_.columns) {
      if (one_of(2)) out[column.id / 64] |= uint64_t{1} << column.id % 64;
    }
    return out;
  }

 private:
  // Out of order: within a few seconds of now, and often the same again. A counter's never is.
  int64_t timestamp() {
    if (in_order_) return now_;
    return now_ / 1'000'000 * 1'000'000 + below(5) * 1'000'000;
  }
  uint32_t seconds() const { return static_cast<uint32_t>(now_ / 1'000'000); }
  DeletionTime deletion() { return {timestamp(), seconds()}; }

  // A value of few: for keys, clusterings and paths.
  Bytes few(Arena& arena, const Type& type, int32_t number) {
    std::string out;
    if (type.kind == TypeKind::kText) {
      out = number == 0 ? ""
                        : std::string(static_cast<size_t>(number % 3 + 1),
                                      static_cast<char>('a' + number % 5));
    } else if (type.kind == TypeKind::kTimeuuid) {
      out.assign(16, '\0');
      out[3] = static_cast<char>(number);
      out[6] = '\x10';
    } else {
      const size_t size =
          type.kind == TypeKind::kSmallint ? 2 : static_cast<size_t>(type.fixed_size);
      out.assign(size, '\0');
      out.back() = static_cast<char>(number);
    }
    return arena.copy(Bytes(out));
  }

  Bytes key() {
    const int32_t number = below(keys_);
    std::vector<Bytes> parts;
    for (const Column* const column : schema_.partition_key) {
      parts.push_back(few(arena_, *column->type, number + 1));
    }
    return make_partition_key(parts, arena_).value();
  }
  Clustering clustering(Arena& arena, size_t size) {
    const auto out = arena.make_array<Bytes>(size);
    for (size_t i = 0; i < size; ++i) {
      out[i] = few(arena, *schema_.clustering[i]->type, below(components_));
    }
    return out;
  }
  Bound bound(Arena& arena) {
    const auto most = static_cast<int32_t>(schema_.clustering.size());
    return {clustering(arena, static_cast<size_t>(below(most + 1))), one_of(2)};
  }

  void delete_ranges() {
    if (schema_.clustering.empty()) return;
    Bound a = bound(arena_), b = bound(arena_);
    const int order = compare_bounds(schema_, a, b);
    if (order == 0) return;
    if (order > 0) std::swap(a, b);
    const auto ranges = arena_.make_array<RangeTombstone>(1);
    ranges[0] = {{a, b}, deletion()};
    update_.range_tombstones = ranges;
  }

  void add_rows(bool deleted, const TableModel& model) {
    std::vector<Clustering> places;
    for (int32_t left = 1 + below(3); left > 0; --left) {
      places.push_back(clustering(arena_, schema_.clustering.size()));
    }
    const auto order = [&](Clustering a, Clustering b) {
      return compare_clustering(schema_, a, b);
    };
    std::sort(places.begin(), places.end(),
              [&](Clustering a, Clustering b) { return order(a, b) < 0; });
    places.erase(std::unique(places.begin(), places.end(),
                             [&](Clustering a, Clustering b) { return order(a, b) == 0; }),
                 places.end());
    const auto rows = arena_.make_array<Row>(places.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].clustering = places[i];
      if (deleted) {
        rows[i].deletion = deletion();
        if (one_of(2) || schema_.counter) continue;
      }
      fill(rows[i], schema_.regulars, model);
    }
    update_.rows = rows;
  }

  void fill(Row& row, const std::vector<const Column*>& columns, const TableModel& model) {
    const bool is_static = !columns.empty() && columns[0]->kind == ColumnKind::kStatic;
    std::vector<const Column*> by_id(columns);
    std::sort(by_id.begin(), by_id.end(), [](auto* a, auto* b) { return a->id < b->id; });
    if (!is_static && !schema_.counter && one_of(2)) {
      row.liveness.timestamp = timestamp();
      if (one_of(4)) expire(row.liveness.ttl, row.liveness.local_deletion_time);
    }
    std::vector<Cell> cells;
    std::vector<ComplexDeletion> complex;
    for (const Column* const column : by_id) {
      if (schema_.counter) {
        if (one_of(2)) cells.push_back(counted(*column, row.clustering, model));
      } else if (column->type->multi_cell) {
        if (one_of(6)) complex.push_back({column->id, deletion()});
        add_elements(*column, cells);
      } else if (one_of(2)) {
        cells.push_back(cell(*column, *column->type));
      }
    }
    row.cells = keep(cells);
    row.complex = keep(complex);
    // A write says something.
    if (!row.has_any()) row.deletion = is_static ? DeletionTime{} : deletion();
    if (!row.has_any()) row.cells = keep(std::vector<Cell>{cell(*by_id[0], *by_id[0]->type)});
  }

  template <class T>
  std::span<const T> keep(const std::vector<T>& values) {
    const auto out = arena_.make_array<T>(values.size());
    std::copy(values.begin(), values.end(), out.begin());
    return out;
  }

  void expire(uint32_t& ttl, uint32_t& local_deletion_time) {
    ttl = 5 + static_cast<uint32_t>(below(60));
    local_deletion_time = seconds() + ttl;
  }

  void add_elements(const Column& column, std::vector<Cell>& cells) {
    const Type& type = *column.type;
    std::vector<int32_t> numbers = {0, 1, 2};
    // Of one size and ascending, as the types order these.
    for (const int32_t number : numbers) {
      if (one_of(2)) continue;
      const Type& element = type.kind == TypeKind::kUdt
                                ? *type.parameters[static_cast<size_t>(number)]
                                : *type.parameters[type.kind == TypeKind::kMap];
      cells.push_back(cell(column, element));
      const std::string text(1, static_cast<char>('a' + number));
      cells.back().path = type.path_type()->kind == TypeKind::kText
                              ? arena_.copy(Bytes(text))
                              : few(arena_, *type.path_type(), number);
      if (type.kind == TypeKind::kSet && !cells.back().is_tombstone()) {
        cells.back().value = arena_.copy(Bytes());
      }
    }
  }

  Cell cell(const Column& column, const Type& type) {
    Cell out;
    out.column = column.id;
    out.timestamp = timestamp();
    const int32_t kind = below(6);
    if (kind == 0) {
      out.local_deletion_time = seconds();
      return out;
    }
    if (kind == 1) expire(out.ttl, out.local_deletion_time);
    if (type.fixed_size > 0) {
      out.value = few(arena_, type, below(100));
      return out;
    }
    const std::string text(static_cast<size_t>(below(one_of(100) ? large_value_bytes_ : 20)),
                           static_cast<char>('a' + below(26)));
    out.value = arena_.copy(Bytes(text));
    return out;
  }

  // The next state of a counter, as the one node that counts.
  Cell counted(const Column& column, Clustering clustering, const TableModel& model) {
    Cell out;
    out.column = column.id;
    out.timestamp = timestamp();
    const CounterId id{7};
    const auto before =
        model.value_of({update_.token.value, update_.key.str()}, clustering, column.id, seconds());
    std::optional<ClockAndCount> state;
    if (before) state = counter_shard_of(Bytes(*before), id);
    out.value = make_global_counter(id, advance_counter(state, below(100) - 30, now_), arena_);
    return out;
  }

  const TableSchema& schema_;
  std::mt19937_64 random_;
  int32_t keys_;
  int32_t components_;
  bool in_order_;
  int32_t large_value_bytes_;
  int64_t now_ = 0;
  Arena arena_;
  PartitionUpdate update_;
};

}  // namespace ceto::lsm_test
