#include "lsm/clustering_prefix.h"

#include <optional>

#include "base/assert.h"
#include "base/byte_io.h"

namespace ceto {

namespace {

// The first bytes of an unsigned order, big-endian, moved to the signed range.
int64_t unsigned_prefix(Bytes value) {
  uint64_t first = 0;
  if (value.size() >= 8) {
    first = load_be<uint64_t>(value.data());
  } else {
    for (size_t i = 0; i < value.size(); ++i) first |= uint64_t{value[i]} << (56 - 8 * i);
  }
  return static_cast<int64_t>(first ^ (uint64_t{1} << 63));
}

// The prefix of a value in its type's own direction. An empty value sorts before all others.
// nullopt: the type has no order that eight bytes show.
std::optional<int64_t> forward_prefix(const Type& type, Bytes value) {
  switch (type.kind) {
    case TypeKind::kBigint:
    case TypeKind::kTimestamp:
      return value.size() == 8 ? load_be<int64_t>(value.data()) : INT64_MIN;
    case TypeKind::kInt:
      return value.size() == 4 ? load_be<int32_t>(value.data()) : INT64_MIN;
    case TypeKind::kText:
    case TypeKind::kAscii:
    case TypeKind::kBlob:
    case TypeKind::kDate:
    case TypeKind::kTime:
      return value.empty() ? INT64_MIN : unsigned_prefix(value);
    default:
      return std::nullopt;
  }
}

}  // namespace

int64_t clustering_prefix(const TableSchema& schema, Clustering clustering) {
  CETO_ASSERT(!clustering.empty());
  const Type& type = *schema.clustering[0]->type;
  const std::optional<int64_t> prefix = forward_prefix(type, clustering[0]);
  if (!prefix) return 0;
  if (clustering[0].data() == nullptr) return INT64_MIN;
  return type.reversed ? ~*prefix : *prefix;
}

}  // namespace ceto
