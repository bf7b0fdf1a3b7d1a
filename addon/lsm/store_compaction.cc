// The compactions of a store: which table is next, how many at once, and what is asked for.
#include <algorithm>

#include "lsm/compaction/compaction.h"
#include "lsm/store_impl.h"

namespace ceto {

void StoreImpl::start_compacting() {
  if (compacting_ >= context_.config.concurrent_compactions || !open_ ||
      context_.clock.monotonic_micros() < compact_retry_micros_ || !gate_.enter()) {
    return;
  }
  ++compacting_;
  spawn(compact_loop());
}

Task<void> StoreImpl::compact_loop() {
  co_await context_.compaction_background.yield();
  // Not `if (!co_await ...) break;`: gcc 12 loses the rest of the loop behind that.
  bool more = true;
  while (more && !gate_.closing()) more = co_await compact_once();
  CETO_ASSERT(compacting_ > 0);
  --compacting_;
  gate_.leave();
}

// One compaction of one table; false when no table has any to do. The tables take turns.
Task<bool> StoreImpl::compact_once() {
  std::vector<TablePtr> all;
  for (const auto& [id, each] : tables_) all.push_back(each);
  for (size_t i = 0; i < all.size(); ++i) {
    const TablePtr& each = all[(next_compacted_ + i) % all.size()];
    if (gate_.closing()) co_return false;
    bool found = false;
    const Status done = co_await compact_table(each, found);
    if (context_.compaction_background.should_yield())
      co_await context_.compaction_background.yield();
    if (!found) continue;
    if (done) {
      compact_backoff_micros_ = kFirstRetryMicros;
      next_compacted_ = (next_compacted_ + i + 1) % all.size();
      co_return true;
    }
    // Stopped, or cancelled with the table: the next flush or check tries again.
    if (done.error().code == ErrorCode::kShuttingDown) continue;
    ++context_.failed_background;
    context_.damage.add(done.error());
    if (done.error().code == ErrorCode::kDiskFull) {
      // What the others would write may be less, or make room.
      each->wait_for_room_until(context_.clock.monotonic_micros() + kLastCompactRetryMicros);
      context_.disk.notice(done.error().message);
      context_.disk.compaction_failed(done.error());
      continue;
    }
    // The others are not held up by this one.
    next_compacted_ = (next_compacted_ + i + 1) % all.size();
    compact_retry_micros_ = context_.clock.monotonic_micros() + compact_backoff_micros_;
    compact_backoff_micros_ = std::min(2 * compact_backoff_micros_, kLastCompactRetryMicros);
    if (DiskWatch::of_disk(done.error())) context_.disk.compaction_failed(done.error());
    co_return false;
  }
  co_return false;
}

// What the table has to do, if anything. `found` is set before the first wait.
Task<Status> StoreImpl::compact_table(TablePtr table, bool& found) {
  if (table->dropped() || table->claims().paused()) co_return Status{};
  if (table->waits_for_room(context_.clock.monotonic_micros())) co_return Status{};
  for (const LiveSSTable& entry : table->sstables()) {
    if (!entry.shared) continue;
    // Before anything else of the table is compacted.
    if (table->claims().has(*entry.table)) co_return Status{};
    found = true;
    const LiveSSTable input = entry;
    const CompactionClaims::Claim claim = table->claims().take({input.table});
    start_compacting();
    RewritePolicy as_it_stands;
    co_return co_await rewrite_shared(context_, table, input, CompactionKind::kRelocate,
                                      as_it_stands);
  }
  std::optional<PlannedCompaction> planned = plan_compaction(*table);
  if (!planned) co_return Status{};
  found = true;
  const CompactionClaims::Claim claim = table->claims().take(planned->tables());
  // Another may look for more meanwhile.
  start_compacting();
  Status done = co_await run_compaction(context_, table, std::move(*planned));
  if (!done) table->note_damage(done.error());
  co_return done;
}

Task<Status> StoreImpl::compact(TableId id) {
  const TablePtr found = find(id);
  if (!found) co_return invalid_request("unconfigured table");
  CETO_CO_TRY(co_await flush_one(found));
  if (!gate_.enter()) co_return Error{ErrorCode::kShuttingDown, "the store is closing"};
  Status done;
  {
    const AsyncMutex::Lock lock = co_await found->compaction_mutex().lock();
    if (!found->dropped()) done = co_await compact_all(context_, found);
  }
  start_compacting();
  gate_.leave();
  co_return done;
}

Status StoreImpl::stop_compactions(std::string_view kind) {
  if (kind.empty()) {
    context_.running.stop(std::nullopt, nullptr);
    return {};
  }
  const auto known = compaction_kind_of(kind);
  if (!known) return invalid_request("No enum constant of compaction types: " + std::string(kind));
  context_.running.stop(*known, nullptr);
  return {};
}

}  // namespace ceto
