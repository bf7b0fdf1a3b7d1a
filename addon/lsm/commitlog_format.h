// The commit log's files: names, the headers of segments, runs and records.
// docs/formats/commitlog.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "io/io.h"

namespace ceto {

// <commitlog_directory>/shard-<shard>/segment-<id>.log; ids ascend and are never used twice. One
// that was given up and waits for its next life is spare-<id>.log.
struct SegmentFile {
  uint64_t id = 0;
  std::string path;
};

std::string shard_log_directory(const std::string& commitlog_directory, uint32_t shard);
std::string segment_name(uint64_t id);
std::optional<uint64_t> parse_segment_name(std::string_view name);
std::string spare_name(uint64_t id);
std::optional<uint64_t> parse_spare_name(std::string_view name);
// Where a restore puts segments, under the names that archiving gave them:
// shard-<shard>-segment-<id>.log.
std::string restore_directory(const std::string& commitlog_directory);
struct ArchiveName {
  uint32_t shard = 0;
  uint64_t id = 0;
};
std::optional<ArchiveName> parse_archive_name(std::string_view name);
// The shard number of "shard-<n>".
std::optional<uint32_t> parse_shard_directory(std::string_view name);

// A position is the segment and the offset of the record's end in it; ordered.
using CommitPosition = uint64_t;
constexpr CommitPosition make_position(uint64_t segment_id, uint64_t offset) {
  return segment_id << 32 | offset;
}
// The largest id that a position has room for.
inline constexpr uint64_t kMaxSegmentId = UINT32_MAX;
constexpr uint64_t segment_of(CommitPosition position) { return position >> 32; }
constexpr uint64_t offset_of(CommitPosition position) { return position & UINT32_MAX; }

// The first kIoAlignment bytes of a segment.
struct SegmentHeader {
  uint64_t id = 0;
  uint32_t shard = 0;
  uint32_t shard_count = 0;
  uint32_t segment_bytes = 0;
  // Where the log ended when this segment was begun: what lies between is not part of it.
  CommitPosition previous_end = 0;
};
inline constexpr size_t kSegmentHeaderBytes = kIoAlignment;
void store_segment_header(const SegmentHeader& header, uint8_t* to);  // kSegmentHeaderBytes of room
std::optional<SegmentHeader> load_segment_header(Bytes sector);  // nullopt: not written, or damaged
bool is_earlier_format(Bytes sector);

// Before the records of one write: how many bytes they take and their CRC32C, the segment that the
// run was written for (a segment's file holds runs of its earlier life behind the new ones), and up
// to where the log was known to be on disk when the run was written.
struct RunHeader {
  uint64_t segment_id = 0;
  CommitPosition durable = 0;
  uint32_t length = 0;
  uint32_t checksum = 0;
};
inline constexpr size_t kRunHeaderBytes = 32;
void store_run_header(const RunHeader& header, uint8_t* to);
// nullopt: there is none, or its own checksum does not match.
std::optional<RunHeader> load_run_header(Bytes from);

// Before each record: its length and the CRC32C of length and record.
struct RecordHeader {
  uint32_t length = 0;
  uint32_t checksum = 0;
};
inline constexpr size_t kRecordHeaderBytes = 8;
void store_record_header(Bytes record, uint8_t* to);
RecordHeader load_record_header(const uint8_t* from);
bool record_checks(const RecordHeader& header, Bytes record);

}  // namespace ceto
