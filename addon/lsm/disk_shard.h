// A store on a real disk for tests of what it takes: memory and time. Its turns are those of the
// reactor; each of the two steps that may hold it up is measured in processor time, which a busy
// machine does not distort as it does the clock's.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "io/background_scheduler.h"
#include "lsm/test_shard.h"

namespace ceto::lsm_test {

inline int64_t thread_cpu_nanos() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Of this process, from /proc: "VmRSS", or "VmHWM", its peak.
inline uint64_t process_kib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  std::string name;
  while (status >> name) {
    uint64_t value = 0;
    if (name == field + ":" && status >> value) return value;
    status.ignore(4096, '\n');
  }
  return 0;
}
// The peak begins anew, without what other tests of this process have left to the heap.
inline void reset_peak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

class DiskShard {
 public:
  DiskShard() {
    const char* const base = std::getenv("TMPDIR");
    directory_ = std::string(base ? base : "/tmp") + "/ceto-store-test-XXXXXX";
    CETO_ASSERT(mkdtemp(directory_.data()) != nullptr);
    io_ = std::move(make_io(IoBackend::kAuto)).value();
    config_.data_directory = directory_ + "/data";
    config_.commitlog_directory = directory_ + "/commitlog";
    config_.commitlog_sync = CommitlogSync::kPeriodic;
    config_.commitlog_segment_bytes = 4 << 20;
    config_.compaction_bytes_per_second = 0;
  }
  ~DiskShard() {
    if (store_) CETO_ASSERT(wait(store_->close()).ok());
    while (scheduler_.has_work() || io_->in_flight() > 0) turn();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  StoreConfig& config() { return config_; }
  Store& store() { return *store_; }
  SystemClock& clock() { return clock_; }
  BackgroundScheduler& scheduler() { return scheduler_; }
  int64_t longest_step_nanos() const { return longest_step_nanos_; }
  void forget_steps() { longest_step_nanos_ = 0; }

  Status open(std::vector<TableSchemaPtr> tables) {
    store_ = make_store(config_, *io_, scheduler_.group(WorkGroup::kFlush),
                        scheduler_.group(WorkGroup::kCompaction), clock_);
    return wait(store_->open(std::move(tables)));
  }

  void turn() {
    clock_.refresh();
    io_->flush();
    if (!scheduler_.has_work() && io_->in_flight() > 0) {
      io_->wait();
    } else {
      measure([&] { io_->reap(); });
    }
    measure([&] { scheduler_.run(0); });
    if (store_) measure([&] { store_->end_turn(); });
  }
  template <class T>
  T wait(Task<T> task) {
    std::optional<T> result;
    spawn(keep_result(std::move(task), result));
    while (!result) turn();
    return std::move(*result);
  }
  void wait(Task<void> task) {
    bool done = false;
    spawn(keep_end(std::move(task), done));
    while (!done) turn();
  }
  // Holds back as connections do.
  Status write(const PartitionUpdate& update) {
    while (store_->write_pressure()) turn();
    const auto position = store_->apply({&update, 1});
    if (!position) return position.error();
    return {};
  }

 private:
  template <class Call>
  void measure(Call call) {
    const int64_t start = thread_cpu_nanos();
    call();
    longest_step_nanos_ = std::max(longest_step_nanos_, thread_cpu_nanos() - start);
  }

  std::string directory_;
  StoreConfig config_;
  SystemClock clock_;
  std::unique_ptr<Io> io_;
  BackgroundScheduler scheduler_;
  std::unique_ptr<Store> store_;
  int64_t longest_step_nanos_ = 0;
};

}  // namespace ceto::lsm_test
