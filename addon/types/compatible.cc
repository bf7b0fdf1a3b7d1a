#include "types/compatible.h"

#include <algorithm>

namespace ceto {

namespace {

struct Pair {
  TypeKind type, previous;
};

constexpr Pair kValueCompatible[] = {
    {TypeKind::kBigint, TypeKind::kTimestamp}, {TypeKind::kDate, TypeKind::kInt},
    {TypeKind::kText, TypeKind::kAscii},       {TypeKind::kTime, TypeKind::kBigint},
    {TypeKind::kTimestamp, TypeKind::kBigint}, {TypeKind::kUuid, TypeKind::kTimeuuid},
    {TypeKind::kVarint, TypeKind::kInt},       {TypeKind::kVarint, TypeKind::kBigint},
    {TypeKind::kVarint, TypeKind::kTimestamp},
};
constexpr Pair kOrderCompatible[] = {
    {TypeKind::kBlob, TypeKind::kAscii},
    {TypeKind::kBlob, TypeKind::kText},
    {TypeKind::kText, TypeKind::kAscii},
};

template <size_t kCount>
bool one_of(const Pair (&pairs)[kCount], const Type& type, const Type& previous) {
  return std::any_of(std::begin(pairs), std::end(pairs), [&](const Pair& pair) {
    return pair.type == type.kind && pair.previous == previous.kind;
  });
}

bool native(const Type& type) { return type.kind < TypeKind::kList; }
bool tuple(const Type& type) {
  return type.kind == TypeKind::kTuple || type.kind == TypeKind::kUdt;
}

// Components may have been appended since, none removed. A user type is a tuple: its name does not
// matter.
bool tuples_compatible(const Type& type, const Type& previous,
                       bool (*compatible)(const Type&, const Type&)) {
  if (!tuple(previous) || previous.parameters.size() > type.parameters.size()) return false;
  for (size_t i = 0; i < previous.parameters.size(); ++i) {
    if (!compatible(*type.parameters[i], *previous.parameters[i])) return false;
  }
  return true;
}

// A type without a name in CQL is compatible with itself.
bool same_custom(const Type& type, const Type& previous) {
  return previous.kind == TypeKind::kCustom && type.marshal_name == previous.marshal_name;
}

}  // namespace

bool value_compatible(const Type& type, const Type& previous) {
  if (&type == &previous || type.kind == TypeKind::kBlob) return true;
  if (native(type)) return type.kind == previous.kind || one_of(kValueCompatible, type, previous);
  if (type.kind == TypeKind::kTuple) return tuples_compatible(type, previous, value_compatible);
  if (type.multi_cell != previous.multi_cell || type.kind != previous.kind) return false;
  if (type.multi_cell) return order_compatible(type, previous);
  if (type.kind == TypeKind::kList) {
    return value_compatible(*type.parameters[0], *previous.parameters[0]);
  }
  if (type.kind == TypeKind::kMap) {
    return order_compatible(*type.parameters[0], *previous.parameters[0]) &&
           value_compatible(*type.parameters[1], *previous.parameters[1]);
  }
  return order_compatible(type, previous);
}

bool order_compatible(const Type& type, const Type& previous) {
  if (&type == &previous) return true;
  if (type.reversed != previous.reversed) return false;
  if (native(type)) return type.kind == previous.kind || one_of(kOrderCompatible, type, previous);
  if (tuple(type)) return tuples_compatible(type, previous, order_compatible);
  if (type.kind == TypeKind::kCustom) return same_custom(type, previous);
  if (type.multi_cell != previous.multi_cell || type.kind != previous.kind) return false;
  // A vector's element may be a user type that has more fields now.
  if (type.dimensions != previous.dimensions || type.fixed_size != previous.fixed_size)
    return false;
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    if (!order_compatible(*type.parameters[i], *previous.parameters[i])) return false;
  }
  return true;
}

}  // namespace ceto
