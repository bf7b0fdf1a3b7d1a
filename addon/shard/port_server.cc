#include "shard/port_server.h"

#include <vector>

#include "shard/client_server.h"
#include "shard/maintenance_messages.h"
#include "shard/port_messages.h"

namespace ceto {

namespace {

TableId read_table_id(ByteReader& in) {
  TableId id{};
  const Bytes bytes = in.bytes(id.size());
  if (!in.failed()) std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

// All tables, where a message names one.
constexpr TableId kAllTables{};

Task<Status> ended(Status status) { co_return status; }

}  // namespace

PortServer::PortServer(const PortServerParts& parts)
    : parts_(parts),
      files_(parts.store.files(),
             [this](uint32_t port, uint32_t correlation, const Result<std::string>& body) {
               if (body) {
                 send_done(port, correlation, body.value());
               } else {
                 send_failure(port, correlation, body.error());
               }
             }) {}

bool PortServer::poll() {
  bool any = false;
  std::string message;
  for (uint32_t port = 0; port < parts_.wiring.ports.size(); ++port) {
    for (int taken = 0; taken < kMessagesPerTurn; ++taken) {
      if (!parts_.wiring.ports[port]->shard_receive(parts_.shard, message)) break;
      any = true;
      handle(port, message);
    }
  }
  return any;
}

void PortServer::flush() {
  for (auto& port : parts_.wiring.ports) port->shard_flush(parts_.shard);
}

bool PortServer::waiting() const {
  for (const auto& port : parts_.wiring.ports) {
    if (port->shard_waiting(parts_.shard)) return true;
  }
  return false;
}

bool PortServer::handle_about_files(uint32_t port, const std::string& message) {
  ByteReader in{Bytes(message)};
  const uint8_t type = in.u8();
  const uint32_t correlation = in.u32();
  if (FileMessages::handles(type)) {
    files_.handle(port, correlation, type, in);
    return true;
  }
  if (!is_maintenance(type)) return false;
  auto work = run_maintenance(parts_.store, MaintenanceMessage{type}, in.rest().str());
  spawn(answer_body(port, correlation, std::move(work)));
  return true;
}

void PortServer::handle(uint32_t port, const std::string& message) {
  if (handle_about_files(port, message)) return;
  ByteReader in{Bytes(message)};
  const auto type = static_cast<ToShard>(in.u8());
  const uint32_t correlation = in.u32();
  switch (type) {
    case ToShard::kOpen:
      spawn(answer(port, correlation, open(message)));
      return;
    case ToShard::kPutTables:
      spawn(answer(port, correlation, ended(put_tables(in))));
      return;
    case ToShard::kDropTable:
    case ToShard::kTruncate:
    case ToShard::kFlush:
    case ToShard::kCompact:
      spawn(answer(port, correlation, on_table(static_cast<uint8_t>(type), read_table_id(in))));
      return;
    case ToShard::kRegisterPlan:
      spawn(answer(port, correlation, ended(register_plan(in))));
      return;
    case ToShard::kRunPlan:
      parts_.dispatcher.run_plan(port, correlation, in);
      return;
    case ToShard::kRunBatch:
      parts_.dispatcher.run_batch(port, correlation, in);
      return;
    case ToShard::kReply:
      parts_.dispatcher.slow_reply(in);
      return;
    case ToShard::kRerun:
      parts_.dispatcher.slow_rerun(in.u64());
      return;
    case ToShard::kEvent:
      broadcast_event(in);
      return;
    case ToShard::kListen:
      listen(port, correlation, in);
      return;
    case ToShard::kStats:
      send_numbers(port, correlation);
      return;
    case ToShard::kTableStats:
      send_table_numbers(port, correlation, read_table_id(in));
      return;
    case ToShard::kConnections:
      send_connections(port, correlation);
      return;
    case ToShard::kSetSupported:
      parts_.clients.set_supported(in.i32_bytes());
      send_done(port, correlation);
      return;
    case ToShard::kWatchDisk:
      spawn(watch_disk(port, correlation, in.u64()));
      return;
    case ToShard::kSegmentArchived:
      segment_archived(port, correlation, in.u64());
      return;
    case ToShard::kRetireSegments:
      spawn(answer(port, correlation, parts_.store.retire_foreign_segments()));
      return;
    case ToShard::kDrain:
      spawn(answer(port, correlation, drain()));
      return;
    case ToShard::kStop:
      spawn(answer(port, correlation, stop()));
      return;
  }
  CETO_UNREACHABLE("message type");
}

void PortServer::segment_archived(uint32_t port, uint32_t correlation, uint64_t id) {
  parts_.store.segment_archived(id);
  send_done(port, correlation);
}

void PortServer::broadcast_event(ByteReader& in) {
  const uint8_t kind = in.u8();
  parts_.clients.broadcast_event(kind, in.rest());
}

void PortServer::listen(uint32_t port, uint32_t correlation, ByteReader& in) {
  const std::string address = in.u16_bytes().str();
  const uint16_t wanted_port = in.u16();
  const uint16_t shard_aware_port = in.u16();
  const bool shard_aware = in.u8() != 0;
  auto bound = parts_.clients.listen(address, wanted_port, shard_aware_port, shard_aware);
  if (!bound) {
    send_failure(port, correlation, bound.error());
    return;
  }
  std::string body;
  ByteWriter out(body);
  out.u16(bound.value().port);
  out.u16(bound.value().shard_aware_port);
  send_done(port, correlation, body);
}

Task<void> PortServer::answer(uint32_t port, uint32_t correlation, Task<Status> work) {
  const Status status = co_await std::move(work);
  if (status) {
    send_done(port, correlation);
  } else {
    send_failure(port, correlation, status.error());
  }
}

Task<void> PortServer::answer_body(uint32_t port, uint32_t correlation,
                                   Task<Result<std::string>> work) {
  const auto body = co_await std::move(work);
  if (body) {
    send_done(port, correlation, Bytes(body.value()));
  } else {
    send_failure(port, correlation, body.error());
  }
}

Task<Status> PortServer::open(std::string message) {
  ByteReader in{Bytes(message)};
  in.skip(5);
  std::vector<TableSchemaPtr> tables;
  for (uint32_t left = in.u32(); left > 0; --left) {
    auto table = decode_table_descriptor(in.i32_bytes());
    if (!table) co_return std::move(table.error());
    tables.push_back(std::move(table).value());
  }
  co_return co_await parts_.store.open(std::move(tables));
}

Status PortServer::put_tables(ByteReader& in) {
  for (uint32_t left = in.u32(); left > 0; --left) {
    auto table = decode_table_descriptor(in.i32_bytes());
    if (!table) return std::move(table.error());
    parts_.plans.drop_table(table.value()->id);
    CETO_TRY(parts_.store.put_table(std::move(table).value()));
  }
  return {};
}

Task<Status> PortServer::on_table(uint8_t type, TableId id) {
  switch (static_cast<ToShard>(type)) {
    case ToShard::kDropTable:
      parts_.plans.drop_table(id);
      co_return co_await parts_.store.drop_table(id);
    case ToShard::kTruncate:
      co_return co_await parts_.store.truncate_table(id);
    case ToShard::kFlush:
      if (id == kAllTables) co_return co_await parts_.store.flush_all();
      co_return co_await parts_.store.flush(id);
    case ToShard::kCompact:
      co_return co_await parts_.store.compact(id);
    default:
      CETO_UNREACHABLE("message about a table");
  }
}

Status PortServer::register_plan(ByteReader& in) {
  PlanId id{};
  const Bytes id_bytes = in.bytes(id.size());
  if (in.failed()) return invalid_request("a plan without an id");
  std::copy(id_bytes.begin(), id_bytes.end(), id.begin());
  bool no_text = false;
  const Bytes text = in.i32_bytes(&no_text);
  auto plan = decode_plan(in.i32_bytes(),
                          [this](const TableId& table) { return parts_.store.table(table); });
  if (!plan) return std::move(plan.error());
  if (no_text) {
    parts_.plans.put(id, std::move(plan).value());
  } else {
    parts_.plans.put_text(text.str(), std::move(plan).value());
  }
  return {};
}

Task<Status> PortServer::drain() {
  // What clients have not been told yet they may ask another time: nothing more is read from them.
  parts_.clients.stop_accepting();
  parts_.clients.close_all();
  co_await parts_.dispatcher.drain(parts_.reactor);
  co_return Status();
}

Task<Status> PortServer::stop() {
  co_await drain();
  Status closed = co_await parts_.store.close();
  stopped_ = true;
  co_return closed;
}

Task<void> PortServer::watch_disk(uint32_t port, uint32_t correlation, uint64_t version) {
  co_await parts_.store.await_disk_news(version);
  const DiskNews news = parts_.store.take_disk_news();
  std::string body;
  ByteWriter out(body);
  const auto text = [&out](const std::string& words) {
    out.u16_bytes(Bytes(words).sub(0, std::min<size_t>(words.size(), UINT16_MAX)));
  };
  out.u64(news.version);
  out.u8(news.read_only ? 1 : 0);
  text(news.reason);
  for (const DiskFailures* const kind : {&news.commitlog, &news.data, &news.corrupt}) {
    out.u64(kind->count);
    text(kind->last);
  }
  out.u32(static_cast<uint32_t>(news.notices.size()));
  for (const std::string& notice : news.notices) text(notice);
  out.u32(static_cast<uint32_t>(news.to_archive.size()));
  for (const DiskNews::LogFile& file : news.to_archive) {
    out.u64(file.id);
    text(file.path);
  }
  send_done(port, correlation, body);
}

void PortServer::send_done(uint32_t port, uint32_t correlation, Bytes body) {
  std::string message;
  ByteWriter out(message);
  out.u8(static_cast<uint8_t>(FromShard::kDone));
  out.u32(correlation);
  out.bytes(body);
  parts_.wiring.ports[port]->shard_send(parts_.shard, std::move(message));
}

void PortServer::send_failure(uint32_t port, uint32_t correlation, const Error& error) {
  std::string message;
  ByteWriter out(message);
  out.u8(static_cast<uint8_t>(FromShard::kFailed));
  out.u32(correlation);
  out.u32(static_cast<uint32_t>(error.code));
  out.u16_bytes(Bytes(error.message).sub(0, std::min<size_t>(error.message.size(), UINT16_MAX)));
  parts_.wiring.ports[port]->shard_send(parts_.shard, std::move(message));
}

void PortServer::send_result(uint32_t port, uint32_t correlation, uint8_t opcode,
                             uint8_t frame_flags, Bytes body) {
  std::string message;
  message.reserve(body.size() + 8);
  ByteWriter out(message);
  out.u8(static_cast<uint8_t>(FromShard::kResult));
  out.u32(correlation);
  out.u8(opcode);
  out.u8(frame_flags);
  out.bytes(body);
  parts_.wiring.ports[port]->shard_send(parts_.shard, std::move(message));
}

namespace {
uint64_t nanos_to_micros(int64_t nanos) { return static_cast<uint64_t>(nanos / 1'000); }

void add_filters(NumberList& numbers, const FilterUse& filters) {
  numbers.add("bloom_false_positives_total", filters.false_positives);
  numbers.add("bloom_true_positives_total", filters.true_positives);
  numbers.add("bloom_true_negatives_total", filters.true_negatives);
}
}  // namespace

void PortServer::send_numbers(uint32_t port, uint32_t correlation) {
  NumberList numbers;
  const StoreStats store = parts_.store.stats();
  numbers.add("memtable_bytes", store.memtable_bytes);
  const MemoryStats& memory = store.memory;
  numbers.add("memory_budget_bytes", memory.budget_bytes);
  numbers.add("memory_used_bytes", memory.used_bytes);
  numbers.add("memtable_limit_bytes", memory.memtable_limit_bytes);
  numbers.add("memory_system_bytes", memory.system_bytes);
  numbers.add("memory_retired_bytes", memory.retired_bytes);
  numbers.add("memory_filter_bytes", memory.filter_bytes);
  numbers.add("memory_summary_bytes", memory.summary_bytes);
  numbers.add("memory_offset_bytes", memory.offset_bytes);
  numbers.add("chunk_cache_bytes", store.chunk_cache_bytes);
  numbers.add("chunk_cache_limit_bytes", store.chunk_cache_limit_bytes);
  numbers.add("chunk_cache_chunks", store.chunk_cache_chunks);
  numbers.add("row_cache_bytes", memory.row_cache_bytes);
  numbers.add("row_cache_limit_bytes", store.row_cache_limit_bytes);
  numbers.add("row_cache_entries", store.row_cache_entries);
  numbers.add("row_cache_hits_total", store.row_cache_hits);
  numbers.add("row_cache_misses_total", store.row_cache_misses);
  numbers.add("chunk_cache_hits_total", store.chunk_cache_hits);
  numbers.add("chunk_cache_misses_total", store.chunk_cache_misses);
  numbers.add("commitlog_bytes", store.commitlog_bytes);
  numbers.add("commitlog_syncs_total", store.commitlog_syncs);
  numbers.add("commitlog_records_total", store.commitlog_records);
  numbers.add("flushes_total", store.flushes);
  numbers.add("compactions_total", store.compactions);
  numbers.add("compactions_running", parts_.store.compactions().size());
  numbers.add("compactions_aborted_total", store.compactions_aborted);
  add_filters(numbers, store.filters);
  numbers.add("compactions_reduced_total", store.compactions_reduced);
  numbers.add("compactions_sstables_dropped_total", store.sstables_left_out);
  numbers.add("compacted_bytes_total", store.compacted_bytes);
  numbers.add("replayed_records_total", store.replayed_records);
  numbers.add("file_errors_total", store.file_errors);
  numbers.add("replay_skips_total", store.torn_segments);
  numbers.add("foreign_segments", store.foreign_segments);
  numbers.add("restore_skipped_records_total", store.restore_skipped_records);
  numbers.add("commitlog_waiting_bytes", store.commitlog_waiting_bytes);
  numbers.add("commitlog_archive_pending", store.commitlog_archive_pending);
  numbers.add("commitlog_failures_total", store.commitlog_failures);
  numbers.add("flush_failures_total", store.flush_failures);
  numbers.add("compaction_failures_total", store.compaction_failures);
  numbers.add("disk_read_failures_total", store.read_failures);
  numbers.add("read_only", store.read_only ? 1 : 0);
  const ReactorStats& reactor = parts_.reactor.stats();
  numbers.add("reactor_turns_total", reactor.turns);
  numbers.add("reactor_sleeps_total", reactor.sleeps);
  const BackgroundScheduler& background = parts_.reactor.scheduler();
  numbers.add("background_slice_overruns_total", background.overruns());
  numbers.add("background_slice_max_micros", nanos_to_micros(background.longest_slice_nanos()));
  numbers.add("disk_completion_overruns_total", reactor.reap_overruns);
  numbers.add("disk_completion_max_micros", nanos_to_micros(reactor.longest_reap_nanos));
  numbers.add("prepared_plans", parts_.plans.prepared_count());
  numbers.add("text_plans", parts_.plans.text_count());
  parts_.clients.add_numbers(numbers);
  parts_.dispatcher.add_numbers(numbers);
  send_done(port, correlation, numbers.encode());
}

void PortServer::send_table_numbers(uint32_t port, uint32_t correlation, const TableId& id) {
  if (!parts_.store.table(id)) {
    send_failure(port, correlation, invalid_request("no table " + format_table_id(id)));
    return;
  }
  const TableStats table = parts_.store.table_stats(id);
  NumberList numbers;
  numbers.add("memtable_bytes", table.memtable_bytes);
  numbers.add("memtable_cells", table.memtable_cells);
  numbers.add("memtable_switches", table.memtable_switches);
  numbers.add("sstables", table.sstables);
  numbers.add("disk_bytes", table.disk_bytes);
  numbers.add("uncompressed_bytes", table.uncompressed_bytes);
  numbers.add("partitions_estimate", table.partitions_estimate);
  numbers.add("reads_total", table.reads);
  numbers.add("writes_total", table.writes);
  numbers.add("pending_flushes", table.pending_flushes);
  numbers.add("pending_compactions", table.pending_compactions);
  add_filters(numbers, table.filters);
  numbers.add("bloom_bytes", table.bloom_bytes);
  numbers.add("index_bytes", table.index_bytes);
  numbers.add("offset_bytes", table.offset_bytes);
  numbers.add("max_partition_bytes", table.max_partition_bytes);
  numbers.add("mean_partition_bytes", table.mean_partition_bytes);
  for (size_t level = 0; level < table.level_sstables.size(); ++level) {
    numbers.add("sstables_level_" + std::to_string(level), table.level_sstables[level]);
    numbers.add("sstables_limit_level_" + std::to_string(level), table.level_limits[level]);
  }
  send_done(port, correlation, numbers.encode());
}

void PortServer::send_connections(uint32_t port, uint32_t correlation) {
  std::string body;
  parts_.clients.write_connections(body);
  send_done(port, correlation, body);
}

}  // namespace ceto
