// Snapshots, incremental backups and imports of a store: lsm/file_operations.h.
#include <algorithm>

#include "lsm/set_links.h"
#include "lsm/sstable/data_check.h"
#include "lsm/store_impl.h"

namespace ceto {

namespace {

Error unknown_table() { return invalid_request("unconfigured table"); }

// Index.db against the data, and with `rows` each row; the first contradiction.
Task<Status> check_set(SSTablePtr sstable, Background& background, const bool* cancelled,
                       bool rows) {
  // Always this: the store opens no other kind.
  const auto files = std::static_pointer_cast<SSTableImpl>(std::move(sstable));
  const std::function<bool(Token)> all_owned;
  const WorkPace pace{background, nullptr, cancelled};
  const DataCheck::Depth depth = rows ? DataCheck::Depth::kRows : DataCheck::Depth::kIndex;
  DataCheck check(*files, all_owned, pace, depth);
  VerifyReport report;
  co_return co_await check.run(report);
}

}  // namespace

Task<Result<std::vector<SetInUse>>> StoreImpl::snapshot(TableId id, std::string directory,
                                                        bool skip_flush) {
  const TablePtr found = find(id);
  if (!found) co_return unknown_table();
  if (!skip_flush) CETO_CO_TRY(co_await flush_one(found));
  if (!gate_.enter()) co_return Error{ErrorCode::kShuttingDown, "the store is closing"};
  auto taken = co_await found->link_sets(std::move(directory));
  gate_.leave();
  context_.remove_retired();
  co_return taken;
}

Result<std::vector<SetInUse>> StoreImpl::sets_in_use(const TableId& id) const {
  const TablePtr found = find(id);
  if (!found) return unknown_table();
  return found->sets_in_use();
}

Result<uint64_t> StoreImpl::reserve_generations(const TableId& id, uint32_t count) {
  const TablePtr found = find(id);
  if (!found) return unknown_table();
  return found->reserve_generations(count);
}

Task<Status> StoreImpl::prepare_import(TableId id, std::vector<uint64_t> generations,
                                       bool read_all) {
  const TablePtr found = find(id);
  if (!found) co_return unknown_table();
  if (!gate_.enter()) co_return Error{ErrorCode::kShuttingDown, "the store is closing"};
  const Status opened = co_await found->prepare_import(std::move(generations), read_all);
  if (!opened) found->forget_import();
  gate_.leave();
  co_return opened;
}

Status StoreImpl::finish_import(const TableId& id, bool publish) {
  const TablePtr found = find(id);
  if (!found) return unknown_table();
  if (publish) {
    found->publish_import();
    start_compacting();
  } else {
    found->forget_import();
  }
  return {};
}

// --- the table's part
// ---------------------------------------------------------------------------------------

std::vector<SetInUse> TableStore::sets_in_use() const {
  std::vector<SetInUse> out;
  for (const auto* list : {&sstables_, &importing_}) {
    for (const LiveSSTable& entry : *list) {
      out.push_back({entry.table->descriptor().generation, entry.shared});
    }
  }
  return out;
}

uint64_t TableStore::reserve_generations(uint32_t count) {
  const uint64_t first = next_counter_;
  next_counter_ += count;
  return make_generation(first, context_.config.shard);
}

Task<Result<std::vector<SetInUse>>> TableStore::link_sets(std::string target) {
  CETO_CO_TRY(context_.io.make_directories(target));
  co_await context_.compaction_background.yield();
  // From here to the end of the loop nothing else runs: the list is of one moment, and shared sets,
  // which the last shard that rewrites them removes from under us, are linked within it.
  const std::vector<LiveSSTable> taken = sstables_;
  std::vector<SetInUse> out;
  const bool any_shared = std::any_of(taken.begin(), taken.end(),
                                      [](const LiveSSTable& entry) { return entry.shared; });
  TableFiles files;
  if (any_shared) {
    auto listed = list_table_files(context_.io, directory_);
    if (!listed) co_return std::move(listed.error());
    files = std::move(listed).value();
  }
  for (const LiveSSTable& entry : taken) {
    const uint64_t generation = entry.table->descriptor().generation;
    out.push_back({generation, entry.shared});
    if (!entry.shared) continue;
    CETO_CO_TRY(link_shared_set(context_.io, directory_, files.sets[generation],
                                context_.config.shard_count, target));
  }
  // The files of the others stay while `taken` holds them.
  for (const LiveSSTable& entry : taken) {
    if (entry.shared) continue;
    CETO_CO_TRY(link_own_set(context_.io, entry.table->descriptor(), context_.share(), target));
    if (context_.compaction_background.should_yield()) {
      co_await context_.compaction_background.yield();
    }
  }
  CETO_CO_TRY(context_.io.sync_directory(target));
  co_return out;
}

Status TableStore::back_up(const SSTablePtr& flushed) {
  if (!context_.incremental_backups || !schema_->incremental_backups) return {};
  const std::string target = directory_ + "/backups";
  CETO_TRY(context_.io.make_directories(target));
  CETO_TRY(link_own_set(context_.io, flushed->descriptor(), context_.share(), target));
  return context_.io.sync_directory(target);
}

Task<Status> TableStore::prepare_import(std::vector<uint64_t> generations, bool read_all) {
  auto listed = list_table_files(context_.io, directory_);
  if (!listed) co_return std::move(listed.error());
  const ShardShare own = context_.share();
  for (const uint64_t generation : generations) {
    const auto found = listed.value().sets.find(generation);
    if (found == listed.value().sets.end() || !found->second.complete) {
      co_return invalid_request("generation " + std::to_string(generation) + " of " +
                                schema_->keyspace + "." + schema_->name + " is not complete");
    }
    const FileSet& set = found->second;
    const bool same_count = !set.from_elsewhere && set.share.count == own.count;
    if (same_count && set.share.shard != own.shard) continue;
    const auto& rewritten = set.rewritten;
    if (std::find(rewritten.begin(), rewritten.end(), own) != rewritten.end()) continue;
    // Not a temporary: gcc 12 copies those of a co_await bit by bit.
    const SSTableDescriptor descriptor = set.descriptor(directory_);
    auto opened = co_await open_sstable(context_.io, context_.cache, descriptor, schema_);
    if (!opened) co_return std::move(opened.error());
    importing_.push_back({std::move(opened).value(), !same_count, rewritten});
    const SSTablePtr taken = importing_.back().table;
    // One of the shards that it is shared by does it for all.
    if (!same_count && !own.owns(taken->metadata().first_token)) continue;
    CETO_CO_TRY(co_await check_set(taken, context_.compaction_background, &cancelled_, read_all));
  }
  co_return Status{};
}

void TableStore::publish_import() {
  for (LiveSSTable& entry : importing_) sstables_.push_back(std::move(entry));
  importing_.clear();
  replace({}, {});  // in order of their newest data
}

void TableStore::forget_import() { importing_.clear(); }

}  // namespace ceto
