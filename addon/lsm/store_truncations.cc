// Truncated tables: what is recorded before their files go, and how a start ends what a crash left
// of that. docs/formats/commitlog.md and docs/formats/data-directory.md have the rules.
#include <algorithm>

#include "lsm/store_impl.h"

namespace ceto {

// The shards that have, or had, a log.
Result<std::vector<uint32_t>> StoreImpl::log_folders() {
  const auto names = context_.io.list(context_.config.commitlog_directory);
  if (!names) return names.error();
  std::vector<uint32_t> out;
  for (const std::string& name : names.value()) {
    if (const auto shard = parse_shard_directory(name)) out.push_back(*shard);
  }
  return out;
}

// What a truncation has to name: all sets that are there, and those that readers still hold of what
// an earlier one took.
Result<std::vector<uint64_t>> StoreImpl::sets_to_truncate(const TablePtr& table) {
  std::vector<uint64_t> generations = table->generations();
  const ReplayPosition* const before = context_.positions.find(table->schema()->id);
  if (!before) return generations;
  const std::vector<uint64_t> there = table->still_there(before->generations);
  // What is left out must not come back.
  if (there.size() < before->generations.size()) {
    CETO_TRY(context_.io.sync_directory(table->directory()));
  }
  for (const uint64_t one : there) {
    if (std::find(generations.begin(), generations.end(), one) == generations.end()) {
      generations.push_back(one);
    }
  }
  return generations;
}

Task<Status> StoreImpl::truncate_table(TableId id) {
  const TablePtr truncated = find(id);
  if (!truncated) co_return invalid_request("unconfigured table");
  truncated->set_cancelled(true);
  const AsyncMutex::Lock no_flush = co_await truncated->flush_mutex().lock();
  const AsyncMutex::Lock no_whole = co_await truncated->compaction_mutex().lock();
  const CompactionClaims::Pause no_compaction(truncated->claims());
  co_await truncated->claims().released();
  truncated->set_cancelled(false);
  if (truncated->dropped()) co_return Status{};
  if (truncated->schema()->memory_only) {
    truncated->forget_all();
    co_return Status{};
  }
  auto generations = sets_to_truncate(truncated);
  if (!generations) co_return std::move(generations.error());
  CommitPosition position = 0;
  uint64_t recoveries = 0;
  // What a failing log writes again gets positions behind this one: once more, then.
  do {
    // What is written from here on stays.
    truncated->switch_memtable();
    position = context_.log.last_position();
    recoveries = context_.log.recoveries();
    CETO_CO_TRY(co_await context_.log.sync());
  } while (recoveries != context_.log.recoveries());
  CETO_CO_TRY(co_await context_.positions.truncate(id, position, context_.config.shard_count,
                                                   generations.value()));
  truncated->forget(generations.value());
  discard_log();
  co_return Status{};
}

// Of all shards, also of those that are no more: each has recorded what it was to remove, under the
// shard count of its time.
Result<std::map<TableId, std::vector<TruncatedShare>>> StoreImpl::gather_truncations() {
  std::map<TableId, std::vector<TruncatedShare>> out;
  const auto folders = log_folders();
  if (!folders) return folders.error();
  for (const uint32_t shard : folders.value()) {
    ReplayPositions theirs(context_.io,
                           shard_log_directory(context_.config.commitlog_directory, shard));
    CETO_TRY(theirs.load());
    for (const auto& [table, entry] : theirs.entries()) {
      for (const uint64_t generation : entry.generations) {
        out[table].push_back({generation, {shard, entry.shard_count}});
      }
    }
  }
  return out;
}

// Of any shard's log; one that is no more may go meanwhile.
Status StoreImpl::sync_folder(const std::string& directory) {
  Status synced = context_.io.sync_directory(directory);
  if (synced) return synced;
  const auto there = context_.io.exists(directory);
  return there && !there.value() ? Status{} : synced;
}

// Of the folders that no shard owns every shard tries, all at once: one finds the file.
Status StoreImpl::remove_segment(const std::string& path) {
  Status removed = context_.io.unlink(path);
  if (removed) return removed;
  const auto there = context_.io.exists(path);
  if (!there) return there.error();
  return there.value() ? removed : Status{};
}

// The log folder of a shard that is no more, once nothing in it is to be replayed. The shard that
// it falls to has taken over what its truncations said.
Status StoreImpl::remove_dead_folder(uint32_t shard) {
  const ShardShare own = context_.share();
  if (shard < own.count || !ShardShare{shard, 1}.falls_to(own)) return {};
  const std::string directory = shard_log_directory(context_.config.commitlog_directory, shard);
  const auto names = context_.io.list(directory);
  if (!names) return names.error();
  for (const std::string& name : names.value())
    CETO_TRY(context_.io.unlink(directory + '/' + name));
  return context_.io.unlink(directory);
}

}  // namespace ceto
