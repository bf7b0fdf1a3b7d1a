// TypeRegistry: the process's interned types, by canonical marshal string, and the classes of
// Cassandra that they are parsed from. Owned by the process, never freed, so that `const Type*`
// needs no owner. Guarded by a mutex: any thread, but DDL and file opening only.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "types/type.h"

namespace ceto {

inline constexpr std::string_view kMarshalPackage = "org.apache.cassandra.db.marshal.";

struct SimpleClass {
  TypeKind kind;
  std::string_view name;  // without the package
  int32_t fixed_size;     // AbstractType.valueLengthIfFixed
};

// The class of a simple kind or name; nullptr for the others.
const SimpleClass* find_simple_class(std::string_view short_name);
const SimpleClass* find_simple_class(TypeKind kind);

class TypeRegistry {
 public:
  static TypeRegistry& instance();

  // Computes the canonical name of `type` and returns the one object that has it.
  const Type* intern(Type type);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<const Type>> types_;
};

// `type` with all of its values in one cell: FrozenType(...) around it and around what it holds.
const Type* freeze(const Type* type);
// ReversedType(...) around `type`, which is not reversed yet.
const Type* reverse(const Type* type);

}  // namespace ceto
