// The way of a memtable to disk.
#include <algorithm>

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
  const MemtableRef memtable = flushing_.front();
  const TableSchemaPtr schema = schema_;
  auto set = new_set();
  if (!set) co_return set.error();
  SSTableWriterOptions options;
  options.expected_partitions = memtable->partitions().size();
  options.commitlog_upper_bound = memtable->last_position();
  options.host_id = context_.config.node_id;
  options.min_timestamp = memtable->min_timestamp();
  if (memtable->min_local_deletion_time() != kNoDeletionTime) {
    options.min_local_deletion_time = memtable->min_local_deletion_time();
  }
  options.min_ttl = memtable->min_ttl();
  auto writer = make_sstable_writer(context_.io, set.value(), schema, options);
  ReadCommand everything;
  everything.table = schema;
  MergeScan source(schema, false);
  source.add(std::make_unique<MemtableScanSource>(memtable, everything, TokenRange{}));
  const auto written = co_await write_partitions(
      {source, *writer, context_.flush_background, nullptr, nullptr, nullptr, &cancelled_});
  SSTablePtr made;
  Status done;
  if (!written) {
    done = written.error();
  } else if (written.value() > 0) {
    done = co_await writer->finish();
    if (done) {
      auto opened = co_await open_sstable(context_.io, context_.cache, set.value(), schema);
      if (opened)
        made = std::move(opened.value());
      else
        done = opened.error();
    }
  }
  if (!made) {
    // Failed, or all that was in it belonged to columns that are dropped by now.
    writer->abandon();
    static_cast<void>(context_.io.unlink(set.value().path(share_mark(context_.share()))).ok());
    if (!done) co_return done;
  } else {
    replace({}, std::move(made));
  }
  CETO_ASSERT(!flushing_.empty() && flushing_.front() == memtable);
  context_.memtable_bytes -= memtable->bytes();
  flushing_.erase(flushing_.begin());
  ++context_.flushes;
  co_return Status{};
}

}  // namespace ceto
