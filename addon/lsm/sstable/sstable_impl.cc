#include "lsm/sstable/sstable_impl.h"

#include <algorithm>

#include "io/background.h"
#include "lsm/sstable/data_writer.h"
#include "lsm/sstable/file_writer.h"

namespace ceto {

namespace {

// Components that are read whole; beyond these sizes a file is not what its name says.
constexpr uint64_t kMaxComponentBytes = 1ull << 31;
// Chunks of an uncompressed Data.db that came without CRC.db.
constexpr uint32_t kUncheckedChunkBytes = 16 * 1024;

}  // namespace

SSTableImpl::SSTableImpl(Io& io, ChunkCache& cache, SSTableDescriptor descriptor,
                         TableSchemaPtr schema)
    : io_(io), cache_(cache), descriptor_(std::move(descriptor)), schema_(std::move(schema)) {}

// What is kept in memory counts in the shard's budget as long as the table is open.
void SSTableImpl::charge_memory() {
  metadata_.bloom_bytes = bloom_.size_bytes();
  metadata_.index_summary_bytes = summary_.size_bytes();
  metadata_.offset_bytes = data_->offset_bytes() + index_->offset_bytes();
  MemoryBudget& budget = cache_.budget();
  budget.take(MemoryUse::kFilters, metadata_.bloom_bytes);
  budget.take(MemoryUse::kSummaries, metadata_.index_summary_bytes);
  budget.take(MemoryUse::kOffsets, metadata_.offset_bytes);
  charged_ = true;
}

SSTableImpl::~SSTableImpl() {
  if (charged_) {
    MemoryBudget& budget = cache_.budget();
    budget.give_back(MemoryUse::kFilters, metadata_.bloom_bytes);
    budget.give_back(MemoryUse::kSummaries, metadata_.index_summary_bytes);
    budget.give_back(MemoryUse::kOffsets, metadata_.offset_bytes);
  }
  data_.reset();
  index_.reset();
  if (!obsolete_) return;
  // TOC.txt goes first: a set without it is not complete. What cannot be unlinked is left to the
  // next start, which sees the same.
  static_cast<void>(io_.unlink(descriptor_.path("TOC.txt")).ok());
  for (const std::string& component : components_) {
    static_cast<void>(io_.unlink(descriptor_.path(component)).ok());
  }
}

bool SSTableImpl::has_component(std::string_view component) const {
  return std::find(components_.begin(), components_.end(), component) != components_.end();
}

Task<Result<std::string>> SSTableImpl::read_component(const char* component) {
  co_return co_await read_whole_file(io_, descriptor_.path(component), kMaxComponentBytes);
}

Task<Status> SSTableImpl::check_component(const char* component, Bytes content) {
  constexpr size_t kPieceBytes = 128 * 1024;
  uint32_t crc = 0;
  for (Bytes left = content; !left.empty();) {
    const Bytes piece = left.sub(0, std::min(kPieceBytes, left.size()));
    crc = ComponentChecksums::crc_of(piece, crc);
    left = left.from(piece.size());
    if (background_ && background_->should_yield()) co_await background_->yield();
  }
  co_return checksums_.check(component, crc, content.size(), descriptor_.path(component));
}

// What exists, and how large it is. What the disk cannot tell is no component that is missing:
// without its CompressionInfo.db a file would be read as it stands.
Task<Status> SSTableImpl::list_components() {
  constexpr const char* kAll[] = {"Data.db",       "Index.db",           "Filter.db",
                                  "Summary.db",    "CompressionInfo.db", "CRC.db",
                                  "Statistics.db", "Digest.crc32",       "TOC.txt"};
  for (const char* component : kAll) {
    const std::string path = descriptor_.path(component);
    const auto there = io_.exists(path);
    if (!there) co_return there.error();
    if (!there.value()) continue;
    const auto info = io_.stat(path);
    if (!info) co_return info.error();
    components_.push_back(component);
    metadata_.disk_bytes += info.value().size_bytes;
  }
  for (const char* needed : {"Data.db", "Index.db", "Statistics.db"}) {
    if (!has_component(needed)) co_return corrupt(descriptor_.path(needed) + ": is missing");
  }
  co_return Status{};
}

// Of a part that the set can be read without: only its damage is passed over, and told. What the
// disk did not give may be whole.
Status SSTableImpl::do_without(const Status& read) {
  if (read || damage_ == nullptr || read.error().code != ErrorCode::kCorrupt) return read;
  damage_->push_back(read.error());
  return {};
}

// A damaged Digest.crc32 is as one of Cassandra's: the parts beside the data are not checked.
Task<Status> SSTableImpl::open_checksums() {
  if (!has_component("Digest.crc32")) co_return Status{};
  const Status digest = co_await read_digest();
  CETO_CO_TRY(do_without(digest));
  if (!has_component("TOC.txt")) co_return Status{};
  const Status contents = co_await check_contents();
  co_return do_without(contents);
}

Task<Status> SSTableImpl::read_digest() {
  auto content = co_await read_component("Digest.crc32");
  if (!content) co_return std::move(content.error());
  auto read =
      ComponentChecksums::deserialize(Bytes(content.value()), descriptor_.path("Digest.crc32"));
  if (!read) co_return std::move(read.error());
  checksums_ = std::move(read).value();
  co_return Status{};
}

Task<Status> SSTableImpl::check_contents() {
  auto toc = co_await read_component("TOC.txt");
  if (!toc) co_return std::move(toc.error());
  co_return checksums_.check("TOC.txt", Bytes(toc.value()), descriptor_.path("TOC.txt"));
}

void SSTableImpl::fill_metadata(const StatsComponent& stats) {
  SSTableMetadata& m = metadata_;
  m.min_timestamp = stats.min_timestamp;
  m.max_timestamp = stats.max_timestamp;
  m.min_local_deletion_time = stats.min_local_deletion_time;
  m.max_local_deletion_time = stats.max_local_deletion_time;
  m.min_ttl = static_cast<int32_t>(stats.min_ttl);
  m.max_ttl = static_cast<int32_t>(stats.max_ttl);
  m.partitions = stats.partition_sizes.count();
  m.rows = stats.rows;
  m.cells = stats.columns;
  m.tombstones = stats.tombstone_drop_times.count();
  m.tombstone_drop_times.assign(stats.tombstone_drop_times.points().begin(),
                                stats.tombstone_drop_times.points().end());
  m.estimated_cells = stats.cell_counts.mean() * stats.cell_counts.count();
  m.max_partition_bytes = stats.partition_sizes.max();
  m.mean_partition_bytes = stats.partition_sizes.mean();
  // Before `md` the bounds of range deletions were not counted (CASSANDRA-14861).
  if (descriptor_.version >= "md") {
    m.min_clustering = stats.min_clustering;
    m.max_clustering = stats.max_clustering;
  }
  m.level = stats.level;
  m.repaired_at = stats.repaired_at;
  m.commitlog_upper_bound = stats.commitlog_upper_bound;
  m.host_id = stats.host_id;
}

Task<Status> SSTableImpl::open_statistics() {
  auto content = co_await read_component("Statistics.db");
  if (!content) co_return std::move(content.error());
  auto read = deserialize_statistics(Bytes(content.value()), descriptor_.version, *schema_,
                                     descriptor_.path("Statistics.db"));
  if (!read) co_return std::move(read.error());
  header_ = std::move(read.value().header);
  fill_metadata(read.value().stats);
  co_return Status{};
}

Task<Status> SSTableImpl::change_level(uint32_t level) {
  const std::string path = descriptor_.path("Statistics.db");
  auto content = co_await read_component("Statistics.db");
  if (!content) co_return std::move(content.error());
  auto changed = statistics_with_level(Bytes(content.value()), descriptor_.version, level, path);
  if (!changed) co_return std::move(changed.error());
  const std::string temporary = descriptor_.temporary_path("Statistics.db");
  // Left by a crash, or by an attempt that failed.
  static_cast<void>(io_.unlink(temporary).ok());
  CETO_CO_TRY(co_await write_new_file(io_, temporary, Bytes(changed.value())));
  CETO_CO_TRY(io_.rename(temporary, path));
  CETO_CO_TRY(io_.sync_directory(descriptor_.directory));
  metadata_.level = level;
  co_return Status{};
}

Task<Status> SSTableImpl::open_data() {
  const std::string path = descriptor_.path("Data.db");
  if (!has_component("CompressionInfo.db")) co_return co_await open_plain_data();
  auto content = co_await read_component("CompressionInfo.db");
  if (!content) co_return std::move(content.error());
  const std::string info_path = descriptor_.path("CompressionInfo.db");
  CETO_CO_TRY(co_await check_component("CompressionInfo.db", Bytes(content.value())));
  auto size = io_.stat(path);
  if (!size) co_return std::move(size.error());
  const bool max_length = descriptor_.version >= "na";
  auto info = CompressionInfo::deserialize(Bytes(content.value()), size.value().size_bytes,
                                           max_length, info_path);
  if (!info) co_return std::move(info.error());
  auto file = ChunkedFile::open_compressed(io_, cache_, path, std::move(info).value(),
                                           schema_->crc_check_chance);
  if (!file) {
    // A compressor that there is not: Cassandra's words lack the file.
    if (file.error().code == ErrorCode::kIo) co_return std::move(file.error());
    co_return corrupt(info_path + ": " + file.error().message + ", at offset 0");
  }
  data_ = std::move(file).value();
  co_return Status{};
}

Task<Status> SSTableImpl::open_plain_data() {
  std::vector<uint32_t> checksums;
  uint32_t chunk_bytes = kUncheckedChunkBytes;
  if (has_component("CRC.db")) {
    auto content = co_await read_component("CRC.db");
    if (!content) co_return std::move(content.error());
    const std::string path = descriptor_.path("CRC.db");
    CETO_CO_TRY(checksums_.check("CRC.db", Bytes(content.value()), path));
    ByteReader in((Bytes(content.value())));
    chunk_bytes = in.u32();
    if (in.failed() || chunk_bytes == 0 || chunk_bytes % kIoAlignment != 0 ||
        chunk_bytes > CompressionInfo::kMaxChunkLength || in.remaining() % 4 != 0) {
      co_return corrupt(path + ": bad chunk size at offset 0");
    }
    while (!in.at_end()) checksums.push_back(in.u32());
  }
  auto file = ChunkedFile::open_plain(io_, cache_, descriptor_.path("Data.db"), chunk_bytes,
                                      std::move(checksums), schema_->crc_check_chance);
  if (!file) co_return std::move(file.error());
  data_ = std::move(file).value();
  co_return Status{};
}

Task<Status> SSTableImpl::open_index() {
  auto file =
      ChunkedFile::open_plain(io_, cache_, descriptor_.path("Index.db"),
                              ComponentChecksums::kIndexChunkBytes, checksums_.index_chunks(), 1.0);
  if (!file) co_return std::move(file.error());
  index_ = std::move(file).value();
  if (index_->length() == 0) co_return corrupt(descriptor_.path("Index.db") + ": is empty");
  co_return Status{};
}

Task<Status> SSTableImpl::open_filter() {
  if (!has_component("Filter.db")) co_return Status{};  // every key may be here
  const Status read = co_await read_filter();
  if (read) co_return Status{};
  CETO_CO_TRY(do_without(read));
  const Status rebuilt = co_await rebuild_filter();
  if (rebuilt) co_return Status{};
  // Lookups meet what is wrong with the index.
  bloom_ = BloomFilter();
  co_return do_without(rebuilt);
}

Task<Status> SSTableImpl::read_filter() {
  auto content = co_await read_component("Filter.db");
  if (!content) co_return std::move(content.error());
  const std::string path = descriptor_.path("Filter.db");
  CETO_CO_TRY(co_await check_component("Filter.db", Bytes(content.value())));
  auto filter = BloomFilter::deserialize(std::move(content).value(), descriptor_.version, path);
  if (!filter) co_return std::move(filter.error());
  bloom_ = std::move(filter).value();
  co_return Status{};
}

Task<Status> SSTableImpl::rebuild_filter() {
  // Statistics.db of old versions has no checksum: no more keys than the index has room for.
  const uint64_t keys =
      std::min(metadata_.partitions, index_->length() / IndexEntry::kMinSerializedBytes);
  bloom_ = BloomFilter(keys, schema_->bloom_fp_chance);
  const std::function<void(Bytes, uint64_t)> add = [this](Bytes key, uint64_t) { bloom_.add(key); };
  CETO_CO_TRY(co_await read_keys(add));
  bloom_.finish();
  co_return Status{};
}

Task<Status> SSTableImpl::open_summary() {
  if (!has_component("Summary.db")) co_return co_await rebuild_summary();
  const Status read = co_await read_summary();
  if (read) co_return Status{};
  CETO_CO_TRY(do_without(read));
  co_return co_await rebuild_summary();
}

Task<Status> SSTableImpl::read_summary() {
  auto content = co_await read_component("Summary.db");
  if (!content) co_return std::move(content.error());
  const std::string path = descriptor_.path("Summary.db");
  CETO_CO_TRY(co_await check_component("Summary.db", Bytes(content.value())));
  auto summary = co_await IndexSummary::deserialize(Bytes(content.value()), index_->length(), path,
                                                    background_);
  if (!summary) co_return std::move(summary.error());
  summary_ = std::move(summary).value();
  co_return Status{};
}

Task<Status> SSTableImpl::rebuild_summary() {
  summary_ = IndexSummary(static_cast<uint32_t>(schema_->min_index_interval));
  const std::function<void(Bytes, uint64_t)> add = [this](Bytes key, uint64_t position) {
    summary_.add(key, position);
  };
  co_return co_await read_keys(add);
}

Task<Status> SSTableImpl::read_keys(const std::function<void(Bytes, uint64_t)>& take) {
  FileCursor cursor(*index_, true);
  while (cursor.remaining() > 0) {
    IndexEntry entry;
    const Step step = read_index_entry(cursor, entry);
    if (step == Step::kError) co_return cursor.error();
    if (step == Step::kWait) {
      co_await cursor.wait();
      continue;
    }
    take(entry.key, cursor.position());
    cursor.seek(entry.next_position);
    if (background_ && background_->should_yield()) co_await background_->yield();
  }
  co_return Status{};
}

Task<Status> SSTableImpl::open(Background* background, std::vector<Error>* damage) {
  background_ = background;
  damage_ = damage;
  if (!supported_sstable_version(descriptor_.version)) {
    co_return unsupported_sstable(descriptor_.path("Data.db"));
  }
  CETO_CO_TRY(co_await list_components());
  CETO_CO_TRY(co_await open_checksums());
  CETO_CO_TRY(co_await open_statistics());
  CETO_CO_TRY(co_await open_data());
  CETO_CO_TRY(co_await open_index());
  CETO_CO_TRY(co_await open_filter());
  CETO_CO_TRY(co_await open_summary());
  metadata_.first_key = summary_.first_key();
  metadata_.last_key = summary_.last_key().str();
  metadata_.first_token = token_of(Bytes(metadata_.first_key));
  metadata_.last_token = token_of(Bytes(metadata_.last_key));
  metadata_.data_bytes = data_->disk_bytes();
  metadata_.uncompressed_bytes = data_->length();
  charge_memory();
  background_ = nullptr;
  damage_ = nullptr;
  co_return Status{};
}

bool SSTableImpl::may_contain(Token token, Bytes key) const {
  if (token < metadata_.first_token || token > metadata_.last_token) return false;
  return bloom_.may_contain(key);
}

bool SSTableImpl::filter_passes(Token token, Bytes key) {
  if (token < metadata_.first_token || token > metadata_.last_token) return false;
  if (bloom_.may_contain(key)) return true;
  ++filter_use_.true_negatives;
  return false;
}

std::unique_ptr<PartitionSource> SSTableImpl::read(const ReadCommand& command, Token token,
                                                   Bytes key) {
  auto source = std::make_unique<SSTablePartition>(shared_from_this(), command, false);
  source->set_key(token, key);
  return source;
}

std::unique_ptr<ScanSource> SSTableImpl::scan(const ReadCommand& command, const TokenRange& range) {
  return std::make_unique<SSTableScan>(shared_from_this(), command, range);
}

std::unique_ptr<ScanSource> SSTableImpl::walk(const ReadCommand& command) {
  return std::make_unique<SSTableWalk>(shared_from_this(), command);
}

Task<Result<SSTablePtr>> open_sstable(Io& io, ChunkCache& cache, SSTableDescriptor descriptor,
                                      TableSchemaPtr schema, Background* background,
                                      std::vector<Error>* damage) {
  auto table = std::make_shared<SSTableImpl>(io, cache, std::move(descriptor), std::move(schema));
  CETO_CO_TRY(co_await table->open(background, damage));
  co_return SSTablePtr(std::move(table));
}

}  // namespace ceto
