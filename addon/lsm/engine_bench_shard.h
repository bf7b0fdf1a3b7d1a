// What the engine's load programs share: options, db_bench's keys and values, and a store on a
// reactor and a real disk as a shard has it, so that background work has its shares and slices.
// One thread.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_io.h"
#include "io/reactor.h"
#include "lsm/sstable/test_schema.h"
#include "lsm/store.h"
#include "types/token.h"

namespace ceto::engine_bench {

// --name=value of the command line.
class Options {
 public:
  Options(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view option = argv[i];
      const size_t equals = option.find('=');
      if (!option.starts_with("--") || equals == std::string_view::npos) {
        std::fprintf(stderr, "expected --name=value, not %s\n", argv[i]);
        std::exit(2);
      }
      values_[std::string(option.substr(2, equals - 2))] = option.substr(equals + 1);
    }
  }
  std::string text(const char* name, const char* otherwise = nullptr) const {
    const auto at = values_.find(name);
    if (at != values_.end()) return at->second;
    if (otherwise != nullptr) return otherwise;
    std::fprintf(stderr, "--%s is needed\n", name);
    std::exit(2);
  }
  uint64_t number(const char* name, uint64_t otherwise) const {
    const auto at = values_.find(name);
    return at == values_.end() ? otherwise : std::strtoull(at->second.c_str(), nullptr, 10);
  }

 private:
  std::map<std::string, std::string> values_;
};

// Runs what --mode names; gives the program's exit code.
inline int run_mode(const Options& options,
                    const std::map<std::string, void (*)(const Options&)>& modes) {
  const std::string mode = options.text("mode");
  const auto at = modes.find(mode);
  if (at == modes.end()) {
    std::fprintf(stderr, "no such mode: %s\n", mode.c_str());
    return 2;
  }
  at->second(options);
  return 0;
}

// A key and one value; compactions only when asked for.
inline std::shared_ptr<TableSchema> make_table(bool compacts, uint32_t chunk_bytes) {
  const std::string blob = sstable_test::marshal("BytesType");
  auto schema = sstable_test::make_schema(
      "bench", {{"k", ColumnKind::kPartitionKey, blob}, {"v", ColumnKind::kRegular, blob}});
  schema->compaction["class"] = "org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy";
  schema->compaction["enabled"] = compacts ? "true" : "false";
  schema->compression_chunk_length = chunk_bytes;
  return schema;
}

// As db_bench's GenerateKeyFromInt: eight bytes, the greatest first, filled up with '0'.
class Key {
 public:
  static constexpr size_t kBytes = 16;
  Key() { std::memset(bytes_, '0', kBytes); }
  void set(uint64_t number) { store_be(bytes_, number); }
  Bytes bytes() const { return {bytes_, kBytes}; }

 private:
  uint8_t bytes_[kBytes];
};

// As db_bench's RandomGenerator with its compression_ratio of 0.5: pieces of a hundred bytes whose
// halves are equal, from which values are cut one after the other.
class Values {
 public:
  explicit Values(size_t value_bytes) : value_bytes_(value_bytes) {
    constexpr size_t kPiece = 100;
    std::mt19937 random(301);
    while (data_.size() < std::max<size_t>(1 << 20, value_bytes)) {
      std::string half(kPiece / 2, ' ');
      for (char& c : half) c = static_cast<char>(' ' + random() % 95);
      data_ += half + half;
    }
  }
  size_t value_bytes() const { return value_bytes_; }
  Bytes next() {
    if (at_ + value_bytes_ > data_.size()) at_ = 0;
    const Bytes value(data_.data() + at_, value_bytes_);
    at_ += value_bytes_;
    return value;
  }

 private:
  size_t value_bytes_;
  std::string data_;
  size_t at_ = 0;
};

inline double seconds_since(int64_t start_nanos) {
  return double(monotonic_nanos() - start_nanos) / 1e9;
}

// Of all threads of this process, the kernel's work for it included.
inline double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& at) {
    return double(at.tv_sec) + double(at.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class BenchShard final : private TurnHook {
 public:
  BenchShard(StoreConfig config, TableSchemaPtr schema, size_t value_bytes)
      : schema_(std::move(schema)), values_(value_bytes) {
    auto made = make_io(IoBackend::kAuto);
    CETO_ASSERT(made.ok());
    io_ = std::move(made).value();
    auto reactor = Reactor::make(*io_, clock_);
    CETO_ASSERT(reactor.ok());
    reactor_ = std::move(reactor).value();
    store_ = make_store(config, *io_, reactor_->background(WorkGroup::kFlush),
                        reactor_->background(WorkGroup::kCompaction), clock_);
    reactor_->add_turn_hook(this);
    must(run(store_->open({schema_})));
  }
  ~BenchShard() {
    must(run(store_->close()));
    settle();
    timer_.cancel();
    while (io_->in_flight() > 0) io_->wait();
    reactor_->remove_turn_hook(this);
    store_.reset();
  }
  BenchShard(const BenchShard&) = delete;

  static void must(const Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
  }
  Store& store() { return *store_; }
  Reactor& reactor() { return *reactor_; }
  size_t disk_requests() const { return io_->in_flight(); }
  const TableSchemaPtr& schema() const { return schema_; }

  Status run(Task<Status> task) {
    std::optional<Status> result;
    spawn(keep(std::move(task), result));
    while (!result) reactor_->turn();
    return *result;
  }
  // Until flushes and compactions have come to their end.
  void settle() {
    while (io_->in_flight() > 0 || reactor_->scheduler().has_work()) reactor_->turn();
  }
  void put(uint64_t number, int64_t timestamp) {
    key_.set(number);
    Cell cell{timestamp, kNoTtl, kNoDeletionTime, 1, values_.next(), {}};
    Row row;
    row.liveness.timestamp = timestamp;
    row.cells = {&cell, 1};
    PartitionUpdate update;
    update.table = schema_.get();
    update.key = key_.bytes();
    update.token = token_of(update.key);
    update.rows = {&row, 1};
    const auto position = store_->apply({&update, 1});
    if (!position.ok()) must(position.error());
  }
  // Puts the records that `next` numbers, a batch a turn, held back as a shard would.
  void put_all(uint64_t count, std::function<uint64_t()> next) {
    Puts puts(*this, count, std::move(next));
    reactor_->add_poller(&puts);
    while (puts.left > 0) reactor_->turn();
    reactor_->remove_poller(&puts);
  }

 private:
  // Requests that a busy shard finds in one turn.
  static constexpr uint64_t kBatch = 64;

  struct Puts final : Poller {
    Puts(BenchShard& to, uint64_t count, std::function<uint64_t()> numbers)
        : shard(to), left(count), next(std::move(numbers)) {}
    bool poll() override {
      if (left == 0 || shard.store_->write_pressure()) return false;
      for (uint64_t i = std::min(left, kBatch); i > 0; --i, --left) {
        shard.put(next(), ++shard.timestamp_);
      }
      return true;
    }
    BenchShard& shard;
    uint64_t left;
    std::function<uint64_t()> next;
  };

  void on_turn_end() override {
    store_->end_turn();
    const int64_t wakeup = store_->next_wakeup_micros();
    if (wakeup == INT64_MAX) {
      timer_.cancel();
    } else if (!timer_.armed() || wakeup < timer_.expiry_micros()) {
      reactor_->arm(timer_, std::max<int64_t>(0, wakeup - clock_.monotonic_micros()));
    }
  }
  static Task<void> keep(Task<Status> task, std::optional<Status>& result) {
    result.emplace(co_await std::move(task));
  }

  TableSchemaPtr schema_;
  SystemClock clock_;
  std::unique_ptr<Io> io_;
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<Store> store_;
  Timer timer_{[](void*) {}, nullptr};  // its end is a turn
  Key key_;
  Values values_;
  int64_t timestamp_ = 1'700'000'000'000'000;
};

}  // namespace ceto::engine_bench
