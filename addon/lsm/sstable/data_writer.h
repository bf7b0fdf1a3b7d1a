// DataWriter: the uncompressed bytes of Data.db in, compressed chunks with their checksums (or
// plain bytes and CRC.db) out, with the digest of the whole file on the way. Owned by one SSTable
// writer; shard thread only. Source: org.apache.cassandra.io.compress.CompressedSequentialWriter,
// io.util.ChecksummedSequentialWriter
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

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
  void append(Bytes bytes) {
    position_ += bytes.size();
    if (bytes.size() > chunk_length_ - chunk_used_) return append_over_chunks(bytes);
    std::memcpy(chunk_.get() + chunk_used_, bytes.data(), bytes.size());
    chunk_used_ += bytes.size();
    if (chunk_used_ == chunk_length_) flush_chunk();
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
  void append_over_chunks(Bytes bytes);
  void flush_chunk();
  void emit(Bytes bytes);

  FileWriter file_;
  std::unique_ptr<Compressor> compressor_;
  Status failure_;
  CompressionInfo info_;
  std::string checksums_;
  size_t chunk_length_ = kPlainChunkBytes;
  std::unique_ptr<uint8_t[]> chunk_;
  size_t chunk_used_ = 0;
  std::vector<uint8_t> compressed_;
  uint64_t position_ = 0;
  uint32_t digest_ = 0;
};

}  // namespace ceto
