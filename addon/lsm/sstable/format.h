// The constants and small encodings of Cassandra's `nb` BIG format that the writer and the reader
// share; docs/formats/sstable.md is the grammar. Stateless; any thread.
// Source: org.apache.cassandra.db.rows.UnfilteredSerializer, db.ClusteringPrefix,
// db.rows.EncodingStats
#pragma once

#include <cstdint>

#include "base/byte_io.h"
#include "lsm/row.h"

namespace ceto::sstable_format {

// Flags of an unfiltered.
inline constexpr uint8_t kEndOfPartition = 0x01;
inline constexpr uint8_t kIsMarker = 0x02;
inline constexpr uint8_t kHasTimestamp = 0x04;
inline constexpr uint8_t kHasTtl = 0x08;
inline constexpr uint8_t kHasDeletion = 0x10;
inline constexpr uint8_t kHasAllColumns = 0x20;
inline constexpr uint8_t kHasComplexDeletion = 0x40;
inline constexpr uint8_t kExtension = 0x80;
// Extended flags.
inline constexpr uint8_t kIsStatic = 0x01;

// Flags of a cell.
inline constexpr uint8_t kCellDeleted = 0x01;
inline constexpr uint8_t kCellExpiring = 0x02;
inline constexpr uint8_t kCellEmptyValue = 0x04;
inline constexpr uint8_t kCellRowTimestamp = 0x08;
inline constexpr uint8_t kCellRowTtl = 0x10;

// Ordinals of ClusteringPrefix.Kind: a bound's kind says its side and whether it closes, opens or
// both.
enum class PrefixKind : uint8_t {
  kExclusiveEnd = 0,
  kInclusiveStart = 1,
  kExclusiveEndInclusiveStart = 2,
  kStaticClustering = 3,
  kClustering = 4,
  kInclusiveEndExclusiveStart = 5,
  kInclusiveEnd = 6,
  kExclusiveStart = 7,
};

// Bases of the deltas in a serialization header.
inline constexpr int64_t kTimestampEpoch = 1442880000000000;  // 2015-09-22, in microseconds
inline constexpr int32_t kDeletionTimeEpoch = 1442880000;

// The signed 32-bit local deletion times of `nb`: INT32_MAX says none, so the last one is below it.
inline constexpr uint32_t kMaxDeletionTime = INT32_MAX - 1;
inline uint32_t encode_local_deletion_time(uint32_t seconds) {
  if (seconds == kNoDeletionTime) return INT32_MAX;
  return seconds > kMaxDeletionTime ? kMaxDeletionTime : seconds;
}
inline uint32_t decode_local_deletion_time(uint32_t on_disk) {
  return on_disk >= INT32_MAX ? kNoDeletionTime : on_disk;
}

// A DeletionTime of fixed size: partition headers and index blocks.
inline constexpr size_t kDeletionTimeBytes = 12;
template <class Writer>
inline void write_deletion_time(Writer& out, const DeletionTime& deletion) {
  out.u32(deletion.live() ? INT32_MAX : encode_local_deletion_time(deletion.local_deletion_time));
  out.i64(deletion.marked_for_delete_at);
}
inline DeletionTime read_deletion_time(ByteReader& in) {
  DeletionTime deletion;
  deletion.local_deletion_time = decode_local_deletion_time(in.u32());
  deletion.marked_for_delete_at = in.i64();
  return deletion;
}

// Partitions above this get an index of blocks of about this size (column_index_size).
inline constexpr uint32_t kColumnIndexBytes = 64 * 1024;

// The largest unfiltered or value that a reader accepts; Cassandra's max_value_size is 256 MiB.
inline constexpr uint64_t kMaxUnfilteredBytes = 512ull << 20;

}  // namespace ceto::sstable_format
