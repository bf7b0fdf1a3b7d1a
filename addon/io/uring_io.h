// UringIo: Io by io_uring. Entries are filled in flush() and handed over by one system call. Where
// the kernel knows it (6.1), completions run only when this thread asks
// (IORING_SETUP_DEFER_TASKRUN): no interrupt steals time from a query. Such a ring never wakes an
// epoll that holds the ring's own descriptor, so an eventfd is registered. The ring binds to the
// thread of its first flush(), which may be another than the one that made it. Shard thread only
// after that.
#pragma once

#include <liburing.h>

#include <memory>

#include "io/posix_files.h"
#include "io/request_queue.h"
#include "io/unique_fd.h"

namespace ceto {

class UringIo final : public PosixFiles {
 public:
  static Result<std::unique_ptr<UringIo>> make();
  ~UringIo() override;

  using PosixFiles::submit;
  void submit(IoRequest& request) override;
  void flush() override;
  size_t reap() override;
  void wait() override;
  int event_fd() const override { return event_fd_.get(); }
  size_t in_flight() const override {
    return queued_.size() + refused_.size() + in_kernel_ + metadata_thread_.in_flight();
  }
  const char* name() const override { return "io_uring"; }

 private:
  // What so many completions ask for goes to the disk at once: a read is decoded in its completion,
  // and the disk would be idle while a long run of them is.
  static constexpr size_t kCompletionsPerFlush = 8;

  UringIo() = default;
  Status set_up();
  size_t complete(RequestQueue done);
  void enable();

  io_uring ring_{};
  bool ring_made_ = false;
  bool enabled_ = false;
  UniqueFd event_fd_;
  RequestQueue queued_;   // submitted, not yet with the kernel
  RequestQueue refused_;  // failed their check; reap() completes them
  uint32_t in_kernel_ = 0;
};

}  // namespace ceto
