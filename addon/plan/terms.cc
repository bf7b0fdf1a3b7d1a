#include "plan/terms.h"

#include <algorithm>

#include "base/byte_io.h"
#include "plan/plan_services.h"
#include "schema/partition_key.h"

namespace ceto {

namespace {

// Elements with their i32 sizes; `counted` puts the number of entries first.
Bytes serialize_elements(std::span<const Value> elements, bool counted, size_t count,
                         Arena& arena) {
  size_t size = counted ? 4 : 0;
  for (const Value& element : elements) size += 4 + element.bytes().size();
  uint8_t* const start = arena.allocate_bytes(size);
  uint8_t* to = start;
  if (counted) {
    store_be(to, static_cast<int32_t>(count));
    to += 4;
  }
  for (const Value& element : elements) {
    const Bytes bytes = element.bytes();
    store_be(to, element.has_bytes() ? static_cast<int32_t>(bytes.size()) : int32_t{-1});
    to += 4;
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  }
  return {start, size};
}

constexpr int64_t kMillisPerDay = 86'400'000;
constexpr uint32_t kEpochDay = 1u << 31;  // a date of 1970-01-01

Bytes function_value(const ComputedTerm& term, PlanServices& services, int64_t now_micros,
                     Arena& arena) {
  uint8_t* to = arena.allocate_bytes(16);
  const int64_t millis = now_micros / 1000;
  switch (term.function) {
    case NativeFunction::kNow:
    case NativeFunction::kCurrentTimeuuid:
      services.make_timeuuid(to);
      return {to, 16};
    case NativeFunction::kUuid:
      services.make_random_uuid(to);
      return {to, 16};
    case NativeFunction::kCurrentTimestamp:
      store_be(to, millis);
      return {to, 8};
    case NativeFunction::kCurrentDate:
      store_be(to, kEpochDay + static_cast<uint32_t>(millis / kMillisPerDay));
      return {to, 4};
    case NativeFunction::kCurrentTime:
      store_be(to, (now_micros % (kMillisPerDay * 1000)) * 1000);
      return {to, 8};
  }
  CETO_UNREACHABLE("function");
}

Result<Value> token_value(const ComputedTerm& term, const Environment& environment, Arena& arena) {
  const std::span<Bytes> components = arena.make_array<Bytes>(term.operands.size());
  for (size_t i = 0; i < components.size(); ++i) {
    const Value value = environment.value(term.operands[i]);
    const std::string& name = term.table->partition_key[i]->name;
    if (value.is_null()) return invalid_request("Invalid null value for column " + name);
    if (value.is_unset()) return invalid_request("Invalid unset value for column " + name);
    components[i] = value.bytes();
  }
  uint8_t* to = arena.allocate_bytes(8);
  Result<Bytes> key = make_partition_key(components, arena);
  if (!key.ok()) return std::move(key.error());
  store_be(to, token_of(key.value()).value);
  return Value(Bytes(to, 8));
}

// Sorts entries of `width` values (1: a set, 2: a map) by their first and keeps the last of equals.
size_t sort_entries(const Type& key_type, std::span<Value> values, size_t width, Arena& arena) {
  struct Entry {
    Value key, value;
  };
  const size_t count = values.size() / width;
  const std::span<Entry> entries = arena.make_array<Entry>(count);
  for (size_t i = 0; i < count; ++i)
    entries[i] = {values[i * width], values[i * width + width - 1]};
  const auto order = [&](const Entry& a, const Entry& b) {
    return compare_values(key_type, a.key.bytes(), b.key.bytes());
  };
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const Entry& a, const Entry& b) { return order(a, b) < 0; });
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i + 1 < count && order(entries[i], entries[i + 1]) == 0) continue;
    values[kept * width] = entries[i].key;
    values[kept * width + width - 1] = entries[i].value;
    ++kept;
  }
  return kept;
}

Result<Value> tuple_value(const ComputedTerm& term, std::span<Value> values, Arena& arena) {
  const Type& type = *term.type;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].is_unset()) continue;
    if (type.kind == TypeKind::kUdt) {
      return invalid_request("Invalid unset value for field '" + type.field_names[i] +
                             "' of user defined type " + type.udt_name);
    }
    return invalid_request("Invalid unset value for tuple field number " + std::to_string(i));
  }
  return Value(serialize_elements(values, false, 0, arena));
}

Bytes vector_bytes(const Type& type, std::span<const Value> values, Arena& arena) {
  const bool fixed = type.parameters[0]->fixed_size >= 0;
  size_t size = 0;
  for (const Value& v : values) {
    const size_t length = v.bytes().size();
    size += length + (fixed ? 0 : unsigned_vint_size(length));
  }
  uint8_t* const start = arena.allocate_bytes(size + 9);
  uint8_t* to = start;
  for (const Value& v : values) {
    const Bytes bytes = v.bytes();
    if (!fixed) to += store_unsigned_vint(to, bytes.size());
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  }
  return {start, size};
}

Result<Value> literal_value(const ComputedTerm& term, const Environment& environment,
                            Arena& arena) {
  using Kind = ComputedTerm::Kind;
  const std::span<Value> values = arena.make_array<Value>(term.operands.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = environment.value(term.operands[i]);
  if (term.kind == Kind::kTuple) return tuple_value(term, values, arena);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_null()) {
      return invalid_request(term.kind == Kind::kVector
                                 ? "null is not supported inside vectors"
                                 : "null is not supported inside collections");
    }
    if (!values[i].is_unset()) continue;
    if (term.kind == Kind::kMap && i % 2 == 0) {
      return invalid_request("unset value is not supported for map keys");
    }
    return Value::unset();
  }
  switch (term.kind) {
    case Kind::kList:
      return Value(serialize_elements(values, true, values.size(), arena));
    case Kind::kSet: {
      const size_t kept = sort_entries(*term.type->parameters[0], values, 1, arena);
      return Value(serialize_elements(values.first(kept), true, kept, arena));
    }
    case Kind::kMap: {
      const size_t kept = sort_entries(*term.type->parameters[0], values, 2, arena);
      return Value(serialize_elements(values.first(kept * 2), true, kept, arena));
    }
    case Kind::kVector:
      return Value(vector_bytes(*term.type, values, arena));
    default:
      CETO_UNREACHABLE("literal kind");
  }
}

}  // namespace

Status compute_terms(Environment& environment, PlanServices& services, int64_t now_micros,
                     Arena& arena) {
  const std::vector<ComputedTerm>& terms = environment.plan->computed();
  if (terms.empty()) return {};
  const std::span<Value> values = arena.make_array<Value>(terms.size());
  environment.computed = values;
  for (size_t i = 0; i < terms.size(); ++i) {
    const ComputedTerm& term = terms[i];
    if (term.kind == ComputedTerm::Kind::kFunction) {
      values[i] = Value(function_value(term, services, now_micros, arena));
      continue;
    }
    Result<Value> value = term.kind == ComputedTerm::Kind::kToken
                              ? token_value(term, environment, arena)
                              : literal_value(term, environment, arena);
    if (!value.ok()) return std::move(value.error());
    values[i] = value.value();
  }
  return {};
}

}  // namespace ceto
