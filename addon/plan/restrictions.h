// Restrictions with their values: partition keys, and the rows or slices of a partition. Results
// lie in the request's arena; errors are Cassandra's words. Shard thread of the coordinator.
#pragma once

#include <span>

#include "base/arena.h"
#include "base/result.h"
#include "plan/bound_statement.h"

namespace ceto {

// Keys and clusterings that one IN, or the product of several, may name. Cassandra leaves it open
// and runs out of memory; this many keys are a scan already.
inline constexpr size_t kMaxCartesianProduct = size_t{1} << 16;

// Ascending by the values of the key's columns, as Cassandra reads them; without duplicates, and
// without those outside of the token range, where there is one.
Result<std::span<const Target>> bind_partition_keys(const TableSchema& table,
                                                    const PartitionRestriction& restriction,
                                                    const Environment& environment, Arena& arena);

struct ClusteringRanges {
  std::span<const Slice> slices;  // ascending, disjoint; of rows: one each
  bool everything = false;        // no restriction: the whole partition
};

Result<ClusteringRanges> bind_slices(const TableSchema& table,
                                     std::span<const ClusteringRestriction> restrictions,
                                     const Environment& environment, Arena& arena);

// The rows that restrictions without slices name; ascending, without duplicates.
Result<std::span<const Clustering>> bind_rows(const TableSchema& table,
                                              std::span<const ClusteringRestriction> restrictions,
                                              const Environment& environment, Arena& arena);

Result<TokenRange> bind_token_range(const PartitionRestriction& restriction,
                                    const Environment& environment, bool& empty);

// `slices` cut to what lies after `row` in reading order (before it, when reversed).
std::span<const Slice> slices_after(const TableSchema& table, std::span<const Slice> slices,
                                    Clustering row, bool reversed, Arena& arena);

}  // namespace ceto
