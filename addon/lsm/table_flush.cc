// The way of a memtable to disk.
#include <algorithm>

#include "lsm/compaction/output_policies.h"
#include "lsm/table_store.h"

namespace ceto {

Task<Status> TableStore::flush(std::shared_ptr<TableStore> table) {
  if (table->schema_->memory_only) co_return Status{};
  const AsyncMutex::Lock lock = co_await table->flush_mutex_.lock();
  if (table->dropped_) co_return Status{};
  // What is written while this goes on belongs to the next flush.
  table->switch_memtable();
  size_t left = table->flushing_.size();
  for (; left > 0 && !table->flushing_.empty(); --left) {
    CETO_CO_TRY(co_await table->write_oldest_memtable());
  }
  co_return Status{};
}

Task<Status> TableStore::write_oldest_memtable() {
  if (context_.positions.in_doubt()) CETO_CO_TRY(co_await context_.positions.settle());
  const MemtableRef memtable = flushing_.front();
  const TableSchemaPtr schema = schema_;
  SSTableWriterOptions options;
  options.background = &context_.flush_background;
  options.expected_partitions = memtable->partitions().size();
  options.commitlog_upper_bound = memtable->last_position();
  options.host_id = context_.config.node_id;
  options.min_timestamp = memtable->min_timestamp();
  if (memtable->min_local_deletion_time() != kNoDeletionTime) {
    options.min_local_deletion_time = memtable->min_local_deletion_time();
  }
  options.min_ttl = memtable->min_ttl();
  options.compression = CompressionParameters::fast(*schema);
  const OutputPlan plan = strategy_.flush_plan(static_cast<uint64_t>(mean_flush_bytes_));
  const auto policy = make_output_policy(plan, memtable->bytes(), false);
  SSTableOutputs outputs(context_, *this, schema, options, *policy, nullptr);
  ReadCommand everything;
  everything.table = schema;
  MergeScan source(schema, false);
  source.add(std::make_unique<MemtableScanSource>(memtable, everything, TokenRange{}));
  // Nothing is written when all that was in it belonged to columns that are dropped by now.
  const auto written = co_await write_partitions({source, outputs, context_.flush_background,
                                                  nullptr, nullptr, nullptr, &cancelled_, nullptr});
  if (!written) co_return written.error();
  // A record may be of several tables: none of them may be safe in a file before it is safe whole.
  CETO_CO_TRY(co_await context_.log.sync());
  CETO_CO_TRY(co_await outputs.finish());
  std::vector<SSTablePtr> made = outputs.take();
  uint64_t bytes = 0;
  for (const SSTablePtr& each : made) {
    bytes += each->metadata().data_bytes;
    // The flush has succeeded whether or not its links could be made.
    if (!back_up(each)) ++context_.failed_background;
  }
  count_flush(bytes);
  replace({}, made);
  CETO_ASSERT(!flushing_.empty() && flushing_.front() == memtable);
  let_go(memtable);
  flushing_.erase(flushing_.begin());
  // While records of another shard count wait to be retired, other shards have to find those of the
  // same segments that are theirs.
  if (context_.purge_allowed) context_.positions.flushed(schema->id, memtable->last_position());
  ++context_.flushes;
  co_return Status{};
}

}  // namespace ceto
