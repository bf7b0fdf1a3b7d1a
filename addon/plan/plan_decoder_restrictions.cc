// The restrictions and filters of a plan.
#include "plan/plan_decoder.h"

namespace ceto {

PartitionRestriction PlanDecoder::partition(const TableSchema& table) {
  PartitionRestriction made;
  const uint8_t kind = in_->u8();
  if (kind != 1) {
    made.lower = token_bound(table);
    made.upper = token_bound(table);
    if (kind == 0) return made;
  }
  const size_t count = in_->u16();
  if (kind > 2 || count != table.partition_key.size()) {
    fail("partition restriction");
    return made;
  }
  made.by_key = true;
  for (size_t i = 0; i < count && !failed(); ++i) made.components.push_back(component(table, i));
  return made;
}

TokenBound PlanDecoder::token_bound(const TableSchema& table) {
  TokenBound made;
  const uint8_t given = in_->u8();
  if (given > 1) fail("token bound");
  if (given != 1) return made;
  made.given = true;
  made.inclusive = in_->u8() != 0;
  made.token = term(simple_type(TypeKind::kBigint), &table);
  return made;
}

KeyComponent PlanDecoder::component(const TableSchema& table, size_t position) {
  KeyComponent made;
  made.column = table.partition_key[position];
  const Type* type = made.column->type;
  const uint8_t op = in_->u8();
  if (op > 2) {
    fail("key component");
    return made;
  }
  made.op = static_cast<KeyComponent::Op>(op);
  switch (made.op) {
    case KeyComponent::Op::kEq:
      terms(made.operands, 1, type);
      break;
    case KeyComponent::Op::kIn:
      terms(made.operands, in_->u16(), type);
      break;
    case KeyComponent::Op::kInMarker: {
      Result<const Type*> list = list_type_of(type);
      if (!list.ok()) {
        fail(std::move(list.error()));
        break;
      }
      made.operands.push_back(in_list(list.value()));
      break;
    }
  }
  return made;
}

std::vector<ClusteringRestriction> PlanDecoder::clustering(const TableSchema& table) {
  std::vector<ClusteringRestriction> made;
  const size_t count = in_->u16();
  if (count > table.clustering.size()) fail("more restrictions than clustering columns");
  size_t position = 0;
  for (size_t i = 0; i < count && !failed(); ++i) {
    if (i > 0 && made.back().op == ClusteringRestriction::Op::kSlice) {
      fail("a restriction after a slice");
      break;
    }
    made.push_back(restriction(table, position));
    position += made.back().columns;
  }
  return made;
}

ClusteringRestriction PlanDecoder::restriction(const TableSchema& table, size_t expected_position) {
  using Op = ClusteringRestriction::Op;
  ClusteringRestriction made;
  made.first_position = in_->u16();
  made.columns = in_->u16();
  const uint8_t op = in_->u8();
  if (made.first_position != expected_position || made.columns == 0 || op > 3 ||
      made.first_position + size_t{made.columns} > table.clustering.size()) {
    fail("clustering restriction");
    return made;
  }
  made.op = static_cast<Op>(op);
  std::vector<const Type*> types;
  for (size_t i = 0; i < made.columns; ++i) {
    types.push_back(base_type(table.clustering[made.first_position + i]->type));
  }
  if (made.op == Op::kSlice) {
    slice(table, made);
  } else if (made.op == Op::kInMarker) {
    Result<const Type*> list =
        made.columns == 1 ? list_type_of(types[0]) : tuple_list_type_of(types);
    if (!list.ok()) {
      fail(std::move(list.error()));
      return made;
    }
    made.operands.push_back(in_list(list.value()));
  } else {
    const size_t tuples = made.op == Op::kEq ? 1 : in_->u16();
    if (tuples > in_->remaining()) fail("IN runs past the end");
    for (size_t i = 0; i < tuples && !failed(); ++i) {
      for (const Type* type : types) made.operands.push_back(term(type));
    }
  }
  return made;
}

void PlanDecoder::slice(const TableSchema& table, ClusteringRestriction& to) {
  const uint8_t flags = in_->u8();
  to.has_lower = (flags & 1) != 0;
  to.lower_inclusive = (flags & 2) != 0;
  to.has_upper = (flags & 4) != 0;
  to.upper_inclusive = (flags & 8) != 0;
  const auto bound = [&](uint16_t& size) {
    size = in_->u16();
    if (size == 0 || size > to.columns) return fail("slice bound");
    for (size_t i = 0; i < size && !failed(); ++i) {
      to.operands.push_back(term(base_type(table.clustering[to.first_position + i]->type)));
    }
  };
  if (to.has_lower) bound(to.lower_size);
  if (to.has_upper) bound(to.upper_size);
}

std::vector<Filter> PlanDecoder::filters(const TableSchema& table, bool conditions) {
  std::vector<Filter> made;
  const size_t count = in_->u16();
  for (size_t i = 0; i < count && !failed(); ++i) made.push_back(filter(table, conditions));
  return made;
}

const Type* PlanDecoder::element_key_type(const Type& type) {
  if (type.kind == TypeKind::kMap) return type.parameters[0];
  if (type.kind == TypeKind::kList) return simple_type(TypeKind::kInt);
  fail("element of something that has none");
  return nullptr;
}

Filter PlanDecoder::filter(const TableSchema& table, bool conditions) {
  using Op = Filter::Op;
  Filter made;
  const uint8_t target = in_->u8();
  made.column = column(table);
  if (failed() || target > 2) {
    fail("filter target");
    return made;
  }
  made.target = static_cast<Filter::Target>(target);
  made.target_type = base_type(made.column->type);
  const Type& type = *made.target_type;
  if (made.target == Filter::Target::kElement) {
    const Type* key_type = element_key_type(type);
    if (failed()) return made;
    made.key = term(key_type);
    made.target_type = type.kind == TypeKind::kMap ? type.parameters[1] : type.parameters[0];
  } else if (made.target == Filter::Target::kField) {
    made.field = in_->u16();
    if (type.kind != TypeKind::kUdt || made.field >= type.parameters.size()) {
      fail("field of a type that has none");
      return made;
    }
    made.target_type = type.parameters[made.field];
  }
  const uint8_t op = in_->u8();
  if (op > 9 || (op == 8 && !conditions)) {
    fail("filter operator");
    return made;
  }
  made.op = static_cast<Op>(op);
  const Type* operand = made.target_type;
  if (made.op == Op::kContains || made.op == Op::kContainsKey) {
    if (!operand->is_collection() ||
        (made.op == Op::kContainsKey && operand->kind != TypeKind::kMap)) {
      fail("CONTAINS on something that is no collection");
      return made;
    }
    const bool value_of_map = operand->kind == TypeKind::kMap && made.op == Op::kContains;
    operand = operand->parameters[value_of_map ? 1 : 0];
  } else if (made.op == Op::kInMarker) {
    Result<const Type*> list = list_type_of(operand);
    if (!list.ok()) {
      fail(std::move(list.error()));
      return made;
    }
    made.operands.push_back(in_list(list.value()));
    return made;
  }
  terms(made.operands, made.op == Op::kIn ? in_->u16() : size_t{1}, operand);
  return made;
}

}  // namespace ceto
