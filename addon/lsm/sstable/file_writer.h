// FileWriter: one new file written front to back by direct I/O. Bytes are gathered in aligned
// blocks; full ones wait until drain() hands them to the disk together. The file has its temporary
// name until the SSTable writer renames it. Owned by one SSTable writer; shard thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "io/io.h"

namespace ceto {

class FileWriter {
 public:
  // Large enough that the disk's own overhead per request does not count.
  static constexpr size_t kBlockBytes = 256 * 1024;
  // drain() is due when this many blocks are full, so that the disk works on several at once.
  static constexpr size_t kBlocksBeforeDrain = 4;

  explicit FileWriter(Io& io) : io_(io) {}
  FileWriter(const FileWriter&) = delete;
  ~FileWriter() { close(); }

  Status create(const std::string& path);
  bool is_open() const { return fd_ >= 0; }
  const std::string& path() const { return path_; }
  uint64_t size_bytes() const { return flushed_bytes_ + full_.size() * kBlockBytes + used_; }

  void append(Bytes bytes);
  bool drain_due() const { return full_.size() >= kBlocksBeforeDrain; }
  // Writes the full blocks.
  Task<Status> drain();
  // Writes everything, cuts the file to its size and waits for the disk.
  Task<Status> finish();
  void close();

 private:
  Task<Status> write_blocks(size_t blocks);

  Io& io_;
  std::string path_;
  int fd_ = -1;
  AlignedBuffer current_;
  size_t used_ = 0;  // of current_
  std::vector<AlignedBuffer> full_;
  std::vector<AlignedBuffer> free_;
  uint64_t flushed_bytes_ = 0;
};

// Creates `path` with `content`, synced.
Task<Status> write_new_file(Io& io, const std::string& path, Bytes content);
// The whole of a file; kCorrupt when it is larger than `limit`.
Task<Result<std::string>> read_whole_file(Io& io, const std::string& path, uint64_t limit);

}  // namespace ceto
