// The writing of Index.db. PartitionIndexBuilder makes the entry of one partition, with an index of
// blocks when the partition is wide; IndexWriter puts entries into the file and keeps a checksum of
// each of its chunks. Used by one SSTable writer; shard thread only.
// Source: org.apache.cassandra.io.sstable.format.big.{BigFormatPartitionWriter,RowIndexEntry},
// io.sstable.IndexInfo
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/kept_bytes.h"
#include "lsm/row.h"
#include "lsm/sstable/chunk_buffer.h"
#include "lsm/sstable/file_writer.h"
#include "lsm/sstable/format.h"

namespace ceto {

class IndexWriter {
 public:
  explicit IndexWriter(Io& io);

  Status create(const std::string& path) { return file_.create(path); }
  uint64_t position() const { return position_; }
  // Memory for `bytes` at the position, and how many of them were written.
  uint8_t* room(size_t bytes) { return chunk_.room(bytes); }
  void commit(size_t bytes) {
    position_ += bytes;
    if (chunk_.commit(bytes)) put_full_chunks();
  }
  bool drain_due() const { return file_.drain_due(); }
  Task<Status> drain() { return file_.drain(); }
  Task<Status> finish();
  void close() { file_.close(); }

  // After finish(), by chunk of ComponentChecksums::kIndexChunkBytes.
  std::vector<uint32_t> take_checksums() { return std::exchange(checksums_, {}); }

 private:
  void put_full_chunks();
  void put(Bytes chunk);

  FileWriter file_;
  ChunkBuffer chunk_;
  std::vector<uint32_t> checksums_;
  uint64_t position_ = 0;
};

class PartitionIndexBuilder {
 public:
  // Positions are relative to the partition's start. `header_bytes`: key, deletion and static row.
  void begin(DeletionTime deletion, uint64_t header_bytes);
  // An unfiltered from `begin` to `end` whose serialized prefix is `kind` and `prefix`; `open` is
  // the deletion that covers what follows it.
  void add(sstable_format::PrefixKind kind, Bytes prefix, uint64_t begin, uint64_t end,
           const DeletionTime& open);
  // Writes the entry; `end` is behind the end-of-partition mark.
  void finish(Bytes key, uint64_t data_position, uint64_t end, IndexWriter& to);

 private:
  struct Place {
    void keep(sstable_format::PrefixKind its_kind, Bytes its_prefix) {
      kind = its_kind;
      prefix.assign(its_prefix);
    }
    sstable_format::PrefixKind kind{};
    KeptBytes prefix;
  };

  void cut_block(uint64_t end);

  DeletionTime deletion_;
  uint64_t header_bytes_ = 0;
  std::string blocks_;
  std::vector<uint32_t> offsets_;
  bool in_block_ = false;
  uint64_t block_begin_ = 0;
  Place first_, last_;      // of the block
  bool one_place_ = false;  // the block's last is its first
  DeletionTime open_;
};

}  // namespace ceto
