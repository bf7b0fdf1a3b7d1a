// SSTable: an immutable, open table on disk in Cassandra's `nb` BIG format, and the writer of one.
// Shard thread only; shared by the table that lists it and by the readers that use it, the files of
// a dropped one go with the last reference. docs/formats/sstable.md has the grammar. Source:
// org.apache.cassandra.io.sstable.format.big, db.rows.UnfilteredSerializer, db.SerializationHeader
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lsm/source.h"
#include "lsm/sstable/filter_use.h"

namespace ceto {

class Background;
class ChunkCache;

// Which file set: <directory>/nb-<identifier>-big-<Component>.db. The identifier is the generation,
// or Cassandra's text of a time-based uuid.
struct SSTableDescriptor {
  std::string directory;
  uint64_t generation = 0;
  std::string version = "nb";
  std::string uuid = {};  // that text; empty where the generation is the identifier
  std::string path(std::string_view component) const;  // "Data.db", "TOC.txt" …
  // Where a component lies until the file set is complete.
  static constexpr std::string_view kTemporaryPrefix = "tmp-";
  std::string temporary_path(std::string_view component) const;
};

// The generations of sets that are named by a uuid begin here; those of numbers end before.
inline constexpr uint64_t kFirstUuidGeneration = uint64_t{1} << 63;
// Of what names a set among those of its directory: a number, or a uuid as Cassandra's
// UUIDBasedSSTableId writes it, whose generation is a hash. nullopt: neither.
std::optional<uint64_t> generation_of_identifier(std::string_view identifier);

// The parts of a file's name; nullopt for what is no component of the BIG format. Temporary files
// are left by a crash and may be unlinked at start.
struct SSTableFileName {
  std::string version;
  uint64_t generation = 0;
  std::string uuid;  // as in SSTableDescriptor
  std::string component;
  bool temporary = false;
};
std::optional<SSTableFileName> parse_sstable_file_name(std::string_view name);

// Whether a BIG file set of this version is read: those of Cassandra 3.0.8 to 5.0 in its compatible
// mode.
bool supported_sstable_version(std::string_view version);
// Whether a file holds the data of an SSTable of any version, format and kind of identifier:
// <two letters>-<identifier>-<format>-Data.db, which no other file is called.
bool is_sstable_data(std::string_view name);
Error unsupported_sstable(const std::string& path);

struct SSTableMetadata {
  Token first_token, last_token;
  std::string first_key, last_key;
  int64_t min_timestamp = 0, max_timestamp = 0;
  uint32_t min_local_deletion_time = 0, max_local_deletion_time = 0;
  int32_t min_ttl = 0, max_ttl = 0;
  uint64_t partitions = 0, rows = 0, cells = 0, tombstones = 0;
  uint64_t data_bytes = 0, uncompressed_bytes = 0, disk_bytes = 0;      // disk: all components
  uint64_t bloom_bytes = 0, index_summary_bytes = 0, offset_bytes = 0;  // in memory
  uint64_t max_partition_bytes = 0, mean_partition_bytes = 0;
  // Rows and range deletions lie between them; empty: nothing is known.
  std::vector<std::string> min_clustering, max_clustering;
  // Seconds at which so many tombstones and expiring cells may be dropped, ascending; an estimate,
  // as is the number of all cells beside it.
  std::vector<std::pair<uint32_t, uint64_t>> tombstone_drop_times;
  uint64_t estimated_cells = 0;
  uint32_t level = 0;
  int64_t repaired_at = 0;
  uint64_t commitlog_upper_bound = 0;  // positions of this shard's log up to here are in the file
  std::array<uint8_t, 16>
      host_id{};  // of the node that wrote it; another node's bound says nothing
};

class SSTable {
 public:
  virtual ~SSTable() = default;
  virtual const SSTableDescriptor& descriptor() const = 0;
  virtual const SSTableMetadata& metadata() const = 0;
  // Bloom filter and key range: false means that the key is not here.
  virtual bool may_contain(Token token, Bytes key) const = 0;
  // The same for a read that looks for the key next: what the filter does for it is counted.
  virtual bool filter_passes(Token token, Bytes key) = 0;
  virtual const FilterUse& filter_use() const = 0;
  // Key and command outlive the source. The source holds the SSTable.
  virtual std::unique_ptr<PartitionSource> read(const ReadCommand& command, Token token,
                                                Bytes key) = 0;
  virtual std::unique_ptr<ScanSource> scan(const ReadCommand& command, const TokenRange& range) = 0;
  // All partitions from Data.db alone, for who reads each to its end: what is left of one is read
  // past. The command asks for whole partitions.
  virtual std::unique_ptr<ScanSource> walk(const ReadCommand& command) = 0;
  // The files are unlinked when the last reference goes.
  virtual void mark_obsolete() = 0;
  // Writes Statistics.db anew with another level, in one step. Nobody else works on the files.
  virtual Task<Status> change_level(uint32_t level) = 0;
};
using SSTablePtr = std::shared_ptr<SSTable>;

// Opens and checks Statistics, Summary (rebuilt from the index when missing), Filter and
// CompressionInfo. `schema` is the table's current version: columns are mapped by name, dropped
// ones by their time.
// With `background`, which outlives the task, it works in slices.
// With `damage`, likewise, parts that can be made anew or done without (Filter, Summary,
// Digest.crc32, TOC.txt) do not end it when they are damaged: what is wrong with them goes there.
Task<Result<SSTablePtr>> open_sstable(Io& io, ChunkCache& cache, SSTableDescriptor descriptor,
                                      TableSchemaPtr schema, Background* background = nullptr,
                                      std::vector<Error>* damage = nullptr);

// What Data.db is compressed with.
struct CompressionParameters {
  std::string compressor;  // class name without package; empty: not compressed
  uint32_t chunk_length = 16384;
  std::map<std::string, std::string> options;

  static CompressionParameters of(const TableSchema& schema);
  // For a flush, whose speed holds up writes: those of the table, or Cassandra's default where the
  // table's compressor is one that takes its time.
  static CompressionParameters fast(const TableSchema& schema);
};

struct SSTableWriterOptions {
  Background* background = nullptr;    // finish() works in its slices
  uint64_t expected_partitions = 128;  // sizes the bloom filter
  uint64_t commitlog_upper_bound = 0;
  uint32_t level = 0;
  int64_t repaired_at = 0;
  std::array<uint8_t, 16> host_id{};
  // The least values that will be written, when they are known (a memtable's, or the inputs'
  // metadata): times are stored as deltas from them. Smaller values than these are legal, but take
  // more room.
  int64_t min_timestamp = 1442880000000000;
  uint32_t min_local_deletion_time = 1442880000;
  uint32_t min_ttl = 0;
  std::optional<CompressionParameters> compression;  // the table's when not given
};

// Partitions in (token, key) order, unfilteredes in clustering order. Data goes out in large direct
// writes, so begin/add/end may await the disk. After finish() the files are complete, synced and
// under their final names (TOC last); after abandon(), or destruction without finish(), nothing is
// left.
class SSTableWriter {
 public:
  virtual ~SSTableWriter() = default;
  virtual Status begin_partition(Token token, Bytes key, DeletionTime deletion,
                                 const Row* static_row) = 0;
  // True when the buffered bytes must go out: then await drain() before the next call.
  virtual bool add(const Unfiltered& unfiltered) = 0;
  virtual bool end_partition() = 0;
  virtual Task<Status> drain() = 0;
  virtual uint64_t data_bytes() const = 0;
  virtual Task<Status> finish() = 0;
  virtual void abandon() = 0;
};
std::unique_ptr<SSTableWriter> make_sstable_writer(Io& io, SSTableDescriptor descriptor,
                                                   TableSchemaPtr schema,
                                                   SSTableWriterOptions options);

}  // namespace ceto
