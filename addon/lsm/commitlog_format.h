// The commit log's files: names, the segment header, the record header. docs/formats/commitlog.md.
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
// The shard number of "shard-<n>".
std::optional<uint32_t> parse_shard_directory(std::string_view name);

// The first kIoAlignment bytes of a segment.
struct SegmentHeader {
  uint64_t id = 0;
  uint32_t shard = 0;
  uint32_t shard_count = 0;
  uint32_t segment_bytes = 0;
};
inline constexpr size_t kSegmentHeaderBytes = kIoAlignment;
void store_segment_header(const SegmentHeader& header, uint8_t* to);  // kSegmentHeaderBytes of room
std::optional<SegmentHeader> load_segment_header(Bytes sector);  // nullopt: not written, or damaged

// Before each record: its length, the segment that it was written for (a segment's file holds
// records of its earlier life behind the new ones), and the CRC32C of both and of the record.
struct RecordHeader {
  uint32_t length = 0;
  uint32_t tag = 0;
  uint32_t checksum = 0;
};
inline constexpr size_t kRecordHeaderBytes = 12;
constexpr uint32_t record_tag(uint64_t segment_id) { return static_cast<uint32_t>(segment_id); }
void store_record_header(uint32_t tag, Bytes record, uint8_t* to);
RecordHeader load_record_header(const uint8_t* from);
bool record_checks(const RecordHeader& header, Bytes record);

// A position is the segment and the offset of the record's end in it.
constexpr uint64_t make_position(uint64_t segment_id, uint64_t offset) {
  return segment_id << 32 | offset;
}
constexpr uint64_t segment_of(uint64_t position) { return position >> 32; }

}  // namespace ceto
