// DiskWatch: what a store knows of its disk's health, and who waits to hear of a change. A flush
// that failed makes the store read-only until one succeeds: what is written could not leave memory.
// Owned by the StoreContext; shard thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "lsm/store.h"

namespace ceto {

class DiskWatch {
 public:
  static bool of_disk(const Error& error) {
    return error.code == ErrorCode::kIo || error.code == ErrorCode::kDiskFull ||
           error.code == ErrorCode::kCorrupt;
  }

  void flush_failed(const Error& error) {
    ++flush_failures_;
    flush_error_ = error;
    note(error);
  }
  void flushed() {
    if (!flush_error_) return;
    flush_error_.reset();
    changed();
  }
  void compaction_failed(const Error& error) {
    ++compaction_failures_;
    note(error);
  }
  void read_failed(const Error& error) {
    ++read_failures_;
    note(error);
  }
  void notice(std::string text) {
    notices_.push_back(std::move(text));
    changed();
  }
  void changed() {
    ++version_;
    std::vector<Waiter*> waiting;
    waiting.swap(waiting_);
    for (Waiter* waiter : waiting) waiter->wake();
  }
  void close() {
    closing_ = true;
    changed();
  }

  Task<void> await(uint64_t version) {
    while (version_ <= version && !closing_) {
      Waiter waiter;
      waiting_.push_back(&waiter);
      co_await waiter;
    }
  }
  // All but what the log knows.
  DiskNews take() {
    DiskNews news;
    news.version = version_;
    news.data = data_;
    news.corrupt = corrupt_;
    news.notices.swap(notices_);
    return news;
  }

  const Error* flush_error() const { return flush_error_ ? &*flush_error_ : nullptr; }
  uint64_t flush_failures() const { return flush_failures_; }
  uint64_t compaction_failures() const { return compaction_failures_; }
  uint64_t read_failures() const { return read_failures_; }

 private:
  void note(const Error& error) {
    if (error.code == ErrorCode::kIo || error.code == ErrorCode::kCorrupt) {
      DiskFailures& kind = error.code == ErrorCode::kIo ? data_ : corrupt_;
      ++kind.count;
      kind.last = error.message;
    }
    changed();
  }

  uint64_t version_ = 1;
  std::optional<Error> flush_error_;
  DiskFailures data_;
  DiskFailures corrupt_;
  uint64_t flush_failures_ = 0, compaction_failures_ = 0, read_failures_ = 0;
  std::vector<std::string> notices_;
  std::vector<Waiter*> waiting_;
  bool closing_ = false;
};

}  // namespace ceto
