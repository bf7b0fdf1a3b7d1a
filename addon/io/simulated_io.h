// SimulatedDisk and SimulatedIo: a disk in memory behind the Io seam, for tests of everything that
// must survive a crash. It promises no more than a real disk does:
//
//  - a request completes after a random number of reap() calls, in random order among those in
//    flight, and moves its bytes then, so a buffer that is touched too early shows;
//  - a metadata call is carried out in one of the next calls of reap(), behind those before it;
//  - a write is safe once a data sync that was submitted after its completion has completed; a new,
//    renamed, linked or removed name is safe after sync_directory() of its directory;
//  - a sync that fails saves nothing, and of what it was to save some is never saved by a later
//    one either: the kernel has forgotten it;
//  - crash(seed) keeps what is safe. Of every other write it keeps all, nothing, the first sectors
//    or any sectors; of the other changes of names it keeps, for each directory, those up to a
//    random one. Names and contents are independent: a new name may survive with an empty file;
//  - kill() ends the process and not the machine: nothing is lost that the kernel had, and nothing
//    became safer;
//  - cut_power_after() lets the power go in the middle of whatever the code under test does, also
//    between two calls that it takes for one step.
//
// Use: a SimulatedDisk, a SimulatedIo on it for the code under test, disk.crash(seed), then a new
// SimulatedIo on the same disk for the recovery. The Io of before the crash fails everything with
// EIO, what was in flight included, so the code under test can be run to its end and destroyed. The
// disk outlives its Ios. All of it by one thread; the same seeds and calls give the same run.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/io.h"
#include "io/request_queue.h"
#include "io/unique_fd.h"

namespace ceto {

class SimulatedIo;

// The chances, from 0 to 1, of each kind of trouble.
struct SimulatedFaults {
  // The request fails with EIO. A short write moves its first part, a write that fails may have
  // moved some.
  double read_error = 0;
  double write_error = 0;
  double short_write = 0;
  double sync_error = 0;
  // A call about names or whole small files fails with EIO; a sync of a directory that fails has
  // made some of its names safe.
  double name_error = 0;
  // A write or an allocation that makes a file larger finds the disk full.
  double no_space = 0;
  // Reported as done. A lost write never arrives; a misdirected one lands in another place of a
  // file, which keeps its size; a rotten read has one bit wrong, on its way and not on the disk.
  double lost_write = 0;
  double misdirected_write = 0;
  double rotten_read = 0;
  // The request takes kSlowReaps more calls of reap(): a latency spike.
  double slow = 0;
  static constexpr uint64_t kSlowReaps = 100;
};

class SimulatedDisk {
 public:
  // What a disk writes whole or not at all.
  static constexpr size_t kSectorBytes = 512;

  explicit SimulatedDisk(uint64_t seed) : random_(seed) {}
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // The power goes, if it has not yet. Another seed, another outcome. Then it is back.
  void crash(uint64_t seed);
  // The power goes at the `operations`-th request or call from now, counting 1 as the next; the
  // disk answers everything with EIO from there on, until crash().
  void cut_power_after(uint64_t operations);
  void keep_power() { cut_after_.reset(); }
  // The `operations`-th request or call from now, counting 1 as the next, and those behind it fail
  // with EIO, `count` in all.
  void fail_operations(uint64_t operations, uint64_t count = 1);
  // Ends that. Gives how many have failed.
  uint64_t keep_working();
  bool has_power() const { return powered_; }
  // The process ends. What was in flight completes, or never began.
  void kill();
  // Requests and calls so far.
  uint64_t operations() const { return operations_; }

  // A request completes in one of the next 1 + `reaps` calls of reap(). Default 3.
  void set_max_delay(uint32_t reaps) { max_delay_reaps_ = reaps; }
  void set_faults(const SimulatedFaults& faults) { faults_ = faults; }
  // The next request of that kind to complete fails with this errno.
  void fail_next(IoRequest::Kind kind, int errno_value) {
    planned_failure_[static_cast<size_t>(kind)] = errno_value;
  }
  // Writes and allocations beyond fail with ENOSPC (the part that fits is written).
  void set_capacity_bytes(uint64_t bytes) { capacity_bytes_ = bytes; }
  uint64_t used_bytes() const;
  // Flips one bit of a file, now and durably, as a disk that rots. The byte must be there.
  void corrupt(const std::string& path, uint64_t offset, uint8_t mask = 1);
  // All files, with their paths.
  std::vector<std::string> files() const;
  // What a crash could not take any more: the content of a file whose name is safe.
  std::optional<std::string> safe_content(const std::string& path) const;

 private:
  friend class SimulatedIo;

  // A change of a file's content that no sync has covered.
  struct Change {
    uint64_t number = 0;
    bool is_resize = false;
    uint64_t offset = 0;  // of a write; of a resize the new size
    std::string bytes;
  };
  struct File {
    bool is_directory = false;
    std::string current;  // what reads see
    std::string durable;  // what is safe
    std::vector<Change> unsynced;
  };
  using FilePtr = std::shared_ptr<File>;
  using Names = std::map<std::string, FilePtr>;

  // A change of names that no sync of its directories has covered: `from` goes, `to` becomes
  // `file`.
  struct NameChange {
    std::string from;  // empty: nothing goes
    std::string to;    // empty: nothing comes
    FilePtr file;
    bool touches(const std::string& directory) const;
  };

  static void apply(std::string& content, const Change& change);
  static void apply(Names& names, const NameChange& change);
  void change_content(File& file, Change change);
  void change_names(NameChange change);
  void sync_file(File& file, uint64_t up_to);
  void fail_sync(File& file, uint64_t up_to);
  void sync_names(const std::string& directory);
  void sync_some_names(const std::string& directory);
  FilePtr find(const std::string& path) const;
  bool has_children(const std::string& path) const;
  // How many of `wanted` more bytes fit.
  uint64_t room_for(uint64_t wanted) const;
  bool chance(double probability);
  int32_t failure_of(const IoRequest& request);
  // The request or call that was counted last.
  bool fails_now() const { return operations_ >= fail_first_ && operations_ < fail_end_; }
  // Counts a request or call; false when the power is gone by now.
  bool count_operation();
  void lose_power();
  FilePtr random_file();

  std::string survivor(const File& file, std::mt19937_64& random) const;
  void crash_names(std::mt19937_64& random);

  std::mt19937_64 random_;
  Names current_;
  Names durable_;
  std::vector<NameChange> unsynced_names_;
  uint64_t last_change_ = 0;
  uint64_t power_cycle_ = 0;
  bool powered_ = true;
  uint64_t operations_ = 0;
  std::optional<uint64_t> cut_after_;
  uint64_t fail_first_ = 0, fail_end_ = 0;  // by operations()
  uint32_t max_delay_reaps_ = 3;
  uint64_t capacity_bytes_ = UINT64_MAX;
  SimulatedFaults faults_;
  std::optional<int> planned_failure_[3];
  std::vector<SimulatedIo*> attached_;
};

class SimulatedIo final : public Io {
 public:
  explicit SimulatedIo(SimulatedDisk& disk);
  ~SimulatedIo() override;

  void submit(IoRequest& request) override;
  void submit(MetadataCall& call) override;
  void flush() override;
  size_t reap() override;
  void wait() override;
  int event_fd() const override { return event_fd_.get(); }
  size_t in_flight() const override {
    return queued_.size() + started_.size() + refused_.size() + calls_.size();
  }
  const char* name() const override { return "simulated"; }

  Result<int> open(const std::string& path, Open mode) override;
  void close(int fd) override;
  Status allocate(int fd, uint64_t size_bytes) override;
  Status truncate(int fd, uint64_t size_bytes) override;
  Result<FileInfo> stat(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  // Never fails: a disk that does not say is of no consequence to who asks.
  Result<uint64_t> free_bytes(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status link(const std::string& from, const std::string& to) override;
  Status unlink(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<std::string> read_file(const std::string& path) override;
  Status write_file(const std::string& path, std::string_view content, bool sync) override;

 private:
  friend class SimulatedDisk;
  struct Pending {
    IoRequest* request;
    uint64_t covers;    // of a sync: the last change that it makes safe
    uint64_t due_reap;  // once started
  };
  struct Descriptor {
    SimulatedDisk::FilePtr file;
    bool writable;
  };

  bool alive() const { return power_cycle_ == disk_.power_cycle_ && disk_.powered_; }
  // What may be done about a path: counts the call; EIO when the power is gone or by chance.
  Status begin(const std::string& what);
  void power_lost(bool killed);
  void signal();
  size_t make_call();
  int32_t perform(const Pending& pending);
  int32_t read(const SimulatedDisk::File& file, const IoRequest& request);
  int32_t write(SimulatedDisk::File& file, const IoRequest& request);
  void misdirect(SimulatedDisk::File& file, std::string bytes);
  Result<SimulatedDisk::FilePtr> writable_file(int fd, const char* verb);
  // The normal form of a path whose directory exists.
  Result<std::string> place_for(const std::string& path, const char* verb);

  SimulatedDisk& disk_;
  const uint64_t power_cycle_;
  UniqueFd event_fd_;
  std::unordered_map<int, Descriptor> descriptors_;
  int next_fd_ = 1'000'000'000;  // never the number of a real one
  std::deque<Pending> queued_;
  std::vector<Pending> started_;
  RequestQueue refused_;
  std::deque<MetadataCall*> calls_;
  uint64_t reaps_ = 0;
};

}  // namespace ceto
