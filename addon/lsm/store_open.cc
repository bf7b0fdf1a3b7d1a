// The start and the end of a store: SSTables, replay, and the segments of an earlier shard count.
// docs/formats/commitlog.md and docs/formats/data-directory.md have the rules.
#include <algorithm>
#include <map>

#include "lsm/commitlog_replay.h"
#include "lsm/mutation_codec.h"
#include "lsm/store_impl.h"

namespace ceto {

// Applies the records of one folder that are this shard's: its tokens, tables that are still there,
// nothing that was truncated or is in SSTables, and nothing that a restore is to leave out.
class StoreImpl::Replay final : public ReplayHandler {
 public:
  // `own`: positions are those of the present log, which keeps the segments until they are flushed.
  // `positions` may be nullptr: they are of another life.
  Replay(StoreImpl& store, const ReplayPositions* positions, bool own)
      : store_(store), positions_(positions), own_(own) {}

  Status on_record(CommitPosition position, Bytes record) override {
    arena_.reset();
    const auto updates = decode_mutation(record, arena_);
    if (!updates) return updates.error();
    if (left_out(position, updates.value())) {
      ++store_.restore_skipped_;
      return {};
    }
    for (LoggedUpdate& logged : updates.value()) {
      if (!store_.context_.share().owns(logged.update.token)) continue;
      const TablePtr found = store_.find(logged.table);
      if (!found || found->schema()->memory_only) continue;
      if (position <= last_done(logged.table)) continue;
      logged.update.table = found->schema().get();
      CETO_TRY(check(logged.update));
      found->apply(logged.update, own_ ? position : 0);
    }
    return {};
  }
  // A log may hold more than memory: what a segment brought goes to disk before the next.
  Task<Status> on_segment_end() override { return store_.relieve_memory(); }

 private:
  // Records of the table up to there need not be applied. Before a restore the operator has put
  // other SSTables there than those that they were flushed to.
  CommitPosition last_done(const TableId& table) const {
    const ReplayPosition* const found = positions_ ? positions_->find(table) : nullptr;
    if (!found) return 0;
    if (store_.context_.config.restore.active) return found->truncated;
    return std::max(found->truncated, found->flushed);
  }
  // As Cassandra: one late cell leaves out the whole record.
  bool left_out(CommitPosition position, std::span<const LoggedUpdate> updates) const {
    const CommitlogRestore& restore = store_.context_.config.restore;
    if (!restore.active) return false;
    if (position <= restore.snapshot_position) return true;
    if (restore.until_micros == INT64_MAX) return false;
    const int64_t until = restore.until_micros / restore.timestamp_micros;
    return std::ranges::any_of(
        updates, [&](const LoggedUpdate& logged) { return max_timestamp(logged.update) > until; });
  }
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
  const ReplayPositions* positions_;
  bool own_;
  Arena arena_{1u << 16};
};

// What was found of the logs before the new one begins.
struct FoundLog {
  std::vector<SegmentFile> kept;  // of this shard and shard count, in its folder
  std::vector<SegmentFile> spare;
  CommitPosition end = 0;  // of the log in its folder
  uint64_t last_id = 0;    // no new segment may have it or less
};

Task<Status> StoreImpl::open(std::vector<TableSchemaPtr> tables) {
  CETO_ASSERT(!open_);
  for (TableSchemaPtr& each : tables) CETO_CO_TRY(put_table(std::move(each)));
  CETO_CO_TRY(context_.io.make_directories(context_.config.data_directory));
  CETO_CO_TRY(context_.io.make_directories(
      shard_log_directory(context_.config.commitlog_directory, context_.config.shard)));
  CETO_CO_TRY(context_.positions.load());
  CETO_CO_TRY(co_await load_tables());
  context_.positions.forget_generations();
  CETO_CO_TRY(co_await replay_logs());
  open_ = true;
  discard_log();
  start_compacting();
  co_return Status{};
}

Task<Status> StoreImpl::load_tables() {
  auto truncated = gather_truncations();
  if (!truncated) co_return truncated.error();
  for (const auto& [id, each] : tables_) {
    CETO_CO_TRY(co_await each->load(std::move(truncated.value()[id])));
  }
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
  const auto folders = log_folders();
  if (!folders) co_return folders.error();
  FoundLog log;
  for (const uint32_t shard : folders.value()) CETO_CO_TRY(co_await replay_folder(shard, log));
  if (config.restore.active) CETO_CO_TRY(co_await replay_restored());
  co_return co_await open_log(std::move(log));
}

Task<Status> StoreImpl::replay_folder(uint32_t shard, FoundLog& log) {
  const StoreConfig& config = context_.config;
  const bool own_folder = shard == config.shard;
  const std::string directory = shard_log_directory(config.commitlog_directory, shard);
  // What a life before this one gave up and could not sync is not listed; it must not come back
  // either, after a tombstone was purged or a truncation recorded that it does not know of.
  CETO_CO_TRY(sync_folder(directory));
  auto found = co_await find_segments(context_.io, directory);
  if (!found) co_return found.error();
  std::vector<FoundSegment>& chain = found.value().written;
  for (FoundSegment& segment : chain) {
    // What only its damaged header could say is what its folder says: one of a shard that is no
    // more was written under a count that had it.
    if (segment.headless) segment.header.shard_count = std::max(config.shard_count, shard + 1);
    if (own_folder) log.last_id = std::max(log.last_id, segment.file.id);
  }
  const bool mixed = std::ranges::any_of(chain, [&](const FoundSegment& segment) {
    return segment.header.shard_count != config.shard_count;
  });
  if (!own_folder && !mixed) {
    // Its owner alone reads it, and removes segments of it even now.
    if (chain.empty()) co_return remove_dead_folder(shard);
    co_return Status{};
  }
  // Segments of the present count between those of another go together with them.
  const bool retire_all = mixed || config.restore.active;
  ReplayPositions theirs(context_.io, directory);
  if (!own_folder) CETO_CO_TRY(theirs.load());
  Replay foreign(*this, own_folder ? &context_.positions : &theirs, false);
  Replay own(*this, &context_.positions, !retire_all);
  const std::function<ReplayHandler*(const FoundSegment&)> choose =
      [&](const FoundSegment& segment) -> ReplayHandler* {
    if (segment.header.shard_count != config.shard_count) return &foreign;
    return own_folder ? &own : nullptr;
  };
  const ReplayOptions options{config.commitlog_ignore_replay_errors, retire_all};
  ReplayStats stats;
  auto end = co_await replay_log(context_.io, chain, choose, options, stats);
  if (!end) co_return std::move(end.error());
  note_replay(stats);
  const uint64_t last = segment_of(end.value());
  if (own_folder && !retire_all) CETO_CO_TRY(remove_void(directory, chain, last));
  for (FoundSegment& segment : chain) {
    if (!choose(segment)) continue;
    if (own_folder && !retire_all) {
      log.kept.push_back(std::move(segment.file));
    } else {
      const uint64_t id = segment.file.id;
      foreign_segments_.push_back({shard, id, std::move(segment.file.path), id > last});
    }
  }
  if (own_folder) {
    log.end = end.value();
    log.spare = std::move(found.value().blank);
  }
  if (chain.empty()) co_return remove_dead_folder(shard);
  co_return Status{};
}

void StoreImpl::note_replay(const ReplayStats& stats) {
  replayed_records_ += stats.records;
  torn_segments_ += stats.skips.size();
  for (const ReplaySkip& skip : stats.skips) context_.disk.notice(skip.text());
}

// Segments that came from an archive: of any shard, any shard count, and not always all of them.
Task<Status> StoreImpl::replay_restored() {
  const StoreConfig& config = context_.config;
  const std::string directory = restore_directory(config.commitlog_directory);
  const auto there = context_.io.exists(directory);
  if (!there) co_return there.error();
  if (!there.value()) co_return Status{};
  const auto names = context_.io.list(directory);
  if (!names) co_return names.error();
  std::map<uint32_t, std::vector<FoundSegment>> chains;  // by shard
  for (const std::string& name : names.value()) {
    const auto archived = parse_archive_name(name);
    if (!archived) continue;
    SegmentFile file{archived->id, directory + '/' + name};
    auto segment = co_await read_segment_header(context_.io, std::move(file));
    if (!segment) co_return std::move(segment.error());
    if (segment.value().header.id != archived->id || archived->id > kMaxSegmentId) {
      co_return corrupt(segment.value().file.path + " is no commit log segment of that name");
    }
    foreign_segments_.push_back({kRestoreFolder, archived->id, segment.value().file.path});
    chains[archived->shard].push_back(std::move(segment.value()));
  }
  Replay restored(*this, nullptr, false);
  const std::function<ReplayHandler*(const FoundSegment&)> choose =
      [&](const FoundSegment&) -> ReplayHandler* { return &restored; };
  const ReplayOptions options{config.commitlog_ignore_replay_errors, true, false};
  for (auto& [shard, chain] : chains) {
    std::ranges::sort(chain, {}, [](const FoundSegment& segment) { return segment.file.id; });
    ReplayStats stats;
    auto end = co_await replay_log(context_.io, chain, choose, options, stats);
    if (!end) co_return std::move(end.error());
    note_replay(stats);
  }
  co_return Status{};
}

// Ids are never used twice, also when this folder was removed or an older copy of it put back: an
// archive keeps segments under their ids, and what an earlier life of the folder has left must not
// cover what is written from now on. So they begin behind all that is known of, and at each start
// not before the clock's seconds.
Result<uint64_t> StoreImpl::first_segment_id(uint64_t last_id) const {
  // The year 2072: a clock that is wrong must leave ids to go on with.
  constexpr int64_t kMaxClockId = 0xC000'0000;
  last_id = std::max(last_id, segment_of(context_.positions.last_position()));
  last_id = std::max(last_id, context_.config.commitlog_last_archived);
  for (const ForeignSegment& segment : foreign_segments_) last_id = std::max(last_id, segment.id);
  // A start may need some at once; far more than one life needs are left before.
  constexpr uint64_t kLeft = 1u << 20;
  if (last_id > kMaxSegmentId - kLeft) {
    return corrupt("the commit log's segment ids are used up: the last is " +
                   std::to_string(last_id));
  }
  const int64_t now = std::clamp<int64_t>(context_.clock.wall_seconds(), 0, kMaxClockId);
  return std::max(last_id + 1, static_cast<uint64_t>(now));
}

Task<Status> StoreImpl::open_log(FoundLog log) {
  context_.purge_allowed = foreign_segments_.empty();
  const auto first_id = first_segment_id(log.last_id);
  if (!first_id) co_return first_id.error();
  if (context_.purge_allowed) {
    // The files of truncated tables went while loading.
    const bool none = log.kept.empty();
    context_.positions.prune(none ? UINT64_MAX : make_position(log.kept.front().id, 0));
    CETO_CO_TRY(co_await context_.positions.settle());
  }
  co_return co_await context_.log.open(std::move(log.kept), log.end, std::move(log.spare),
                                       first_id.value());
}

Task<Status> StoreImpl::close() {
  context_.throttle.set_rate(0);
  // What runs in the background ends soon: flushes and compactions are cancelled, not finished.
  for (const auto& [id, each] : tables_) each->set_cancelled(true);
  context_.disk.close();
  co_await gate_.close();
  Status synced = co_await context_.log.close();
  co_await context_.removals.close();
  context_.remove_retired();
  open_ = false;
  co_return synced;
}

}  // namespace ceto
