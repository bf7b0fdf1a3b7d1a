#include "types/type_registry.h"

#include <array>

#include "base/assert.h"

namespace ceto {
namespace {

constexpr SimpleClass kSimpleClasses[] = {
    {TypeKind::kAscii, "AsciiType", -1},
    {TypeKind::kBigint, "LongType", 8},
    {TypeKind::kBlob, "BytesType", -1},
    {TypeKind::kBoolean, "BooleanType", 1},
    {TypeKind::kCounter, "CounterColumnType", -1},
    {TypeKind::kDate, "SimpleDateType", -1},
    {TypeKind::kDecimal, "DecimalType", -1},
    {TypeKind::kDouble, "DoubleType", 8},
    {TypeKind::kDuration, "DurationType", -1},
    {TypeKind::kEmpty, "EmptyType", 0},
    {TypeKind::kFloat, "FloatType", 4},
    {TypeKind::kInet, "InetAddressType", -1},
    {TypeKind::kInt, "Int32Type", 4},
    {TypeKind::kSmallint, "ShortType", -1},
    {TypeKind::kText, "UTF8Type", -1},
    {TypeKind::kTime, "TimeType", -1},
    {TypeKind::kTimestamp, "TimestampType", 8},
    {TypeKind::kTimeuuid, "TimeUUIDType", 16},
    {TypeKind::kTinyint, "ByteType", -1},
    {TypeKind::kUuid, "UUIDType", 16},
    {TypeKind::kVarint, "IntegerType", -1},
};
constexpr size_t kSimpleKinds = std::size(kSimpleClasses);
static_assert(static_cast<size_t>(TypeKind::kVarint) + 1 == kSimpleKinds);

std::string hex(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

std::string canonical_name(const Type& type, bool ignore_freezing);

std::string parameter_list(const Type& type, bool ignore_freezing) {
  std::string out = "(";
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    if (i != 0) out += ',';
    out += canonical_name(*type.parameters[i], ignore_freezing);
  }
  return out + ')';
}

std::string udt_parameters(const Type& type, bool ignore_freezing) {
  std::string out = '(' + type.udt_keyspace + ',' + hex(type.udt_name);
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    out += ',' + hex(type.field_names[i]) + ':';
    out += canonical_name(*type.parameters[i], ignore_freezing);
  }
  return out + ')';
}

std::string composed_name(const Type& type, bool ignore_freezing) {
  const std::string package(kMarshalPackage);
  const bool inner = ignore_freezing || !type.multi_cell;
  switch (type.kind) {
    case TypeKind::kList:
      return package + "ListType" + parameter_list(type, inner);
    case TypeKind::kSet:
      return package + "SetType" + parameter_list(type, inner);
    case TypeKind::kMap:
      return package + "MapType" + parameter_list(type, inner);
    case TypeKind::kUdt:
      return package + "UserType" + udt_parameters(type, inner);
    case TypeKind::kTuple:
      return package + "TupleType" + parameter_list(type, true);
    case TypeKind::kVector:
      return package + "VectorType(" + canonical_name(*type.parameters[0], ignore_freezing) +
             " , " + std::to_string(type.dimensions) + ")";
    case TypeKind::kCustom:
      return type.marshal_name;  // as the parser found it
    default:
      return package + std::string(find_simple_class(type.kind)->name);
  }
}

// AbstractType.toString(ignoreFreezing): a frozen type says so once, at the outermost place.
std::string canonical_name(const Type& type, bool ignore_freezing) {
  const std::string package(kMarshalPackage);
  if (type.reversed) {
    // As a parameter; while it is interned its name is still that of what it reverses.
    const std::string wrapper = package + "ReversedType(";
    if (type.kind == TypeKind::kCustom && type.marshal_name.starts_with(wrapper)) {
      return type.marshal_name;
    }
    Type base = type;
    base.reversed = false;
    return wrapper + canonical_name(base, false) + ")";
  }
  const bool freezable = type.is_collection() || type.kind == TypeKind::kUdt;
  std::string name = composed_name(type, ignore_freezing);
  return freezable && !type.multi_cell && !ignore_freezing ? package + "FrozenType(" + name + ")"
                                                           : name;
}

std::array<const Type*, kSimpleKinds> intern_simple_types() {
  std::array<const Type*, kSimpleKinds> out{};
  for (const SimpleClass& simple : kSimpleClasses) {
    Type type;
    type.kind = simple.kind;
    type.fixed_size = simple.fixed_size;
    out[static_cast<size_t>(simple.kind)] = TypeRegistry::instance().intern(std::move(type));
  }
  return out;
}

}  // namespace

const SimpleClass* find_simple_class(std::string_view short_name) {
  for (const SimpleClass& simple : kSimpleClasses) {
    if (simple.name == short_name) return &simple;
  }
  return nullptr;
}

const SimpleClass* find_simple_class(TypeKind kind) {
  const auto index = static_cast<size_t>(kind);
  return index < kSimpleKinds ? &kSimpleClasses[index] : nullptr;
}

TypeRegistry& TypeRegistry::instance() {
  static TypeRegistry* const registry = new TypeRegistry;  // outlives every static that uses it
  return *registry;
}

const Type* TypeRegistry::intern(Type type) {
  type.marshal_name = canonical_name(type, false);
  const std::lock_guard lock(mutex_);
  auto [at, inserted] = types_.try_emplace(type.marshal_name);
  if (inserted) at->second = std::make_unique<const Type>(std::move(type));
  return at->second.get();
}

const Type* simple_type(TypeKind kind) {
  static const std::array<const Type*, kSimpleKinds> types = intern_simple_types();
  CETO_ASSERT(static_cast<size_t>(kind) < kSimpleKinds);
  return types[static_cast<size_t>(kind)];
}

const Type* freeze(const Type* type) {
  if (!type->multi_cell) return type;
  Type frozen = *type;
  frozen.multi_cell = false;
  for (const Type*& parameter : frozen.parameters) parameter = freeze(parameter);
  return TypeRegistry::instance().intern(std::move(frozen));
}

const Type* reverse(const Type* type) {
  CETO_ASSERT(!type->reversed);
  Type reversed = *type;
  reversed.reversed = true;
  return TypeRegistry::instance().intern(std::move(reversed));
}

}  // namespace ceto
