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

Status StoreImpl::record_truncation(const TablePtr& table) {
  if (table->schema()->memory_only) return {};
  std::vector<uint64_t> generations = table->generations();
  // Readers may hold what an earlier truncation took.
  if (const Truncation* before = truncations_.find(table->schema()->id)) {
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
  }
  return truncations_.put(
      table->schema()->id,
      {context_.log.last_position(), context_.config.shard_count, std::move(generations)});
}

// Of all shards, also of those that are no more: each has recorded what it was to remove, under the
// shard count of its time.
Result<std::map<TableId, std::vector<TruncatedShare>>> StoreImpl::gather_truncations() {
  std::map<TableId, std::vector<TruncatedShare>> out;
  const auto folders = log_folders();
  if (!folders) return folders.error();
  for (const uint32_t shard : folders.value()) {
    Truncations theirs(context_.io,
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
