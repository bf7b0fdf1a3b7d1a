#include "lsm/row.h"

#include <algorithm>

namespace ceto {

namespace {

// Order of the first `count` components. A null component (compact tables) sorts before every
// value, whatever the direction of its column (ClusteringComparator.compareComponent).
int compare_prefix(const TableSchema& schema, Clustering a, Clustering b, size_t count) {
  CETO_ASSERT(count <= schema.clustering.size());
  for (size_t i = 0; i < count; ++i) {
    if (a[i].data() == nullptr || b[i].data() == nullptr) {
      if (a[i].data() == b[i].data()) continue;
      return a[i].data() == nullptr ? -1 : 1;
    }
    if (const int c = compare_values(*schema.clustering[i]->type, a[i], b[i])) return c;
  }
  return 0;
}

}  // namespace

int compare_clustering(const TableSchema& schema, Clustering a, Clustering b) {
  const size_t shared = std::min(a.size(), b.size());
  if (const int c = compare_prefix(schema, a, b, shared)) return c;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

int compare_to_bound(const TableSchema& schema, Clustering row, const Bound& bound) {
  const size_t shared = std::min(row.size(), bound.prefix.size());
  if (const int c = compare_prefix(schema, row, bound.prefix, shared)) return c;
  // The row begins with the prefix: it lies inside what the bound opens or closes.
  return bound.after ? -1 : 1;
}

int compare_bounds(const TableSchema& schema, const Bound& a, const Bound& b) {
  const size_t shared = std::min(a.prefix.size(), b.prefix.size());
  if (const int c = compare_prefix(schema, a.prefix, b.prefix, shared)) return c;
  if (a.prefix.size() == b.prefix.size())
    return static_cast<int>(a.after) - static_cast<int>(b.after);
  // The longer prefix lies among the rows of the shorter one.
  if (a.prefix.size() < b.prefix.size()) return a.after ? 1 : -1;
  return b.after ? -1 : 1;
}

}  // namespace ceto
