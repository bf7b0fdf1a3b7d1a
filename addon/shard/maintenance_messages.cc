#include "shard/maintenance_messages.h"

#include <algorithm>

#include "lsm/maintenance.h"

namespace ceto {

namespace {

TableId table_of(ByteReader& in) {
  TableId id{};
  const Bytes bytes = in.bytes(id.size());
  if (!in.failed()) std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

void write_text(ByteWriter& out, const std::string& text) {
  out.u16_bytes(Bytes(text).sub(0, std::min<size_t>(text.size(), UINT16_MAX)));
}

Task<Result<std::string>> verify(Maintenance& maintenance, ByteReader in) {
  const TableId id = table_of(in);
  const uint8_t flags = in.u8();
  VerifySettings settings;
  settings.files.extended = flags & 1;
  settings.files.quick = flags & 2;
  settings.check_owned_tokens = flags & 4;
  settings.check_version = flags & 8;
  auto report = co_await maintenance.verify(id, settings);
  if (!report) co_return report.error();
  std::string body;
  ByteWriter out(body);
  out.u64(report.value().problem_count);
  out.u64(report.value().partitions);
  out.u64(report.value().rows);
  out.u32(static_cast<uint32_t>(report.value().problems.size()));
  for (const std::string& problem : report.value().problems) write_text(out, problem);
  co_return body;
}

std::string take_damage(Maintenance& maintenance) {
  const std::vector<DamageLine> lines = maintenance.take_damage();
  std::string body;
  ByteWriter out(body);
  out.u32(static_cast<uint32_t>(lines.size()));
  for (const DamageLine& line : lines) {
    write_text(out, line.text);
    out.u64(line.count);
  }
  return body;
}

std::string compactions(Store& store) {
  const std::vector<CompactionProgress> running = store.compactions();
  std::string body;
  ByteWriter out(body);
  out.u32(static_cast<uint32_t>(running.size()));
  for (const CompactionProgress& each : running) {
    out.bytes(Bytes(each.id.data(), each.id.size()));
    out.u16_bytes(Bytes(operation_name(each.kind)));
    out.u16_bytes(Bytes(display_name(each.kind)));
    write_text(out, each.keyspace);
    write_text(out, each.table);
    out.u64(std::min(each.bytes_done, each.bytes_total));
    out.u64(each.bytes_total);
    out.u16_bytes(Bytes(each.unit));
    out.u32(each.sstables);
    write_text(out, each.target_directory);
  }
  return body;
}

std::string take_history(Store& store) {
  const std::vector<CompactionRecord> records = store.take_compaction_history();
  std::string body;
  ByteWriter out(body);
  out.u32(static_cast<uint32_t>(records.size()));
  for (const CompactionRecord& each : records) {
    out.bytes(Bytes(each.id.data(), each.id.size()));
    write_text(out, each.keyspace);
    write_text(out, each.table);
    out.u64(static_cast<uint64_t>(each.ended_at_millis));
    out.u64(each.bytes_in);
    out.u64(each.bytes_out);
    out.u32(static_cast<uint32_t>(each.rows_merged.size()));
    for (const auto& [sources, partitions] : each.rows_merged) {
      out.u32(static_cast<uint32_t>(sources));
      out.u64(static_cast<uint64_t>(partitions));
    }
    out.u32(static_cast<uint32_t>(each.properties.size()));
    for (const auto& [name, value] : each.properties) {
      write_text(out, name);
      write_text(out, value);
    }
  }
  return body;
}

Result<std::string> stop_compactions(Store& store, ByteReader in) {
  const std::string kind = in.u16_bytes().str();
  Uuid id{};
  const Bytes bytes = in.bytes(id.size());
  if (!in.failed()) std::copy(bytes.begin(), bytes.end(), id.begin());
  bool found = false;
  if (id == Uuid{}) {
    CETO_TRY(store.stop_compactions(kind));
  } else {
    found = store.stop_compaction(id);
  }
  return std::string(1, found ? '\1' : '\0');
}

std::string set_compaction(Store& store, Maintenance& maintenance, ByteReader in) {
  const uint64_t bytes_per_second = in.u64();
  const uint32_t concurrent = in.u32();
  if (bytes_per_second != UINT64_MAX) store.set_compaction_throughput(bytes_per_second);
  if (concurrent > 0) maintenance.set_concurrent_compactions(concurrent);
  return {};
}

Result<std::string> sstables(Maintenance& maintenance, ByteReader in) {
  const TableId id = table_of(in);
  bool no_key = false;
  const Bytes key = in.i32_bytes(&no_key);
  auto found = maintenance.sstables(id, no_key ? nullptr : &key);
  if (!found) return found.error();
  std::string body;
  ByteWriter out(body);
  out.u32(static_cast<uint32_t>(found.value().size()));
  for (const SSTableInfo& each : found.value()) {
    write_text(out, each.data_path);
    out.u32(each.metadata.level);
    out.u64(each.metadata.disk_bytes);
    out.u64(each.metadata.data_bytes);
    out.u64(each.metadata.uncompressed_bytes);
    out.u64(static_cast<uint64_t>(each.metadata.repaired_at));
  }
  return body;
}

Task<Result<std::string>> scrub(Maintenance& maintenance, ByteReader in) {
  const TableId id = table_of(in);
  const uint8_t flags = in.u8();
  ScrubSettings settings;
  settings.skip_corrupted = flags & 1;
  settings.validate = !(flags & 2);
  const auto report = co_await maintenance.scrub(id, settings);
  if (!report) co_return report.error();
  std::string body;
  ByteWriter out(body);
  out.u64(report.value().sstables);
  out.u64(report.value().found.partitions);
  out.u64(report.value().found.damaged_partitions);
  out.u64(report.value().found.skipped_rows);
  co_return body;
}

// Which REWRITE it is.
enum class RewriteWhat : uint8_t {
  kCleanup = 1,
  kUpgrade = 2,
  kUpgradeAll = 3,
  kRecompress = 4,
  kSplit = 5,
  kGarbageOfRows = 6,
  kGarbageOfCells = 7,
};

Task<Status> refused() { co_return invalid_request("a message about files that does not read"); }

Task<Status> rewrite(Maintenance& maintenance, ByteReader in) {
  const TableId id = table_of(in);
  switch (static_cast<RewriteWhat>(in.u8())) {
    case RewriteWhat::kCleanup:
      return maintenance.cleanup(id);
    case RewriteWhat::kUpgrade:
      return maintenance.upgrade(id, false);
    case RewriteWhat::kUpgradeAll:
      return maintenance.upgrade(id, true);
    case RewriteWhat::kRecompress:
      return maintenance.recompress(id);
    case RewriteWhat::kSplit:
      return maintenance.compact_split(id);
    case RewriteWhat::kGarbageOfRows:
      return maintenance.collect_garbage(id, GarbageGranularity::kRow);
    case RewriteWhat::kGarbageOfCells:
      return maintenance.collect_garbage(id, GarbageGranularity::kCell);
  }
  return refused();
}

Task<Status> compact_files(Maintenance& maintenance, ByteReader in) {
  const TableId id = table_of(in);
  std::vector<uint64_t> generations;
  for (uint32_t left = in.u32(); left > 0 && !in.failed(); --left) {
    generations.push_back(in.u64());
  }
  if (in.failed()) return refused();
  return maintenance.compact_files(id, std::move(generations));
}

Task<Status> compact_range(Maintenance& maintenance, ByteReader in) {
  const TableId id = table_of(in);
  const Token first{static_cast<int64_t>(in.u64())};
  const Token last{static_cast<int64_t>(in.u64())};
  if (in.failed()) return refused();
  return maintenance.compact_range(id, first, last);
}

Task<Result<std::string>> statistics(Maintenance& maintenance, ByteReader in) {
  const auto all = co_await maintenance.statistics(table_of(in));
  if (!all) co_return all.error();
  std::string body;
  ByteWriter out(body);
  out.u32(static_cast<uint32_t>(all.value().size()));
  for (const StatsComponent& stats : all.value()) {
    stats.partition_sizes.write(out);
    stats.cell_counts.write(out);
  }
  co_return body;
}

Task<Result<std::string>> no_body(Task<Status> work) {
  const Status done = co_await std::move(work);
  if (!done) co_return done.error();
  co_return std::string();
}

}  // namespace

Task<Result<std::string>> run_maintenance(Store& store, MaintenanceMessage type,
                                          std::string message) {
  Maintenance* const found = store.maintenance();
  CETO_ASSERT(found != nullptr);
  Maintenance& maintenance = *found;
  const ByteReader in{Bytes(message)};
  switch (type) {
    case MaintenanceMessage::kVerify:
      co_return co_await verify(maintenance, in);
    case MaintenanceMessage::kTakeDamage:
      co_return take_damage(maintenance);
    case MaintenanceMessage::kCompactions:
      co_return compactions(store);
    case MaintenanceMessage::kTakeHistory:
      co_return take_history(store);
    case MaintenanceMessage::kStopCompactions:
      co_return stop_compactions(store, in);
    case MaintenanceMessage::kSetCompaction:
      co_return set_compaction(store, maintenance, in);
    case MaintenanceMessage::kSSTables:
      co_return sstables(maintenance, in);
    case MaintenanceMessage::kScrub:
      co_return co_await scrub(maintenance, in);
    case MaintenanceMessage::kRewrite:
      co_return co_await no_body(rewrite(maintenance, in));
    case MaintenanceMessage::kCompactFiles:
      co_return co_await no_body(compact_files(maintenance, in));
    case MaintenanceMessage::kCompactRange:
      co_return co_await no_body(compact_range(maintenance, in));
    case MaintenanceMessage::kStatistics:
      co_return co_await statistics(maintenance, in);
  }
  CETO_UNREACHABLE("message about files");
}

}  // namespace ceto
