// AioIo: Io by Linux AIO (io_submit), for kernels and containers that refuse io_uring. With direct
// I/O it is as asynchronous and as fast. Completions are seen in the ring that the kernel maps, so
// a turn with nothing done costs no system call; each also counts up an eventfd. Shard thread only.
#pragma once

#include <linux/aio_abi.h>

#include <array>
#include <memory>

#include "io/posix_files.h"
#include "io/request_queue.h"
#include "io/unique_fd.h"

namespace ceto {

class AioIo final : public PosixFiles {
 public:
  static Result<std::unique_ptr<AioIo>> make();
  ~AioIo() override;

  using PosixFiles::submit;
  void submit(IoRequest& request) override;
  void flush() override;
  size_t reap() override;
  void wait() override;
  int event_fd() const override { return event_fd_.get(); }
  size_t in_flight() const override {
    return queued_.size() + finished_.size() + in_kernel_ + metadata_thread_.in_flight();
  }
  const char* name() const override { return "aio"; }

 private:
  AioIo() = default;
  Status set_up();
  size_t fill_batch();
  void submit_batch(size_t count);
  void settle_first(size_t at, int failure);
  void finish(IoRequest& request, int32_t result);
  bool kernel_has_events() const;
  size_t collect(long at_least);

  aio_context_t context_ = 0;
  UniqueFd event_fd_;
  RequestQueue queued_;    // submitted, not yet with the kernel
  RequestQueue finished_;  // done or refused without the kernel's queue; reap() completes them
  uint32_t in_kernel_ = 0;
  // One control block of a request is needed only during io_submit, so one batch's worth is enough.
  std::array<iocb, kMaxInFlight> blocks_{};
};

}  // namespace ceto
