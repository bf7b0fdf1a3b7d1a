// What a table does at the start of its shard: docs/formats/data-directory.md.
#include <algorithm>

#include "lsm/table_store.h"
#include "lsm/transaction_log.h"

namespace ceto {

namespace {

constexpr std::string_view kTemporary = ".tmp";

bool contains(const std::vector<ShardShare>& all, const ShardShare& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

// Sets that a transaction says are gone are taken out of `files`; those of this shard's logs (and
// of logs that no shard of the present count wrote, dealt out by number) are removed from disk.
Task<Status> TableStore::recover_transactions(TableFiles& files) {
  for (const std::string& name : files.transaction_logs) {
    if (name.ends_with(kTemporary)) {
      // Never came to stand for anything.
      const auto whole = name.substr(0, name.size() - kTemporary.size());
      const ShardShare writer{TransactionLog::shard_of_name(whole).value_or(0), 1};
      if (writer.falls_to(context_.share())) {
        CETO_CO_TRY(context_.io.unlink(directory_ + '/' + name));
      }
      continue;
    }
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
      if (ours) CETO_CO_TRY(remove_set(context_.io, directory_, found->second));
      files.sets.erase(found);
    }
    if (ours) {
      CETO_CO_TRY(context_.io.sync_directory(directory_));
      CETO_CO_TRY(context_.io.unlink(directory_ + '/' + name));
    }
  }
  co_return Status{};
}

// What the truncations say about sets is from here on said by their files: those whose own share is
// gone go, the others get a mark. Each truncation is the work of the shard that its shard falls to;
// the others see what it says as well, whether they come before or after that.
Status TableStore::apply_truncations(TableFiles& files,
                                     const std::vector<TruncatedShare>& truncated) {
  bool changed = false;
  for (const auto& [generation, share] : truncated) {
    const bool ours = share.falls_to(context_.share());
    const auto found = files.sets.find(generation);
    if (found == files.sets.end()) continue;
    FileSet& set = found->second;
    if (!set.from_elsewhere && set.share == share) {
      if (ours) CETO_TRY(remove_set(context_.io, directory_, set));
      changed |= ours;
      files.sets.erase(found);
    } else if (!contains(set.rewritten, share)) {
      if (ours) {
        const SSTableDescriptor descriptor = set.descriptor(directory_);
        const std::string mark = rewritten_mark(share);
        CETO_TRY(write_mark(context_.io, descriptor, mark));
        changed = true;
        // What is left of a set may be removed next, and the mark with it.
        set.file_names.push_back(descriptor.path(mark).substr(directory_.size() + 1));
      }
      set.rewritten.push_back(share);
    }
  }
  return changed ? context_.io.sync_directory(directory_) : Status{};
}

Task<Status> TableStore::load(std::vector<TruncatedShare> truncated) {
  if (schema_->memory_only) co_return Status{};
  auto listed = list_table_files(context_.io, directory_);
  if (!listed) co_return listed.error();
  // What a life before this one removed and could not sync is not listed; it must not come back
  // either, since no truncation would name it.
  const auto there = context_.io.exists(directory_);
  if (!there) co_return there.error();
  if (there.value()) CETO_CO_TRY(context_.io.sync_directory(directory_));
  TableFiles& files = listed.value();
  for (const auto& [generation, set] : files.sets) {
    next_counter_ = std::max(next_counter_, generation_counter(generation) + 1);
  }
  for (const TruncatedShare& one : truncated) {
    next_counter_ = std::max(next_counter_, generation_counter(one.generation) + 1);
  }
  CETO_CO_TRY(co_await recover_transactions(files));
  CETO_CO_TRY(apply_truncations(files, truncated));
  for (const auto& [generation, set] : files.sets) CETO_CO_TRY(co_await load_set(set));
  replace({}, {});  // in order of their newest data
  co_return Status{};
}

Task<Status> TableStore::load_set(const FileSet& set) {
  const ShardShare own = context_.share();
  const SSTableDescriptor descriptor = set.descriptor(directory_);
  const bool same_count = !set.from_elsewhere && set.share.count == own.count;
  if (same_count && set.share.shard != own.shard) co_return Status{};
  // Sets of shards that are no more are dealt out by number.
  const bool ours = set.from_elsewhere ? own.shard == 0 : set.share.falls_to(own);
  if (!set.complete) {
    // A flush or compaction that a crash cut short, or half removed files. Half sets from elsewhere
    // may still be on their way in.
    if (ours && !(set.from_elsewhere && set.rewritten.empty())) {
      co_return remove_set(context_.io, directory_, set);
    }
    co_return Status{};
  }
  if (is_rewritten(set, own.count)) {
    // The shard that came last did not get to remove it.
    if (ours) co_return remove_set(context_.io, directory_, set);
    co_return Status{};
  }
  if (contains(set.rewritten, own)) co_return Status{};
  std::vector<Error> damage;
  auto opened =
      co_await open_sstable(context_.io, context_.cache, descriptor, schema_, nullptr, &damage);
  for (const Error& error : damage) {
    context_.damage.add(corrupt(error.message + "; the SSTable is read without this file"));
  }
  if (!opened) {
    // A shared set that its last shard removes while this one starts.
    const auto there = context_.io.exists(descriptor.path("TOC.txt"));
    if (!same_count && there && !there.value()) co_return Status{};
    co_return opened.error();
  }
  // Also a set of this very share is a shared one when a start with another count has rewritten
  // parts of it meanwhile.
  const bool shared = !same_count || !set.rewritten.empty();
  sstables_.push_back({std::move(opened.value()), shared, set.rewritten});
  co_return Status{};
}

}  // namespace ceto
