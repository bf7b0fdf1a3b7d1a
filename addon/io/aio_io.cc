#include "io/aio_io.h"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace ceto {

namespace {

// The system calls themselves: libaio adds nothing to them but a library.
int io_setup(unsigned events, aio_context_t* context) {
  return static_cast<int>(::syscall(SYS_io_setup, events, context));
}
int io_destroy(aio_context_t context) {
  return static_cast<int>(::syscall(SYS_io_destroy, context));
}
int io_submit(aio_context_t context, long count, iocb** blocks) {
  return static_cast<int>(::syscall(SYS_io_submit, context, count, blocks));
}
int io_getevents(aio_context_t context, long least, long most, io_event* events) {
  return static_cast<int>(::syscall(SYS_io_getevents, context, least, most, events, nullptr));
}

// The head of the ring that the kernel maps at the context's address (struct aio_ring of fs/aio.c).
struct AioRing {
  uint32_t id;
  uint32_t entries;
  uint32_t head;
  uint32_t tail;
  uint32_t magic;
};
constexpr uint32_t kAioRingMagic = 0xa10a10a1;

void prepare(iocb& block, IoRequest& request, int event_fd) {
  block = {};
  block.aio_data = reinterpret_cast<uint64_t>(&request);
  block.aio_fildes = static_cast<uint32_t>(request.fd);
  block.aio_flags = IOCB_FLAG_RESFD;
  block.aio_resfd = static_cast<uint32_t>(event_fd);
  switch (request.kind) {
    case IoRequest::Kind::kRead:
      block.aio_lio_opcode = IOCB_CMD_PREAD;
      break;
    case IoRequest::Kind::kWrite:
      block.aio_lio_opcode = IOCB_CMD_PWRITE;
      break;
    case IoRequest::Kind::kDataSync:
      block.aio_lio_opcode = IOCB_CMD_FDSYNC;
      return;
  }
  block.aio_buf = reinterpret_cast<uint64_t>(request.buffer);
  block.aio_nbytes = request.size;
  block.aio_offset = static_cast<int64_t>(request.offset);
}

IoRequest& request_of(uint64_t data) { return *reinterpret_cast<IoRequest*>(data); }

}  // namespace

Result<std::unique_ptr<AioIo>> AioIo::make() {
  std::unique_ptr<AioIo> io(new AioIo());
  CETO_TRY(io->set_up());
  return io;
}

Status AioIo::set_up() {
  event_fd_ = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event_fd_) return io_error(errno, "eventfd");
  if (io_setup(kMaxInFlight, &context_) == 0) return {};
  const int failure = errno;
  context_ = 0;
  return io_error(failure,
                  failure == EAGAIN ? "io_setup (sysctl fs.aio-max-nr is used up)" : "io_setup");
}

AioIo::~AioIo() {
  CETO_ASSERT(in_flight() == 0);
  if (context_ != 0) io_destroy(context_);
}

void AioIo::finish(IoRequest& request, int32_t result) {
  request.result = result;
  finished_.push(request);
  eventfd_write(event_fd_.get(), 1);
}

void AioIo::submit(IoRequest& request) {
  CETO_ASSERT(request.on_complete != nullptr);
  const int32_t refusal = check_request(request);
  if (refusal == 0) {
    queued_.push(request);
  } else {
    finish(request, refusal);
  }
}

size_t AioIo::fill_batch() {
  size_t count = 0;
  while (!queued_.empty() && in_kernel_ + count < kMaxInFlight) {
    prepare(blocks_[count++], queued_.pop(), event_fd_.get());
  }
  return count;
}

void AioIo::flush() {
  if (queued_.empty()) return;
  const size_t count = fill_batch();
  if (count > 0) submit_batch(count);
}

// io_submit takes requests up to the first that it refuses, and names the error of one only when it
// is the first: so each refusal is settled and the rest is submitted again.
void AioIo::submit_batch(size_t count) {
  iocb* pointers[kMaxInFlight];
  for (size_t i = 0; i < count; ++i) pointers[i] = &blocks_[i];
  for (size_t at = 0; at < count;) {
    const int accepted = io_submit(context_, static_cast<long>(count - at), pointers + at);
    if (accepted > 0) {
      at += static_cast<size_t>(accepted);
      in_kernel_ += static_cast<uint32_t>(accepted);
    } else if (errno == EAGAIN && in_kernel_ > 0) {
      // The kernel's queue is full for the moment: back to our own, ahead of what came later.
      RequestQueue later(std::move(queued_));
      for (; at < count; ++at) queued_.push(request_of(blocks_[at].aio_data));
      while (!later.empty()) queued_.push(later.pop());
    } else if (errno != EINTR) {
      settle_first(at++, errno);
    }
  }
}

// Kernels before 4.18 know no asynchronous sync: it is then done here and now.
void AioIo::settle_first(size_t at, int failure) {
  IoRequest& request = request_of(blocks_[at].aio_data);
  if (request.kind == IoRequest::Kind::kDataSync && failure == EINVAL) {
    finish(request, ::fdatasync(request.fd) == 0 ? 0 : -errno);
  } else {
    finish(request, -failure);
  }
}

bool AioIo::kernel_has_events() const {
  auto* ring = reinterpret_cast<AioRing*>(context_);
  if (ring->magic != kAioRingMagic) return true;  // an unknown layout: ask the kernel
  const uint32_t tail = std::atomic_ref<uint32_t>(ring->tail).load(std::memory_order_acquire);
  return std::atomic_ref<uint32_t>(ring->head).load(std::memory_order_relaxed) != tail;
}

size_t AioIo::collect(long at_least) {
  io_event events[kMaxInFlight];
  const int count = io_getevents(context_, at_least, kMaxInFlight, events);
  if (count <= 0) {
    CETO_ASSERT(count == 0 || errno == EINTR);
    return 0;
  }
  RequestQueue done;
  for (int i = 0; i < count; ++i) {
    IoRequest& request = request_of(events[i].data);
    request.result = static_cast<int32_t>(events[i].res);
    done.push(request);
  }
  CETO_ASSERT(static_cast<uint32_t>(count) <= in_kernel_);
  in_kernel_ -= static_cast<uint32_t>(count);
  return complete_all(std::move(done));
}

size_t AioIo::reap() {
  size_t completed = finished_.empty() ? 0 : complete_all(std::move(finished_));
  completed += metadata_thread_.reap();
  if (in_kernel_ > 0 && kernel_has_events()) completed += collect(0);
  return completed;
}

void AioIo::wait() {
  flush();
  while (in_flight() > 0 && reap() == 0) {
    if (metadata_thread_.in_flight() > 0) {
      metadata_thread_.wait(kWaitMicros);
    } else if (in_kernel_ > 0 && collect(1) > 0) {
      return;
    }
    flush();
  }
}

}  // namespace ceto
