// UnfilteredWriter: rows and markers as the bytes of a data file under one serialization header.
// The schema and header must outlive it; shard thread only. Source:
// org.apache.cassandra.db.rows.UnfilteredSerializer, Cell.Serializer, db.Columns.Serializer
#pragma once

#include <vector>

#include "lsm/source.h"
#include "lsm/sstable/data_writer.h"
#include "lsm/sstable/serialization_header.h"
#include "lsm/sstable/unchecked_writer.h"

namespace ceto {

class UnfilteredWriter {
 public:
  UnfilteredWriter(const TableSchema& schema, const SerializationHeader& header);

  // Into the room of `to`, where it counts once the caller commits the bytes that this returns.
  // `previous_bytes` is the distance to the unfiltered before (informative).
  size_t write_row(const Row& row, bool is_static, uint64_t previous_bytes, DataWriter& to);
  size_t write_marker(const RangeMarker& marker, uint64_t previous_bytes, DataWriter& to);
  // The clustering or bound of what was written last, as index blocks hold them: its kind and what
  // stands behind that. Not of a static row; a view into the room, until the commit.
  sstable_format::PrefixKind prefix_kind() const { return prefix_kind_; }
  Bytes prefix() const { return prefix_; }

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
  uint8_t row_flags(const Row& row, bool is_static) const;
  void write_body(const Row& row, uint8_t flags, const HeaderColumns& columns,
                  UncheckedWriter& out);
  void write_subset(size_t header_columns, UncheckedWriter& out) const;
  void write_cell(const Cell& cell, const Type& type, const Liveness& row,
                  UncheckedWriter& out) const;
  void write_values(Clustering values, UncheckedWriter& out) const;

  const SerializationHeader& header_;
  std::vector<int32_t> static_index_;  // header index by column id, -1: none
  std::vector<int32_t> regular_index_;
  std::vector<ColumnRun> runs_;  // of the row being written, in the header's order
  sstable_format::PrefixKind prefix_kind_{};
  Bytes prefix_;
};

// The kind of a marker's bound in the order of the table.
sstable_format::PrefixKind marker_kind(const RangeMarker& marker);

}  // namespace ceto
