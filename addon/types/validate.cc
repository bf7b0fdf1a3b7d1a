// What bytes are a value, with the texts of org.apache.cassandra.serializers.*.
#include <cstring>

#include "base/byte_io.h"
#include "types/type.h"

namespace ceto {
namespace {

Error expected(const char* what, Bytes value) {
  return invalid_request("Expected " + std::string(what) + " (" + std::to_string(value.size()) +
                         ")");
}

Status fixed(Bytes value, size_t size, const char* what) {
  if (__builtin_expect(value.size() == size || value.empty(), 1)) return {};
  return expected(what, value);
}

Status never_empty(Bytes value, size_t size, const char* what) {
  if (__builtin_expect(value.size() == size, 1)) return {};
  return expected(what, value);
}

size_t ascii_prefix(Bytes value) {
  size_t i = 0;
  for (; i + 8 <= value.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, value.data() + i, 8);
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (i < value.size() && value[i] < 0x80) ++i;
  return i;
}

Status validate_ascii(Bytes value) {
  const size_t at = ascii_prefix(value);
  if (at == value.size()) return {};
  return invalid_request("Invalid byte for ascii: " +
                         std::to_string(static_cast<int8_t>(value[at])));
}

// UTF8Serializer.UTF8Validator, which takes more than the standard does: Java's C0 80 for U+0000,
// surrogates, code points above 10FFFF, and odd second bytes after E0 and F0. What Cassandra
// stores, Ceto stores too.
bool is_lenient_utf8(Bytes value) {
  const auto continues = [&value](size_t at) {
    return at < value.size() && (value[at] & 0xC0) == 0x80;
  };
  size_t i = ascii_prefix(value);
  while (i < value.size()) {
    const uint8_t lead = value[i];
    if (lead < 0x80) {
      ++i;
    } else if (lead == 0xC0) {
      if (i + 1 >= value.size() || value[i + 1] != 0x80) return false;
      i += 2;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      if (!continues(i + 1)) return false;
      i += 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      const bool second =
          lead == 0xE0 ? i + 1 < value.size() && (value[i + 1] & 0xE0) != 0x80 : continues(i + 1);
      if (!second || !continues(i + 2)) return false;
      i += 3;
    } else if (lead >= 0xF0 && lead <= 0xF7) {
      const bool second =
          lead == 0xF0 ? i + 1 < value.size() && (value[i + 1] & 0x30) != 0 : continues(i + 1);
      if (!second || !continues(i + 2) || !continues(i + 3)) return false;
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

Status validate_text(Bytes value) {
  if (is_lenient_utf8(value)) return {};
  return invalid_request("String didn't validate.");
}

Status validate_inet(Bytes value) {
  if (value.empty() || value.size() == 4 || value.size() == 16) return {};
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "Expected 4 or 16 byte inetaddress; got ";
  for (const uint8_t byte : value) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return invalid_request(std::move(text));
}

Status validate_uuid(Bytes value) {
  if (__builtin_expect(value.size() == 16 || value.empty(), 1)) return {};
  return invalid_request("UUID should be 16 or 0 bytes (" + std::to_string(value.size()) + ")");
}

Status validate_timeuuid(Bytes value) {
  if (auto uuid = validate_uuid(value); !uuid || value.empty()) return uuid;
  if (value[6] >> 4 == 1) return {};
  // Cassandra tests the version's byte but prints the value's first one; so does this.
  const char digit = "0123456789abcdef"[value[0] >> 4];
  return invalid_request(std::string("Invalid version for TimeUUID type: 0x") + digit);
}

Status validate_duration(Bytes value) {
  if (value.size() < 3) return expected("at least 3 bytes for a duration", value);
  ByteReader in(value);
  const int64_t months = in.signed_vint();
  const int64_t days = in.signed_vint();
  const int64_t nanoseconds = in.signed_vint();
  if (in.failed()) return invalid_request("Not enough bytes to read a duration");
  const auto text = [](int64_t v) { return std::to_string(v); };
  if (months != static_cast<int32_t>(months)) {
    return invalid_request("The duration months must be a 32 bits integer but was: " +
                           text(months));
  }
  if (days != static_cast<int32_t>(days)) {
    return invalid_request("The duration days must be a 32 bits integer but was: " + text(days));
  }
  const bool positive = months >= 0 && days >= 0 && nanoseconds >= 0;
  const bool negative = months <= 0 && days <= 0 && nanoseconds <= 0;
  if (positive || negative) return {};
  return invalid_request(
      "The duration months, days and nanoseconds must be all of the same sign "
      "(" +
      text(months) + ", " + text(days) + ", " + text(nanoseconds) + ")");
}

Status validate_collection(const Type& type, Bytes value, const char* name) {
  ByteReader in(value);
  const auto not_enough = [name] {
    return invalid_request("Not enough bytes to read a " + std::string(name));
  };
  const int32_t count = in.i32();
  for (int32_t i = 0; i < count; ++i) {
    for (const Type* part : type.parameters) {
      bool null = false;
      const Bytes element = in.i32_bytes(&null);
      if (in.failed()) return not_enough();
      if (null) return invalid_request("Null value read when not allowed");
      if (auto ok = validate(*part, element); !ok) return ok;
    }
  }
  if (in.failed()) return not_enough();
  if (in.at_end()) return {};
  return invalid_request("Unexpected extraneous bytes after " + std::string(name) + " value");
}

// Tuples and UDTs: fields may be missing at the end, as values written before a field was added.
Status validate_fields(const Type& type, Bytes value) {
  const bool udt = type.kind == TypeKind::kUdt;
  ByteReader in(value);
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    if (in.at_end()) return {};
    const auto nth = [&](const char* before) {
      return before + std::to_string(i) +
             (udt ? "th field " + type.field_names[i] : std::string("th component"));
    };
    if (in.remaining() < 4) return invalid_request(nth("Not enough bytes to read size of "));
    bool null = false;
    const Bytes field = in.i32_bytes(&null);
    if (in.failed()) return invalid_request(nth("Not enough bytes to read "));
    if (null) continue;
    if (auto ok = validate(*type.parameters[i], field); !ok) {
      if (!udt) return ok;
      return invalid_request(nth("Failure validating the ") + "; " + ok.error().message);
    }
  }
  if (in.at_end()) return {};
  return invalid_request(std::string("Invalid remaining data after end of ") +
                         (udt ? "UDT" : "tuple") + " value");
}

Status validate_vector(const Type& type, Bytes value) {
  if (value.empty()) return invalid_request("Invalid empty vector value");
  const Type& element = *type.parameters[0];
  ByteReader in(value);
  for (uint32_t i = 0; i < type.dimensions; ++i) {
    const Bytes item = element.fixed_size >= 0 ? in.bytes(static_cast<size_t>(element.fixed_size))
                                               : in.vint_bytes();
    if (in.failed()) {
      return invalid_request("Not enough bytes to read a " + cql_type_name(type));
    }
    if (auto ok = validate(element, item); !ok) return ok;
  }
  if (in.at_end()) return {};
  return invalid_request("Unexpected " + std::to_string(in.remaining()) +
                         " extraneous bytes after " + cql_type_name(type) + " value");
}

}  // namespace

Status validate(const Type& type, Bytes value) {
  switch (type.kind) {
    case TypeKind::kInt:
      return fixed(value, 4, "4 or 0 byte int");
    case TypeKind::kBigint:
    case TypeKind::kCounter:
      return fixed(value, 8, "8 or 0 byte long");
    case TypeKind::kTimestamp:
      return fixed(value, 8, "8 or 0 byte long for date");
    case TypeKind::kBoolean:
      return fixed(value, 1, "1 or 0 byte value");
    case TypeKind::kFloat:
      return fixed(value, 4, "4 or 0 byte value for a float");
    case TypeKind::kDouble:
      return fixed(value, 8, "8 or 0 byte value for a double");
    case TypeKind::kDate:
      return never_empty(value, 4, "4 byte long for date");
    case TypeKind::kTime:
      return never_empty(value, 8, "8 byte long for time");
    case TypeKind::kSmallint:
      return never_empty(value, 2, "2 bytes for a smallint");
    case TypeKind::kTinyint:
      return never_empty(value, 1, "1 byte for a tinyint");
    case TypeKind::kDecimal:
      if (value.empty() || value.size() >= 4) return {};
      return expected("0 or at least 4 bytes", value);
    case TypeKind::kEmpty:
      if (value.empty()) return {};
      return invalid_request("EmptyType only accept empty values");
    case TypeKind::kAscii:
      return validate_ascii(value);
    case TypeKind::kText:
      return validate_text(value);
    case TypeKind::kInet:
      return validate_inet(value);
    case TypeKind::kUuid:
      return validate_uuid(value);
    case TypeKind::kTimeuuid:
      return validate_timeuuid(value);
    case TypeKind::kDuration:
      return validate_duration(value);
    case TypeKind::kList:
      return validate_collection(type, value, "list");
    case TypeKind::kSet:
      return validate_collection(type, value, "set");
    case TypeKind::kMap:
      return validate_collection(type, value, "map");
    case TypeKind::kTuple:
    case TypeKind::kUdt:
      return validate_fields(type, value);
    case TypeKind::kVector:
      return validate_vector(type, value);
    case TypeKind::kBlob:
    case TypeKind::kVarint:
    case TypeKind::kCustom:
      return {};
  }
  return {};
}

}  // namespace ceto
