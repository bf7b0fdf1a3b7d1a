// UnfilteredReader: rows and markers out of the bytes of a data file, mapped to the table's current
// columns. Holds the arrays that the last one read refers to; values point into the bytes given, so
// both stay valid until the next read. Header and column set must outlive it. Shard thread only.
// Source: org.apache.cassandra.db.rows.UnfilteredSerializer, Cell.Serializer, DeserializationHelper
#pragma once

#include <span>
#include <vector>

#include "lsm/source.h"
#include "lsm/sstable/serialization_header.h"

namespace ceto {

// A clustering or a bound, as Cassandra's ClusteringPrefix.
struct Prefix {
  sstable_format::PrefixKind kind = sstable_format::PrefixKind::kClustering;
  std::vector<Bytes> values;

  bool is_clustering() const { return kind == sstable_format::PrefixKind::kClustering; }
  Bound bound() const;  // not of a clustering
};

// Reads what write_values wrote. False: not well formed, or `in` failed.
bool read_clustering_values(ByteReader& in, std::span<const Type* const> types, size_t count,
                            std::vector<Bytes>& values);
// A prefix with its kind, as in index blocks; `in` may just be too short.
bool read_prefix(ByteReader& in, std::span<const Type* const> types, Prefix& prefix);
int compare_prefix_to_bound(const TableSchema& schema, const Prefix& prefix, const Bound& bound);

class UnfilteredReader {
 public:
  enum class Outcome : uint8_t {
    kHead,      // the place is known; body() may follow when need() bytes are there
    kEnd,       // the end of the partition, one byte
    kNeedMore,  // the bytes end too early; need() says how many are known to be needed
    kCorrupt,
  };

  // `columns` as in ReadCommand.
  UnfilteredReader(const SerializationHeader& header, std::span<const uint64_t> columns)
      : header_(header), columns_(columns) {}

  // The flags, place and size of the unfiltered at the start of `bytes`.
  Outcome head(Bytes bytes, bool is_static);
  // Its size; valid after kHead and kNeedMore.
  uint64_t need() const { return need_; }
  bool is_marker() const { return (flags_ & sstable_format::kIsMarker) != 0; }
  const Prefix& prefix() const { return prefix_; }

  // The rest, after head() with the same bytes of which need() are there. False: corrupt. A row may
  // turn out to hold nothing (columns that are dropped): has_any() of it is false.
  bool body(Bytes bytes, Unfiltered& into);

 private:
  struct CellRun {
    ColumnId id = 0;
    size_t begin = 0;
    size_t end = 0;
  };

  bool marker_body(ByteReader& in, RangeMarker& marker);
  bool row_body(ByteReader& in, Row& row);
  bool subset(ByteReader& in, size_t header_columns);
  bool simple_column(ByteReader& in, const HeaderColumn& column, const Liveness& row);
  bool complex_column(ByteReader& in, const HeaderColumn& column, const Liveness& row);
  bool cell(ByteReader& in, const HeaderColumn& column, const Liveness& row, Cell& into);
  bool wanted(const HeaderColumn& column) const;
  void sort_by_id();

  const SerializationHeader& header_;
  std::span<const uint64_t> columns_;
  uint8_t flags_ = 0;
  bool is_static_ = false;
  uint64_t need_ = 0;
  size_t body_offset_ = 0;
  Prefix prefix_;
  std::vector<Cell> cells_, sorted_cells_;
  std::vector<CellRun> runs_;
  std::vector<ComplexDeletion> complex_;
  std::vector<uint8_t> missing_;  // by header index
};

}  // namespace ceto
