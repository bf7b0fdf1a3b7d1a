#include "lsm/store_impl.h"

#include <algorithm>
#include <cstring>

#include "lsm/compaction/compaction.h"
#include "lsm/mutation_codec.h"

namespace ceto {

std::unique_ptr<Store> make_store(const StoreConfig& config, Io& io, Background& background,
                                  Clock& clock) {
  return std::make_unique<StoreImpl>(config, io, background, background, clock);
}

std::unique_ptr<Store> make_store(const StoreConfig& config, Io& io, Background& flush_background,
                                  Background& compaction_background, Clock& clock) {
  return std::make_unique<StoreImpl>(config, io, flush_background, compaction_background, clock);
}

StoreImpl::StoreImpl(const StoreConfig& config, Io& io, Background& flush_background,
                     Background& compaction_background, Clock& clock)
    : context_(config, io, flush_background, compaction_background, clock) {
  context_.log.on_change([this] { context_.disk.changed(); });
  CETO_ASSERT(config.shard < config.shard_count && config.shard_count <= kMaxShards);
}

StoreImpl::~StoreImpl() { CETO_ASSERT(!flushing_ && compacting_ == 0); }

size_t StoreImpl::IdHash::operator()(const TableId& id) const {
  uint64_t words[2];
  std::memcpy(words, id.data(), sizeof words);
  return (words[0] ^ words[1] * 0x9E3779B97F4A7C15u) * 0xD6E8FEB86659FD93u >> 7;
}

StoreImpl::TablePtr StoreImpl::find(const TableId& id) const {
  const auto found = tables_.find(id);
  return found == tables_.end() ? nullptr : found->second;
}

// --- schema
// -----------------------------------------------------------------------------------------

TableSchemaPtr StoreImpl::table(const TableId& id) const {
  const TablePtr found = find(id);
  return found ? found->schema() : nullptr;
}

Status StoreImpl::put_table(TableSchemaPtr schema) {
  if (const TablePtr known = find(schema->id)) {
    known->set_schema(std::move(schema));
    start_compacting();
    return {};
  }
  const TableId id = schema->id;
  tables_.emplace(id, std::make_shared<TableStore>(context_, std::move(schema)));
  return {};
}

Task<Status> StoreImpl::drop_table(TableId id) {
  const TablePtr dropped = find(id);
  if (!dropped) co_return Status{};
  tables_.erase(id);
  if (last_table_ == dropped.get()) last_table_ = nullptr;
  dropped->mark_dropped();
  const AsyncMutex::Lock no_flush = co_await dropped->flush_mutex().lock();
  const AsyncMutex::Lock no_whole = co_await dropped->compaction_mutex().lock();
  const CompactionClaims::Pause no_compaction(dropped->claims());
  co_await dropped->claims().released();
  dropped->forget_all();
  context_.first_counter = std::max(context_.first_counter, dropped->next_counter());
  discard_log();
  co_return Status{};
}

// --- writes
// -----------------------------------------------------------------------------------------

Result<CommitPosition> StoreImpl::apply(std::span<const PartitionUpdate> updates) {
  CETO_ASSERT(open_);
  if (context_.memtable_bytes() > context_.memtable_limit_bytes()) {
    return Error{ErrorCode::kOverloaded, "memtables are full"};
  }
  bool logged = false;
  for (const PartitionUpdate& update : updates) {
    CETO_ASSERT(update.table != nullptr);
    logged |= !update.table->memory_only;
  }
  CommitPosition position = 0;
  if (logged) {
    if (const Error* const refused = write_refusal()) return *refused;
    const size_t size = max_mutation_bytes(updates);
    if (size > context_.log.max_record_bytes()) {
      return invalid_request("Rejected an oversized mutation (" + std::to_string(size) + "/" +
                             std::to_string(context_.log.max_record_bytes()) + ")");
    }
    if (!context_.log.reserve(size)) return context_.log.refusal();
    position = context_.log.end_record(encode_mutation(updates, context_.log.begin_record(size)));
  }
  for (const PartitionUpdate& update : updates) {
    if (last_table_ == nullptr || last_id_ != update.table->id) {
      const TablePtr found = find(update.table->id);
      if (!found) continue;  // dropped since the statement was bound
      last_id_ = update.table->id;
      last_table_ = found.get();
    }
    last_table_->apply(update, update.table->memory_only ? 0 : position);
  }
  if (flush_wanted()) start_flushing();
  return context_.log.acknowledges() ? position : 0;
}

bool StoreImpl::write_pressure() const {
  // Whoever is refused is told, not held back.
  if (write_refusal()) return false;
  return context_.log.short_of_room() ||
         context_.memtable_bytes() > context_.memtable_limit_bytes() * kPressureAtPercent / 100 ||
         context_.log.pending_bytes() > kMaxPendingLogBytes;
}

void StoreImpl::end_turn() {
  context_.log.end_turn();
  context_.throttle.tick();
  giving_way_ = context_.give_way();
  const int64_t now = context_.clock.monotonic_micros();
  if (const bool read_only = write_refusal() != nullptr; read_only != was_read_only_) {
    was_read_only_ = read_only;
    context_.disk.changed();
  }
  if (open_ && context_.disk.flush_error() && now >= flush_retry_micros_) start_flushing();
  if (!open_ || now < next_periodic_micros_) return;
  next_periodic_micros_ = now + kPeriodicCheckMicros;
  context_.remove_retired_aside();
  flush_aged_tables();
  if (flush_wanted()) start_flushing();
  if (now < next_compaction_check_micros_) return;
  next_compaction_check_micros_ = now + kCompactionCheckMicros;
  start_compacting();
}

int64_t StoreImpl::next_wakeup_micros() const {
  if (giving_way_) return context_.clock.monotonic_micros();
  const int64_t retry = context_.disk.flush_error() && !flushing_ ? flush_retry_micros_ : INT64_MAX;
  return std::min({context_.log.next_wakeup_micros(), context_.throttle.next_micros(), retry});
}

// --- reads
// ------------------------------------------------------------------------------------------

std::unique_ptr<PartitionReader> StoreImpl::read(const ReadCommand& command, Token token,
                                                 Bytes key) {
  CETO_ASSERT(command.table != nullptr);
  if (last_table_ == nullptr || last_id_ != command.table->id) {
    const TablePtr found = find(command.table->id);
    if (!found) return std::make_unique<LiveReader>(command);
    last_id_ = command.table->id;
    last_table_ = found.get();
  }
  return last_table_->read(command, token, key);
}

std::unique_ptr<TableScanner> StoreImpl::scan(const ReadCommand& command, const TokenRange& range) {
  CETO_ASSERT(command.table != nullptr);
  if (const TablePtr found = find(command.table->id)) return found->scan(command, range);
  auto nothing = std::make_unique<LiveScanner>(command);
  nothing->set_source(std::make_unique<MergeScan>(command.table, command.reversed));
  return nothing;
}

// --- flushing
// ---------------------------------------------------------------------------------------

bool StoreImpl::flush_wanted() const {
  return context_.disk.flush_error() ||
         context_.memtable_bytes() > context_.memtable_limit_bytes() * kFlushAtPercent / 100 ||
         context_.log.bytes() > context_.config.commitlog_total_bytes;
}

// Too long a log: the table whose record holds it back. Too much memory: the largest.
StoreImpl::TablePtr StoreImpl::next_to_flush() const {
  const bool log_full = context_.log.bytes() > context_.config.commitlog_total_bytes;
  TablePtr best;
  for (const auto& [id, candidate] : tables_) {
    if (candidate->schema()->memory_only || !candidate->has_memory()) continue;
    if (!best || (log_full ? candidate->first_position() < best->first_position()
                           : candidate->active_bytes() > best->active_bytes())) {
      best = candidate;
    }
  }
  if (log_full && best && best->first_position() == UINT64_MAX) return nullptr;
  return best;
}

void StoreImpl::start_flushing() {
  if (flushing_ || context_.clock.monotonic_micros() < flush_retry_micros_ || !gate_.enter())
    return;
  flushing_ = true;
  spawn(flush_loop());
}

Task<void> StoreImpl::flush_loop() {
  // Not within the write that noticed.
  co_await context_.flush_background.yield();
  while (flush_wanted() && !gate_.closing()) {
    const TablePtr chosen = next_to_flush();
    if (!chosen) {
      context_.disk.flushed();  // the table that could not be flushed is gone
      break;
    }
    const Status done = co_await flush_one(chosen);
    if (!done) {
      ++context_.failed_background;
      break;
    }
  }
  flushing_ = false;
  gate_.leave();
}

Task<Status> StoreImpl::flush_one(TablePtr flushed) {
  const uint64_t flushes = context_.flushes;
  Status done = co_await TableStore::flush(flushed);
  // Without anything to write it proves nothing.
  if (!done || context_.flushes > flushes) note_flush(done);
  discard_log();
  context_.remove_retired_aside();
  if (done) start_compacting();
  co_return done;
}

void StoreImpl::discard_log() {
  CommitPosition first = UINT64_MAX;
  for (const auto& [id, each] : tables_) first = std::min(first, each->first_position());
  context_.log.discard_below(first);
  // Segments of another shard count are none of the log's.
  if (context_.purge_allowed) context_.positions.prune(context_.log.oldest_position());
}

// memtable_flush_period_ms
void StoreImpl::flush_aged_tables() {
  const int64_t now = context_.clock.monotonic_micros();
  for (const auto& [id, each] : tables_) {
    const int64_t period = int64_t{each->schema()->memtable_flush_period_ms} * 1000;
    if (period <= 0) continue;
    const auto [last, added] = last_flush_micros_.try_emplace(id, now);
    if (added || now - last->second < period || !each->has_memory() || !gate_.enter()) continue;
    last->second = now;
    spawn([](StoreImpl& store, TablePtr aged) -> Task<void> {
      const Status done = co_await store.flush_one(aged);
      if (!done) ++store.context_.failed_background;
      store.gate_.leave();
    }(*this, each));
  }
}

Task<Status> StoreImpl::flush(TableId id) {
  const TablePtr found = find(id);
  if (!found) co_return invalid_request("unconfigured table");
  co_return co_await flush_one(found);
}

Task<Status> StoreImpl::flush_all() {
  std::vector<TablePtr> all;
  for (const auto& [id, each] : tables_) all.push_back(each);
  for (const TablePtr& each : all) CETO_CO_TRY(co_await flush_one(each));
  co_return Status{};
}

// --- figures
// ----------------------------------------------------------------------------------------

TableStats StoreImpl::table_stats(const TableId& id) const {
  const TablePtr found = find(id);
  return found ? found->stats() : TableStats{};
}

MemoryStats StoreImpl::memory_stats() const {
  const MemoryBudget& memory = context_.memory;
  MemoryStats out;
  out.budget_bytes = memory.total_bytes();
  out.memtable_bytes = memory.used(MemoryUse::kMemtables);
  out.memtable_limit_bytes = context_.memtable_limit_bytes();
  out.system_bytes = memory.used(MemoryUse::kSystem);
  out.retired_bytes = MemtableReclaimer::local().bytes();
  out.filter_bytes = memory.used(MemoryUse::kFilters);
  out.summary_bytes = memory.used(MemoryUse::kSummaries);
  out.offset_bytes = memory.used(MemoryUse::kOffsets);
  out.chunk_cache_bytes = memory.used(MemoryUse::kChunkCache);
  out.row_cache_bytes = memory.used(MemoryUse::kRowCache);
  out.used_bytes = memory.used_bytes() + out.retired_bytes;
  return out;
}

StoreStats StoreImpl::stats() const {
  StoreStats out;
  const CommitlogStats log = context_.log.stats();
  out.memtable_bytes = context_.memtable_bytes();
  out.memory = memory_stats();
  out.chunk_cache_bytes = context_.cache.size_bytes();
  out.chunk_cache_limit_bytes = context_.cache.limit_bytes();
  out.chunk_cache_chunks = context_.cache.chunks();
  out.row_cache_entries = context_.row_cache.entries();
  if (context_.row_cache.enabled()) out.row_cache_limit_bytes = context_.row_cache.limit_bytes();
  out.row_cache_hits = context_.row_cache.hits();
  out.row_cache_misses = context_.row_cache.misses();
  out.chunk_cache_hits = context_.cache.hits();
  out.chunk_cache_misses = context_.cache.misses();
  out.commitlog_bytes = log.bytes;
  out.commitlog_syncs = log.syncs;
  out.commitlog_records = log.records;
  out.flushes = context_.flushes;
  out.compactions = context_.compactions;
  out.compacted_bytes = context_.compacted_bytes;
  out.replayed_records = replayed_records_;
  out.torn_segments = torn_segments_;
  out.foreign_segments = foreign_segments_.size();
  out.restore_skipped_records = restore_skipped_;
  out.commitlog_waiting_bytes = log.waiting_bytes;
  out.commitlog_archive_pending = log.waiting_archive;
  out.commitlog_failures = log.failures;
  out.flush_failures = context_.disk.flush_failures();
  out.compaction_failures = context_.disk.compaction_failures();
  out.read_failures = context_.disk.read_failures();
  out.read_only = write_refusal() != nullptr;
  out.failed_background_work = context_.failed_background;
  out.compactions_aborted = context_.compactions_aborted;
  out.filters = context_.gone_filters;
  for (const auto& [id, each] : tables_) out.filters += each->live_filter_use();
  out.compactions_reduced = context_.compactions_reduced;
  out.sstables_left_out = context_.sstables_left_out;
  out.file_errors = context_.damage.errors();
  return out;
}

}  // namespace ceto
