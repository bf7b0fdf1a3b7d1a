#include "lsm/compaction/compaction.h"

#include <algorithm>

#include "lsm/compaction/size_tiered.h"
#include "lsm/transaction_log.h"

namespace ceto {

namespace {

// Tombstones may go where nothing outside of the inputs is old enough to be deleted by them.
class OverlapPolicy final : public PurgePolicy {
 public:
  OverlapPolicy(const StoreContext& context, const TableStore& table,
                const std::vector<SSTablePtr>& inputs)
      : context_(context), table_(table), inputs_(inputs) {}

  int64_t max_purgeable_timestamp(Token token, Bytes key) override {
    if (!context_.purge_allowed) return INT64_MIN;
    return table_.min_timestamp_outside(inputs_, token, key);
  }

 private:
  const StoreContext& context_;
  const TableStore& table_;
  const std::vector<SSTablePtr>& inputs_;
};

SSTableWriterOptions options_for(const StoreContext& context,
                                 const std::vector<SSTablePtr>& inputs) {
  SSTableWriterOptions options;
  options.expected_partitions = 0;
  options.host_id = context.config.node_id;
  options.min_timestamp = INT64_MAX;
  options.min_local_deletion_time = kNoDeletionTime;
  uint32_t min_ttl = UINT32_MAX;
  for (const SSTablePtr& input : inputs) {
    const SSTableMetadata& metadata = input->metadata();
    options.expected_partitions += metadata.partitions;
    options.commitlog_upper_bound =
        std::max(options.commitlog_upper_bound, metadata.commitlog_upper_bound);
    options.min_timestamp = std::min(options.min_timestamp, metadata.min_timestamp);
    options.min_local_deletion_time =
        std::min(options.min_local_deletion_time, metadata.min_local_deletion_time);
    min_ttl = std::min(min_ttl, static_cast<uint32_t>(std::max(metadata.min_ttl, 0)));
  }
  options.min_ttl = min_ttl == UINT32_MAX ? 0 : min_ttl;
  // Without any deletion or expiry the base is the writer's own.
  constexpr uint32_t kNoneInFile = INT32_MAX;
  if (options.min_local_deletion_time >= kNoneInFile) {
    options.min_local_deletion_time = SSTableWriterOptions{}.min_local_deletion_time;
  }
  return options;
}

// An output on its way: its set, writer and, once finished, the open table.
struct Output {
  SSTableDescriptor set;
  std::unique_ptr<SSTableWriter> writer;
  SSTablePtr made;
};

Task<Status> finish_output(StoreContext& context, TableStore& table, Output& output,
                           uint64_t partitions) {
  if (partitions == 0) {
    output.writer->abandon();
    static_cast<void>(context.io.unlink(output.set.path(share_mark(context.share()))).ok());
    co_return Status{};
  }
  CETO_CO_TRY(co_await output.writer->finish());
  auto opened = co_await open_sstable(context.io, context.cache, output.set, table.schema());
  if (!opened) co_return opened.error();
  output.made = std::move(opened.value());
  co_return Status{};
}

// Removes what an output left, complete or not.
void drop_output(StoreContext& context, Output& output) {
  output.writer->abandon();
  if (output.made) output.made->mark_obsolete();
  output.made.reset();
  auto files = list_table_files(context.io, output.set.directory);
  if (!files) return;
  remove_set(context.io, output.set.directory, files.value().sets[output.set.generation]);
}

Result<Output> start_output(StoreContext& context, TableStore& table,
                            const SSTableWriterOptions& options) {
  auto set = table.new_set();
  if (!set) return set.error();
  auto writer = make_sstable_writer(context.io, set.value(), table.schema(), options);
  return Output{std::move(set.value()), std::move(writer), nullptr};
}

Task<Status> write_output(StoreContext& context, TableStore& table, Output& output,
                          const std::vector<LiveSSTable>& inputs, Purger* purger,
                          PurgePolicy* policy) {
  ReadCommand everything;
  everything.table = table.schema();
  MergeScan source(table.schema(), false);
  for (const LiveSSTable& input : inputs) {
    source.add(table.scan_entry(input, everything, TokenRange{}));
  }
  const auto written =
      co_await write_partitions({source, *output.writer, context.compaction_background, purger,
                                 policy, &context.throttle, table.cancelled()});
  if (!written) co_return written.error();
  co_return co_await finish_output(context, table, output, written.value());
}

// The inputs are out of the list: their files, marks and the log go when the last reader is done.
void retire_inputs(StoreContext& context, const TableStore& table,
                   const std::vector<SSTablePtr>& inputs, const TransactionLog& log) {
  RetiredFiles gone{table.directory(), {}, {}, false};
  for (const SSTablePtr& input : inputs) {
    input->mark_obsolete();
    gone.sstables.push_back(input);
    gone.leftovers.push_back(input->descriptor().path(share_mark(context.share())));
  }
  gone.leftovers.push_back(log.path());
  context.retired.push_back(std::move(gone));
}

}  // namespace

Task<Status> compact_sstables(StoreContext& context, std::shared_ptr<TableStore> table,
                              std::vector<SSTablePtr> inputs) {
  CETO_ASSERT(!inputs.empty());
  CETO_ASSERT(table->compaction_mutex().locked());
  auto started = start_output(context, *table, options_for(context, inputs));
  if (!started) co_return started.error();
  Output output = std::move(started.value());
  TransactionLog log(context.io, table->directory(), output.set.generation, context.config.shard);
  std::vector<uint64_t> generations;
  std::vector<LiveSSTable> entries;
  for (const SSTablePtr& input : inputs) {
    generations.push_back(input->descriptor().generation);
    entries.push_back({input, false, {}});
  }
  Status done = log.begin(generations);
  if (done) {
    const int64_t now = context.clock.wall_seconds();
    Purger purger(now, now - table->schema()->gc_grace_seconds);
    OverlapPolicy policy(context, *table, inputs);
    done = co_await write_output(context, *table, output, entries, &purger, &policy);
  }
  if (!done) {
    drop_output(context, output);
    log.remove();
    co_return done;
  }
  done = log.commit();
  if (!done) {
    // Nobody knows whether the commit is on disk. Both sides stay as they are: the next start finds
    // out.
    context.compaction_stopped = true;
    co_return done;
  }
  if (output.made) context.compacted_bytes += output.made->metadata().disk_bytes;
  ++context.compactions;
  table->replace(inputs, std::move(output.made));
  retire_inputs(context, *table, inputs, log);
  entries.clear();
  inputs.clear();
  context.remove_retired();
  co_return Status{};
}

Task<Status> rewrite_shared(StoreContext& context, std::shared_ptr<TableStore> table,
                            LiveSSTable input) {
  CETO_ASSERT(input.shared && table->compaction_mutex().locked());
  std::vector<LiveSSTable> entries{input};
  auto started = start_output(context, *table, options_for(context, {input.table}));
  if (!started) co_return started.error();
  Output output = std::move(started.value());
  Status done = co_await write_output(context, *table, output, entries, nullptr, nullptr);
  if (!done) {
    drop_output(context, output);
    co_return done;
  }
  ++context.compactions;
  table->replace({input.table}, std::move(output.made));
  co_return table->finish_shared(input.table);
}

bool is_size_tiered(const TableSchema& schema) {
  const auto found = schema.compaction.find("class");
  return found == schema.compaction.end() ||
         found->second.ends_with("SizeTieredCompactionStrategy");
}

std::vector<SSTablePtr> choose_compaction(TableStore& table) {
  std::vector<SSTablePtr> candidates;
  std::vector<uint64_t> sizes;
  for (const LiveSSTable& entry : table.sstables()) {
    if (entry.shared) continue;
    candidates.push_back(entry.table);
    sizes.push_back(entry.table->metadata().disk_bytes);
  }
  const SizeTieredChoice choice =
      choose_size_tiered(sizes, SizeTieredOptions::from(table.schema()->compaction));
  table.pending_compactions = choice.pending;
  std::vector<SSTablePtr> out;
  for (const size_t index : choice.inputs) out.push_back(candidates[index]);
  return out;
}

}  // namespace ceto
