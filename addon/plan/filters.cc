#include "plan/filters.h"

#include "base/byte_io.h"
#include "plan/multi_cell_conditions.h"
#include "types/collection_codec.h"
#include "types/counter.h"

namespace ceto {

namespace {

using Op = Filter::Op;

bool ordered_as(Op op, int order) {
  switch (op) {
    case Op::kEq:
    case Op::kIn:
    case Op::kInMarker:
      return order == 0;
    case Op::kLt:
      return order < 0;
    case Op::kLe:
      return order <= 0;
    case Op::kGt:
      return order > 0;
    case Op::kGe:
      return order >= 0;
    case Op::kNe:
      return order != 0;
    case Op::kContains:
    case Op::kContainsKey:
      break;
  }
  CETO_UNREACHABLE("an operator without order");
}

// The part of a serialized collection or UDT that an element or field target means.
Value part_of(const Filter& filter, const Type& type, Bytes whole, Value key) {
  if (filter.target == Filter::Target::kField) {
    TupleReader fields(whole);
    Bytes field;
    for (size_t i = 0; i <= filter.field; ++i) field = fields.next();
    return field.data() ? Value(field) : Value::null();
  }
  if (!key.has_bytes()) return Value::null();
  CollectionReader parts(type, whole);
  Bytes part;
  if (type.kind == TypeKind::kList) {
    int64_t index = key.bytes().size() == 4 ? load_be<int32_t>(key.bytes().data()) : -1;
    for (; parts.next(part); --index) {
      if (index == 0) return Value(part);
    }
    return Value::null();
  }
  while (parts.next(part)) {
    Bytes value;
    if (!parts.next(value)) break;
    if (compare_values(*type.parameters[0], part, key.bytes()) == 0) return Value(value);
  }
  return Value::null();
}

// The same of a column with a cell for each part.
Value part_of_cells(const Filter& filter, const Type& type, std::span<const Cell> cells,
                    Value key) {
  if (filter.target == Filter::Target::kField) {
    for (const Cell& cell : cells) {
      if (detail::udt_field(cell.path) == filter.field) return Value(cell.value);
    }
    return Value::null();
  }
  if (!key.has_bytes()) return Value::null();
  if (type.kind == TypeKind::kList) {
    if (key.bytes().size() != 4) return Value::null();
    const int32_t index = load_be<int32_t>(key.bytes().data());
    const bool there = index >= 0 && static_cast<size_t>(index) < cells.size();
    return there ? Value(cells[static_cast<size_t>(index)].value) : Value::null();
  }
  for (const Cell& cell : cells) {
    if (compare_values(*type.parameters[0], cell.path, key.bytes()) == 0) return Value(cell.value);
  }
  return Value::null();
}

// What the filter compares, unless that is a multi-cell column as a whole.
Value target_value(const Filter& filter, const Environment& environment, const RowSource& source,
                   uint8_t (&counter)[8]) {
  const Column& column = *filter.column;
  const Type& type = *column.type;
  if (filter.target == Filter::Target::kColumn) {
    const Value value = simple_value(source, column);
    if (type.kind != TypeKind::kCounter || !value.has_bytes()) return value;
    store_be(counter, counter_total(value.bytes()));
    return Value(Bytes(counter, sizeof(counter)));
  }
  const Value key =
      filter.target == Filter::Target::kElement ? environment.value(filter.key) : Value::null();
  if (type.multi_cell) {
    return part_of_cells(filter, type, cells_of(source.row_of(column), column.id), key);
  }
  const Value whole = simple_value(source, column);
  return whole.has_bytes() ? part_of(filter, type, whole.bytes(), key) : Value::null();
}

bool contains(const Filter& filter, const Environment& environment, const RowSource& source) {
  const Value wanted = environment.value(filter.operands[0]);
  if (!wanted.has_bytes()) return false;
  const Column& column = *filter.column;
  const Type& type = *filter.target_type;
  const bool map = type.kind == TypeKind::kMap;
  const bool keys = filter.op == Op::kContainsKey;
  const Type& part_type = *type.parameters[map && !keys ? 1 : 0];
  const auto equal = [&](Bytes part) {
    return compare_values(part_type, part, wanted.bytes()) == 0;
  };
  if (column.type->multi_cell && filter.target == Filter::Target::kColumn) {
    const bool in_path = keys || type.kind == TypeKind::kSet;
    for (const Cell& cell : cells_of(source.row_of(column), column.id)) {
      if (equal(in_path ? cell.path : cell.value)) return true;
    }
    return false;
  }
  uint8_t counter[8];
  const Value whole = target_value(filter, environment, source, counter);
  if (!whole.has_bytes()) return false;
  CollectionReader parts(type, whole.bytes());
  Bytes part;
  for (size_t i = 0; parts.next(part); ++i) {
    if (map && (i % 2 == 0) != keys) continue;
    if (equal(part)) return true;
  }
  return false;
}

// Calls `matches` with each operand that the target may equal, until it says yes.
template <class Matches>
bool any_operand(const Filter& filter, const Environment& environment, Matches matches) {
  if (filter.op != Op::kInMarker) {
    for (Operand operand : filter.operands) {
      const Value value = environment.value(operand);
      if (!value.is_unset() && matches(value)) return true;
    }
    return false;
  }
  const Value list = environment.value(filter.operands[0]);
  if (!list.has_bytes()) return false;
  ByteReader in(list.bytes());
  const int32_t count = in.i32();
  for (int32_t i = 0; i < count && !in.failed(); ++i) {
    bool null = false;
    const Bytes bytes = in.i32_bytes(&null);
    if (!in.failed() && matches(null ? Value::null() : Value(bytes))) return true;
  }
  return false;
}

// What a filter compares by: a counter is its total, not the bytes of its context.
const Type& compared_type(const Filter& filter) {
  const Type& type = *filter.target_type;
  return type.kind == TypeKind::kCounter ? *simple_type(TypeKind::kBigint) : type;
}

// A condition's comparison, where null is a value of its own.
bool compare_with_null(Op op, const Type& type, Value found, Value wanted) {
  if (!wanted.has_bytes()) {
    return op == Op::kNe ? found.has_bytes() : ordered_as(op, 0) && !found.has_bytes();
  }
  if (!found.has_bytes()) return op == Op::kNe;
  return ordered_as(op, compare_values(type, found.bytes(), wanted.bytes()));
}

bool concerns_partition(const Filter& filter) {
  return filter.column->kind == ColumnKind::kPartitionKey ||
         filter.column->kind == ColumnKind::kStatic;
}

}  // namespace

bool filter_matches(const Filter& filter, const Environment& environment, const RowSource& source) {
  if (filter.op == Op::kContains || filter.op == Op::kContainsKey) {
    return contains(filter, environment, source);
  }
  const bool whole = filter.target == Filter::Target::kColumn && filter.column->type->multi_cell;
  if (whole) {
    const auto cells = cells_of(source.row_of(*filter.column), filter.column->id);
    if (cells.empty()) return false;
    return any_operand(filter, environment, [&](Value wanted) {
      return wanted.has_bytes() &&
             ordered_as(filter.op, compare_multi_cell(*filter.column->type, cells, wanted.bytes()));
    });
  }
  uint8_t counter[8];
  const Value found = target_value(filter, environment, source, counter);
  if (!found.has_bytes()) return false;
  const Type& type = compared_type(filter);
  return any_operand(filter, environment, [&](Value wanted) {
    return wanted.has_bytes() &&
           ordered_as(filter.op, compare_values(type, found.bytes(), wanted.bytes()));
  });
}

bool condition_holds(const Filter& condition, const Environment& environment,
                     const RowSource& source) {
  if (condition.op == Op::kContains || condition.op == Op::kContainsKey) {
    return contains(condition, environment, source);
  }
  const Column& column = *condition.column;
  if (condition.target == Filter::Target::kColumn && column.type->multi_cell) {
    const auto cells = cells_of(source.row_of(column), column.id);
    // A collection without elements is null; a UDT without fields does not compare with a value.
    const Value whole = cells.empty() ? Value::null() : Value(cells.front().value);
    const bool no_udt = cells.empty() && column.type->kind == TypeKind::kUdt;
    return any_operand(condition, environment, [&](Value wanted) {
      if (!wanted.has_bytes() || no_udt) {
        return compare_with_null(condition.op, *column.type, whole, wanted);
      }
      return ordered_as(condition.op, compare_multi_cell(*column.type, cells, wanted.bytes()));
    });
  }
  uint8_t counter[8];
  const Value found = target_value(condition, environment, source, counter);
  return any_operand(condition, environment, [&](Value wanted) {
    return compare_with_null(condition.op, *condition.target_type, found, wanted);
  });
}

bool partition_filters_match(std::span<const Filter> filters, const Environment& environment,
                             const RowSource& source) {
  for (const Filter& filter : filters) {
    if (concerns_partition(filter) && !filter_matches(filter, environment, source)) return false;
  }
  return true;
}

bool row_filters_match(std::span<const Filter> filters, const Environment& environment,
                       const RowSource& source) {
  for (const Filter& filter : filters) {
    if (!concerns_partition(filter) && !filter_matches(filter, environment, source)) return false;
  }
  return true;
}

}  // namespace ceto
