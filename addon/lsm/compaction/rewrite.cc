#include "lsm/compaction/rewrite.h"

#include <algorithm>

#include "lsm/chained_scan.h"
#include "lsm/transaction_log.h"

namespace ceto {

namespace {

// Tombstones may go where nothing outside of the inputs is old enough to be deleted by them.
class OverlapPolicy final : public PurgePolicy {
 public:
  OverlapPolicy(const StoreContext& context, const TableStore& table,
                const std::vector<SSTablePtr>& inputs)
      : context_(context), table_(table) {
    for (const SSTablePtr& input : inputs) inputs_.insert(input.get());
  }

  int64_t max_purgeable_timestamp(Token token, Bytes key) override {
    if (!context_.purge_allowed || table_.has_unlisted()) return INT64_MIN;
    return table_.min_timestamp_outside(inputs_, token, key);
  }

 private:
  const StoreContext& context_;
  const TableStore& table_;
  TableStore::SSTableSet inputs_;
};

SSTableWriterOptions options_for(const StoreContext& context,
                                 const std::vector<SSTablePtr>& inputs) {
  SSTableWriterOptions options;
  options.background = &context.compaction_background;
  options.expected_partitions = 0;
  options.host_id = context.config.node_id;
  options.min_timestamp = INT64_MAX;
  options.min_local_deletion_time = kNoDeletionTime;
  options.repaired_at = INT64_MAX;
  uint32_t min_ttl = UINT32_MAX;
  for (const SSTablePtr& input : inputs) {
    const SSTableMetadata& metadata = input->metadata();
    options.expected_partitions += metadata.partitions;
    options.commitlog_upper_bound =
        std::max(options.commitlog_upper_bound, metadata.commitlog_upper_bound);
    options.min_timestamp = std::min(options.min_timestamp, metadata.min_timestamp);
    options.min_local_deletion_time =
        std::min(options.min_local_deletion_time, metadata.min_local_deletion_time);
    options.repaired_at = std::min(options.repaired_at, metadata.repaired_at);
    min_ttl = std::min(min_ttl, static_cast<uint32_t>(std::max(metadata.min_ttl, 0)));
  }
  if (inputs.empty()) options.repaired_at = 0;
  options.min_ttl = min_ttl == UINT32_MAX ? 0 : min_ttl;
  // Without any deletion or expiry the base is the writer's own.
  constexpr uint32_t kNoneInFile = INT32_MAX;
  if (options.min_local_deletion_time >= kNoneInFile) {
    options.min_local_deletion_time = SSTableWriterOptions{}.min_local_deletion_time;
  }
  return options;
}

CompactionProgress progress_of(const TableStore& table, CompactionKind kind,
                               const std::vector<SSTablePtr>& inputs) {
  CompactionProgress out;
  out.kind = kind;
  out.table_id = table.schema()->id;
  out.keyspace = table.schema()->keyspace;
  out.table = table.schema()->name;
  out.sstables = static_cast<uint32_t>(inputs.size());
  out.target_directory = table.directory();
  for (const SSTablePtr& input : inputs) out.bytes_total += input->metadata().uncompressed_bytes;
  return out;
}

// Inputs that do not overlap are one source to the merge, which looks at each of its sources for
// every partition.
std::vector<std::vector<LiveSSTable>> runs_of(const std::vector<LiveSSTable>& inputs) {
  std::vector<SSTableRuns::Interval> intervals;
  for (const LiveSSTable& input : inputs) {
    intervals.push_back({input.table->metadata().first_token, input.table->metadata().last_token});
  }
  std::vector<std::vector<LiveSSTable>> out;
  for (const auto& run : SSTableRuns(intervals).within(Token{INT64_MIN}, Token{INT64_MAX})) {
    out.emplace_back();
    for (const uint32_t index : run) out.back().push_back(inputs[index]);
  }
  return out;
}

// What a rewrite works on, through all its steps.
struct Rewrite {
  StoreContext& context;
  TableStore& table;
  RewritePolicy& policy;
  RunningCompactions::Entry& running;
  SSTableOutputs& outputs;
  TableSchemaPtr schema;
};

Task<Result<PartitionsWritten>> write_all(Rewrite& rewrite, const std::vector<LiveSSTable>& inputs,
                                          Purger* purger, PurgePolicy* purge_policy) {
  ReadCommand everything;
  everything.table = rewrite.schema;
  MergeScan source(rewrite.schema, false);
  for (std::vector<LiveSSTable>& run : runs_of(inputs)) {
    source.add(std::make_unique<ChainedScan>(
        std::move(run), [&rewrite, &everything](const LiveSSTable& input) {
          return rewrite.policy.open_input(rewrite.table, input, everything);
        }));
  }
  rewrite.running.follow(source);
  auto written = co_await write_partitions(
      {source, rewrite.outputs, rewrite.context.compaction_background, purger, purge_policy,
       &rewrite.context.throttle, rewrite.table.cancelled(), &rewrite.running});
  rewrite.running.unfollow();
  if (!written) co_return written.error();
  CETO_CO_TRY(co_await rewrite.outputs.finish());
  co_return written;
}

Status find_space(StoreContext& context, const TableStore& table, const RewritePolicy& policy,
                  RewriteJob& job) {
  if (!job.space.empty()) return {};
  uint64_t bytes = 0;
  for (const SSTablePtr& input : job.inputs) bytes += input->metadata().data_bytes;
  auto space = reserve_space(context, table, bytes, policy.expected_outputs());
  if (!space) return std::move(space.error());
  job.space = std::move(space).value();
  return {};
}

// The inputs are out of the list: their files, marks and the log go when the last reader is done.
// `inputs` are the last references but for readers'.
void retire_inputs(StoreContext& context, const TableStore& table, std::vector<SSTablePtr> inputs,
                   const TransactionLog& log) {
  RetiredFiles gone{table.directory(), {}, {}, false};
  for (SSTablePtr& input : inputs) {
    gone.sstables.push_back(input);
    gone.leftovers.push_back(input->descriptor().path(share_mark(context.share())));
    // A large file should not wait for the next removal when its reader ends.
    if (input.use_count() > 1) input->mark_obsolete();
    input.reset();
  }
  gone.leftovers.push_back(log.path());
  context.retired.push_back(std::move(gone));
  context.remove_retired_aside();
}

bool in_history(CompactionKind kind) {
  return kind == CompactionKind::kCompaction || kind == CompactionKind::kMajorCompaction ||
         kind == CompactionKind::kTombstoneCompaction || kind == CompactionKind::kGarbageCollect ||
         kind == CompactionKind::kUpgradeSSTables;
}

void record(StoreContext& context, const CompactionProgress& about, const RewriteSummary& summary,
            const PartitionsWritten& written) {
  ++context.compactions;
  context.compacted_bytes += summary.bytes_out;
  if (!in_history(about.kind)) return;
  CompactionRecord entry;
  entry.id = about.id;
  entry.keyspace = about.keyspace;
  entry.table = about.table;
  entry.ended_at_millis = context.clock.wall_micros() / 1000;
  entry.bytes_in = summary.bytes_in;
  entry.bytes_out = summary.bytes_out;
  for (size_t i = 0; i < written.merged.size(); ++i) {
    if (written.merged[i] == 0) continue;
    entry.rows_merged[static_cast<int32_t>(i + 1)] = static_cast<int64_t>(written.merged[i]);
  }
  entry.properties["compaction_type"] = display_name(about.kind);
  context.running.record(std::move(entry));
}

std::vector<SSTablePtr> joined(const std::vector<SSTablePtr>& a, const std::vector<SSTablePtr>& b) {
  std::vector<SSTablePtr> both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

}  // namespace

std::unique_ptr<ScanSource> RewritePolicy::open_input(const TableStore& table,
                                                      const LiveSSTable& input,
                                                      const ReadCommand& everything) {
  return table.walk_entry(input, everything);
}

Task<Result<RewriteSummary>> rewrite_sstables(StoreContext& context,
                                              std::shared_ptr<TableStore> table, RewriteJob job,
                                              RewritePolicy& policy) {
  std::vector<SSTablePtr> removed = joined(job.inputs, job.expired);
  CETO_ASSERT(!removed.empty());
  CETO_CO_TRY(co_await settle_commits(context));
  // A record that is in the inputs must not be replayed once a deletion that covered it is purged.
  CETO_CO_TRY(co_await context.positions.settle());
  RewriteSummary summary;
  std::vector<SSTableDescriptor> inputs;
  std::vector<LiveSSTable> entries;
  for (const SSTablePtr& each : removed) {
    CETO_ASSERT(table->claims().has(*each));
    inputs.push_back(each->descriptor());
    summary.bytes_in += each->metadata().data_bytes;
  }
  for (const SSTablePtr& input : job.inputs) entries.push_back({input, false, {}});
  CETO_CO_TRY(find_space(context, *table, policy, job));
  RunningCompactions::Entry running(context.running, context.clock,
                                    progress_of(*table, job.kind, job.inputs));
  const auto log = std::make_shared<TransactionLog>(context.io, table->directory(),
                                                    table->new_generation(), context.config.shard);
  CETO_CO_TRY(co_await log->begin(std::move(inputs)));
  SSTableOutputs outputs(context, *table, table->schema(), options_for(context, job.inputs), policy,
                         log.get());
  outputs.follow(job.space);
  const int64_t now = context.clock.wall_seconds();
  Purger purger(now, now - table->schema()->gc_grace_seconds);
  OverlapPolicy overlaps(context, *table, removed);
  // Not as an operand of co_await: gcc 12 evaluates both branches of a conditional there.
  Purger* const purging = policy.purges() ? &purger : nullptr;
  OverlapPolicy* const purge_policy = policy.purges() ? &overlaps : nullptr;
  Rewrite rewrite{context, *table, policy, running, outputs, table->schema()};
  auto written = co_await write_all(rewrite, entries, purging, purge_policy);
  if (!written) {
    context.compactions_aborted += running.stopped() ? 1 : 0;
    // The log goes when all that it would remove is gone.
    if (outputs.abandon()) log->remove();
    co_return written.error();
  }
  const Status committed = co_await log->commit();
  if (!committed) {
    std::vector<uint64_t> made;
    for (const SSTablePtr& each : outputs.take()) made.push_back(each->descriptor().generation);
    table->note_unlisted(made);
    context.doubtful.push_back({table, log, std::move(made)});
    static_cast<void>((co_await settle_commits(context)).ok());  // or before the next rewrite
    co_return committed.error();
  }
  summary.outputs = outputs.take();
  summary.partitions = written.value().partitions;
  for (const SSTablePtr& made : summary.outputs) summary.bytes_out += made->metadata().data_bytes;
  record(context, running.about(), summary, written.value());
  const bool lost_keys = written.value().purged > 0 || !job.expired.empty();
  table->replace(removed, summary.outputs, lost_keys);
  entries.clear();
  job = {};
  retire_inputs(context, *table, std::move(removed), *log);
  co_return summary;
}

Task<Status> rewrite_shared(StoreContext& context, std::shared_ptr<TableStore> table,
                            LiveSSTable input, CompactionKind kind, RewritePolicy& policy) {
  CETO_ASSERT(input.shared && table->claims().has(*input.table));
  CETO_CO_TRY(co_await settle_commits(context));
  CETO_CO_TRY(co_await context.positions.settle());
  auto space = reserve_space(context, *table,
                             input.table->metadata().data_bytes / context.config.shard_count, 1);
  if (!space) co_return std::move(space.error());
  RunningCompactions::Entry running(context.running, context.clock,
                                    progress_of(*table, kind, {input.table}));
  SSTableOutputs outputs(context, *table, table->schema(), options_for(context, {input.table}),
                         policy, nullptr);
  outputs.follow(space.value());
  const std::vector<LiveSSTable> entries{input};
  Rewrite rewrite{context, *table, policy, running, outputs, table->schema()};
  const auto written = co_await write_all(rewrite, entries, nullptr, nullptr);
  if (!written) co_return written.error();
  ++context.compactions;
  table->replace({input.table}, outputs.take());
  Status finished = table->finish_shared(input.table);
  if (!finished) table->note_unlisted({input.table->descriptor().generation});
  co_return finished;
}

Task<Status> settle_commits(StoreContext& context) {
  if (context.doubtful.empty()) co_return Status{};
  const AsyncMutex::Lock lock = co_await context.doubtful_mutex.lock();
  while (!context.doubtful.empty()) {
    const DoubtfulCommit one = context.doubtful.back();
    // The files of a table that was dropped go with it.
    if (!one.table->dropped()) {
      CETO_CO_TRY(co_await one.log->withdraw());
      CETO_CO_TRY(remove_sets(context.io, one.table->directory(), one.made));
      one.table->forget_unlisted(one.made);
    }
    one.log->remove();
    // Others may have been added meanwhile.
    std::erase_if(context.doubtful,
                  [&](const DoubtfulCommit& each) { return each.log == one.log; });
  }
  co_return Status{};
}

namespace {

Task<Status> rewrite_all_shared(StoreContext& context, std::shared_ptr<TableStore> table,
                                CompactionKind kind, RewritePolicy& policy) {
  for (;;) {
    const std::vector<LiveSSTable>& all = table->sstables();
    const auto found =
        std::find_if(all.begin(), all.end(), [](const LiveSSTable& entry) { return entry.shared; });
    if (found == all.end()) co_return Status{};
    const LiveSSTable input = *found;
    const CompactionClaims::Claim claim = table->claims().take({input.table});
    CETO_CO_TRY(co_await rewrite_shared(context, table, input, kind, policy));
  }
}

}  // namespace

Task<Result<ClaimedSSTables>> claim_all(StoreContext& context, std::shared_ptr<TableStore> table,
                                        CompactionKind kind, RewritePolicy& shared) {
  CETO_ASSERT(table->compaction_mutex().locked());
  const CompactionClaims::Pause pause(table->claims());
  for (const CompactionKind automatic :
       {CompactionKind::kCompaction, CompactionKind::kTombstoneCompaction}) {
    context.running.stop(automatic, &table->schema()->id);
  }
  co_await table->claims().released();
  CETO_CO_TRY(co_await rewrite_all_shared(context, table, kind, shared));
  std::vector<SSTablePtr> all;
  for (const LiveSSTable& entry : table->sstables()) all.push_back(entry.table);
  CompactionClaims::Claim claim = table->claims().take(all);
  co_return ClaimedSSTables{std::move(claim), std::move(all)};
}

}  // namespace ceto
