// RequestQueue: a first-in first-out list of I/O requests, linked through the requests themselves,
// so that queueing never asks the heap. Its length is bounded by the requests that its users own. A
// request lies in one queue at a time. Shard thread only.
#pragma once

#include <cerrno>
#include <cstddef>
#include <utility>

#include "base/assert.h"
#include "io/io.h"

namespace ceto {

class RequestQueue {
 public:
  RequestQueue() = default;
  RequestQueue(RequestQueue&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)),
        last_(std::exchange(other.last_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  RequestQueue& operator=(RequestQueue&&) = delete;

  bool empty() const { return first_ == nullptr; }
  size_t size() const { return size_; }
  IoRequest* front() const { return first_; }

  void push(IoRequest& request) {
    request.next = nullptr;
    (last_ ? last_->next : first_) = &request;
    last_ = &request;
    ++size_;
  }

  IoRequest& pop() {
    CETO_ASSERT(first_ != nullptr);
    IoRequest& request = *first_;
    first_ = request.next;
    if (!first_) last_ = nullptr;
    request.next = nullptr;
    --size_;
    return request;
  }

 private:
  IoRequest* first_ = nullptr;
  IoRequest* last_ = nullptr;
  size_t size_ = 0;
};

// 0, or the -errno that a request deserves before any backend looks at it. Checked here because
// a file system without direct I/O would take what another refuses.
inline int32_t check_request(const IoRequest& request) {
  if (request.kind == IoRequest::Kind::kDataSync) return 0;
  const uint64_t bits = reinterpret_cast<uintptr_t>(request.buffer) | request.size | request.offset;
  if (bits % kIoAlignment != 0 || request.size > kMaxRequestBytes) return -EINVAL;
  return 0;
}

// Calls back the requests of `done` in order; what the callbacks submit is not among them.
inline size_t complete_all(RequestQueue done) {
  const size_t count = done.size();
  while (!done.empty()) {
    IoRequest& request = done.pop();
    request.on_complete(request);
  }
  return count;
}

}  // namespace ceto
