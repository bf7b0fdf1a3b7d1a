// Io: the seam to the disk. Data moves by asynchronous, O_DIRECT reads and writes that are queued
// by submit(), handed to the kernel together by flush() at least once a loop turn, and completed by
// reap(). Metadata calls (open, rename, unlink …) are short and synchronous. Backends: io_uring,
// Linux AIO and the simulated disk. One Io belongs to one shard; shard thread only.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace ceto {

// Everything that is read or written directly begins, ends and lies in memory at a multiple of
// this: the largest logical block of the disks in use.
inline constexpr size_t kIoAlignment = 4096;

constexpr uint64_t align_down(uint64_t v) { return v & ~uint64_t{kIoAlignment - 1}; }
constexpr uint64_t align_up(uint64_t v) { return align_down(v + kIoAlignment - 1); }

// Memory for direct I/O; freed by its destructor.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size_bytes);  // rounded up to kIoAlignment
  uint8_t* data() { return memory_.get(); }
  const uint8_t* data() const { return memory_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(uint8_t* memory) const;
  };
  std::unique_ptr<uint8_t[], Free> memory_;
  size_t size_ = 0;
};

struct IoRequest {
  enum class Kind : uint8_t { kRead, kWrite, kDataSync };
  Kind kind = Kind::kRead;
  int fd = -1;
  void* buffer = nullptr;
  uint32_t size = 0;
  uint64_t offset = 0;
  // Bytes moved, or -errno. Valid when `on_complete` is called.
  int32_t result = 0;
  // Called by reap() on the shard thread; the request may be destroyed or submitted again inside
  // it.
  void (*on_complete)(IoRequest&) = nullptr;
  void* context = nullptr;
  // The backend's link while the request is with it.
  IoRequest* next = nullptr;
};

// Metadata calls that may wait long for the disk (allocating, renaming, syncing a directory), on
// their way to be carried out beside the shard's thread.
struct MetadataCall {
  // Uses the synchronous half of the Io and what it has captured, nothing else of the shard.
  std::function<Status()> work;
  Status result;
  // Called by reap() on the shard thread; the call may be destroyed inside it.
  void (*on_complete)(MetadataCall&) = nullptr;
  void* context = nullptr;
};

// The kernel moves at most this much in one call (MAX_RW_COUNT of Linux, rounded to our alignment).
inline constexpr uint32_t kMaxRequestBytes = 0x7ffff000;

struct FileInfo {
  uint64_t size_bytes = 0;
  bool is_directory = false;
  uint64_t links = 1;  // names of the file
};

class Io {
 public:
  virtual ~Io() = default;

  // --- asynchronous -------------------------------------------------------------------------
  // The request and its buffer must stay until on_complete. Requests beyond the kernel's queue wait
  // in the backend; kMaxInFlight bounds what the kernel holds. A misaligned or too large request
  // completes with -EINVAL. A write may be short (a full disk): callers compare `result` with
  // `size`. A data sync covers the writes that had completed when it was submitted, no others.
  static constexpr uint32_t kMaxInFlight = 256;
  virtual void submit(IoRequest& request) = 0;
  // Carried out one after the other, in order; counts as in flight until on_complete.
  virtual void submit(MetadataCall& call) = 0;
  // Hands what was submitted to the kernel.
  virtual void flush() = 0;
  // Completes what is done; returns how many. Never blocks.
  virtual size_t reap() = 0;
  // Flushes, blocks until at least one request completes, and reaps; returns at once when nothing
  // is in flight (start-up and tests; the reactor polls event_fd()).
  virtual void wait() = 0;
  // An eventfd that counts completions up; nobody reads it. Watch it edge-triggered (EPOLLET) and
  // call reap() after every edge.
  virtual int event_fd() const = 0;
  // Submitted and not yet completed. Must be zero when the Io is destroyed: the kernel would go on
  // writing into buffers that are gone.
  virtual size_t in_flight() const = 0;
  virtual const char* name() const = 0;  // "io_uring", "aio", "simulated"

  class [[nodiscard]] Awaiter {
   public:
    Awaiter(Io& io, IoRequest::Kind kind, int fd, void* buffer, uint32_t size, uint64_t offset)
        : io_(io) {
      request_.kind = kind;
      request_.fd = fd;
      request_.buffer = buffer;
      request_.size = size;
      request_.offset = offset;
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      handle_ = handle;
      request_.context = this;
      request_.on_complete = [](IoRequest& done) {
        static_cast<Awaiter*>(done.context)->handle_.resume();
      };
      io_.submit(request_);
    }
    // Bytes moved, or -errno.
    int32_t await_resume() const noexcept { return request_.result; }

   private:
    Io& io_;
    IoRequest request_;
    std::coroutine_handle<> handle_;
  };
  // `buffer`, `size` and `offset` are multiples of kIoAlignment. A read at the end of the file is
  // short.
  Awaiter read(int fd, void* buffer, uint32_t size, uint64_t offset) {
    return {*this, IoRequest::Kind::kRead, fd, buffer, size, offset};
  }
  Awaiter write(int fd, const void* buffer, uint32_t size, uint64_t offset) {
    return {*this, IoRequest::Kind::kWrite, fd, const_cast<void*>(buffer), size, offset};
  }
  Awaiter data_sync(int fd) { return {*this, IoRequest::Kind::kDataSync, fd, nullptr, 0, 0}; }

  // Resumes on the shard's thread with what `work` returned. What `work` refers to outlives the
  // task.
  Task<Status> aside(std::function<Status()> work);

  // --- synchronous metadata ---------------------------------------------------------------------
  enum class Open : uint8_t { kRead, kReadWrite, kCreate /* new file, fails if it exists */ };
  // O_DIRECT | O_CLOEXEC, where the file system knows direct I/O; without it elsewhere (tmpfs).
  virtual Result<int> open(const std::string& path, Open mode) = 0;
  virtual void close(int fd) = 0;
  // Reserves the space (fallocate), so that writes move no end; never makes the file smaller.
  virtual Status allocate(int fd, uint64_t size_bytes) = 0;
  virtual Status truncate(int fd, uint64_t size_bytes) = 0;
  virtual Result<FileInfo> stat(const std::string& path) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  // What the file system of the path has left for this process; less than 2^63.
  virtual Result<uint64_t> free_bytes(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status link(const std::string& from, const std::string& to) = 0;
  // A file or an empty directory.
  virtual Status unlink(const std::string& path) = 0;
  // The directory and its missing parents, durable on return.
  virtual Status make_directories(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  // Names inside, without "." and "..", in no order.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  // Small whole files (TOC, digests, transaction logs): buffered, synced when `sync`. The directory
  // entry of a new file is durable after sync_directory().
  static constexpr uint64_t kMaxSmallFileBytes = uint64_t{256} << 20;
  virtual Result<std::string> read_file(const std::string& path) = 0;
  virtual Status write_file(const std::string& path, std::string_view content, bool sync) = 0;
};

enum class IoBackend : uint8_t { kAuto, kIoUring, kAio };
// kAuto: io_uring where the kernel allows it, else Linux AIO.
Result<std::unique_ptr<Io>> make_io(IoBackend backend);

}  // namespace ceto
