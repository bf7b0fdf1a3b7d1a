#include "plan/restrictions.h"

#include <algorithm>

#include "plan/arena_vector.h"
#include "plan/mixed_slices.h"
#include "schema/partition_key.h"
#include "types/collection_codec.h"

namespace ceto {

namespace {

using Op = ClusteringRestriction::Op;

Error too_many(size_t count) {
  return invalid_request(
      "The cartesian product of the IN restrictions is too large: " + std::to_string(count) +
      ", the maximum is " + std::to_string(kMaxCartesianProduct));
}

Error null_in_condition(const Column& column) {
  return invalid_request("Invalid null value in condition for column " + column.name);
}
Error null_value(const Column& column) {
  return invalid_request("Invalid null value for column " + column.name);
}
Error null_in_columns(const TableSchema& table, const ClusteringRestriction& restriction) {
  std::string names;
  for (size_t i = 0; i < restriction.columns; ++i) {
    if (i > 0) names += ", ";
    names += table.clustering[restriction.first_position + i]->name;
  }
  return invalid_request("Invalid null value in condition for columns: [" + names + "]");
}
// The elements of an IN list; its values have no type of their own here.
CollectionReader list_elements(Bytes list) {
  return CollectionReader(*simple_type(TypeKind::kBlob), list);
}
Error unset_value(const Column& column) {
  return invalid_request("Invalid unset value for column " + column.name);
}

// The alternatives of one key component.
Status component_values(const KeyComponent& component, const Environment& environment,
                        ArenaVector<Bytes>& to) {
  const Column& column = *component.column;
  if (component.op == KeyComponent::Op::kInMarker) {
    const Value list = environment.value(component.operands[0]);
    if (list.is_null()) return null_value(column);
    if (list.is_unset()) return unset_value(column);
    CollectionReader elements = list_elements(list.bytes());
    for (Bytes element; elements.next(element);) {
      if (!element.data()) return null_in_condition(column);
      to.push_back(element);
    }
    return {};
  }
  for (Operand operand : component.operands) {
    const Value value = environment.value(operand);
    if (value.is_null()) return null_in_condition(column);
    if (value.is_unset()) return unset_value(column);
    to.push_back(value.bytes());
  }
  return {};
}

// In the order of the column's type, each value once: of values that compare equal the first, as in
// Cassandra, whose IN is a sorted set.
std::span<Bytes> ascending(const Type& type, std::span<Bytes> values) {
  if (values.size() <= 1) return values;
  const auto before = [&](Bytes a, Bytes b) { return compare_values(type, a, b) < 0; };
  std::stable_sort(values.begin(), values.end(), before);
  const auto end =
      std::unique(values.begin(), values.end(), [&](Bytes a, Bytes b) { return !before(a, b); });
  return {values.begin(), end};
}

Result<Target> make_target(std::span<const Bytes> components, Arena& arena) {
  Result<Bytes> key = make_partition_key(components, arena);
  if (!key.ok()) return std::move(key.error());
  return Target{token_of(key.value()), key.value()};
}

// Growing clustering prefixes: all of the same length, in the order of the values given.
class Prefixes {
 public:
  Prefixes(const TableSchema& table, Arena& arena)
      : arena_(arena), columns_(table.clustering.size()), prefixes_(arena.make_array<Bytes*>(1)) {
    prefixes_[0] = arena.make_array<Bytes>(columns_).data();
  }

  size_t length() const { return length_; }
  std::span<Bytes* const> all() const { return prefixes_; }
  Clustering clustering(size_t i) const { return {prefixes_[i], length_}; }

  // Each prefix continues with each of the tuples, `width` values each.
  Status extend(std::span<const Bytes> values, size_t width) {
    const size_t tuples = values.size() / width;
    const size_t count = prefixes_.size() * tuples;
    if (count > kMaxCartesianProduct) return too_many(count);
    if (tuples == 1) {
      for (Bytes* prefix : prefixes_) std::copy_n(values.data(), width, prefix + length_);
    } else {
      const std::span<Bytes*> longer = arena_.make_array<Bytes*>(count);
      size_t at = 0;
      for (const Bytes* prefix : prefixes_) {
        for (size_t t = 0; t < tuples; ++t) {
          Bytes* made = arena_.make_array<Bytes>(columns_).data();
          std::copy_n(prefix, length_, made);
          std::copy_n(values.data() + t * width, width, made + length_);
          longer[at++] = made;
        }
      }
      prefixes_ = longer;
    }
    length_ += width;
    return {};
  }

 private:
  Arena& arena_;
  const size_t columns_;
  std::span<Bytes*> prefixes_;
  size_t length_ = 0;
};

Status tuples_of_marker(const TableSchema& table, const ClusteringRestriction& restriction,
                        const Environment& environment, ArenaVector<Bytes>& to) {
  const Value list = environment.value(restriction.operands[0]);
  const Column& first = *table.clustering[restriction.first_position];
  const bool single = restriction.columns == 1;
  if (!list.has_bytes() && !single) {
    return invalid_request(list.is_null() ? "Invalid null value for IN restriction"
                                          : "Invalid unset value for IN restriction");
  }
  if (list.is_null()) return null_value(first);
  if (list.is_unset()) return unset_value(first);
  CollectionReader elements = list_elements(list.bytes());
  for (Bytes element; elements.next(element);) {
    if (single) {
      if (!element.data()) return null_in_condition(first);
      to.push_back(element);
      continue;
    }
    TupleReader fields(element);
    for (size_t f = 0; f < restriction.columns; ++f) {
      const Bytes field = fields.next();
      if (!field.data()) return null_in_columns(table, restriction);
      to.push_back(field);
    }
  }
  return {};
}

Status tuples_of_terms(const TableSchema& table, const ClusteringRestriction& restriction,
                       const Environment& environment, ArenaVector<Bytes>& to) {
  const bool single = restriction.columns == 1;
  for (size_t i = 0; i < restriction.operands.size(); ++i) {
    const size_t field = i % restriction.columns;
    const Column& column = *table.clustering[restriction.first_position + field];
    const Value value = environment.value(restriction.operands[i]);
    if (value.is_null()) return single ? null_in_condition(column) : null_value(column);
    if (value.is_unset()) {
      if (single) return unset_value(column);
      return invalid_request("Invalid unset value for tuple field number " + std::to_string(field));
    }
    to.push_back(value.bytes());
  }
  return {};
}

Status extend_prefixes(const TableSchema& table, const ClusteringRestriction& restriction,
                       const Environment& environment, Prefixes& prefixes, Arena& arena) {
  ArenaVector<Bytes> tuples(arena, restriction.operands.size());
  CETO_TRY(restriction.op == Op::kInMarker
               ? tuples_of_marker(table, restriction, environment, tuples)
               : tuples_of_terms(table, restriction, environment, tuples));
  return prefixes.extend(tuples.span(), restriction.columns);
}

// The values of a slice's bound. A null is the empty value, the least, as in Cassandra.
Status slice_values(const TableSchema& table, const ClusteringRestriction& restriction,
                    std::span<const Operand> operands, const Environment& environment,
                    std::span<Bytes> to) {
  for (size_t i = 0; i < operands.size(); ++i) {
    const Column& column = *table.clustering[restriction.first_position + i];
    const Value value = environment.value(operands[i]);
    if (value.is_unset()) {
      if (restriction.columns == 1) return unset_value(column);
      return invalid_request("Invalid unset value for tuple field number " + std::to_string(i));
    }
    if (value.is_null() && restriction.columns > 1) return null_in_condition(column);
    to[i] = value.has_bytes() ? value.bytes() : Bytes("", 0);
  }
  return {};
}

Status append_slices(const TableSchema& table, const ClusteringRestriction& restriction,
                     const Environment& environment, const Prefixes& prefixes,
                     ArenaVector<Slice>& to, Arena& arena) {
  ValueRange range;
  range.lower = arena.make_array<Bytes>(restriction.lower_size);
  range.upper = arena.make_array<Bytes>(restriction.upper_size);
  range.lower_inclusive = restriction.lower_inclusive;
  range.upper_inclusive = restriction.upper_inclusive;
  const std::span<const Operand> operands(restriction.operands);
  CETO_TRY(slice_values(table, restriction, operands.first(restriction.lower_size), environment,
                        range.lower));
  CETO_TRY(slice_values(table, restriction, operands.subspan(restriction.lower_size), environment,
                        range.upper));
  for (size_t i = 0; i < prefixes.all().size(); ++i) {
    append_value_range(table, prefixes.clustering(i), range, to, arena);
  }
  return {};
}

// Ascending and disjoint; empty ones go.
std::span<const Slice> normalize(const TableSchema& table, std::span<Slice> slices) {
  const auto before = [&](const Bound& a, const Bound& b) {
    return compare_bounds(table, a, b) < 0;
  };
  size_t kept = 0;
  for (const Slice& slice : slices) {
    if (before(slice.start, slice.end)) slices[kept++] = slice;
  }
  slices = slices.first(kept);
  if (kept <= 1) return slices;
  std::sort(slices.begin(), slices.end(),
            [&](const Slice& a, const Slice& b) { return before(a.start, b.start); });
  kept = 1;
  for (size_t i = 1; i < slices.size(); ++i) {
    Slice& last = slices[kept - 1];
    if (before(last.end, slices[i].start)) {
      slices[kept++] = slices[i];
    } else if (before(last.end, slices[i].end)) {
      last.end = slices[i].end;
    }
  }
  return slices.first(kept);
}

}  // namespace

Result<std::span<const Target>> bind_partition_keys(const TableSchema& table,
                                                    const PartitionRestriction& restriction,
                                                    const Environment& environment, Arena& arena) {
  const size_t columns = table.partition_key.size();
  const std::span<std::span<Bytes>> alternatives = arena.make_array<std::span<Bytes>>(columns);
  size_t count = 1;
  for (size_t i = 0; i < columns; ++i) {
    const KeyComponent& component = restriction.components[i];
    ArenaVector<Bytes> values(arena, component.operands.size());
    CETO_TRY(component_values(component, environment, values));
    alternatives[i] = ascending(*component.column->type, values.span());
    count *= alternatives[i].size();
    if (count > kMaxCartesianProduct) return too_many(count);
  }
  const std::span<Target> targets = arena.make_array<Target>(count);
  const std::span<Bytes> components = arena.make_array<Bytes>(columns);
  for (size_t t = 0; t < count; ++t) {
    size_t rest = t;
    for (size_t i = columns; i-- > 0;) {
      components[i] = alternatives[i][rest % alternatives[i].size()];
      rest /= alternatives[i].size();
    }
    Result<Target> target = make_target(components, arena);
    if (!target.ok()) return std::move(target.error());
    targets[t] = target.value();
  }
  if (!restriction.has_token_range()) return std::span<const Target>(targets);
  bool empty = false;
  const Result<TokenRange> range = bind_token_range(restriction, environment, empty);
  if (!range.ok()) return range.error();
  if (empty) return std::span<const Target>();
  const auto outside = [&](const Target& target) {
    return target.token < range.value().first || range.value().last < target.token;
  };
  const auto end = std::remove_if(targets.begin(), targets.end(), outside);
  return std::span<const Target>(targets.begin(), end);
}

Result<ClusteringRanges> bind_slices(const TableSchema& table,
                                     std::span<const ClusteringRestriction> restrictions,
                                     const Environment& environment, Arena& arena) {
  ClusteringRanges made;
  if (restrictions.empty()) {
    made.everything = true;
    return made;
  }
  Prefixes prefixes(table, arena);
  ArenaVector<Slice> slices(arena, 1);
  for (const ClusteringRestriction& restriction : restrictions) {
    CETO_TRY(restriction.op == Op::kSlice
                 ? append_slices(table, restriction, environment, prefixes, slices, arena)
                 : extend_prefixes(table, restriction, environment, prefixes, arena));
  }
  if (restrictions.back().op != Op::kSlice) {
    for (size_t i = 0; i < prefixes.all().size(); ++i) {
      const Clustering prefix = prefixes.clustering(i);
      slices.push_back({{prefix, false}, {prefix, true}});
    }
    if (slices.size() == 1) {
      made.slices = slices.span();
      return made;
    }
  }
  made.slices = normalize(table, slices.span());
  return made;
}

Result<std::span<const Clustering>> bind_rows(const TableSchema& table,
                                              std::span<const ClusteringRestriction> restrictions,
                                              const Environment& environment, Arena& arena) {
  Prefixes prefixes(table, arena);
  for (const ClusteringRestriction& restriction : restrictions) {
    CETO_TRY(extend_prefixes(table, restriction, environment, prefixes, arena));
  }
  CETO_ASSERT(prefixes.length() == table.clustering.size());
  const std::span<Clustering> rows = arena.make_array<Clustering>(prefixes.all().size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = prefixes.clustering(i);
    size_t size = 0;
    for (Bytes value : rows[i]) size += value.size();
    if (size > UINT16_MAX) {
      return invalid_request("Key length of " + std::to_string(size) +
                             " is longer than maximum of 65535");
    }
  }
  if (rows.size() <= 1) return std::span<const Clustering>(rows);
  const auto order = [&](Clustering a, Clustering b) { return compare_clustering(table, a, b); };
  std::sort(rows.begin(), rows.end(), [&](Clustering a, Clustering b) { return order(a, b) < 0; });
  const auto end = std::unique(rows.begin(), rows.end(),
                               [&](Clustering a, Clustering b) { return order(a, b) == 0; });
  return std::span<const Clustering>(rows.begin(), end);
}

Result<TokenRange> bind_token_range(const PartitionRestriction& restriction,
                                    const Environment& environment, bool& empty) {
  TokenRange range;
  empty = false;
  const auto bound_value = [&](const TokenBound& bound) -> Result<int64_t> {
    const Value value = environment.value(bound.token);
    if (value.is_null()) return invalid_request("Invalid null token value");
    if (value.is_unset()) return invalid_request("Invalid unset token value");
    if (value.bytes().size() != 8) return invalid_request("Invalid token value");
    return load_be<int64_t>(value.bytes().data());
  };
  if (restriction.lower.given) {
    Result<int64_t> value = bound_value(restriction.lower);
    if (!value.ok()) return std::move(value.error());
    empty |= !restriction.lower.inclusive && value.value() == INT64_MAX;
    range.first = {value.value() + (restriction.lower.inclusive || empty ? 0 : 1)};
  }
  if (restriction.upper.given) {
    Result<int64_t> value = bound_value(restriction.upper);
    if (!value.ok()) return std::move(value.error());
    // The least token as an upper bound means the ring's end (Cassandra's
    // Murmur3Partitioner.MINIMUM).
    if (value.value() != INT64_MIN) {
      range.last = {value.value() - (restriction.upper.inclusive ? 0 : 1)};
    }
  }
  empty |= range.last < range.first;
  return range;
}

std::span<const Slice> slices_after(const TableSchema& table, std::span<const Slice> slices,
                                    Clustering row, bool reversed, Arena& arena) {
  const Slice all;
  if (slices.empty()) slices = {&all, 1};
  ArenaVector<Slice> cut(arena, slices.size());
  const Bound at{row, !reversed};
  for (Slice slice : slices) {
    if (reversed) {
      if (compare_bounds(table, at, slice.end) < 0) slice.end = at;
    } else if (compare_bounds(table, slice.start, at) < 0) {
      slice.start = at;
    }
    if (compare_bounds(table, slice.start, slice.end) < 0) cut.push_back(slice);
  }
  return cut.span();
}

}  // namespace ceto
