// FileWriter: one new file written front to back by direct I/O. Bytes are gathered in aligned
// blocks; drain() hands full ones to the disk and waits only for those of the drain before, so that
// the disk writes while the next blocks are made. The file has its temporary name until the SSTable
// writer renames it. Owned by one SSTable writer; shard thread only. When it goes while the disk
// has blocks, those stay until the disk is done with them, and then the descriptor is closed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "io/io.h"

namespace ceto {

class FileWriter {
 public:
  // Large enough that the disk's own overhead per request does not count.
  static constexpr size_t kBlockBytes = 256 * 1024;
  // drain() is due when this many blocks are full, so that the disk works on several at once. It
  // lets as many go on being written.
  static constexpr size_t kBlocksBeforeDrain = 4;
  // Room is reserved this far ahead: a write that moves the end of a file is not asynchronous.
  static constexpr uint64_t kReserveBytes = 32 * 1024 * 1024;

  explicit FileWriter(Io& io) : io_(io) {}
  FileWriter(const FileWriter&) = delete;
  ~FileWriter() { close(); }

  Status create(const std::string& path);
  bool is_open() const { return fd_ >= 0; }
  const std::string& path() const { return path_; }
  uint64_t size_bytes() const { return handed_bytes_ + full_.size() * kBlockBytes + used_; }

  void append(Bytes bytes);
  bool drain_due() const { return full_.size() >= kBlocksBeforeDrain; }
  // Hands over the full blocks; an error may be that of a drain before.
  Task<Status> drain();
  // Writes everything, cuts the file to its size and waits for the disk.
  Task<Status> finish();
  void close();

 private:
  class UnderWay;

  Status hand_over();
  Task<Status> wait_for(size_t most_under_way);

  Io& io_;
  std::string path_;
  int fd_ = -1;
  AlignedBuffer current_;
  size_t used_ = 0;  // of current_
  std::vector<AlignedBuffer> full_;
  std::shared_ptr<UnderWay> under_way_;
  uint64_t handed_bytes_ = 0;
  uint64_t reserved_bytes_ = 0;
};

// Creates `path` with `content`, synced.
Task<Status> write_new_file(Io& io, const std::string& path, Bytes content);
// The whole of a file; kCorrupt when it is larger than `limit`.
Task<Result<std::string>> read_whole_file(Io& io, const std::string& path, uint64_t limit);

}  // namespace ceto
