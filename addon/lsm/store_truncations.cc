// Truncated tables: what is recorded before their files go, and how a start ends what a crash left
// of that. docs/formats/commitlog.md and docs/formats/data-directory.md have the rules.
#include <algorithm>

#include "lsm/store_impl.h"

namespace ceto {

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
  // What a failing log writes again gets positions behind this one: once more, then.
  for (int attempts = 1;; ++attempts) {
    // What is written from here on stays.
    truncated->switch_memtable();
    position = context_.log.last_position();
    const uint64_t recoveries = context_.log.recoveries();
    CETO_CO_TRY(co_await context_.log.sync());
    if (recoveries == context_.log.recoveries()) break;
    if (attempts == kTruncationAttempts) co_return *context_.log.last_error();
  }
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

}  // namespace ceto
