// UnfilteredWriter: rows and markers as the bytes of a data file under one serialization header.
// The schema and header must outlive it; shard thread only. Source:
// org.apache.cassandra.db.rows.UnfilteredSerializer, Cell.Serializer, db.Columns.Serializer
#pragma once

#include <memory>
#include <vector>

#include "lsm/source.h"
#include "lsm/sstable/serialization_header.h"
#include "lsm/sstable/unchecked_writer.h"

namespace ceto {

class UnfilteredWriter {
 public:
  UnfilteredWriter(const TableSchema& schema, const SerializationHeader& header);

  // A view that the next call ends. `previous_bytes` is the distance to the unfiltered before
  // (informative).
  Bytes write_row(const Row& row, bool is_static, uint64_t previous_bytes);
  Bytes write_marker(const RangeMarker& marker, uint64_t previous_bytes);
  // The clustering or bound of what was written last with its kind, as index blocks hold them; not
  // of a static row. The next call ends it too.
  Bytes prefix() const { return prefix_; }

 private:
  // What a row has of one column of the header.
  struct ColumnRun {
    uint32_t header_index = 0;
    uint32_t first_cell = 0;
    uint32_t cells = 0;
    const ComplexDeletion* deletion = nullptr;
  };

  // What comes before the body: flags, prefix and sizes.
  struct Head {
    uint8_t flags;
    uint8_t extended;  // 0: none
    Bytes prefix;      // as it stands in the file
    uint64_t previous_bytes;
  };

  void find_runs(const Row& row, bool is_static);
  ColumnRun* run_of(ColumnId id, const std::vector<int32_t>& indices);
  uint8_t row_flags(const Row& row, bool is_static) const;
  void make_room(uint64_t prefix_bytes, uint64_t body_bytes);
  UncheckedWriter body() { return UncheckedWriter(memory_.get() + body_at_); }
  Bytes put_before_body(const Head& head, const uint8_t* body_end);
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
  // The prefix, room for the head, the body: the head is put right before the body once that's size
  // is known, so that nothing large is copied twice.
  std::unique_ptr<uint8_t[]> memory_;
  uint64_t memory_bytes_ = 0;
  uint64_t body_at_ = 0;
  Bytes prefix_;
};

// The kind of a marker's bound in the order of the table.
sstable_format::PrefixKind marker_kind(const RangeMarker& marker);

}  // namespace ceto
