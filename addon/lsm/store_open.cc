// The start and the end of a store: SSTables, replay, and the segments of an earlier shard count.
// docs/formats/commitlog.md and docs/formats/data-directory.md have the rules.
#include <algorithm>

#include "lsm/commitlog_replay.h"
#include "lsm/mutation_codec.h"
#include "lsm/store_impl.h"

namespace ceto {

// Applies the records of one folder that are this shard's: its tokens, tables that are still there,
// and nothing from before a truncation.
class StoreImpl::Replay final : public ReplayHandler {
 public:
  // `own`: positions are those of the present log, which keeps the segments until they are flushed.
  Replay(StoreImpl& store, const Truncations& truncations, bool own)
      : store_(store), truncations_(truncations), own_(own) {}

  Status on_record(uint64_t position, Bytes record) override {
    arena_.reset();
    const auto updates = decode_mutation(record, arena_);
    if (!updates) return updates.error();
    for (LoggedUpdate& logged : updates.value()) {
      if (!store_.context_.share().owns(logged.update.token)) continue;
      const TablePtr found = store_.find(logged.table);
      if (!found || found->schema()->memory_only) continue;
      const Truncation* truncated = truncations_.find(logged.table);
      if (truncated && position <= truncated->position) continue;
      logged.update.table = found->schema().get();
      CETO_TRY(check(logged.update));
      found->apply(logged.update, own_ ? position : 0);
    }
    return {};
  }

 private:
  // A record of a table whose clustering has another number of columns is no record of that table.
  static Status check(const PartitionUpdate& update) {
    for (const Row& row : update.rows) {
      if (row.clustering.size() != update.table->clustering.size()) {
        return corrupt("a commit-log record does not fit table " + update.table->keyspace + "." +
                       update.table->name);
      }
    }
    return {};
  }

  StoreImpl& store_;
  const Truncations& truncations_;
  bool own_;
  Arena arena_{1u << 16};
};

Task<Status> StoreImpl::open(std::vector<TableSchemaPtr> tables) {
  CETO_ASSERT(!open_);
  for (TableSchemaPtr& each : tables) CETO_CO_TRY(put_table(std::move(each)));
  CETO_CO_TRY(context_.io.make_directories(context_.config.data_directory));
  CETO_CO_TRY(context_.io.make_directories(
      shard_log_directory(context_.config.commitlog_directory, context_.config.shard)));
  CETO_CO_TRY(truncations_.load());
  CETO_CO_TRY(co_await load_tables());
  CETO_CO_TRY(co_await replay_logs());
  open_ = true;
  discard_log();
  start_compacting();
  co_return Status{};
}

Task<Status> StoreImpl::load_tables() {
  for (const auto& [id, each] : tables_) {
    // Not as an operand of co_await: gcc 12 evaluates both branches of a conditional there.
    std::vector<uint64_t> truncated;
    if (const Truncation* found = truncations_.find(id)) truncated = found->generations;
    CETO_CO_TRY(co_await each->load(std::move(truncated)));
  }
  co_return Status{};
}

Task<Status> StoreImpl::replay_segments(Replay& replay, const std::vector<FoundSegment>& segments) {
  ReplayStats stats;
  for (const FoundSegment& segment : segments) {
    CETO_CO_TRY(co_await replay_segment(context_.io, segment, replay, stats));
    CETO_CO_TRY(co_await relieve_memory());
  }
  replayed_records_ += stats.records;
  torn_segments_ += stats.torn_segments;
  co_return Status{};
}

// A log may hold more than memory: what a segment brought goes to disk before the next.
Task<Status> StoreImpl::relieve_memory() {
  while (context_.memtable_bytes() > context_.memtable_limit_bytes() * kFlushAtPercent / 100) {
    TablePtr largest;
    for (const auto& [id, each] : tables_) {
      if (each->schema()->memory_only || !each->has_memory()) continue;
      if (!largest || each->active_bytes() > largest->active_bytes()) largest = each;
    }
    if (!largest) break;
    CETO_CO_TRY(co_await TableStore::flush(largest));
  }
  co_return Status{};
}

Task<Status> StoreImpl::replay_logs() {
  const StoreConfig& config = context_.config;
  const auto folders = context_.io.list(config.commitlog_directory);
  if (!folders) co_return folders.error();
  std::vector<SegmentFile> kept;
  std::vector<SegmentFile> spare;
  for (const std::string& name : folders.value()) {
    const auto shard = parse_shard_directory(name);
    if (!shard) continue;
    const bool own_folder = *shard == config.shard;
    const std::string directory = shard_log_directory(config.commitlog_directory, *shard);
    auto found = co_await find_segments(context_.io, directory);
    if (!found) co_return found.error();
    std::vector<FoundSegment> own;
    std::vector<FoundSegment> foreign;
    for (FoundSegment& segment : found.value().written) {
      if (segment.header.shard_count != config.shard_count) {
        foreign_segments_.push_back(segment.file.path);
        foreign.push_back(std::move(segment));
      } else if (own_folder) {
        kept.push_back(segment.file);
        own.push_back(std::move(segment));
      }
    }
    Truncations theirs(context_.io, directory);
    if (!foreign.empty() && !own_folder) CETO_CO_TRY(theirs.load());
    Replay replay_foreign(*this, own_folder ? truncations_ : theirs, false);
    CETO_CO_TRY(co_await replay_segments(replay_foreign, foreign));
    Replay replay_own(*this, truncations_, true);
    CETO_CO_TRY(co_await replay_segments(replay_own, own));
    if (own_folder) spare = std::move(found.value().blank);
  }
  context_.purge_allowed = foreign_segments_.empty();
  // A truncation left by an earlier life of this folder must not cover what is written from now on.
  uint64_t last_id = segment_of(truncations_.last_position());
  for (const std::string& path : foreign_segments_) {
    last_id = std::max(last_id, parse_segment_name(path.substr(path.rfind('/') + 1)).value_or(0));
  }
  if (context_.purge_allowed) {
    // The files of truncated tables went while loading.
    CETO_CO_TRY(truncations_.prune(kept.empty() ? UINT64_MAX : make_position(kept.front().id, 0)));
  }
  co_return context_.log.open(std::move(kept), std::move(spare), last_id + 1);
}

Task<Status> StoreImpl::retire_foreign_segments() {
  if (context_.purge_allowed) co_return Status{};
  CETO_ASSERT(open_);
  std::sort(foreign_segments_.begin(), foreign_segments_.end());
  for (const std::string& path : foreign_segments_) {
    // Every shard tries, all at once: one finds the file, the others may see it go.
    const Status removed = context_.io.unlink(path);
    if (removed) continue;
    const auto there = context_.io.exists(path);
    if (!there) co_return there.error();
    if (there.value()) co_return removed.error();
  }
  foreign_segments_.clear();
  context_.purge_allowed = true;
  start_compacting();
  co_return Status{};
}

Task<Status> StoreImpl::close() {
  context_.throttle.set_rate(0);
  // What runs in the background ends soon: flushes and compactions are cancelled, not finished.
  for (const auto& [id, each] : tables_) each->set_cancelled(true);
  co_await gate_.close();
  Status synced = co_await context_.log.close();
  context_.remove_retired();
  open_ = false;
  co_return synced;
}

}  // namespace ceto
