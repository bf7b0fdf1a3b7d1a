#include "io/metadata_thread.h"

#include <sys/eventfd.h>

#include <chrono>

#include "io/thread.h"

namespace ceto {

MetadataThread::~MetadataThread() {
  CETO_ASSERT(in_flight_ == 0);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(lock_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void MetadataThread::submit(MetadataCall& call, int event_fd) {
  CETO_ASSERT(call.on_complete != nullptr && call.work);
  ++in_flight_;
  {
    const std::lock_guard guard(lock_);
    event_fd_ = event_fd;
    waiting_.push_back(&call);
  }
  changed_.notify_all();
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void MetadataThread::run() {
  set_thread_name("ceto-metadata");
  std::unique_lock guard(lock_);
  while (true) {
    changed_.wait(guard, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    MetadataCall* const call = waiting_.front();
    waiting_.pop_front();
    guard.unlock();
    call->result = call->work();
    guard.lock();
    done_.push_back(call);
    any_done_.store(true, std::memory_order_release);
    eventfd_write(event_fd_, 1);
    changed_.notify_all();
  }
}

size_t MetadataThread::reap() {
  if (!any_done_.load(std::memory_order_acquire)) return 0;
  std::vector<MetadataCall*> done;
  {
    const std::lock_guard guard(lock_);
    done.swap(done_);
    any_done_.store(false, std::memory_order_relaxed);
  }
  CETO_ASSERT(done.size() <= in_flight_);
  in_flight_ -= done.size();
  for (MetadataCall* call : done) call->on_complete(*call);
  return done.size();
}

void MetadataThread::wait(int64_t micros) {
  std::unique_lock guard(lock_);
  changed_.wait_for(guard, std::chrono::microseconds(micros), [this] { return !done_.empty(); });
}

}  // namespace ceto
