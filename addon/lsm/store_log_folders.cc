// The folders of the shards' commit logs, of this shard and of others: what of them goes after a
// start, and in which order. docs/formats/commitlog.md has the rules.
#include <algorithm>
#include <tuple>

#include "lsm/commitlog_replay.h"
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

// What lies behind the log's end, in segment `last`, is void. It must not outlive the segment that
// says so.
Status StoreImpl::remove_void(const std::string& directory, std::vector<FoundSegment>& chain,
                              uint64_t last) {
  if (chain.empty() || chain.back().file.id <= last) return {};
  for (; !chain.empty() && chain.back().file.id > last; chain.pop_back()) {
    CETO_TRY(remove_segment(chain.back().file.path));
  }
  return sync_folder(directory);
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
  // Should the folder come back, it comes without what its replay positions said.
  CETO_TRY(context_.io.sync_directory(directory));
  return context_.io.unlink(directory);
}

// In the order of their ids, behind those that are void, and of a shard's folder by that shard
// alone: what a crash leaves of a log is then its end, without a gap.
Task<Status> StoreImpl::retire_foreign_segments() {
  if (context_.purge_allowed) co_return Status{};
  CETO_ASSERT(open_);
  std::ranges::sort(foreign_segments_, {}, [](const ForeignSegment& segment) {
    return std::tuple(segment.folder, !segment.is_void, segment.id);
  });
  for (const ForeignSegment& segment : foreign_segments_) {
    const uint32_t folder = segment.folder;
    if (folder < context_.config.shard_count && folder != context_.config.shard) continue;
    CETO_CO_TRY(remove_segment(segment.path));
  }
  foreign_segments_.clear();
  const auto folders = log_folders();
  if (!folders) co_return folders.error();
  // Before a tombstone is purged, or a truncation recorded, that they would not know of.
  for (const uint32_t shard : folders.value()) {
    CETO_CO_TRY(sync_folder(shard_log_directory(context_.config.commitlog_directory, shard)));
  }
  for (const uint32_t shard : folders.value()) CETO_CO_TRY(remove_dead_folder(shard));
  context_.purge_allowed = true;
  start_compacting();
  co_return Status{};
}

}  // namespace ceto
