#include "io/uring_io.h"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ceto {

namespace {

// From the best to what every kernel since 5.6 knows. R_DISABLED leaves the choice of the ring's
// thread to enable(). TASKRUN_FLAG lets reap() see deferred completions without a system call.
constexpr uint32_t kSetups[] = {
    IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
        IORING_SETUP_TASKRUN_FLAG,                                                    // 6.1
    IORING_SETUP_R_DISABLED | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,  // 5.19
    IORING_SETUP_R_DISABLED,                                                          // 5.10
    0,
};

constexpr int kNeeded[] = {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_FSYNC};

void prepare(io_uring_sqe* entry, IoRequest& request) {
  switch (request.kind) {
    case IoRequest::Kind::kRead:
      io_uring_prep_read(entry, request.fd, request.buffer, request.size, request.offset);
      break;
    case IoRequest::Kind::kWrite:
      io_uring_prep_write(entry, request.fd, request.buffer, request.size, request.offset);
      break;
    case IoRequest::Kind::kDataSync:
      io_uring_prep_fsync(entry, request.fd, IORING_FSYNC_DATASYNC);
      break;
  }
  io_uring_sqe_set_data(entry, &request);
}

}  // namespace

Result<std::unique_ptr<UringIo>> UringIo::make() {
  std::unique_ptr<UringIo> io(new UringIo());
  CETO_TRY(io->set_up());
  return io;
}

Status UringIo::set_up() {
  int failure = -EINVAL;
  for (const uint32_t flags : kSetups) {
    failure = io_uring_queue_init(kMaxInFlight, &ring_, flags);
    if (failure != -EINVAL) {
      ring_made_ = failure == 0;
      enabled_ = (flags & IORING_SETUP_R_DISABLED) == 0;
      break;
    }
  }
  if (failure < 0) return io_error(-failure, "io_uring");
  // At most kMaxInFlight are with the kernel, so the completion queue cannot run over.
  CETO_ASSERT(ring_.cq.ring_entries >= kMaxInFlight);

  io_uring_probe* probe = io_uring_get_probe_ring(&ring_);
  if (!probe) return io_error(ENOSYS, "io_uring probe");
  const bool complete = std::ranges::all_of(
      kNeeded, [&](int operation) { return io_uring_opcode_supported(probe, operation); });
  io_uring_free_probe(probe);
  if (!complete) return io_error(ENOSYS, "io_uring read, write or fsync");

  event_fd_ = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event_fd_) return io_error(errno, "eventfd");
  if (const int registered = io_uring_register_eventfd(&ring_, event_fd_.get()); registered < 0) {
    return io_error(-registered, "io_uring eventfd");
  }
  return {};
}

UringIo::~UringIo() {
  CETO_ASSERT(in_flight() == 0);
  if (ring_made_) io_uring_queue_exit(&ring_);
}

void UringIo::enable() {
  // By the system call: liburing 2.3 declares io_uring_enable_rings, its shared object lacks it.
  const long made =
      ::syscall(SYS_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  CETO_ASSERT(made == 0);
  enabled_ = true;
}

void UringIo::submit(IoRequest& request) {
  CETO_ASSERT(request.on_complete != nullptr);
  request.result = check_request(request);
  if (request.result == 0) {
    queued_.push(request);
    return;
  }
  refused_.push(request);
  eventfd_write(event_fd_.get(), 1);
}

void UringIo::flush() {
  if (!enabled_) enable();
  while (!queued_.empty() && in_kernel_ < kMaxInFlight) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (!entry) break;
    prepare(entry, queued_.pop());
    ++in_kernel_;
  }
  while (io_uring_sq_ready(&ring_) > 0) {
    const int submitted = io_uring_submit(&ring_);
    if (submitted >= 0 || submitted == -EINTR) continue;
    // The kernel is short of memory or of room for completions: the entries stay in the ring until
    // the next flush(). Anything else is a mistake in this file.
    CETO_ASSERT(submitted == -EAGAIN || submitted == -EBUSY);
    eventfd_write(event_fd_.get(), 1);
    return;
  }
}

size_t UringIo::complete(RequestQueue done) {
  const size_t count = done.size();
  for (size_t i = 1; !done.empty(); ++i) {
    IoRequest& request = done.pop();
    request.on_complete(request);
    if (i % kCompletionsPerFlush == 0 && !queued_.empty()) flush();
  }
  return count;
}

size_t UringIo::reap() {
  size_t completed = refused_.empty() ? 0 : complete_all(std::move(refused_));
  completed += metadata_thread_.reap();
  if (in_kernel_ == 0) return completed;
  RequestQueue done;
  // To the end: a peek that finds entries does not look for work that the kernel has deferred, and
  // its wake-up may have been the one that led here. What stays behind would sleep.
  while (in_kernel_ > 0) {
    io_uring_cqe* entries[kMaxInFlight];
    const unsigned count = io_uring_peek_batch_cqe(&ring_, entries, kMaxInFlight);
    if (count == 0) break;
    for (unsigned i = 0; i < count; ++i) {
      auto& request = *static_cast<IoRequest*>(io_uring_cqe_get_data(entries[i]));
      request.result = entries[i]->res;
      done.push(request);
    }
    io_uring_cq_advance(&ring_, count);
    CETO_ASSERT(count <= in_kernel_);
    in_kernel_ -= count;
  }
  completed += complete(std::move(done));
  // What waited for room goes at the next flush(); this turn's has not been yet.
  return completed;
}

void UringIo::wait() {
  flush();
  while (in_flight() > 0 && reap() == 0) {
    if (metadata_thread_.in_flight() > 0) {
      metadata_thread_.wait(kWaitMicros);
      flush();
      continue;
    }
    // Submits too what an earlier flush() could not, so that there is something to wait for.
    const int waited = io_uring_submit_and_wait(&ring_, 1);
    CETO_ASSERT(waited >= 0 || waited == -EINTR || waited == -EAGAIN || waited == -EBUSY);
  }
}

}  // namespace ceto
