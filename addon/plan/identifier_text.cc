#include "plan/identifier_text.h"

#include <algorithm>
#include <charconv>

#include "base/byte_io.h"
#include "types/uuid.h"

namespace ceto {

namespace {

bool plain(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (name.empty() || !lower(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; });
}

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

std::string blob_text(Bytes value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "0x";
  for (const uint8_t byte : value) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

template <class Bits, class Number>
std::string number_text(Bytes value) {
  const Bits bits = load_be<Bits>(value.data());
  Number number;
  static_assert(sizeof(bits) == sizeof(number));
  std::memcpy(&number, &bits, sizeof(number));
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
  return {text, end};
}

}  // namespace

std::string identifier_text(std::string_view name) {
  return plain(name) ? std::string(name) : quoted(name, '"');
}

std::string table_text(const TableSchema& table) {
  return identifier_text(table.keyspace) + "." + identifier_text(table.name);
}

std::string literal_text(const Type& type, Bytes value) {
  const size_t size = value.size();
  switch (type.kind) {
    case TypeKind::kAscii:
    case TypeKind::kText:
      return quoted(value.text(), '\'');
    case TypeKind::kTinyint:
      if (size == 1) return number_text<uint8_t, int8_t>(value);
      break;
    case TypeKind::kSmallint:
      if (size == 2) return number_text<uint16_t, int16_t>(value);
      break;
    case TypeKind::kInt:
      if (size == 4) return number_text<uint32_t, int32_t>(value);
      break;
    case TypeKind::kBigint:
    case TypeKind::kCounter:
      if (size == 8) return number_text<uint64_t, int64_t>(value);
      break;
    case TypeKind::kFloat:
      if (size == 4) return number_text<uint32_t, float>(value);
      break;
    case TypeKind::kDouble:
      if (size == 8) return number_text<uint64_t, double>(value);
      break;
    case TypeKind::kBoolean:
      if (size == 1) return value.data()[0] ? "true" : "false";
      break;
    case TypeKind::kUuid:
    case TypeKind::kTimeuuid:
      if (size == 16) return format_uuid(value);
      break;
    default:
      break;
  }
  return blob_text(value);
}

}  // namespace ceto
