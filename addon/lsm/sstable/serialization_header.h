// SerializationHeader: what is needed to read a data file's rows: the bases of its deltas and its
// columns with their types. The reader maps the columns to the table's current ones by name once,
// when the file is opened. Immutable; any thread. Source:
// org.apache.cassandra.db.SerializationHeader, db.Columns
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/byte_io.h"
#include "base/result.h"
#include "lsm/sstable/format.h"
#include "schema/table.h"

namespace ceto {

// The least values of a file: timestamps and times are written as unsigned deltas from them. Values
// below are legal and take nine bytes.
struct EncodingStats {
  int64_t min_timestamp = sstable_format::kTimestampEpoch;
  uint32_t min_local_deletion_time = sstable_format::kDeletionTimeEpoch;
  uint32_t min_ttl = 0;
};

// A column of the file.
struct HeaderColumn {
  std::string name;
  const Type* type = nullptr;
  // The table's column now; `known` is false when there is none of this name and nature: skipped.
  bool known = false;
  // There is one of this name, but of another kind or nature, or its type cannot read the file's.
  bool misfit = false;
  ColumnId id = 0;
  // Cells with a timestamp up to this are of a dropped column that had the same name.
  int64_t dropped_at = kNoTimestamp;
};

struct HeaderColumns {
  std::vector<HeaderColumn> columns;  // simple before multi-cell, each by name
  bool ids_ascend = true;             // then cells of a row need no sorting by id
};

// The type of the whole key: CompositeType(...) of its columns' types, or the only one's.
std::string partition_key_type_name(const TableSchema& schema);

struct SerializationHeader {
  // Columns of one kind in a file; a corrupt count must not ask for memory.
  static constexpr size_t kMaxColumns = 65536;

  EncodingStats stats;
  std::string key_type_name;
  std::vector<const Type*> clustering_types;
  HeaderColumns statics;
  HeaderColumns regulars;

  // The header of what is written now for `schema`: all of its columns.
  static SerializationHeader of(const TableSchema& schema, const EncodingStats& stats);
  void write(ByteWriter& out) const;
  // kCorrupt as well where the types are none that the table can read (schema_fit.h).
  static Result<SerializationHeader> read(ByteReader& in, const TableSchema& schema,
                                          const std::string& path);

  // Deltas wrap as Java's arithmetic does. A Writer is a ByteWriter or an UncheckedWriter.
  template <class Writer>
  void write_timestamp(Writer& out, int64_t timestamp) const {
    out.unsigned_vint(static_cast<uint64_t>(timestamp) -
                      static_cast<uint64_t>(stats.min_timestamp));
  }
  int64_t read_timestamp(ByteReader& in) const {
    return static_cast<int64_t>(in.unsigned_vint() + static_cast<uint64_t>(stats.min_timestamp));
  }
  template <class Writer>
  void write_local_deletion_time(Writer& out, uint32_t seconds) const {
    write_int_delta(out, sstable_format::encode_local_deletion_time(seconds),
                    stats.min_local_deletion_time);
  }
  uint32_t read_local_deletion_time(ByteReader& in) const {
    const auto delta = static_cast<uint32_t>(in.unsigned_vint());
    return sstable_format::decode_local_deletion_time(delta + stats.min_local_deletion_time);
  }
  template <class Writer>
  void write_ttl(Writer& out, uint32_t ttl) const {
    write_int_delta(out, ttl, stats.min_ttl);
  }
  uint32_t read_ttl(ByteReader& in) const {
    return static_cast<uint32_t>(in.unsigned_vint()) + stats.min_ttl;
  }
  template <class Writer>
  void write_deletion(Writer& out, const DeletionTime& deletion) const {
    write_timestamp(out, deletion.marked_for_delete_at);
    write_local_deletion_time(out,
                              deletion.live() ? kNoDeletionTime : deletion.local_deletion_time);
  }
  DeletionTime read_deletion(ByteReader& in) const {
    DeletionTime deletion;
    deletion.marked_for_delete_at = read_timestamp(in);
    deletion.local_deletion_time = read_local_deletion_time(in);
    return deletion.live() ? DeletionTime{} : deletion;
  }

 private:
  // A 32-bit difference, sign-extended before it becomes an unsigned vint (VIntCoding's
  // writeUnsignedVInt32).
  template <class Writer>
  static void write_int_delta(Writer& out, uint32_t value, uint32_t base) {
    out.unsigned_vint(static_cast<uint64_t>(int64_t{static_cast<int32_t>(value - base)}));
  }
};

}  // namespace ceto
