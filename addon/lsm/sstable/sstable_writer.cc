#include <algorithm>
#include <string>

#include "io/background.h"
#include "lsm/sstable/bloom_filter.h"
#include "lsm/sstable/component_checksums.h"
#include "lsm/sstable/data_writer.h"
#include "lsm/sstable/index_summary.h"
#include "lsm/sstable/index_writer.h"
#include "lsm/sstable/sstable.h"
#include "lsm/sstable/statistics.h"
#include "lsm/sstable/unfiltered_writer.h"

namespace ceto {

namespace {

class WriterImpl final : public SSTableWriter {
 public:
  WriterImpl(Io& io, SSTableDescriptor descriptor, TableSchemaPtr schema,
             const SSTableWriterOptions& options)
      : io_(io),
        descriptor_(std::move(descriptor)),
        schema_(std::move(schema)),
        options_(options),
        header_(SerializationHeader::of(
            *schema_, {options.min_timestamp, options.min_local_deletion_time, options.min_ttl})),
        unfiltereds_(*schema_, header_),
        data_(io, options.compression ? *options.compression : CompressionParameters::of(*schema_)),
        index_file_(io),
        summary_(static_cast<uint32_t>(schema_->min_index_interval)),
        bloom_(options.expected_partitions, schema_->bloom_fp_chance),
        collector_(*schema_) {}
  ~WriterImpl() override { abandon(); }

  Status begin_partition(Token token, Bytes key, DeletionTime deletion,
                         const Row* static_row) override;
  bool add(const Unfiltered& unfiltered) override;
  Task<Status> drain() override;
  bool end_partition() override;
  uint64_t data_bytes() const override { return created_ ? data_.file_bytes() : 0; }
  Task<Status> finish() override;
  void abandon() override;

 private:
  uint64_t partition_offset() const { return data_.position() - partition_start_; }
  Status create_files();
  // Has `file` written to its end, beside the others: each waits for the disk's sync.
  void finish_beside(Task<Status> file);
  Task<void> follow(Task<Status> file);
  // `listed`: Digest.crc32 has its checksum.
  Task<Status> write_component(const char* component, Bytes content, bool listed);
  Task<Status> write_components();
  Status publish();

  Io& io_;
  SSTableDescriptor descriptor_;
  TableSchemaPtr schema_;
  SSTableWriterOptions options_;
  SerializationHeader header_;
  UnfilteredWriter unfiltereds_;
  DataWriter data_;
  IndexWriter index_file_;
  IndexSummary summary_;
  BloomFilter bloom_;
  KeyCardinality cardinality_;
  StatsCollector collector_;
  PartitionIndexBuilder index_;
  ComponentChecksums checksums_;
  std::vector<std::string> components_;             // written under temporary names
  std::vector<std::unique_ptr<FileWriter>> files_;  // of the smaller ones
  Gate finishing_;                                  // files on their way to their end
  Status finished_;                                 // the first error of them

  bool created_ = false;
  bool ended_ = false;  // finished or abandoned
  bool in_partition_ = false;
  uint64_t partitions_ = 0;
  Token token_;
  KeptBytes key_;
  DeletionTime open_deletion_;
  uint64_t partition_start_ = 0;
  uint64_t previous_start_ = 0;  // of the last unfiltered, relative to the partition
};

Status WriterImpl::create_files() {
  created_ = true;
  components_ = {"Data.db", "Index.db"};
  CETO_TRY(data_.create(descriptor_.temporary_path("Data.db")));
  return index_file_.create(descriptor_.temporary_path("Index.db"));
}

Status WriterImpl::begin_partition(Token token, Bytes key, DeletionTime deletion,
                                   const Row* static_row) {
  CETO_ASSERT(!ended_ && !in_partition_);
  CETO_ASSERT(partitions_ == 0 || compare_keys(token_, key_.bytes(), token, key) < 0);
  if (!created_) CETO_TRY(create_files());
  in_partition_ = true;
  token_ = token;
  key_.assign(key);
  open_deletion_ = {};
  previous_start_ = 0;
  partition_start_ = data_.position();
  const size_t head_bytes = 2 + key.size() + sstable_format::kDeletionTimeBytes;
  UncheckedWriter head(data_.room(head_bytes));
  head.u16_bytes(key);
  sstable_format::write_deletion_time(head, deletion);
  data_.commit(head_bytes);
  if (!header_.statics.columns.empty()) {
    const Row none{};
    data_.commit(unfiltereds_.write_row(static_row ? *static_row : none, true, 0, data_));
  }
  index_.begin(deletion, partition_offset());
  collector_.begin_partition(deletion);
  if (static_row != nullptr) collector_.add_row(*static_row, true);
  return {};
}

bool WriterImpl::add(const Unfiltered& unfiltered) {
  CETO_ASSERT(in_partition_);
  const uint64_t begin = partition_offset();
  const uint64_t before = begin - previous_start_;
  size_t bytes = 0;
  if (unfiltered.is_marker) {
    bytes = unfiltereds_.write_marker(unfiltered.marker, before, data_);
    open_deletion_ = unfiltered.marker.after;
    collector_.add_marker(unfiltered.marker);
  } else {
    bytes = unfiltereds_.write_row(unfiltered.row, false, before, data_);
    collector_.add_row(unfiltered.row, false);
  }
  index_.add(unfiltereds_.prefix_kind(), unfiltereds_.prefix(), begin, begin + bytes,
             open_deletion_);
  data_.commit(bytes);
  previous_start_ = begin;
  return data_.drain_due();
}

Task<Status> WriterImpl::drain() {
  CETO_CO_TRY(co_await data_.drain());
  co_return co_await index_file_.drain();
}

bool WriterImpl::end_partition() {
  CETO_ASSERT(in_partition_);
  CETO_ASSERT(open_deletion_.live());
  in_partition_ = false;
  *data_.room(1) = sstable_format::kEndOfPartition;
  data_.commit(1);
  summary_.add(key_.bytes(), index_file_.position());
  index_.finish(key_.bytes(), partition_start_, partition_offset(), index_file_);
  bloom_.add(key_.bytes());
  cardinality_.add(key_.bytes());
  collector_.end_partition(partition_offset());
  ++partitions_;
  return data_.drain_due() || index_file_.drain_due();
}

void WriterImpl::finish_beside(Task<Status> file) {
  const bool entered = finishing_.enter();
  CETO_ASSERT(entered);
  spawn(follow(std::move(file)));
}

Task<void> WriterImpl::follow(Task<Status> file) {
  Status done = co_await std::move(file);
  if (finished_ && !done) finished_ = std::move(done);
  finishing_.leave();
}

Task<Status> WriterImpl::write_component(const char* component, Bytes content, bool listed) {
  // Copied and checked between two looks at the clock: a small part of a slice.
  constexpr size_t kPieceBytes = 64 * 1024;
  components_.push_back(component);
  files_.push_back(std::make_unique<FileWriter>(io_));
  FileWriter& file = *files_.back();
  CETO_CO_TRY(file.create(descriptor_.temporary_path(component)));
  uint32_t crc = 0;
  while (!content.empty()) {
    const Bytes piece = content.sub(0, std::min(kPieceBytes, content.size()));
    crc = ComponentChecksums::crc_of(piece, crc);
    file.append(piece);
    content = content.from(piece.size());
    if (file.drain_due()) CETO_CO_TRY(co_await file.drain());
    if (options_.background && options_.background->should_yield()) {
      co_await options_.background->yield();
    }
  }
  if (listed) checksums_.add(component, crc);
  finish_beside(file.finish());
  co_return Status{};
}

Task<Status> WriterImpl::write_components() {
  checksums_.set_index_chunks(index_file_.take_checksums());
  CETO_CO_TRY(co_await write_component("Filter.db", bloom_.serialized(), true));
  const std::string summary = summary_.serialize();
  CETO_CO_TRY(co_await write_component("Summary.db", Bytes(summary), true));
  if (data_.compressed()) {
    const std::string info = data_.compression_info().serialize();
    CETO_CO_TRY(co_await write_component("CompressionInfo.db", Bytes(info), true));
  } else {
    CETO_CO_TRY(co_await write_component("CRC.db", Bytes(data_.chunk_checksums()), true));
  }
  StatisticsFile statistics;
  statistics.bloom_fp_chance = schema_->bloom_fp_chance;
  statistics.cardinality = cardinality_.serialize();
  statistics.header = header_;
  statistics.stats = std::move(collector_.finish());
  statistics.stats.level = options_.level;
  statistics.stats.repaired_at = options_.repaired_at;
  statistics.stats.host_id = options_.host_id;
  statistics.stats.commitlog_upper_bound = options_.commitlog_upper_bound;
  if (data_.compressed()) {
    statistics.stats.compression_ratio =
        double(data_.compressed_bytes()) / double(data_.position());
  }
  const std::string serialized = serialize_statistics(statistics);
  CETO_CO_TRY(co_await write_component("Statistics.db", Bytes(serialized), false));
  std::string toc;
  for (const std::string& component : components_) toc += component + '\n';
  toc += "Digest.crc32\nTOC.txt\n";
  checksums_.add("TOC.txt", Bytes(toc));
  const std::string digest = checksums_.serialize(data_.digest());
  CETO_CO_TRY(co_await write_component("Digest.crc32", Bytes(digest), false));
  co_return co_await write_component("TOC.txt", Bytes(toc), false);
}

// The table of contents gets its name last: without it the set is not complete.
Status WriterImpl::publish() {
  CETO_ASSERT(components_.back() == "TOC.txt");
  for (const std::string& component : components_) {
    CETO_TRY(io_.rename(descriptor_.temporary_path(component), descriptor_.path(component)));
  }
  return io_.sync_directory(descriptor_.directory);
}

Task<Status> WriterImpl::finish() {
  CETO_ASSERT(!ended_ && !in_partition_);
  if (partitions_ == 0) {
    co_return Error{ErrorCode::kServerError, "an SSTable without partitions cannot be finished"};
  }
  // What the components say of the two is known when they have begun.
  finish_beside(data_.finish());
  finish_beside(index_file_.finish());
  const Status components = co_await write_components();
  co_await finishing_.close();
  CETO_CO_TRY(components);
  CETO_CO_TRY(finished_);
  CETO_CO_TRY(publish());
  ended_ = true;
  co_return Status{};
}

// Best effort: what cannot be unlinked now is a temporary file that the next start removes. A set
// that was being published has files under both names.
void WriterImpl::abandon() {
  if (ended_) return;
  ended_ = true;
  data_.close();
  index_file_.close();
  // The last one first: while TOC.txt has its name, so must all others.
  for (auto component = components_.rbegin(); component != components_.rend(); ++component) {
    if (io_.unlink(descriptor_.temporary_path(*component)).ok()) continue;
    static_cast<void>(io_.unlink(descriptor_.path(*component)).ok());
  }
}

}  // namespace

std::unique_ptr<SSTableWriter> make_sstable_writer(Io& io, SSTableDescriptor descriptor,
                                                   TableSchemaPtr schema,
                                                   SSTableWriterOptions options) {
  CETO_ASSERT(descriptor.version == "nb");
  return std::make_unique<WriterImpl>(io, std::move(descriptor), std::move(schema), options);
}

}  // namespace ceto
