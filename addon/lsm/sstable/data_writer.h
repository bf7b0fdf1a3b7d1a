// DataWriter: the uncompressed bytes of Data.db in, compressed chunks with their checksums (or
// plain bytes and CRC.db) out, with the digest of the whole file on the way. Owned by one SSTable
// writer; shard thread only. Source: org.apache.cassandra.io.compress.CompressedSequentialWriter,
// io.util.ChecksummedSequentialWriter
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lsm/sstable/chunk_buffer.h"
#include "lsm/sstable/compression_info.h"
#include "lsm/sstable/compressor.h"
#include "lsm/sstable/file_writer.h"
#include "lsm/sstable/sstable.h"

namespace ceto {

class DataWriter {
 public:
  // Of an uncompressed file: the bytes that one checksum of CRC.db covers.
  static constexpr uint32_t kPlainChunkBytes = 64 * 1024;

  DataWriter(Io& io, const CompressionParameters& compression);

  Status create(const std::string& path);
  // Memory for `bytes` at the position, and how many of them were written.
  uint8_t* room(size_t bytes) { return chunk_.room(bytes); }
  void commit(size_t bytes) {
    position_ += bytes;
    if (chunk_.commit(bytes)) put_full_chunks();
  }
  uint64_t position() const { return position_; }  // uncompressed
  uint64_t file_bytes() const { return file_.size_bytes(); }
  bool drain_due() const { return file_.drain_due(); }
  Task<Status> drain();
  Task<Status> finish();
  void close() { file_.close(); }
  const std::string& path() const { return file_.path(); }

  // After finish().
  bool compressed() const { return compressor_ != nullptr; }
  uint64_t compressed_bytes() const {  // without the chunks' checksums
    return file_bytes() - info_.offsets.size() * CompressionInfo::kChecksumBytes;
  }
  const CompressionInfo& compression_info() const { return info_; }
  const std::string& chunk_checksums() const { return checksums_; }  // CRC.db
  uint32_t digest() const { return digest_; }

 private:
  void put_full_chunks();
  void put(Bytes chunk);
  void emit(Bytes bytes, uint32_t crc);

  FileWriter file_;
  std::unique_ptr<Compressor> compressor_;
  Status failure_;
  CompressionInfo info_;
  std::string checksums_;
  ChunkBuffer chunk_;
  std::vector<uint8_t> compressed_;
  uint64_t position_ = 0;
  uint32_t digest_ = 0;
};

}  // namespace ceto
