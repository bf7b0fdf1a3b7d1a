// The grammar of org.apache.cassandra.db.marshal.TypeParser:
//   type       = blank* name [ "(" parameters ")" ]
//   name       = [-+.&_0-9A-Za-z]*        a class, by default of org.apache.cassandra.db.marshal
//   parameters = type*                    separated by at most one comma and blanks
//   UserType   = "(" keyspace "," hex-name ("," hex-field ":" type)* ")"
//   VectorType = "(" type "," digits ")"
#include <charconv>

#include "types/type.h"
#include "types/type_registry.h"

namespace ceto {
namespace {

// Deeper nesting than CQL ever writes; it bounds the recursion here, in validation and in
// comparison.
constexpr int kMaxDepth = 32;
constexpr uint32_t kMaxDimensions = 1 << 16;  // eight times the most that Cassandra can index

// Classes of Cassandra that CQL has no name for; their values order as bytes here.
struct CustomClass {
  std::string_view name;
  int32_t fixed_size;
};
constexpr CustomClass kCustomClasses[] = {
    {"CompositeType", -1},        {"DynamicCompositeType", -1}, {"DateType", 8},
    {"LexicalUUIDType", 16},      {"LegacyTimeUUIDType", 16},   {"PartitionerDefinedOrder", -1},
    {"LocalByPartionerType", -1},
};

bool is_identifier(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.' || c == '_' || c == '&';
}
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<const Type*> parse(int depth) {
    if (depth > kMaxDepth) return syntax_error("types nest too deeply");
    skip_blank();
    const std::string_view name = identifier();
    if (name.empty() && depth == 0) return simple_type(TypeKind::kBlob);
    const std::string_view short_name =
        name.starts_with(kMarshalPackage) ? name.substr(kMarshalPackage.size()) : name;
    skip_blank();
    if (short_name.find('.') != std::string_view::npos) return custom(name, -1);
    if (const SimpleClass* simple = find_simple_class(short_name)) return simple_class(*simple);
    if (short_name == "UserType") return user_type(depth);
    if (short_name == "VectorType") return vector_type(depth);
    if (short_name == "ListType") return collection(TypeKind::kList, short_name, 1, depth);
    if (short_name == "SetType") return collection(TypeKind::kSet, short_name, 1, depth);
    if (short_name == "MapType") return collection(TypeKind::kMap, short_name, 2, depth);
    if (short_name == "TupleType") return tuple_type(depth);
    if (short_name == "FrozenType") return frozen_type(depth);
    if (short_name == "ReversedType") return reversed_type(depth);
    if (short_name == "CompositeType") return composite_type(depth);
    for (const CustomClass& known : kCustomClasses) {
      if (known.name == short_name) {
        return custom(std::string(kMarshalPackage) + std::string(short_name), known.fixed_size);
      }
    }
    return invalid_request("Unable to find abstract-type class '" + std::string(kMarshalPackage) +
                           std::string(short_name) + "'");
  }

 private:
  Result<const Type*> simple_class(const SimpleClass& simple) {
    if (peek() == '(') {
      if (auto skipped = skip_parenthesised(); !skipped) return skipped.error();
    }
    return simple_type(simple.kind);
  }

  Result<const Type*> custom(std::string_view name, int32_t fixed_size) {
    Type type;
    type.kind = TypeKind::kCustom;
    type.fixed_size = fixed_size;
    const size_t from = at_;
    if (peek() == '(') {
      if (auto skipped = skip_parenthesised(); !skipped) return skipped.error();
    }
    type.marshal_name = std::string(name) + std::string(text_.substr(from, at_ - from));
    return TypeRegistry::instance().intern(std::move(type));
  }

  // "(" type* ")"; none at all reads as no parameters.
  Result<std::vector<const Type*>> type_parameters(int depth) {
    std::vector<const Type*> out;
    if (peek() != '(') return out;
    ++at_;
    while (skip_blank_and_comma()) {
      if (peek() == ')') {
        ++at_;
        return out;
      }
      auto type = parse(depth + 1);
      if (!type) return type.error();
      out.push_back(type.value());
    }
    return syntax_error("unexpected end of string");
  }

  Result<const Type*> collection(TypeKind kind, std::string_view name, size_t count, int depth) {
    auto parameters = type_parameters(depth);
    if (!parameters) return parameters.error();
    if (parameters.value().size() != count) {
      return invalid_request(std::string(name) + " takes exactly " + std::to_string(count) +
                             (count == 1 ? " type parameter" : " type parameters"));
    }
    Type type;
    type.kind = kind;
    type.multi_cell = true;
    for (const Type* parameter : parameters.value()) type.parameters.push_back(freeze(parameter));
    return TypeRegistry::instance().intern(std::move(type));
  }

  Result<const Type*> tuple_type(int depth) {
    auto parameters = type_parameters(depth);
    if (!parameters) return parameters.error();
    Type type;
    type.kind = TypeKind::kTuple;
    for (const Type* parameter : parameters.value()) type.parameters.push_back(freeze(parameter));
    return TypeRegistry::instance().intern(std::move(type));
  }

  Result<const Type*> frozen_type(int depth) {
    auto parameters = type_parameters(depth);
    if (!parameters) return parameters.error();
    if (parameters.value().size() != 1) {
      return invalid_request("FrozenType() only accepts one parameter");
    }
    return freeze(parameters.value()[0]);
  }

  Result<const Type*> reversed_type(int depth) {
    auto parameters = type_parameters(depth);
    if (!parameters) return parameters.error();
    if (parameters.value().size() != 1) {
      return invalid_request("ReversedType takes exactly one argument, " +
                             std::to_string(parameters.value().size()) + " given");
    }
    const Type* base = parameters.value()[0];
    if (base->reversed) return syntax_error("ReversedType around a ReversedType");
    return reverse(base);
  }

  // The key of a partition of several columns, as SSTable headers name it: `parameters` are its
  // parts.
  Result<const Type*> composite_type(int depth) {
    auto parameters = type_parameters(depth);
    if (!parameters) return parameters.error();
    Type type;
    type.kind = TypeKind::kCustom;
    type.parameters = std::move(parameters).value();
    type.marshal_name = std::string(kMarshalPackage) + "CompositeType(";
    for (size_t i = 0; i < type.parameters.size(); ++i) {
      if (i != 0) type.marshal_name += ',';
      type.marshal_name += type.parameters[i]->marshal_name;
    }
    type.marshal_name += ')';
    return TypeRegistry::instance().intern(std::move(type));
  }

  Result<const Type*> vector_type(int depth) {
    if (peek() != '(') return syntax_error("expecting '(' token");
    ++at_;
    auto element = parse(depth + 1);
    if (!element) return element.error();
    skip_blank_and_comma();
    const std::string_view digits = identifier();
    int64_t dimensions = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), dimensions);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) {
      return syntax_error("expecting the number of dimensions");
    }
    if (dimensions <= 0 || dimensions > kMaxDimensions) {
      return invalid_request("vectors may only have positive dimensions; given " +
                             std::to_string(dimensions));
    }
    skip_blank();
    if (peek() != ')') return syntax_error("expecting ')' token");
    ++at_;
    Type type;
    type.kind = TypeKind::kVector;
    type.parameters = {freeze(element.value())};
    type.dimensions = static_cast<uint32_t>(dimensions);
    const int32_t each = type.parameters[0]->fixed_size;
    // A vector of vectors may be too large for the number; it then counts as of variable size.
    const int64_t whole = int64_t{each} * dimensions;
    if (each >= 0 && whole <= INT32_MAX) type.fixed_size = static_cast<int32_t>(whole);
    return TypeRegistry::instance().intern(std::move(type));
  }

  Result<const Type*> user_type(int depth) {
    if (peek() != '(') return syntax_error("expecting '(' token");
    ++at_;
    Type type;
    type.kind = TypeKind::kUdt;
    type.multi_cell = true;
    skip_blank_and_comma();
    type.udt_keyspace = std::string(identifier());
    skip_blank_and_comma();
    auto name = hex_identifier();
    if (!name) return name.error();
    type.udt_name = std::move(name).value();
    while (skip_blank_and_comma()) {
      if (peek() == ')') {
        ++at_;
        return TypeRegistry::instance().intern(std::move(type));
      }
      auto field = hex_identifier();
      if (!field) return field.error();
      skip_blank();
      if (peek() != ':') return syntax_error("expecting ':' token");
      ++at_;
      auto field_type = parse(depth + 1);
      if (!field_type) return field_type.error();
      type.field_names.push_back(std::move(field).value());
      type.parameters.push_back(field_type.value());
    }
    return syntax_error("unexpected end of string");
  }

  Result<std::string> hex_identifier() {
    const std::string_view digits = identifier();
    if (digits.size() % 2 != 0) {
      return syntax_error("An hex string representing bytes must have an even length");
    }
    std::string out;
    for (size_t i = 0; i < digits.size(); i += 2) {
      const int high = hex_digit(digits[i]);
      const int low = hex_digit(digits[i + 1]);
      if (high < 0 || low < 0) return syntax_error("Non-hex characters in " + std::string(digits));
      out += static_cast<char>(high << 4 | low);
    }
    return out;
  }

  // Parameters that have no meaning here, e.g. Int32Type(a=b).
  Status skip_parenthesised() {
    int open = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '(') ++open;
      if (c == ')' && --open == 0) return {};
    }
    return syntax_error("unexpected end of string");
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blank() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  // Blanks and at most one comma; false at the end of the text.
  bool skip_blank_and_comma() {
    bool comma = false;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == ',') {
        if (comma) return true;
        comma = true;
      } else if (!is_blank(text_[at_])) {
        return true;
      }
    }
    return false;
  }
  std::string_view identifier() {
    const size_t from = at_;
    while (at_ < text_.size() && is_identifier(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }
  Error syntax_error(const std::string& what) const {
    return invalid_request("Syntax error parsing '" + std::string(text_) + "' at char " +
                           std::to_string(at_) + ": " + what);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<const Type*> parse_type(std::string_view marshal_name) {
  return TypeParser(marshal_name).parse(0);
}

}  // namespace ceto
