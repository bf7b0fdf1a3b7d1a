#include "lsm/commitlog_format.h"

#include <charconv>
#include <cstring>

#include "lsm/crc32c.h"

namespace ceto {

namespace {

constexpr char kMagic[8] = {'C', 'E', 'T', 'O', 'L', 'O', 'G', '2'};
constexpr size_t kHeaderFields = 8 + 8 + 4 + 4 + 4 + 8;
constexpr uint32_t kRunMagic = 0x4E555243;  // "CRUN"
constexpr size_t kRunFields = 4 + 8 + 8 + 4 + 4;

template <class T>
std::optional<T> parse_number(std::string_view name, std::string_view prefix,
                              std::string_view suffix) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) ||
      name.size() <= prefix.size() + suffix.size()) {
    return std::nullopt;
  }
  name.remove_prefix(prefix.size());
  name.remove_suffix(suffix.size());
  T value{};
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string shard_log_directory(const std::string& commitlog_directory, uint32_t shard) {
  return commitlog_directory + "/shard-" + std::to_string(shard);
}

std::string segment_name(uint64_t id) { return "segment-" + std::to_string(id) + ".log"; }

std::optional<uint64_t> parse_segment_name(std::string_view name) {
  return parse_number<uint64_t>(name, "segment-", ".log");
}

std::string spare_name(uint64_t id) { return "spare-" + std::to_string(id) + ".log"; }

std::optional<uint64_t> parse_spare_name(std::string_view name) {
  return parse_number<uint64_t>(name, "spare-", ".log");
}

std::string restore_directory(const std::string& commitlog_directory) {
  return commitlog_directory + "/restore";
}

std::optional<ArchiveName> parse_archive_name(std::string_view name) {
  const size_t dash = name.find("-segment-");
  if (dash == std::string_view::npos) return std::nullopt;
  const auto shard = parse_shard_directory(name.substr(0, dash));
  const auto id = parse_segment_name(name.substr(dash + 1));
  if (!shard || !id) return std::nullopt;
  return ArchiveName{*shard, *id};
}

std::optional<uint32_t> parse_shard_directory(std::string_view name) {
  return parse_number<uint32_t>(name, "shard-", "");
}

void store_segment_header(const SegmentHeader& header, uint8_t* to) {
  std::memset(to, 0, kSegmentHeaderBytes);
  std::memcpy(to, kMagic, 8);
  std::memcpy(to + 8, &header.id, 8);
  std::memcpy(to + 16, &header.shard, 4);
  std::memcpy(to + 20, &header.shard_count, 4);
  std::memcpy(to + 24, &header.segment_bytes, 4);
  std::memcpy(to + 28, &header.previous_end, 8);
  const uint32_t checksum = crc32c({to, kHeaderFields});
  std::memcpy(to + kHeaderFields, &checksum, 4);
}

bool is_earlier_format(Bytes sector) {
  constexpr char kEarlier[8] = {'C', 'E', 'T', 'O', 'L', 'O', 'G', '1'};
  return sector.size() >= 8 && std::memcmp(sector.data(), kEarlier, 8) == 0;
}

std::optional<SegmentHeader> load_segment_header(Bytes sector) {
  if (sector.size() < kHeaderFields + 4 || std::memcmp(sector.data(), kMagic, 8) != 0) {
    return std::nullopt;
  }
  uint32_t checksum = 0;
  std::memcpy(&checksum, sector.data() + kHeaderFields, 4);
  if (checksum != crc32c(sector.sub(0, kHeaderFields))) return std::nullopt;
  SegmentHeader header;
  std::memcpy(&header.id, sector.data() + 8, 8);
  std::memcpy(&header.shard, sector.data() + 16, 4);
  std::memcpy(&header.shard_count, sector.data() + 20, 4);
  std::memcpy(&header.segment_bytes, sector.data() + 24, 4);
  std::memcpy(&header.previous_end, sector.data() + 28, 8);
  return header;
}

void store_run_header(const RunHeader& header, uint8_t* to) {
  std::memcpy(to, &kRunMagic, 4);
  std::memcpy(to + 4, &header.segment_id, 8);
  std::memcpy(to + 12, &header.durable, 8);
  std::memcpy(to + 20, &header.length, 4);
  std::memcpy(to + 24, &header.checksum, 4);
  const uint32_t own = crc32c({to, kRunFields});
  std::memcpy(to + kRunFields, &own, 4);
}

std::optional<RunHeader> load_run_header(Bytes from) {
  if (from.size() < kRunHeaderBytes || std::memcmp(from.data(), &kRunMagic, 4) != 0) {
    return std::nullopt;
  }
  uint32_t own = 0;
  std::memcpy(&own, from.data() + kRunFields, 4);
  if (own != crc32c(from.sub(0, kRunFields))) return std::nullopt;
  RunHeader header;
  std::memcpy(&header.segment_id, from.data() + 4, 8);
  std::memcpy(&header.durable, from.data() + 12, 8);
  std::memcpy(&header.length, from.data() + 20, 4);
  std::memcpy(&header.checksum, from.data() + 24, 4);
  return header;
}

void store_record_header(Bytes record, uint8_t* to) {
  const uint32_t length = static_cast<uint32_t>(record.size());
  std::memcpy(to, &length, 4);
  const uint32_t checksum = crc32c(record, crc32c({to, 4}));
  std::memcpy(to + 4, &checksum, 4);
}

RecordHeader load_record_header(const uint8_t* from) {
  RecordHeader header;
  std::memcpy(&header.length, from, 4);
  std::memcpy(&header.checksum, from + 4, 4);
  return header;
}

bool record_checks(const RecordHeader& header, Bytes record) {
  uint8_t length[4];
  std::memcpy(length, &header.length, 4);
  return header.checksum == crc32c(record, crc32c({length, 4}));
}

}  // namespace ceto
