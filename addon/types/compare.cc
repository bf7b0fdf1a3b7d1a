// Orders of all types, as the compare methods of org.apache.cassandra.db.marshal.* define them.
#include <bit>
#include <cmath>

#include "base/byte_io.h"
#include "types/big_decimal.h"
#include "types/type.h"

namespace ceto {
namespace {

template <class T>
int three_way(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Both are read whole; what is left of a damaged value compares as bytes after a signed first byte.
template <class T>
int compare_integers(Bytes a, Bytes b) {
  if (__builtin_expect(a.size() == sizeof(T) && b.size() == sizeof(T), 1)) {
    return three_way(load_be<T>(a.data()), load_be<T>(b.data()));
  }
  if (a.empty() || b.empty()) return int{b.empty()} - int{a.empty()};
  const int sign = three_way(static_cast<int8_t>(a[0]), static_cast<int8_t>(b[0]));
  return sign != 0 ? sign : compare(a, b);
}

// Java's Double.compare: -0.0 before 0.0, NaN equal to itself and above all.
template <class Float, class Bits>
int compare_floats(Bytes a, Bytes b) {
  if (a.size() != sizeof(Float) || b.size() != sizeof(Float)) return compare(a, b);
  const Float x = std::bit_cast<Float>(load_be<Bits>(a.data()));
  const Float y = std::bit_cast<Float>(load_be<Bits>(b.data()));
  if (x < y) return -1;
  if (x > y) return 1;
  if (std::isnan(x) || std::isnan(y)) return int{std::isnan(x)} - int{std::isnan(y)};
  return int{std::signbit(y)} - int{std::signbit(x)};
}

// Any byte but 0 is true.
int compare_booleans(Bytes a, Bytes b) {
  if (a.empty() || b.empty()) return int{b.empty()} - int{a.empty()};
  return int{a[0] != 0} - int{b[0] != 0};
}

// time_low, time_mid, time_hi_and_version as one number whose order is that of the time.
uint64_t by_time(uint64_t most_significant) {
  return most_significant << 48 | (most_significant << 16 & 0xFFFF00000000) |
         most_significant >> 32;
}

int compare_timeuuids(Bytes a, Bytes b) {
  if (a.size() != 16 || b.size() != 16) return compare(a, b);
  const auto ta = static_cast<int64_t>(by_time(load_be<uint64_t>(a.data())));
  const auto tb = static_cast<int64_t>(by_time(load_be<uint64_t>(b.data())));
  if (ta != tb) return ta < tb ? -1 : 1;
  // The rest compares byte by byte as signed; with each sign bit turned it is one unsigned number.
  constexpr uint64_t kSigns = 0x8080808080808080;
  return three_way(load_be<uint64_t>(a.data() + 8) ^ kSigns,
                   load_be<uint64_t>(b.data() + 8) ^ kSigns);
}

// By version, then version 1 by time and the others as bytes.
int compare_uuids(Bytes a, Bytes b) {
  if (a.size() != 16 || b.size() != 16) return int{a.size() == 16} - int{b.size() == 16};
  uint64_t high_a = load_be<uint64_t>(a.data());
  uint64_t high_b = load_be<uint64_t>(b.data());
  const unsigned version_a = high_a >> 12 & 0xF;
  const unsigned version_b = high_b >> 12 & 0xF;
  if (version_a != version_b) return three_way(version_a, version_b);
  if (version_a == 1) {
    high_a = by_time(high_a);
    high_b = by_time(high_b);
  }
  if (high_a != high_b) return high_a < high_b ? -1 : 1;
  return three_way(load_be<uint64_t>(a.data() + 8), load_be<uint64_t>(b.data() + 8));
}

// Frozen lists and sets (one value an element) and maps (a key and a value): elements in order,
// then the number of elements.
int compare_collections(const Type& type, Bytes a, Bytes b) {
  if (a.empty() || b.empty()) return int{b.empty()} - int{a.empty()};
  const size_t stride = type.parameters.size();
  ByteReader in_a(a);
  ByteReader in_b(b);
  const int32_t size_a = in_a.i32();
  const int32_t size_b = in_b.i32();
  const int32_t shared = size_a < size_b ? size_a : size_b;
  for (int32_t i = 0; i < shared; ++i) {
    for (size_t part = 0; part < stride; ++part) {
      const Bytes left = in_a.i32_bytes();
      const Bytes right = in_b.i32_bytes();
      if (const int c = compare_values(*type.parameters[part], left, right)) return c;
    }
    if (in_a.failed() || in_b.failed()) break;
  }
  return three_way(size_a, size_b);
}

bool has_a_value(ByteReader in) {
  while (!in.at_end()) {
    if (in.i32() >= 0) return !in.failed();
  }
  return false;
}

// Field by field, null first; missing fields at the end are null.
int compare_tuples(const Type& type, Bytes a, Bytes b) {
  if (a.empty() || b.empty()) return int{b.empty()} - int{a.empty()};
  ByteReader in_a(a);
  ByteReader in_b(b);
  for (size_t i = 0; i < type.parameters.size() && !in_a.at_end() && !in_b.at_end(); ++i) {
    bool null_a = false;
    bool null_b = false;
    const Bytes left = in_a.i32_bytes(&null_a);
    const Bytes right = in_b.i32_bytes(&null_b);
    if (null_a || null_b) {
      if (null_a != null_b) return null_a ? -1 : 1;
      continue;
    }
    if (const int c = compare_values(*type.parameters[i], left, right)) return c;
  }
  if (has_a_value(in_a)) return 1;
  return has_a_value(in_b) ? -1 : 0;
}

int compare_vectors(const Type& type, Bytes a, Bytes b) {
  if (a.empty() || b.empty()) return int{b.empty()} - int{a.empty()};
  const Type& element = *type.parameters[0];
  ByteReader in_a(a);
  ByteReader in_b(b);
  const auto next = [&element](ByteReader& in) {
    return element.fixed_size >= 0 ? in.bytes(static_cast<size_t>(element.fixed_size))
                                   : in.vint_bytes();
  };
  for (uint32_t i = 0; i < type.dimensions; ++i) {
    const Bytes left = next(in_a);
    const Bytes right = next(in_b);
    if (in_a.failed() || in_b.failed()) return compare(a, b);
    if (const int c = compare_values(element, left, right)) return c;
  }
  return 0;
}

int compare_forward(const Type& type, Bytes a, Bytes b) {
  switch (type.kind) {
    case TypeKind::kInt:
      return compare_integers<int32_t>(a, b);
    case TypeKind::kBigint:
    case TypeKind::kTimestamp:
      return compare_integers<int64_t>(a, b);
    case TypeKind::kSmallint:
      return compare_integers<int16_t>(a, b);
    case TypeKind::kTinyint:
      return compare_integers<int8_t>(a, b);
    case TypeKind::kUuid:
      return compare_uuids(a, b);
    case TypeKind::kTimeuuid:
      return compare_timeuuids(a, b);
    case TypeKind::kBoolean:
      return compare_booleans(a, b);
    case TypeKind::kFloat:
      return compare_floats<float, uint32_t>(a, b);
    case TypeKind::kDouble:
      return compare_floats<double, uint64_t>(a, b);
    case TypeKind::kDecimal:
      return compare_decimals(a, b);
    case TypeKind::kVarint:
      return compare_varints(a, b);
    case TypeKind::kList:
    case TypeKind::kSet:
    case TypeKind::kMap:
      return compare_collections(type, a, b);
    case TypeKind::kTuple:
    case TypeKind::kUdt:
      return compare_tuples(type, a, b);
    case TypeKind::kVector:
      return compare_vectors(type, a, b);
    // These order as unsigned bytes; counters and durations cannot be keys but do need some order.
    case TypeKind::kAscii:
    case TypeKind::kText:
    case TypeKind::kBlob:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kInet:
    case TypeKind::kDuration:
    case TypeKind::kCounter:
    case TypeKind::kEmpty:
    case TypeKind::kCustom:
      return compare(a, b);
  }
  return compare(a, b);
}

}  // namespace

int compare_values(const Type& type, Bytes a, Bytes b) {
  return __builtin_expect(type.reversed, 0) ? compare_forward(type, b, a)
                                            : compare_forward(type, a, b);
}

}  // namespace ceto
