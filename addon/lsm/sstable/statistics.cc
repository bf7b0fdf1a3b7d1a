#include "lsm/sstable/statistics.h"

#include <zlib.h>

#include <array>

namespace ceto {

namespace {

constexpr std::string_view kPartitioner = "org.apache.cassandra.dht.Murmur3Partitioner";

enum ComponentType : uint32_t { kValidation = 0, kCompaction = 1, kStats = 2, kHeader = 3 };
constexpr uint32_t kComponents = 4;
constexpr size_t kChecksumBytes = 4;

uint32_t crc_of(Bytes bytes, uint32_t start = 0) {
  return static_cast<uint32_t>(crc32(start, bytes.data(), static_cast<uInt>(bytes.size())));
}

// What each version's stats component holds; names as in BigFormat.BigVersion.
struct StatsFeatures {
  explicit StatsFeatures(std::string_view version)
      : checksums(version >= "na"),
        lower_bound((version >= "mb" && version < "n") || version >= "na"),
        intervals((version >= "mc" && version < "n") || version >= "na"),
        pending_repair(version >= "na"),
        transient(version >= "na"),
        host_id((version >= "me" && version < "n") || version >= "nb") {}
  bool checksums, lower_bound, intervals, pending_repair, transient, host_id;
};

// Ceto's log positions as Cassandra's pairs of a segment and a non-negative place in it.
constexpr unsigned kPositionBits = 31;
void write_position(ByteWriter& out, uint64_t position) {
  out.u64(position >> kPositionBits);
  out.u32(static_cast<uint32_t>(position & ((1ull << kPositionBits) - 1)));
}
uint64_t read_position(ByteReader& in) {
  const uint64_t segment = in.u64();
  const uint64_t place = in.u32();
  if (static_cast<int64_t>(segment) < 0) return 0;  // Cassandra's "none"
  return (segment << kPositionBits) | (place & ((1ull << kPositionBits) - 1));
}

void write_no_position(ByteWriter& out) {
  out.i64(-1);
  out.u32(0);
}

void write_values(ByteWriter& out, const std::vector<std::string>& values) {
  out.u32(static_cast<uint32_t>(values.size()));
  for (const std::string& value : values) out.u16_bytes(Bytes(value));
}

bool read_values(ByteReader& in, std::vector<std::string>& values) {
  const uint32_t count = in.u32();
  if (in.failed() || count > in.remaining() / 2) return false;
  for (uint32_t i = 0; i < count; ++i) values.push_back(in.u16_bytes().str());
  return !in.failed();
}

void write_log_bounds(ByteWriter& out, uint64_t upper_bound) {
  if (upper_bound == 0) {
    write_no_position(out);
    out.u32(0);
    return;
  }
  write_position(out, 0);
  out.u32(1);  // one interval
  write_position(out, 0);
  write_position(out, upper_bound);
}

void write_stats(ByteWriter& out, StatsComponent& stats) {
  using sstable_format::encode_local_deletion_time;
  stats.partition_sizes.write(out);
  stats.cell_counts.write(out);
  if (stats.commitlog_upper_bound == 0) {
    write_no_position(out);
  } else {
    write_position(out, stats.commitlog_upper_bound);
  }
  const bool any = stats.min_timestamp <= stats.max_timestamp;
  out.i64(any ? stats.min_timestamp : INT64_MAX);
  out.i64(any ? stats.max_timestamp : INT64_MAX);
  out.u32(encode_local_deletion_time(stats.min_local_deletion_time));
  out.u32(encode_local_deletion_time(any ? stats.max_local_deletion_time : kNoDeletionTime));
  out.u32(stats.min_ttl == UINT32_MAX ? 0 : stats.min_ttl);
  out.u32(stats.max_ttl);
  out.f64(stats.compression_ratio);
  stats.tombstone_drop_times.write(out);
  out.u32(stats.level);
  out.i64(stats.repaired_at);
  write_values(out, stats.min_clustering);
  write_values(out, stats.max_clustering);
  out.u8(stats.legacy_counter_shards);
  out.u64(stats.columns);
  out.u64(stats.rows);
  write_log_bounds(out, stats.commitlog_upper_bound);
  out.u8(0);  // no pending repair
  out.u8(0);  // not transient
  out.u8(1);
  out.bytes({stats.host_id.data(), stats.host_id.size()});
}

void skip_position(ByteReader& in) { in.skip(12); }

bool read_stats_tail(ByteReader& in, const StatsFeatures& has, StatsComponent& stats) {
  if (has.lower_bound) skip_position(in);
  if (has.intervals) {
    const uint32_t count = in.u32();
    if (in.failed() || count > in.remaining() / 24) return false;
    in.skip(size_t{count} * 24);
  }
  if (has.pending_repair && in.u8() != 0) in.skip(16);
  if (has.transient) in.u8();
  if (has.host_id && in.u8() != 0) {
    const Bytes id = in.bytes(stats.host_id.size());
    if (!in.failed()) std::copy(id.begin(), id.end(), stats.host_id.begin());
  }
  return !in.failed();
}

// Up to the level.
bool read_stats_head(ByteReader& in, StatsComponent& stats) {
  using sstable_format::decode_local_deletion_time;
  if (!EstimatedHistogram::read(in, stats.partition_sizes)) return false;
  if (!EstimatedHistogram::read(in, stats.cell_counts)) return false;
  stats.commitlog_upper_bound = read_position(in);
  stats.min_timestamp = in.i64();
  stats.max_timestamp = in.i64();
  stats.min_local_deletion_time = decode_local_deletion_time(in.u32());
  stats.max_local_deletion_time = decode_local_deletion_time(in.u32());
  stats.min_ttl = in.u32();
  stats.max_ttl = in.u32();
  stats.compression_ratio = in.f64();
  return TombstoneHistogram::read(in, stats.tombstone_drop_times);
}

bool read_stats(ByteReader& in, const StatsFeatures& has, StatsComponent& stats) {
  if (!read_stats_head(in, stats)) return false;
  stats.level = in.u32();
  stats.repaired_at = in.i64();
  if (!read_values(in, stats.min_clustering) || !read_values(in, stats.max_clustering))
    return false;
  stats.legacy_counter_shards = in.u8() != 0;
  stats.columns = in.u64();
  stats.rows = in.u64();
  return !in.failed() && read_stats_tail(in, has, stats);
}

}  // namespace

std::string serialize_statistics(StatisticsFile& statistics) {
  std::array<std::string, kComponents> parts;
  {
    ByteWriter out(parts[kValidation]);
    out.u16_bytes(Bytes(kPartitioner));
    out.f64(statistics.bloom_fp_chance);
  }
  {
    ByteWriter out(parts[kCompaction]);
    out.i32_bytes(Bytes(statistics.cardinality));
  }
  {
    ByteWriter out(parts[kStats]);
    write_stats(out, statistics.stats);
  }
  {
    ByteWriter out(parts[kHeader]);
    statistics.header.write(out);
  }
  std::string bytes;
  ByteWriter out(bytes);
  out.u32(kComponents);
  out.u32(crc_of(Bytes(bytes)));
  // The checksum goes on over the table of contents, but not over its own bytes.
  size_t offset = 4 + kChecksumBytes + kComponents * 8 + kChecksumBytes;
  std::string contents;
  ByteWriter toc(contents);
  for (uint32_t type = 0; type < kComponents; ++type) {
    toc.u32(type);
    toc.u32(static_cast<uint32_t>(offset));
    offset += parts[type].size() + kChecksumBytes;
  }
  const uint32_t count_crc = crc_of(Bytes(bytes).sub(0, 4));
  out.bytes(Bytes(contents));
  out.u32(crc_of(Bytes(contents), count_crc));
  for (const std::string& part : parts) {
    out.bytes(Bytes(part));
    out.u32(crc_of(Bytes(part)));
  }
  return bytes;
}

namespace {

struct Toc {
  // Offset and size without checksum, by type; size 0 when missing.
  std::array<std::pair<size_t, size_t>, kComponents> parts{};
};

Result<Toc> read_toc(Bytes content, bool checksums, const std::string& path) {
  ByteReader in(content);
  const uint32_t count = in.u32();
  if (in.failed() || count == 0 || count > kComponents) {
    return corrupt(path + ": bad count of components at offset 0");
  }
  const uint32_t count_crc = crc_of(content.sub(0, 4));
  if (checksums && in.u32() != count_crc) return corrupt(path + ": bad checksum at offset 4");
  const size_t toc_at = content.size() - in.remaining();
  std::vector<std::pair<uint32_t, uint32_t>> entries;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t type = in.u32();
    entries.emplace_back(type, in.u32());
  }
  if (in.failed()) return corrupt(path + ": ends within its table of contents");
  if (checksums && in.u32() != crc_of(content.sub(toc_at, count * 8), count_crc)) {
    return corrupt(path + ": bad checksum of the table of contents at offset " +
                   std::to_string(toc_at));
  }
  Toc toc;
  const size_t tail = checksums ? kChecksumBytes : 0;
  for (uint32_t i = 0; i < count; ++i) {
    const auto [type, offset] = entries[i];
    const size_t end = i + 1 < count ? entries[i + 1].second : content.size();
    if (type >= kComponents || offset > end || end > content.size() || end - offset < tail) {
      return corrupt(path + ": component outside of the file at offset " + std::to_string(offset));
    }
    const size_t size = end - offset - tail;
    if (checksums &&
        load_be<uint32_t>(content.data() + offset + size) != crc_of(content.sub(offset, size))) {
      return corrupt(path + ": bad checksum of the component at offset " + std::to_string(offset));
    }
    toc.parts[type] = {offset, size};
  }
  return toc;
}

}  // namespace

Result<StatisticsFile> deserialize_statistics(Bytes content, std::string_view version,
                                              const TableSchema& schema, const std::string& path) {
  const StatsFeatures has(version);
  auto toc = read_toc(content, has.checksums, path);
  if (!toc) return std::move(toc.error());
  const auto part = [&](ComponentType type) {
    const auto [offset, size] = toc.value().parts[type];
    return ByteReader(content.sub(offset, size));
  };
  StatisticsFile statistics;
  ByteReader validation = part(kValidation);
  const Bytes partitioner = validation.u16_bytes();
  statistics.bloom_fp_chance = validation.f64();
  if (validation.failed() || partitioner.text() != kPartitioner) {
    return corrupt(path + ": the partitioner is not Murmur3Partitioner");
  }
  ByteReader compaction = part(kCompaction);
  statistics.cardinality = compaction.i32_bytes().str();
  ByteReader stats = part(kStats);
  if (!read_stats(stats, has, statistics.stats)) {
    const size_t at = toc.value().parts[kStats].first;
    return corrupt(path + ": bad stats component at offset " + std::to_string(at));
  }
  ByteReader header = part(kHeader);
  auto read = SerializationHeader::read(header, schema, path);
  if (!read) return std::move(read.error());
  statistics.header = std::move(read).value();
  return statistics;
}

Result<std::string> statistics_with_level(Bytes content, std::string_view version, uint32_t level,
                                          const std::string& path) {
  const StatsFeatures has(version);
  auto toc = read_toc(content, has.checksums, path);
  if (!toc) return std::move(toc.error());
  const auto [offset, size] = toc.value().parts[kStats];
  ByteReader in(content.sub(offset, size));
  StatsComponent ignored;
  if (!read_stats_head(in, ignored) || in.remaining() < 4) {
    return corrupt(path + ": bad stats component at offset " + std::to_string(offset));
  }
  std::string changed = content.str();
  auto* const bytes = reinterpret_cast<uint8_t*>(changed.data());
  store_be(bytes + offset + size - in.remaining(), level);
  if (has.checksums) store_be(bytes + offset + size, crc_of(Bytes(bytes + offset, size)));
  return changed;
}

}  // namespace ceto
