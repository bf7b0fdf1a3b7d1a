// What a table does at the start of its shard: docs/formats/data-directory.md.
#include <algorithm>

#include "lsm/table_store.h"
#include "lsm/transaction_log.h"

namespace ceto {

namespace {

bool contains(const std::vector<uint64_t>& all, uint64_t one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

// Sets that a transaction says are gone are taken out of `files`; those of this shard's logs (and
// of logs that no shard of the present count wrote, dealt out by number) are removed from disk.
Task<Status> TableStore::recover_transactions(TableFiles& files) {
  for (const std::string& name : files.transaction_logs) {
    const auto content = context_.io.read_file(directory_ + '/' + name);
    if (!content) {
      // Another shard ended it meanwhile.
      const auto there = context_.io.exists(directory_ + '/' + name);
      if (there && !there.value()) continue;
      co_return content.error();
    }
    const TransactionRecords records = TransactionLog::parse(content.value());
    const std::vector<uint64_t>& gone = records.committed ? records.removed : records.added;
    const uint32_t writer = TransactionLog::shard_of_name(name).value_or(0);
    const bool ours = writer % context_.config.shard_count == context_.config.shard;
    // Until the log is gone for good no new set may have a number that it names.
    for (const uint64_t generation : records.added) {
      next_counter_ = std::max(next_counter_, generation_counter(generation) + 1);
    }
    for (const uint64_t generation : gone) {
      const auto found = files.sets.find(generation);
      if (found == files.sets.end()) continue;
      if (ours) remove_set(context_.io, directory_, found->second);
      files.sets.erase(found);
    }
    if (ours) {
      CETO_CO_TRY(context_.io.sync_directory(directory_));
      CETO_CO_TRY(context_.io.unlink(directory_ + '/' + name));
    }
  }
  co_return Status{};
}

Task<Status> TableStore::load(std::vector<uint64_t> truncated) {
  if (schema_->memory_only) co_return Status{};
  auto listed = list_table_files(context_.io, directory_);
  if (!listed) co_return listed.error();
  TableFiles& files = listed.value();
  for (const auto& [generation, set] : files.sets) {
    next_counter_ = std::max(next_counter_, generation_counter(generation) + 1);
  }
  for (const uint64_t generation : truncated) {
    next_counter_ = std::max(next_counter_, generation_counter(generation) + 1);
  }
  CETO_CO_TRY(co_await recover_transactions(files));
  for (const auto& [generation, set] : files.sets) {
    CETO_CO_TRY(co_await load_set(set, contains(truncated, generation)));
  }
  replace({}, {});  // in order of their newest data
  // The truncations are forgotten once their files are gone for good.
  if (!truncated.empty() && !files.sets.empty())
    CETO_CO_TRY(context_.io.sync_directory(directory_));
  co_return Status{};
}

Task<Status> TableStore::load_set(const FileSet& set, bool truncated) {
  const ShardShare own = context_.share();
  const SSTableDescriptor descriptor{directory_, set.generation, set.version};
  const bool same_count = !set.from_elsewhere && set.share.count == own.count;
  if (same_count && set.share.shard != own.shard) co_return Status{};
  if (!set.complete || (truncated && same_count)) {
    // A flush or compaction that a crash cut short, or half removed files. Sets of shards that are
    // no more are dealt out by number; half sets from elsewhere may still be on their way in.
    const bool ours = same_count ||
                      (!set.from_elsewhere && set.share.shard % own.count == own.shard) ||
                      (!set.rewritten.empty() && own.shard == 0);
    if (ours) remove_set(context_.io, directory_, set);
    co_return Status{};
  }
  const auto& rewritten = set.rewritten;
  if (std::find(rewritten.begin(), rewritten.end(), own) != rewritten.end()) co_return Status{};
  if (truncated) co_return finish_set(descriptor);
  auto opened = co_await open_sstable(context_.io, context_.cache, descriptor, schema_);
  if (!opened) {
    // A shared set that its last shard removes while this one starts.
    const auto there = context_.io.exists(descriptor.path("TOC.txt"));
    if (!same_count && there && !there.value()) co_return Status{};
    co_return opened.error();
  }
  sstables_.push_back({std::move(opened.value()), !same_count, rewritten});
  co_return Status{};
}

}  // namespace ceto
