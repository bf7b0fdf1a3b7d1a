// UnfilteredWriter: rows and markers as the bytes of a data file under one serialization header.
// The schema and header must outlive it; shard thread only. Source:
// org.apache.cassandra.db.rows.UnfilteredSerializer, Cell.Serializer, db.Columns.Serializer
#pragma once

#include <string>
#include <vector>

#include "lsm/source.h"
#include "lsm/sstable/serialization_header.h"

namespace ceto {

class UnfilteredWriter {
 public:
  UnfilteredWriter(const TableSchema& schema, const SerializationHeader& header);

  // Appends to `out`. `previous_bytes` is the distance to the unfiltered before (informative).
  void write_row(const Row& row, bool is_static, uint64_t previous_bytes, std::string& out);
  void write_marker(const RangeMarker& marker, uint64_t previous_bytes, std::string& out);
  // A clustering or bound with its kind, as index blocks hold them.
  void write_prefix(const Unfiltered& unfiltered, std::string& out) const;

 private:
  // What a row has of one column of the header.
  struct ColumnRun {
    uint32_t header_index = 0;
    uint32_t first_cell = 0;
    uint32_t cells = 0;
    const ComplexDeletion* deletion = nullptr;
  };

  void find_runs(const Row& row, bool is_static);
  ColumnRun* run_of(ColumnId id, const std::vector<int32_t>& indices);
  void write_body(const Row& row, uint8_t flags, const HeaderColumns& columns, ByteWriter& out);
  void write_subset(size_t header_columns, ByteWriter& out) const;
  void write_cell(const Cell& cell, const Type& type, const Liveness& row, ByteWriter& out) const;
  void write_values(Clustering values, ByteWriter& out) const;

  const SerializationHeader& header_;
  std::vector<int32_t> static_index_;  // header index by column id, -1: none
  std::vector<int32_t> regular_index_;
  std::vector<ColumnRun> runs_;  // of the row being written, in the header's order
  std::string body_;
};

// The kind of a marker's bound in the order of the table.
sstable_format::PrefixKind marker_kind(const RangeMarker& marker);

}  // namespace ceto
