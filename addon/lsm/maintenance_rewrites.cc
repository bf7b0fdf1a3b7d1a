// What an operator has rewritten: each is rewrite_sstables with other inputs and another policy.
#include <algorithm>

#include "lsm/compaction/rewrite.h"
#include "lsm/filtered_scan.h"
#include "lsm/maintenance.h"
#include "lsm/sstable/file_writer.h"

namespace ceto {

// One SSTable becomes one, of the same level.
class OneToOne : public RewritePolicy {
 public:
  virtual void begin(const SSTable& input) { level_ = input.metadata().level; }
  uint32_t next_level() override { return level_; }

 private:
  uint32_t level_ = 0;
};

namespace {

constexpr uint64_t kMaxStatisticsBytes = 64u << 20;

// Always this: the store opens no other kind.
std::shared_ptr<SSTableImpl> files_of(const SSTablePtr& sstable) {
  return std::static_pointer_cast<SSTableImpl>(sstable);
}

// This shard's partitions of a shared set that is salvaged. The others are read to their ends as
// well: where the index is damaged that alone tells where the next one begins. What is damaged in
// them is counted by their shards.
class SalvagedShare final : public ScanSource {
 public:
  SalvagedShare(std::unique_ptr<SalvageScan> source, StoreContext& context,
                std::vector<ShardShare> rewritten, SalvageReport& report)
      : source_(std::move(source)),
        own_(context.share()),
        background_(context.compaction_background),
        rewritten_(std::move(rewritten)),
        report_(report) {}

  Step next_partition() override {
    for (;;) {
      while (passing_) {
        const Step step = source_->partition().next();
        pausing_ = step == Step::kReady && background_.should_yield();
        if (step == Step::kWait || pausing_) return Step::kWait;
        if (step == Step::kReady) continue;
        passing_ = false;
        report_ = before_;
      }
      const Step step = source_->next_partition();
      if (step != Step::kReady || is_ours(source_->token())) return step;
      passing_ = true;
      before_ = report_;
      --before_.partitions;
    }
  }
  Token token() const override { return source_->token(); }
  Bytes key() const override { return source_->key(); }
  PartitionSource& partition() override { return source_->partition(); }
  Task<void> wait() override {
    if (pausing_) return pause();
    return passing_ ? source_->partition().wait() : source_->wait();
  }
  const Error& error() const override { return source_->error(); }
  uint64_t bytes_done() const override { return source_->bytes_done(); }

 private:
  bool is_ours(Token token) const {
    return own_.owns(token) && !lives_elsewhere(rewritten_, token);
  }

  Task<void> pause() { co_await background_.yield(); }

  std::unique_ptr<SalvageScan> source_;
  ShardShare own_;
  Background& background_;
  std::vector<ShardShare> rewritten_;
  SalvageReport& report_;
  SalvageReport before_;
  bool passing_ = false;
  bool pausing_ = false;
};

class ScrubPolicy final : public OneToOne {
 public:
  ScrubPolicy(StoreContext& context, SalvageOptions options, ScrubReport& report)
      : context_(context), options_(options), report_(report) {}
  std::unique_ptr<ScanSource> open_input(const TableStore&, const LiveSSTable& input,
                                         const ReadCommand& everything) override {
    auto salvaged = std::make_unique<SalvageScan>(files_of(input.table), everything, options_,
                                                  report_.found, context_.damage);
    if (!input.shared) return salvaged;
    ++report_.sstables;
    return std::make_unique<SalvagedShare>(std::move(salvaged), context_, input.rewritten,
                                           report_.found);
  }
  bool purges() const override { return false; }

 private:
  StoreContext& context_;
  SalvageOptions options_;
  ScrubReport& report_;
};

// As above, but what does not check ends the rewrite.
class StrictScrubPolicy final : public OneToOne {
 public:
  bool purges() const override { return false; }
};

class CleanupPolicy final : public OneToOne {
 public:
  explicit CleanupPolicy(ShardShare own) : own_(own) {}
  bool keeps(Token token, Bytes) override { return own_.owns(token); }

 private:
  ShardShare own_;
};

class GarbagePolicy final : public OneToOne {
 public:
  explicit GarbagePolicy(GarbageGranularity granularity) : granularity_(granularity) {}
  std::unique_ptr<ScanSource> open_input(const TableStore& table, const LiveSSTable& input,
                                         const ReadCommand& everything) override {
    std::vector<SSTablePtr> others;
    for (const LiveSSTable& entry : table.sstables()) {
      if (entry.table != input.table) others.push_back(entry.table);
    }
    return std::make_unique<GarbageScan>(OneToOne::open_input(table, input, everything),
                                         std::move(others), everything, granularity_);
  }

 private:
  GarbageGranularity granularity_;
};

// Half of the bytes, then a quarter, and so on; what is below the least size stays in one. Source:
// org.apache.cassandra.db.compaction.writers.SplittingSizeTieredCompactionWriter
class SplitPolicy final : public RewritePolicy {
 public:
  static constexpr uint64_t kLeastBytes = 50u << 20;
  explicit SplitPolicy(uint64_t bytes) : next_bytes_(bytes / 2) {}
  bool splits_before(Token, uint64_t output_bytes) override {
    if (output_bytes == 0 || next_bytes_ < kLeastBytes || output_bytes < next_bytes_) return false;
    next_bytes_ /= 2;
    return true;
  }
  uint64_t expected_outputs() const override { return 2; }

 private:
  uint64_t next_bytes_;
};

// Whether a partition of another shard is in it.
Task<Result<bool>> has_foreign_tokens(const SSTablePtr& sstable, ShardShare own,
                                      TableSchemaPtr schema, Background& background) {
  ReadCommand heads;
  heads.table = std::move(schema);
  heads.static_only = true;
  const auto scan = sstable->scan(heads, TokenRange{});
  for (;;) {
    const Step step = scan->next_partition();
    if (step == Step::kEnd) co_return false;
    if (step == Step::kError) co_return scan->error();
    if (step == Step::kWait) {
      co_await scan->wait();
      continue;
    }
    if (!own.owns(scan->token())) co_return true;
    if (background.should_yield()) co_await background.yield();
  }
}

}  // namespace

// Each of those that are wanted on its own.
Task<Status> Maintenance::rewrite_each(std::shared_ptr<TableStore> table, CompactionKind kind,
                                       OneToOne& policy, Wanted wanted) {
  const AsyncMutex::Lock lock = co_await table->compaction_mutex().lock();
  if (table->dropped()) co_return Status{};
  const bool scrubs = kind == CompactionKind::kScrub;
  RewritePolicy as_it_stands;
  // Not as operands of co_await: gcc 12 evaluates both branches of a conditional there.
  const CompactionKind shared_kind = scrubs ? kind : CompactionKind::kRelocate;
  RewritePolicy* const shared = scrubs ? &policy : &as_it_stands;
  auto claimed = co_await claim_all(context_, table, shared_kind, *shared);
  if (!claimed) co_return std::move(claimed.error());
  for (SSTablePtr& sstable : claimed.value().sstables) {
    if (!wanted(*sstable)) continue;
    policy.begin(*sstable);
    RewriteJob job{kind, {std::move(sstable)}, {}};
    const auto done = co_await rewrite_sstables(context_, table, std::move(job), policy);
    if (!done) co_return done.error();
  }
  co_return Status{};
}

// All of those that are wanted together.
Task<Status> Maintenance::rewrite_together(std::shared_ptr<TableStore> table, CompactionKind kind,
                                           RewritePolicy& policy, Wanted wanted) {
  const AsyncMutex::Lock lock = co_await table->compaction_mutex().lock();
  if (table->dropped()) co_return Status{};
  RewritePolicy as_it_stands;
  auto claimed = co_await claim_all(context_, table, CompactionKind::kRelocate, as_it_stands);
  if (!claimed) co_return std::move(claimed.error());
  std::vector<SSTablePtr> inputs;
  for (SSTablePtr& sstable : claimed.value().sstables) {
    if (wanted(*sstable)) inputs.push_back(std::move(sstable));
  }
  if (inputs.empty()) co_return Status{};
  RewriteJob job{kind, std::move(inputs), {}};
  const auto done = co_await rewrite_sstables(context_, table, std::move(job), policy);
  if (!done) co_return done.error();
  co_return Status{};
}

Task<Result<ScrubReport>> Maintenance::scrub(TableId id, ScrubSettings settings) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  const std::shared_ptr<TableStore> table = std::move(found).value();
  ScrubReport report;
  ScrubPolicy salvaging(context_, {settings.validate}, report);
  StrictScrubPolicy strict;
  OneToOne* policy = &salvaging;
  if (table->schema()->counter && !settings.skip_corrupted) policy = &strict;
  // What comes of shared sets has just been salvaged.
  std::vector<uint64_t> own;
  for (const LiveSSTable& entry : table->sstables()) {
    if (!entry.shared) own.push_back(entry.table->descriptor().generation);
  }
  const auto wanted = [&report, &own](const SSTable& sstable) {
    const uint64_t generation = sstable.descriptor().generation;
    if (std::find(own.begin(), own.end(), generation) == own.end()) return false;
    ++report.sstables;
    return true;
  };
  const Status done = co_await rewrite_each(table, CompactionKind::kScrub, *policy, wanted);
  if (!done) {
    context_.damage.add(done.error());
    co_return done.error();
  }
  co_return report;
}

Task<Status> Maintenance::cleanup(TableId id) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  const std::shared_ptr<TableStore> table = std::move(found).value();
  std::vector<uint64_t> foreign;
  const std::vector<LiveSSTable> sstables = table->sstables();
  for (const LiveSSTable& entry : sstables) {
    if (entry.shared) continue;  // on its way into the shards' own
    const auto has = co_await has_foreign_tokens(entry.table, context_.share(), table->schema(),
                                                 context_.compaction_background);
    if (!has) co_return has.error();
    if (has.value()) foreign.push_back(entry.table->descriptor().generation);
  }
  if (foreign.empty()) co_return Status{};
  CleanupPolicy policy(context_.share());
  co_return co_await rewrite_each(
      table, CompactionKind::kCleanup, policy, [&foreign](const SSTable& sstable) {
        return std::find(foreign.begin(), foreign.end(), sstable.descriptor().generation) !=
               foreign.end();
      });
}

Task<Status> Maintenance::upgrade(TableId id, bool all) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  OneToOne policy;
  co_return co_await rewrite_each(std::move(found).value(), CompactionKind::kUpgradeSSTables,
                                  policy, [all](const SSTable& sstable) {
                                    return all || sstable.descriptor().version !=
                                                      SSTableDescriptor{}.version;
                                  });
}

Task<Status> Maintenance::collect_garbage(TableId id, GarbageGranularity granularity) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  GarbagePolicy policy(granularity);
  co_return co_await rewrite_each(std::move(found).value(), CompactionKind::kGarbageCollect, policy,
                                  [](const SSTable&) { return true; });
}

Task<Status> Maintenance::recompress(TableId id) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  const std::shared_ptr<TableStore> table = std::move(found).value();
  const TableSchemaPtr schema = table->schema();
  OneToOne policy;
  const auto otherwise = [schema](const SSTable& sstable) {
    auto& files = const_cast<SSTableImpl&>(static_cast<const SSTableImpl&>(sstable));
    const CompressionInfo* info = files.data().compression();
    if (info == nullptr) return schema->compression_chunk_length != 0;
    return schema->compression_chunk_length != info->chunk_length ||
           schema->compression_class != info->compressor;
  };
  co_return co_await rewrite_each(table, CompactionKind::kUpgradeSSTables, policy, otherwise);
}

Task<Status> Maintenance::compact_files(TableId id, std::vector<uint64_t> generations) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  RewritePolicy policy;
  co_return co_await rewrite_together(std::move(found).value(), CompactionKind::kCompaction, policy,
                                      [&generations](const SSTable& sstable) {
                                        return std::find(generations.begin(), generations.end(),
                                                         sstable.descriptor().generation) !=
                                               generations.end();
                                      });
}

Task<Status> Maintenance::compact_range(TableId id, Token first, Token last) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  RewritePolicy policy;
  co_return co_await rewrite_together(std::move(found).value(), CompactionKind::kMajorCompaction,
                                      policy, [first, last](const SSTable& sstable) {
                                        return sstable.metadata().last_token >= first &&
                                               sstable.metadata().first_token <= last;
                                      });
}

Task<Status> Maintenance::compact_split(TableId id) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  const std::shared_ptr<TableStore> table = std::move(found).value();
  uint64_t bytes = 0;
  for (const LiveSSTable& entry : table->sstables()) bytes += entry.table->metadata().data_bytes;
  SplitPolicy policy(bytes);
  co_return co_await rewrite_together(table, CompactionKind::kMajorCompaction, policy,
                                      [](const SSTable&) { return true; });
}

Result<std::vector<SSTableInfo>> Maintenance::sstables(const TableId& id, const Bytes* key) const {
  auto found = find_table(id);
  if (!found) return found.error();
  std::vector<SSTableInfo> out;
  for (const LiveSSTable& entry : found.value()->sstables()) {
    if (key != nullptr && !entry.table->may_contain(token_of(*key), *key)) continue;
    out.push_back({entry.table->descriptor().path("Data.db"), entry.table->metadata()});
  }
  return out;
}

Task<Result<std::vector<StatsComponent>>> Maintenance::statistics(TableId id) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  const std::shared_ptr<TableStore> table = std::move(found).value();
  std::vector<StatsComponent> out;
  const std::vector<LiveSSTable> sstables = table->sstables();
  for (const LiveSSTable& entry : sstables) {
    const SSTableDescriptor& set = entry.table->descriptor();
    const std::string path = set.path("Statistics.db");
    auto content = co_await read_whole_file(context_.io, path, kMaxStatisticsBytes);
    if (!content) co_return content.error();
    auto read = deserialize_statistics(Bytes(content.value()), set.version, *table->schema(), path);
    if (!read) co_return read.error();
    out.push_back(std::move(read.value().stats));
  }
  co_return out;
}

}  // namespace ceto
