// The terms of a plan: constants are checked here once, markers are checked when they are bound.
#include "plan/plan_decoder.h"

namespace ceto {

namespace {

constexpr std::string_view kMarshal = "org.apache.cassandra.db.marshal.";
constexpr std::string_view kReversed = "org.apache.cassandra.db.marshal.ReversedType(";

Result<const Type*> wrapped(std::string_view wrapper, std::string_view inner) {
  std::string name(kMarshal);
  name.append(wrapper).append("(").append(inner).append(")");
  return parse_type(name);
}

}  // namespace

const Type* base_type(const Type* type) {
  if (!type->reversed) return type;
  const std::string_view name = type->marshal_name;
  if (!name.starts_with(kReversed)) return type;
  Result<const Type*> inner =
      parse_type(name.substr(kReversed.size(), name.size() - kReversed.size() - 1));
  CETO_ASSERT(inner.ok());
  return inner.value();
}

Result<const Type*> list_type_of(const Type* element) {
  return wrapped("ListType", base_type(element)->marshal_name);
}

Result<const Type*> set_type_of(const Type* element) {
  return wrapped("SetType", base_type(element)->marshal_name);
}

Result<const Type*> tuple_list_type_of(std::span<const Type* const> fields) {
  std::string names;
  for (const Type* field : fields) {
    if (!names.empty()) names += ",";
    names += base_type(field)->marshal_name;
  }
  Result<const Type*> tuple = wrapped("TupleType", names);
  if (!tuple.ok()) return tuple;
  return wrapped("ListType", tuple.value()->marshal_name);
}

bool same_values(const Type* a, const Type* b) {
  if (a == b) return true;
  if (a->kind != b->kind || a->dimensions != b->dimensions) return false;
  if (a->kind == TypeKind::kCustom) return a->marshal_name == b->marshal_name;
  if (a->parameters.size() != b->parameters.size()) return false;
  for (size_t i = 0; i < a->parameters.size(); ++i) {
    if (!same_values(a->parameters[i], b->parameters[i])) return false;
  }
  return true;
}

Operand PlanDecoder::term(const Type* type, const TableSchema* table, int depth) {
  if (failed()) return {};
  if (depth > kMaxTermDepth) {
    fail("literals nest too deep");
    return {};
  }
  const uint8_t tag = in_->u8();
  switch (tag) {
    case 0:
      return {Operand::From::kNull, 0};
    case 1:
      return constant(type);
    case 2:
      return value(type);
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
      return literal(tag, type, table, depth);
    case 8:
      return function_term(type);
    case 9:
      return token_term(table, depth);
    case 10:
      return {Operand::From::kUnset, 0};
    default:
      fail("unknown term");
      return {};
  }
}

Operand PlanDecoder::constant(const Type* type) {
  bool null = false;
  const Bytes bytes = in_->i32_bytes(&null);
  if (failed() || null) return {};
  if (Status valid = validate(*type, bytes); !valid.ok()) {
    fail(std::move(valid.error()));
    return {};
  }
  if (plan_->constants_.size() > UINT16_MAX) {
    fail("too many constants");
    return {};
  }
  plan_->constants_.push_back(bytes);
  return {Operand::From::kConstant, static_cast<uint16_t>(plan_->constants_.size() - 1)};
}

Operand PlanDecoder::value(const Type* type) {
  const uint16_t index = in_->u16();
  if (index >= plan_->values_needed_) plan_->values_needed_ = size_t{index} + 1;
  if (index >= plan_->marker_count_ || !same_values(plan_->value_types_[index], type)) {
    plan_->extra_checks_.push_back({index, type});
  }
  return {Operand::From::kValue, index};
}

Operand PlanDecoder::add_computed(ComputedTerm term) {
  if (plan_->computed_.size() > UINT16_MAX) {
    fail("too many computed terms");
    return {};
  }
  plan_->computed_.push_back(std::move(term));
  return {Operand::From::kComputed, static_cast<uint16_t>(plan_->computed_.size() - 1)};
}

Operand PlanDecoder::literal(uint8_t tag, const Type* type, const TableSchema* table, int depth) {
  using Kind = ComputedTerm::Kind;
  static constexpr struct {
    Kind kind;
    TypeKind type;
  } kLiterals[] = {{Kind::kList, TypeKind::kList},
                   {Kind::kSet, TypeKind::kSet},
                   {Kind::kMap, TypeKind::kMap},
                   {Kind::kTuple, TypeKind::kTuple},
                   {Kind::kVector, TypeKind::kVector}};
  const Kind kind = kLiterals[tag - 3].kind;
  const bool udt = kind == Kind::kTuple && type->kind == TypeKind::kUdt;
  const size_t count = in_->u16();
  if (!udt && type->kind != kLiterals[tag - 3].type) fail("literal of another type");
  if (kind == Kind::kTuple && count > type->parameters.size()) fail("too many tuple fields");
  if (kind == Kind::kVector && count != type->dimensions) fail("vector of another dimension");
  if (count > in_->remaining()) fail("literal runs past the end");
  if (failed()) return {};
  ComputedTerm made;
  made.kind = kind;
  made.type = type;
  for (size_t i = 0; i < count && !failed(); ++i) {
    const size_t parameter = kind == Kind::kTuple ? i : 0;
    made.operands.push_back(term(type->parameters[parameter], table, depth + 1));
    if (kind == Kind::kMap) made.operands.push_back(term(type->parameters[1], table, depth + 1));
  }
  return add_computed(std::move(made));
}

Operand PlanDecoder::function_term(const Type* type) {
  const uint8_t function = in_->u8();
  if (function < 1 || function > 6) {
    fail("unknown function");
    return {};
  }
  ComputedTerm made;
  made.kind = ComputedTerm::Kind::kFunction;
  made.function = static_cast<NativeFunction>(function);
  made.type = type;
  static constexpr TypeKind kReturns[] = {TypeKind::kTimeuuid,  TypeKind::kUuid,
                                          TypeKind::kTimestamp, TypeKind::kDate,
                                          TypeKind::kTime,      TypeKind::kTimeuuid};
  const TypeKind returns = kReturns[function - 1];
  const bool timeuuid_as_uuid = returns == TypeKind::kTimeuuid && type->kind == TypeKind::kUuid;
  if (returns != type->kind && !timeuuid_as_uuid) fail("function of another type");
  return add_computed(std::move(made));
}

Operand PlanDecoder::token_term(const TableSchema* table, int depth) {
  const size_t count = in_->u16();
  if (!table || count != table->partition_key.size()) {
    fail("token() of other columns than the partition key");
    return {};
  }
  ComputedTerm made;
  made.kind = ComputedTerm::Kind::kToken;
  made.table = table;
  for (size_t i = 0; i < count && !failed(); ++i) {
    made.operands.push_back(term(table->partition_key[i]->type, table, depth + 1));
  }
  return add_computed(std::move(made));
}

std::optional<Operand> PlanDecoder::optional_term(const Type* type) {
  switch (in_->u8()) {
    case 0:
      return std::nullopt;
    case 1:
      return term(type);
    default:
      fail("neither a term nor none");
      return std::nullopt;
  }
}

Operand PlanDecoder::in_list(const Type* list) {
  const size_t checks = plan_->extra_checks_.size();
  const Operand made = term(list);
  if (failed() || made.from != Operand::From::kValue) return made;
  if (plan_->extra_checks_.size() == checks) plan_->extra_checks_.push_back({made.index, list});
  plan_->extra_checks_.back().in_list = true;
  if (made.index < plan_->marker_count_) plan_->in_lists_[made.index] = true;
  return made;
}

void PlanDecoder::terms(std::vector<Operand>& to, size_t count, const Type* type) {
  if (count > in_->remaining()) return fail("terms run past the end");
  to.reserve(to.size() + count);
  for (size_t i = 0; i < count && !failed(); ++i) to.push_back(term(type));
}

}  // namespace ceto
