#include "lsm/table_store.h"

#include <algorithm>
#include <iterator>

#include "lsm/chained_scan.h"
#include "lsm/filtered_scan.h"

namespace ceto {

bool RetiredFiles::unread() const {
  return std::all_of(sstables.begin(), sstables.end(),
                     [](const auto& sstable) { return sstable.expired(); });
}

// What the SSTables could not remove of themselves, and their marks. The log that says that they
// are gone stays as long as any of them.
bool RetiredFiles::remove(Io& io) const {
  std::vector<uint64_t> generations;
  for (const std::string& path : leftovers) {
    const auto file = parse_sstable_file_name(path.substr(path.rfind('/') + 1));
    if (file) generations.push_back(file->generation);
  }
  if (!generations.empty()) {
    const auto listed = list_table_files(io, directory);
    if (!listed) return false;
    for (const uint64_t generation : generations) {
      const auto left = listed.value().sets.find(generation);
      if (left == listed.value().sets.end()) continue;
      if (!remove_set(io, directory, left->second)) return false;
    }
  }
  for (const std::string& path : leftovers) static_cast<void>(io.unlink(path).ok());
  // Other shards may have files there still: the last one's attempt finds it empty.
  if (whole_directory) static_cast<void>(io.unlink(directory).ok());
  return true;
}

void StoreContext::remove_retired() {
  std::erase_if(retired, [this](const RetiredFiles& files) {
    return !files.whole_directory && files.unread() && files.remove(io);
  });
  remove_dropped();
}

void StoreContext::remove_dropped() {
  // Before a drop a compaction may have left its inputs and its log to be removed.
  std::vector<std::string> in_use = removing;
  for (const RetiredFiles& files : retired) {
    if (!files.whole_directory) in_use.push_back(files.directory);
  }
  std::erase_if(retired, [&](const RetiredFiles& files) {
    return files.whole_directory && std::ranges::find(in_use, files.directory) == in_use.end() &&
           files.unread() && files.remove(io);
  });
}

namespace {

Task<void> remove_aside(StoreContext& context, RetiredFiles files) {
  Task<Status> removal = context.io.aside([&context, &files]() -> Status {
    if (files.remove(context.io)) return {};
    return Error{ErrorCode::kIo, "files stay in " + files.directory};
  });
  const Status removed = co_await std::move(removal);
  context.removing.erase(std::ranges::find(context.removing, files.directory));
  if (!removed) context.retired.push_back(std::move(files));
  context.remove_dropped();
  context.removals.leave();
}

}  // namespace

void StoreContext::remove_retired_aside() {
  const auto first_unread = std::partition(
      retired.begin(), retired.end(),
      [](const RetiredFiles& files) { return files.whole_directory || !files.unread(); });
  std::vector<RetiredFiles> unread(std::make_move_iterator(first_unread),
                                   std::make_move_iterator(retired.end()));
  retired.erase(first_unread, retired.end());
  for (RetiredFiles& files : unread) {
    if (removals.enter()) {
      removing.push_back(files.directory);
      spawn(remove_aside(*this, std::move(files)));
    } else {
      retired.push_back(std::move(files));  // close() will
    }
  }
}

bool StoreContext::give_way() {
  // So that a turn that does all of it stays well below a slice.
  constexpr size_t kChunksATurn = 256;
  constexpr size_t kEntriesATurn = 256;
  const bool more_rows = row_cache.trim(kEntriesATurn);
  const bool more_chunks = cache.trim(kChunksATurn) || more_rows;
  return MemtableReclaimer::local().reclaim() || more_chunks;
}

TableStore::TableStore(StoreContext& context, TableSchemaPtr schema)
    : context_(context),
      schema_(std::move(schema)),
      directory_(table_directory(context.config.data_directory, *schema_)),
      active_(MemtableRef::make()),
      cache_number_(context.row_cache.new_table()),
      strategy_(schema_->compaction),
      next_counter_(context.first_counter) {}

void TableStore::set_schema(TableSchemaPtr schema) {
  const bool other_compaction = schema->compaction != schema_->compaction;
  schema_ = std::move(schema);
  cache_number_ = context_.row_cache.new_table();
  if (!other_compaction) return;
  strategy_ = CompactionStrategy(schema_->compaction);
  pending_compactions = 0;
  update_levels();
}

TableStore::~TableStore() = default;

MemoryUse TableStore::memtable_use() const {
  return schema_->memory_only ? MemoryUse::kSystem : MemoryUse::kMemtables;
}

// --- writes
// -----------------------------------------------------------------------------------------

void TableStore::apply(const PartitionUpdate& update, CommitPosition position) {
  const size_t before = active_->bytes();
  active_->apply(*schema_, update, position);
  ++writes_;
  context_.memory.take(memtable_use(), active_->bytes() - before);
}

void TableStore::let_go(const MemtableRef& memtable) {
  context_.memory.give_back(memtable_use(), memtable->bytes());
}

void TableStore::switch_memtable() {
  if (active_->empty()) return;
  flushing_.push_back(active_);
  active_ = MemtableRef::make();
  ++switches_;
}

CommitPosition TableStore::first_position() const {
  CommitPosition first = active_->first_position();
  for (const MemtableRef& memtable : flushing_) first = std::min(first, memtable->first_position());
  return first;
}

// --- reads
// ------------------------------------------------------------------------------------------

std::unique_ptr<PartitionReader> TableStore::read(const ReadCommand& command, Token token,
                                                  Bytes key) {
  ++reads_;
  const MemtablePartition* in_active = active_->find(token, key);
  if (sstables_.empty() && flushing_.empty()) {
    if (in_active) return std::make_unique<LiveReader>(command, active_, *in_active);
    return std::make_unique<LiveReader>(command);
  }
  return read_merged(command, token, key, in_active);
}

std::unique_ptr<ScanSource> TableStore::walk_entry(const LiveSSTable& entry,
                                                   const ReadCommand& everything) const {
  return open_walk(entry, context_.share(), everything);
}

std::unique_ptr<TableScanner> TableStore::scan(const ReadCommand& command,
                                               const TokenRange& range) {
  ++reads_;
  auto scanner = std::make_unique<LiveScanner>(command);
  const ReadCommand& whole = scanner->source_command();
  auto merged = std::make_unique<MergeScan>(schema_, command.reversed);
  merged->add(std::make_unique<MemtableScanSource>(active_, whole, range));
  for (const MemtableRef& memtable : flushing_) {
    merged->add(std::make_unique<MemtableScanSource>(memtable, whole, range));
  }
  for (std::vector<uint32_t>& run : runs_.within(range.first, range.last)) {
    std::vector<LiveSSTable> entries;
    for (const uint32_t index : run) entries.push_back(sstables_[index]);
    if (entries.size() == 1) {
      merged->add(open_scan(entries[0], context_.share(), whole, range));
      continue;
    }
    // Beyond the first one, which reaches to the range's first token, its key says nothing.
    TokenRange at = range;
    at.from_key = {};
    const Token first = entries[0].table->metadata().first_token;
    merged->add(std::make_unique<ChainedScan>(
        std::move(entries), [own = context_.share(), &whole, range, at, first](const auto& entry) {
          const bool is_first = entry.table->metadata().first_token == first;
          return open_scan(entry, own, whole, is_first ? range : at);
        }));
  }
  scanner->set_source(std::move(merged));
  return scanner;
}

// --- the set of SSTables
// ----------------------------------------------------------------------------

std::vector<uint64_t> TableStore::generations() const {
  std::vector<uint64_t> out;
  for (const LiveSSTable& entry : sstables_) out.push_back(entry.table->descriptor().generation);
  out.insert(out.end(), unlisted_.begin(), unlisted_.end());
  return out;
}

void TableStore::note_unlisted(const std::vector<uint64_t>& generations) {
  unlisted_.insert(unlisted_.end(), generations.begin(), generations.end());
}

void TableStore::forget_unlisted(const std::vector<uint64_t>& generations) {
  std::erase_if(unlisted_, [&](uint64_t generation) {
    return std::find(generations.begin(), generations.end(), generation) != generations.end();
  });
}

std::vector<uint64_t> TableStore::still_there(const std::vector<uint64_t>& generations) const {
  if (generations.empty()) return {};
  const auto listed = list_table_files(context_.io, directory_);
  if (!listed) return generations;
  std::vector<uint64_t> out;
  for (const uint64_t generation : generations) {
    const auto found = listed.value().sets.find(generation);
    if (found != listed.value().sets.end() && found->second.complete) out.push_back(generation);
  }
  return out;
}

Result<SSTableDescriptor> TableStore::new_set(uint64_t generation) {
  CETO_TRY(context_.io.make_directories(directory_));
  SSTableDescriptor set{directory_, generation, "nb"};
  CETO_TRY(write_mark(context_.io, set, share_mark(context_.share())));
  return set;
}

void TableStore::replace(const std::vector<SSTablePtr>& inputs,
                         const std::vector<SSTablePtr>& outputs, bool lost_keys) {
  uint64_t inputs_epoch = 0;
  std::erase_if(sstables_, [&](const LiveSSTable& entry) {
    const bool gone = std::find(inputs.begin(), inputs.end(), entry.table) != inputs.end();
    if (!gone) return false;
    inputs_epoch = std::max(inputs_epoch, entry.epoch);
    gone_filters_ += entry.table->filter_use();
    context_.gone_filters += entry.table->filter_use();
    return true;
  });
  if (lost_keys) purged_epoch_ = std::max(purged_epoch_, inputs_epoch);
  for (const SSTablePtr& output : outputs) {
    LiveSSTable& entry = sstables_.emplace_back();
    entry.table = output;
    entry.created_seconds = context_.clock.wall_seconds();
  }
  // Data that was there before under other names keeps its epoch; all other begins a new one.
  for (LiveSSTable& entry : sstables_) {
    if (entry.epoch != LiveSSTable::kNew) continue;
    entry.epoch = inputs.empty() ? ++epoch_ : inputs_epoch;
  }
  std::stable_sort(sstables_.begin(), sstables_.end(), [](const auto& a, const auto& b) {
    return a.table->metadata().max_timestamp > b.table->metadata().max_timestamp;
  });
  std::vector<SSTableRuns::Interval> intervals;
  for (const LiveSSTable& entry : sstables_) {
    const SSTableMetadata& metadata = entry.table->metadata();
    intervals.push_back({metadata.first_token, metadata.last_token});
  }
  runs_ = SSTableRuns(intervals);
  update_levels();
}

int64_t TableStore::min_timestamp_outside(const SSTableSet& inputs, Token token, Bytes key) const {
  int64_t least = INT64_MAX;
  std::vector<uint32_t>& found = outside_;
  found.clear();
  runs_.find(token, found);
  for (const uint32_t index : found) {
    const LiveSSTable& entry = sstables_[index];
    if (inputs.contains(entry.table.get())) continue;
    const int64_t oldest = entry.table->metadata().min_timestamp;
    if (oldest < least && entry.table->may_contain(token, key)) least = oldest;
  }
  const auto look = [&](const MemtableRef& memtable) {
    if (memtable->min_timestamp() < least && memtable->find(token, key)) {
      least = memtable->min_timestamp();
    }
  };
  look(active_);
  for (const MemtableRef& memtable : flushing_) look(memtable);
  return least;
}

Status TableStore::finish_shared(const SSTablePtr& input) {
  return finish_set(input->descriptor());
}

Status TableStore::finish_set(const SSTableDescriptor& set) {
  CETO_TRY(write_mark(context_.io, set, rewritten_mark(context_.share())));
  CETO_TRY(context_.io.sync_directory(directory_));
  auto files = list_table_files(context_.io, directory_);
  if (!files) return files.error();
  const FileSet& here = files.value().sets[set.generation];
  if (!is_rewritten(here, context_.config.shard_count)) return {};
  return remove_set(context_.io, directory_, here);
}

void TableStore::note_damage(const Error& error) {
  if (error.code != ErrorCode::kCorrupt && error.code != ErrorCode::kIo) return;
  for (const LiveSSTable& entry : sstables_) {
    const SSTableDescriptor& set = entry.table->descriptor();
    if (error.message.find(set.path("")) == std::string::npos) continue;
    if (!damaged(*entry.table)) damaged_.push_back(set.generation);
  }
}

bool TableStore::damaged(const SSTable& sstable) const {
  const uint64_t generation = sstable.descriptor().generation;
  return std::find(damaged_.begin(), damaged_.end(), generation) != damaged_.end();
}

void TableStore::forget(const std::vector<uint64_t>& generations) {
  const auto named = [&](uint64_t generation) {
    return std::find(generations.begin(), generations.end(), generation) != generations.end();
  };
  for (const MemtableRef& memtable : flushing_) let_go(memtable);
  flushing_.clear();
  RetiredFiles gone{directory_, {}, {}, dropped_};
  std::vector<SSTablePtr> taken;
  for (const LiveSSTable& entry : sstables_) {
    const SSTableDescriptor& set = entry.table->descriptor();
    if (!named(set.generation)) continue;
    taken.push_back(entry.table);
    if (entry.shared) {
      // What fails leaves a set that the next start looks at again; the truncation names it.
      static_cast<void>(finish_set(set).ok());
      continue;
    }
    entry.table->mark_obsolete();
    gone.sstables.push_back(entry.table);
    gone.leftovers.push_back(set.path(share_mark(context_.share())));
  }
  replace(taken, {});
  taken.clear();
  std::erase_if(unlisted_, named);
  cache_number_ = context_.row_cache.new_table();
  context_.retired.push_back(std::move(gone));
  context_.remove_retired();
}

FilterUse TableStore::live_filter_use() const {
  FilterUse out;
  for (const LiveSSTable& entry : sstables_) out += entry.table->filter_use();
  return out;
}

TableStats TableStore::stats() const {
  TableStats out;
  out.filters = gone_filters_;
  out.filters += live_filter_use();
  out.memtable_bytes = active_->bytes();
  out.memtable_cells = active_->cells();
  out.memtable_switches = switches_;
  out.partitions_estimate = active_->partitions().size();
  for (const MemtableRef& memtable : flushing_) {
    out.memtable_bytes += memtable->bytes();
    out.memtable_cells += memtable->cells();
    out.partitions_estimate += memtable->partitions().size();
  }
  out.pending_flushes = flushing_.size();
  out.pending_compactions = pending_compactions;
  out.reads = reads_;
  out.writes = writes_;
  uint64_t partition_bytes = 0;
  uint64_t partitions = 0;
  if (strategy_.leveled()) {
    out.level_sstables.resize(kMaxLevels);
    out.level_limits.push_back(4);
    for (uint64_t limit = strategy_.fanout(); out.level_limits.size() < kMaxLevels;
         limit *= strategy_.fanout()) {
      out.level_limits.push_back(limit);
    }
  }
  for (const LiveSSTable& entry : sstables_) {
    const SSTableMetadata& metadata = entry.table->metadata();
    ++out.sstables;
    if (strategy_.leveled() && !entry.shared) {
      ++out.level_sstables[entry.level];
    }
    out.disk_bytes += metadata.disk_bytes;
    out.uncompressed_bytes += metadata.uncompressed_bytes;
    out.partitions_estimate += metadata.partitions;
    out.bloom_bytes += metadata.bloom_bytes;
    out.index_bytes += metadata.index_summary_bytes;
    out.offset_bytes += metadata.offset_bytes;
    out.max_partition_bytes = std::max(out.max_partition_bytes, metadata.max_partition_bytes);
    partition_bytes += metadata.mean_partition_bytes * metadata.partitions;
    partitions += metadata.partitions;
  }
  out.mean_partition_bytes = partitions == 0 ? 0 : partition_bytes / partitions;
  return out;
}

}  // namespace ceto
