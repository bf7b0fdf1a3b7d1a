// MetadataThread: carries out metadata calls beside the shard's thread, one after the other. The
// thread starts with the first call and ends with its owner. submit(), reap() and wait() by the
// shard's thread; the Io whose half the calls use outlives them. The lock is held for moments only:
// never while a call runs.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "io/io.h"

namespace ceto {

class MetadataThread {
 public:
  MetadataThread() = default;
  ~MetadataThread();
  MetadataThread(const MetadataThread&) = delete;
  MetadataThread& operator=(const MetadataThread&) = delete;

  // `event_fd` is counted up when the call is done.
  void submit(MetadataCall& call, int event_fd);
  // Completes what is done; returns how many.
  size_t reap();
  // Blocks until a call is done, or for this long.
  void wait(int64_t micros);
  size_t in_flight() const { return in_flight_; }

 private:
  void run();

  size_t in_flight_ = 0;  // the shard's own
  std::atomic<bool> any_done_{false};
  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<MetadataCall*> waiting_;
  std::vector<MetadataCall*> done_;
  int event_fd_ = -1;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ceto
