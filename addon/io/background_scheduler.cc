#include "io/background_scheduler.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/assert.h"

namespace ceto {

int64_t monotonic_nanos() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Outside of its group's slice (in a completion, say) work yields at its first question, so it
// always runs at its group's expense.
bool BackgroundScheduler::Group::should_yield() {
  return scheduler_->running_ != this || scheduler_->clock_() >= scheduler_->slice_end_nanos_;
}

void BackgroundScheduler::Group::park(std::coroutine_handle<> handle) {
  if (parked_.empty()) {
    if (scheduler_->running_ != this) {
      // Newly awake: level with the others, however long it slept.
      const Group* other = scheduler_->least();
      const uint64_t level = other
                                 ? std::min(other->virtual_nanos_, scheduler_->query_virtual_nanos_)
                                 : scheduler_->query_virtual_nanos_;
      virtual_nanos_ = std::max(virtual_nanos_, level);
    }
    ++scheduler_->runnable_;
  }
  parked_.push_back(handle);
}

BackgroundScheduler::BackgroundScheduler(NanosClock clock) : clock_(clock) {
  for (size_t i = 0; i < kWorkGroups; ++i) {
    groups_[i].scheduler_ = this;
    groups_[i].shares_ = kDefaultShares[i];
  }
}

BackgroundScheduler::~BackgroundScheduler() { CETO_ASSERT(runnable_ == 0); }

void BackgroundScheduler::set_shares(WorkGroup group, uint32_t shares) {
  CETO_ASSERT(shares > 0);
  groups_[static_cast<size_t>(group)].shares_ = shares;
}

BackgroundScheduler::Group* BackgroundScheduler::least() {
  Group* least = nullptr;
  for (Group& group : groups_) {
    if (group.parked_.empty()) continue;
    if (!least || group.virtual_nanos_ < least->virtual_nanos_) least = &group;
  }
  return least;
}

bool BackgroundScheduler::run(int64_t query_nanos, bool busy) {
  Group* next = least();
  if (!next) return false;
  if (query_nanos > 0) {
    query_virtual_nanos_ += static_cast<uint64_t>(query_nanos);
    if (next->virtual_nanos_ > query_virtual_nanos_) return false;
  } else {
    query_virtual_nanos_ = std::max(query_virtual_nanos_, next->virtual_nanos_);
  }
  run_slice(*next, busy ? kBusySliceMicros : Background::kSliceMicros);
  return true;
}

void BackgroundScheduler::run_slice(Group& group, int64_t slice_micros) {
  CETO_ASSERT(running_ == nullptr);
  const int64_t start = clock_();
  slice_end_nanos_ = start + slice_micros * 1'000;
  running_ = &group;
  int64_t now = start;
  while (!group.parked_.empty() && now < slice_end_nanos_) {
    const std::coroutine_handle<> handle = group.parked_.front();
    group.parked_.pop_front();
    if (group.parked_.empty()) --runnable_;
    handle.resume();
    now = clock_();
  }
  running_ = nullptr;
  overruns_ += now - start > kOverrunMicros * 1'000;
  longest_slice_nanos_ = std::max(longest_slice_nanos_, now - start);
  group.ran_nanos_ += now - start;
  group.virtual_nanos_ += weighed(now - start, group.shares_);
}

}  // namespace ceto
