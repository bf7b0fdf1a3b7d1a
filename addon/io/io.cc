#include "io/io.h"

#include <cstdlib>
#include <new>

#include "io/aio_io.h"
#include "io/uring_io.h"

namespace ceto {

AlignedBuffer::AlignedBuffer(size_t size_bytes)
    : memory_(static_cast<uint8_t*>(std::aligned_alloc(kIoAlignment, align_up(size_bytes)))),
      size_(align_up(size_bytes)) {
  if (!memory_ && size_ != 0) throw std::bad_alloc();
}

void AlignedBuffer::Free::operator()(uint8_t* memory) const { std::free(memory); }

namespace {

struct MetadataAwaiter {
  MetadataAwaiter(Io& on, MetadataCall& what) : io(on), call(what) {}
  MetadataAwaiter(const MetadataAwaiter&) = delete;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    handle = waiting;
    call.context = this;
    call.on_complete = [](MetadataCall& done) {
      static_cast<MetadataAwaiter*>(done.context)->handle.resume();
    };
    io.submit(call);
  }
  void await_resume() const noexcept {}

  Io& io;
  MetadataCall& call;
  std::coroutine_handle<> handle;
};

}  // namespace

Task<Status> Io::aside(std::function<Status()> work) {
  MetadataCall call;
  call.work = std::move(work);
  MetadataAwaiter done(*this, call);
  co_await done;
  co_return std::move(call.result);
}

namespace {
template <class Backend>
Result<std::unique_ptr<Io>> make() {
  auto backend = Backend::make();
  if (!backend) return std::move(backend.error());
  return std::unique_ptr<Io>(std::move(backend).value());
}
}  // namespace

Result<std::unique_ptr<Io>> make_io(IoBackend backend) {
  switch (backend) {
    case IoBackend::kIoUring:
      return make<UringIo>();
    case IoBackend::kAio:
      return make<AioIo>();
    case IoBackend::kAuto:
      break;
  }
  auto uring = make<UringIo>();
  if (uring) return uring;
  auto aio = make<AioIo>();
  if (aio) return aio;
  return Error{ErrorCode::kIo,
               uring.error().message + "; and for Linux AIO: " + aio.error().message};
}

}  // namespace ceto
