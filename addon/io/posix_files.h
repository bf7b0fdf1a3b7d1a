// PosixFiles: the synchronous half of Io (metadata and small whole files) by plain system calls,
// which the io_uring and AIO backends share. Calls are short; those that reach the disk (syncs of
// small files and directories) happen at flushes and schema changes, not per query. The calls keep
// nothing between them, so that the metadata thread makes them as well as the shard's.
#pragma once

#include "io/io.h"
#include "io/metadata_thread.h"

namespace ceto {

class PosixFiles : public Io {
 public:
  using Io::submit;
  void submit(MetadataCall& call) final { metadata_thread_.submit(call, event_fd()); }

  Result<int> open(const std::string& path, Open mode) final;
  void close(int fd) final;
  Status allocate(int fd, uint64_t size_bytes) final;
  Status truncate(int fd, uint64_t size_bytes) final;
  Result<FileInfo> stat(const std::string& path) final;
  Result<bool> exists(const std::string& path) final;
  Result<uint64_t> free_bytes(const std::string& path) final;
  Status rename(const std::string& from, const std::string& to) final;
  Status link(const std::string& from, const std::string& to) final;
  Status unlink(const std::string& path) final;
  Status make_directories(const std::string& path) final;
  Status sync_directory(const std::string& path) final;
  Result<std::vector<std::string>> list(const std::string& path) final;
  Result<std::string> read_file(const std::string& path) final;
  Status write_file(const std::string& path, std::string_view content, bool sync) final;

 protected:
  // While wait() has calls of both kinds to wait for, it looks after the kernel's this often.
  static constexpr int64_t kWaitMicros = 200;

  MetadataThread metadata_thread_;
};

}  // namespace ceto
