// Reads of one partition: which sources they merge, and which they can do without.
#include <algorithm>

#include "lsm/covered_slice.h"
#include "lsm/names_source.h"
#include "lsm/row_cache_source.h"
#include "lsm/table_store.h"

namespace ceto {

namespace {

// A partition that no option asks for is cached when it is small: a hot row of a large partition
// is better served by its chunk.
constexpr uint64_t kMaxAutomaticBytes = 8 * 1024;

// One source, or a merge of several. The schema and the sources' command outlive what take() gives.
class SourceList {
 public:
  SourceList(const TableSchema& schema, bool reversed) : schema_(schema), reversed_(reversed) {}

  void add(std::unique_ptr<PartitionSource> source, int64_t max_timestamp) {
    if (!only_ && !merged_) {
      only_ = std::move(source);
      only_timestamp_ = max_timestamp;
      return;
    }
    if (!merged_) {
      merged_ = std::make_unique<MergeSource>(schema_, reversed_);
      merged_->add(std::move(only_), only_timestamp_);
    }
    merged_->add(std::move(source), max_timestamp);
  }
  void add(const MemtableRef& memtable, const MemtablePartition& partition,
           const ReadCommand& command) {
    auto source = std::make_unique<MemtablePartitionSource>();
    source->start(memtable, partition, command);
    add(std::move(source), INT64_MAX);
  }
  // Null: there is none.
  std::unique_ptr<PartitionSource> take() {
    if (merged_) return std::move(merged_);
    return std::move(only_);
  }

 private:
  const TableSchema& schema_;
  const bool reversed_;
  std::unique_ptr<PartitionSource> only_;
  int64_t only_timestamp_ = 0;
  std::unique_ptr<MergeSource> merged_;
};

}  // namespace

const std::vector<uint32_t>& TableStore::covering(Token token) {
  found_.clear();
  runs_.find(token, found_);
  std::erase_if(found_,
                [&](uint32_t index) { return lives_elsewhere(sstables_[index].rewritten, token); });
  // As sstables_ is ordered.
  std::sort(found_.begin(), found_.end());
  return found_;
}

RowCache::Entry* TableStore::find_cached(Token token, Bytes key) {
  RowCache& cache = context_.row_cache;
  RowCache::Entry* entry = cache.find(cache_number_, token, key);
  if (entry == nullptr) {
    cache.miss();
    return nullptr;
  }
  // Of a deletion that it has not seen no file may tell any more.
  if (entry->epoch < purged_epoch_) {
    cache.erase(entry);
    cache.miss();
    return nullptr;
  }
  if (entry->epoch != epoch_) {
    for (const uint32_t index : covering(token)) {
      const LiveSSTable& live = sstables_[index];
      if (live.epoch <= entry->epoch || !live.table->may_contain(token, key)) continue;
      cache.erase(entry);
      cache.miss();
      return nullptr;
    }
    entry->epoch = epoch_;
  }
  cache.hit(*entry);
  return entry;
}

// What is asked of an SSTable: the command's rows, the head alone when none of its rows can be
// among them, or nothing.
const ReadCommand* TableStore::command_for(const LiveSSTable& live, LiveReader& reader,
                                           const ReadCommand& command) const {
  const SSTableMetadata& metadata = live.table->metadata();
  if (may_cover(metadata, *schema_, command.slices)) return &reader.source_command();
  // The partition may be deleted whole there, and the static row lies outside of all slices.
  if (may_have_deletions(metadata) || wants_statics(command)) return &reader.head_command();
  return nullptr;
}

std::unique_ptr<PartitionSource> TableStore::read_sstables(const std::vector<SSTablePtr>& tables,
                                                           const ReadCommand& command, Token token,
                                                           Bytes key) {
  SourceList sources(*command.table, command.reversed);
  for (const SSTablePtr& table : tables) {
    sources.add(table->read(command, token, key), table->metadata().max_timestamp);
  }
  return sources.take();
}

// The SSTables' part of a read, on its way into the cache; null when it is not to go there.
std::unique_ptr<PartitionSource> TableStore::fill_cache(LiveReader& reader,
                                                        const ReadCommand& command, Token token,
                                                        Bytes key) {
  RowCache& cache = context_.row_cache;
  const int32_t rows = schema_->rows_per_partition;
  CachePlace place{&cache, cache_number_, epoch_, token, key, cache.max_entry_bytes()};
  const bool whole = command.slices.empty() && !command.reversed && !command.static_only;
  if (rows == 0) {
    if (!whole || !cache.seen_before(cache_number_, token)) return nullptr;
    place.max_bytes = std::min(place.max_bytes, kMaxAutomaticBytes);
  } else if (cache.known_large(cache_number_, token)) {
    return nullptr;
  }
  if (rows > 0) place.max_rows = static_cast<uint64_t>(rows);
  std::vector<SSTablePtr> tables;
  for (const uint32_t index : covering(token)) {
    const LiveSSTable& live = sstables_[index];
    if (live.table->filter_passes(token, key)) tables.push_back(live.table);
  }
  if (tables.empty()) return nullptr;
  if (whole) {
    auto source = read_sstables(tables, reader.source_command(), token, key);
    return std::make_unique<CacheFill>(*command.table, place, std::move(source));
  }
  auto source = read_sstables(tables, reader.whole_command(), token, key);
  const ReadCommand& part = reader.source_command();
  return std::make_unique<CacheLoad>(part, place, std::move(source),
                                     [tables = std::move(tables), &part, token, key] {
                                       return read_sstables(tables, part, token, key);
                                     });
}

std::unique_ptr<PartitionReader> TableStore::read_merged(const ReadCommand& command, Token token,
                                                         Bytes key,
                                                         const MemtablePartition* in_active) {
  auto reader = std::make_unique<LiveReader>(command);
  const ReadCommand& rows = reader->source_command();
  SourceList sources(*command.table, command.reversed);
  int64_t deleted_at = kNoTimestamp;
  const auto add_memtable = [&](const MemtableRef& memtable, const MemtablePartition* partition) {
    if (partition == nullptr) return;
    deleted_at = std::max(deleted_at, partition->deletion.marked_for_delete_at);
    sources.add(memtable, *partition, rows);
  };
  const bool cached = context_.row_cache.enabled() && !sstables_.empty();
  if (cached) {
    if (RowCache::Entry* entry = find_cached(token, key)) {
      add_memtable(active_, in_active);
      for (const MemtableRef& old : flushing_) add_memtable(old, old->find(token, key));
      sources.add(entry->content, *entry->partition, rows);
      reader->set_source(sources.take());
      return reader;
    }
  }
  std::unique_ptr<PartitionSource> filling;
  if (cached) filling = fill_cache(*reader, command, token, key);
  if (!filling && NamesSource::fits(command) && (in_active || sstables_.size() > 1)) {
    reader->set_source(read_names(*reader, command, token, key, in_active));
    return reader;
  }
  add_memtable(active_, in_active);
  for (const MemtableRef& old : flushing_) add_memtable(old, old->find(token, key));
  if (filling) {
    sources.add(std::move(filling), INT64_MAX);
  } else {
    for (const uint32_t index : covering(token)) {
      const LiveSSTable& live = sstables_[index];
      const int64_t newest = live.table->metadata().max_timestamp;
      // Ordered by newest data: what a memtable deletes whole need not be looked at from here on.
      if (newest <= deleted_at) break;
      const ReadCommand* asked = command_for(live, *reader, command);
      if (asked == nullptr || !live.table->filter_passes(token, key)) continue;
      sources.add(live.table->read(*asked, token, key), newest);
    }
  }
  if (auto source = sources.take()) reader->set_source(std::move(source));
  return reader;
}

std::unique_ptr<PartitionSource> TableStore::read_names(LiveReader& reader,
                                                        const ReadCommand& command, Token token,
                                                        Bytes key,
                                                        const MemtablePartition* in_active) {
  auto names = std::make_unique<NamesSource>(command, reader.source_command(), token, key);
  if (in_active) names->add(active_, *in_active);
  for (const MemtableRef& old : flushing_) {
    if (const MemtablePartition* there = old->find(token, key)) names->add(old, *there);
  }
  for (const uint32_t index : covering(token)) {
    const LiveSSTable& live = sstables_[index];
    const ReadCommand* asked = command_for(live, reader, command);
    if (asked != nullptr) names->add(live.table);
  }
  return names;
}

}  // namespace ceto
