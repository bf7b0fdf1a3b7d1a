#include "plan/operation_checks.h"

#include "base/byte_io.h"

namespace ceto {

namespace {

const char* key_name(const Type& type) {
  return type.kind == TypeKind::kMap ? "map key" : "set element";
}

Status check_key(const Operation& operation, const Environment& environment) {
  const Type& type = *operation.column->type;
  const Value key = environment.value(operation.key);
  const bool deletes = operation.op == Operation::Op::kDeleteByKey;
  if (type.kind == TypeKind::kList) {
    if (key.is_unset() && deletes) return {};
    if (key.is_unset()) return invalid_request("Invalid unset value for list index");
    if (key.bytes().size() != 4) return invalid_request("Invalid null value for list index");
    return {};
  }
  if (key.is_null()) return invalid_request(std::string("Invalid null ") + key_name(type));
  if (key.is_unset() && type.kind == TypeKind::kMap)
    return invalid_request("Invalid unset map key");
  if (key.bytes().size() > UINT16_MAX) {
    return invalid_request("Map key is too long. Map keys are limited to 65535 bytes but " +
                           std::to_string(key.bytes().size()) + " bytes keys provided");
  }
  return {};
}

Status check_counter(const Operation& operation, const Environment& environment) {
  const Value delta = environment.value(operation.value);
  if (delta.is_unset()) return {};
  if (delta.bytes().size() != 8) return invalid_request("Invalid null value for counter increment");
  if (operation.op == Operation::Op::kCounterSubtract &&
      load_be<int64_t>(delta.bytes().data()) == INT64_MIN) {
    return invalid_request(
        "The negation of -9223372036854775808 overflows supported counter precision (signed 8 "
        "bytes "
        "integer)");
  }
  return {};
}

Status unsupported(const char* state, const char* what, const Column& column) {
  return invalid_request(std::string("Unsupported ") + state + " " + what + " for column " +
                         column.name);
}

Status check_present(const Value& value, const char* what, const Column& column) {
  if (value.is_null()) return unsupported("null", what, column);
  if (value.is_unset()) return unsupported("unset", what, column);
  return {};
}

const char* operator_text(Filter::Op op) {
  static constexpr const char* kTexts[] = {
      "=", "<", "<=", ">", ">=", "IN", "CONTAINS", "CONTAINS KEY", "!=", "IN"};
  return kTexts[static_cast<size_t>(op)];
}

Status check_condition_key(const Filter& filter, const Environment& environment) {
  const bool map = filter.column->type->kind == TypeKind::kMap;
  const Value key = environment.value(filter.key);
  if (key.is_null()) {
    return invalid_request(std::string("Invalid null value for ") + (map ? "map" : "list") +
                           " element access");
  }
  if (map || key.is_unset()) return {};
  if (key.bytes().size() != 4) return invalid_request("Invalid null value for list element access");
  const int32_t index = load_be<int32_t>(key.bytes().data());
  if (index < 0) return invalid_request("Invalid negative list index " + std::to_string(index));
  return {};
}

Status check_condition(const Filter& filter, const Environment& environment) {
  using Op = Filter::Op;
  if (filter.target == Filter::Target::kElement) CETO_TRY(check_condition_key(filter, environment));
  if (filter.op == Op::kIn) return {};  // unset elements are left out, nulls match nulls
  const Value value = environment.value(filter.operands[0]);
  if (value.is_unset()) return invalid_request("Invalid 'unset' value in condition");
  if (filter.op == Op::kInMarker && value.is_null()) {
    return invalid_request("Invalid null list in IN condition");
  }
  if (value.is_null() && filter.op != Op::kEq && filter.op != Op::kNe) {
    return invalid_request(std::string("Invalid comparison with null for operator \"") +
                           operator_text(filter.op) + "\"");
  }
  return {};
}

enum class RowCondition : uint8_t { kExists, kNotExists, kColumns };

RowCondition condition_of(const Modification& statement) {
  if (statement.if_not_exists) return RowCondition::kNotExists;
  return statement.if_exists ? RowCondition::kExists : RowCondition::kColumns;
}

bool same_row(const BoundModification& a, const BoundModification& b) {
  if (a.rows.empty() || b.rows.empty()) return a.rows.empty() == b.rows.empty();
  return compare_clustering(*a.statement->table, a.rows.front(), b.rows.front()) == 0;
}

Status check_pair(const BoundModification& earlier, const BoundModification& later) {
  const RowCondition a = condition_of(*earlier.statement), b = condition_of(*later.statement);
  if (a == b || !same_row(earlier, later)) return {};
  if (a != RowCondition::kColumns && b != RowCondition::kColumns) {
    return invalid_request("Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row");
  }
  const bool exists = b == RowCondition::kExists;
  return invalid_request(std::string("Cannot mix IF conditions and IF ") + (exists ? "" : "NOT ") +
                         "EXISTS for the same row");
}

}  // namespace

Status check_operations(const Modification& statement, const Environment& environment) {
  for (const Operation& operation : statement.operations) {
    switch (operation.op) {
      case Operation::Op::kPutByKey:
      case Operation::Op::kDeleteByKey:
        CETO_TRY(check_key(operation, environment));
        break;
      case Operation::Op::kCounterAdd:
      case Operation::Op::kCounterSubtract:
        CETO_TRY(check_counter(operation, environment));
        break;
      default:
        break;
    }
  }
  return {};
}

Status check_filters(std::span<const Filter> filters, const Environment& environment) {
  for (const Filter& filter : filters) {
    const bool element = filter.target == Filter::Target::kElement;
    if (element) CETO_TRY(check_present(environment.value(filter.key), "map key", *filter.column));
    if (filter.op == Filter::Op::kIn) continue;  // nulls match nothing
    const Value value = environment.value(filter.operands[0]);
    if (filter.op == Filter::Op::kInMarker) {
      if (value.is_null()) {
        return invalid_request("Invalid null value for column " + filter.column->name);
      }
      if (value.is_unset()) {
        return invalid_request("Invalid unset value for column " + filter.column->name);
      }
      continue;
    }
    CETO_TRY(check_present(value, element ? "map value" : "value", *filter.column));
  }
  return {};
}

Status check_conditions(const Modification& statement, const Environment& environment) {
  for (const Filter& filter : statement.conditions) CETO_TRY(check_condition(filter, environment));
  return {};
}

Status check_batch_entry(BatchInfo::Type type, const Plan& plan) {
  if (plan.counter() && type == BatchInfo::Type::kLogged) {
    return invalid_request("Cannot include a counter statement in a logged batch");
  }
  if (!plan.counter() && type == BatchInfo::Type::kCounter) {
    return invalid_request("Cannot include non-counter statement in a counter batch");
  }
  return {};
}

Status check_conditional(const BoundStatement& bound) {
  const std::span<const BoundModification> all = bound.modifications();
  for (const BoundModification& modification : all) {
    if (modification.statement->counter != bound.counter()) {
      return invalid_request("Counter and non-counter mutations cannot exist in the same batch");
    }
  }
  if (!bound.conditional()) return {};
  for (const BoundModification& modification : all) {
    if (modification.statement->table->id != all.front().statement->table->id) {
      return invalid_request("Batch with conditions cannot span multiple tables");
    }
  }
  if (bound.targets().size() != 1) {
    return invalid_request(
        bound.is_batch() ? "Batch with conditions cannot span multiple partitions"
                         : "IN on the partition key is not supported with conditional updates");
  }
  for (const BoundModification& modification : all) {
    if (modification.statement->conditional() && modification.rows.size() > 1) {
      return invalid_request(
          "IN on the clustering key columns is not supported with conditional updates");
    }
  }
  for (size_t later = 1; later < all.size(); ++later) {
    if (!all[later].statement->conditional()) continue;
    for (size_t earlier = 0; earlier < later; ++earlier) {
      if (!all[earlier].statement->conditional()) continue;
      CETO_TRY(check_pair(all[earlier], all[later]));
    }
  }
  return {};
}

}  // namespace ceto
