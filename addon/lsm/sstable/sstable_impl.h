// SSTableImpl: the open files and the in-memory parts of an SSTable, and the sources that read it.
// Sources hold the SSTable by shared reference, so its files stay until the last one is gone. Shard
// thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsm/sstable/bloom_filter.h"
#include "lsm/sstable/chunked_file.h"
#include "lsm/sstable/component_checksums.h"
#include "lsm/sstable/index_summary.h"
#include "lsm/sstable/row_streams.h"
#include "lsm/sstable/sstable.h"
#include "lsm/sstable/statistics.h"

namespace ceto {

class SSTableImpl final : public SSTable, public std::enable_shared_from_this<SSTableImpl> {
 public:
  SSTableImpl(Io& io, ChunkCache& cache, SSTableDescriptor descriptor, TableSchemaPtr schema);
  ~SSTableImpl() override;

  // Called once before anything else; as open_sstable().
  Task<Status> open(Background* background, std::vector<Error>* damage);

  const SSTableDescriptor& descriptor() const override { return descriptor_; }
  const SSTableMetadata& metadata() const override { return metadata_; }
  bool may_contain(Token token, Bytes key) const override;
  bool filter_passes(Token token, Bytes key) override;
  const FilterUse& filter_use() const override { return filter_use_; }
  // What a lookup found of a key that the filter let pass.
  void note_lookup(bool found) {
    ++(found ? filter_use_.true_positives : filter_use_.false_positives);
  }
  std::unique_ptr<PartitionSource> read(const ReadCommand& command, Token token,
                                        Bytes key) override;
  std::unique_ptr<ScanSource> scan(const ReadCommand& command, const TokenRange& range) override;
  std::unique_ptr<ScanSource> walk(const ReadCommand& command) override;
  void mark_obsolete() override { obsolete_ = true; }
  Task<Status> change_level(uint32_t level) override;

  const TableSchema& schema() const { return *schema_; }
  const SerializationHeader& header() const { return header_; }
  const IndexSummary& summary() const { return summary_; }
  const ComponentChecksums& checksums() const { return checksums_; }
  ChunkedFile& data() { return *data_; }
  ChunkedFile& index() { return *index_; }

 private:
  Task<Result<std::string>> read_component(const char* component);
  Task<Status> check_component(const char* component, Bytes content);
  Status do_without(const Status& read);
  Task<Status> open_checksums();
  Task<Status> read_digest();
  Task<Status> check_contents();
  Task<Status> open_statistics();
  Task<Status> open_data();
  Task<Status> open_plain_data();
  Task<Status> open_index();
  Task<Status> open_filter();
  Task<Status> read_filter();
  Task<Status> rebuild_filter();
  Task<Status> open_summary();
  Task<Status> read_summary();
  Task<Status> rebuild_summary();
  // `take` gets each key of Index.db with the place of its entry.
  Task<Status> read_keys(const std::function<void(Bytes, uint64_t)>& take);
  Task<Status> list_components();
  bool has_component(std::string_view component) const;
  void charge_memory();
  void fill_metadata(const StatsComponent& stats);

  Io& io_;
  ChunkCache& cache_;
  // While it is opened:
  Background* background_ = nullptr;
  std::vector<Error>* damage_ = nullptr;
  SSTableDescriptor descriptor_;
  TableSchemaPtr schema_;
  std::vector<std::string> components_;  // that exist
  ComponentChecksums checksums_;
  SerializationHeader header_;
  SSTableMetadata metadata_;
  BloomFilter bloom_;
  FilterUse filter_use_;
  IndexSummary summary_;
  std::unique_ptr<ChunkedFile> data_;
  std::unique_ptr<ChunkedFile> index_;
  bool obsolete_ = false;
  bool charged_ = false;  // what metadata_ says of memory is taken from the budget
};

// One partition: looked up by key, set on an entry of the index by a scan, or on its place in
// Data.db by a walk.
class SSTablePartition final : public PartitionSource {
 public:
  SSTablePartition(std::shared_ptr<SSTableImpl> table, const ReadCommand& command, bool scanning);

  // Looks for (token, key), which must outlive this.
  void set_key(Token token, Bytes key);
  // Is at `entry`, whose key has been copied to `key`, which must outlive this.
  void set_entry(const IndexEntry& entry, Bytes key);
  // Begins at `data_position`; key() once it is open, until it is set anew.
  void set_place(uint64_t data_position);
  // What is walked will be read from the position on.
  void start_streaming() { data_.start_streaming(); }
  Bytes key() const { return key_; }

  Step open() override;
  DeletionTime partition_deletion() const override { return deletion_; }
  const Row* static_row() const override {
    return static_row_.has_value() ? &*static_row_ : nullptr;
  }
  Step next() override;
  const Unfiltered& current() const override { return current_; }
  Task<void> wait() override;
  const Error& error() const override { return error_; }
  uint64_t data_position() const { return data_.position(); }

 private:
  enum class Stage : uint8_t {
    kLookup,
    kBlocks,
    kHead,
    kUnknownHead,
    kStatic,
    kRows,
    kOpen,
    kRead,
    kGone
  };

  Step run(Stage stage);
  Step find_entry();
  void begin(const IndexEntry& entry, Stage stage);
  Step read_head();
  Step read_unknown_head();
  void take_head(ByteReader in, uint64_t size);
  Step read_static();
  void start_rows();
  Step keep(Step step, FileCursor& cursor);

  std::shared_ptr<SSTableImpl> table_;
  const ReadCommand& command_;
  FileCursor index_;
  FileCursor data_;
  FileCursor* waiting_ = nullptr;
  Stage stage_ = Stage::kGone;
  Token token_;
  Bytes key_;
  KeptBytes own_key_;  // what key_ is when it was read from Data.db
  IndexSummary::Run run_;
  bool searching_ = false;
  IndexEntry entry_;
  DeletionTime deletion_;
  std::optional<BlockIndex> blocks_;
  std::string static_bytes_;  // what the static row points into
  UnfilteredReader static_reader_;
  std::optional<Row> static_row_;
  Slice whole_;  // stands for an empty list of slices
  std::optional<ForwardRows> forward_;
  std::optional<ReverseRows> reverse_;
  Unfiltered current_;
  Error error_;
};

class SSTableScan final : public ScanSource {
 public:
  SSTableScan(std::shared_ptr<SSTableImpl> table, const ReadCommand& command,
              const TokenRange& range);

  Step next_partition() override;
  Token token() const override { return token_; }
  Bytes key() const override { return key_.bytes(); }
  PartitionSource& partition() override { return partition_; }
  Task<void> wait() override;
  const Error& error() const override { return error_; }
  uint64_t bytes_done() const override { return partition_.data_position(); }

 private:
  Step next_entry();

  std::shared_ptr<SSTableImpl> table_;
  TokenRange range_;
  std::string from_key_;
  FileCursor index_;
  SSTablePartition partition_;
  bool opening_ = false;  // partition_ is at an entry that is not open yet
  bool waiting_for_partition_ = false;
  Token token_;
  KeptBytes key_;
  Error error_;
};

class SSTableWalk final : public ScanSource {
 public:
  SSTableWalk(std::shared_ptr<SSTableImpl> table, const ReadCommand& command);

  Step next_partition() override;
  Token token() const override { return token_; }
  Bytes key() const override { return partition_.key(); }
  PartitionSource& partition() override { return partition_; }
  Task<void> wait() override { return partition_.wait(); }
  const Error& error() const override { return error_; }
  uint64_t bytes_done() const override { return partition_.data_position(); }

 private:
  Step read_past();
  Step check_order();

  std::shared_ptr<SSTableImpl> table_;
  SSTablePartition partition_;
  bool begun_ = false;    // token_ and last_key_ are a partition's
  bool opening_ = false;  // partition_ is at a place and not open yet
  Token token_;
  KeptBytes last_key_;
  Error error_;
};

}  // namespace ceto
