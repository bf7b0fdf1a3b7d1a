// Put and get of 200-byte values through the whole store, on a real disk in a folder that is
// removed again: CETO_BENCH_DIR, or one under /tmp. Compare with RocksDB's db_bench fillrandom and
// readrandom.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "base/byte_io.h"
#include "io/io.h"
#include "lsm/row_cache.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

constexpr int32_t kKeys = 1'000'000;

class BenchShard {
 public:
  explicit BenchShard(CommitlogSync sync, uint64_t row_cache_bytes = 0) {
    const char* const base = std::getenv("CETO_BENCH_DIR");
    directory_ = std::string(base ? base : "/tmp") + "/ceto-store-bench-XXXXXX";
    CETO_ASSERT(mkdtemp(directory_.data()) != nullptr);
    io_ = std::move(make_io(IoBackend::kAuto)).value();
    config_.data_directory = directory_ + "/data";
    config_.commitlog_directory = directory_ + "/commitlog";
    config_.commitlog_sync = sync;
    config_.memtable_bytes = uint64_t{2} << 30;
    config_.row_cache_bytes = row_cache_bytes;
    store_ = make_store(config_, *io_, background_, clock_);
    CETO_ASSERT(run(*io_, background_, store_->open({schema_})).ok());
  }
  ~BenchShard() {
    CETO_ASSERT(run(*io_, background_, store_->close()).ok());
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void turn(bool block) {
    clock_.refresh();
    store_->end_turn();
    io_->flush();
    if (block && io_->in_flight() > 0)
      io_->wait();
    else
      io_->reap();
    background_.run();
  }
  // One row of one 200-byte cell; the views are refilled, nothing is allocated.
  CommitPosition put(int32_t key, int64_t timestamp) {
    store_be(key_, key);
    cell_.timestamp = row_.liveness.timestamp = timestamp;
    update_.token = token_of(update_.key);
    const auto position = store_->apply({&update_, 1});
    CETO_ASSERT(position.ok());
    return position.value();
  }
  size_t get(int32_t key) {
    store_be(key_, key);
    auto reader = store_->read(command_, token_of(update_.key), update_.key);
    if (!advance(*reader, [&] { return reader->open(); })) return 0;
    size_t bytes = 0;
    while (advance(*reader, [&] { return reader->next(); }))
      bytes += reader->row().cells[0].value.size();
    return bytes;
  }
  void flush() { CETO_ASSERT(run(*io_, background_, store_->flush_all()).ok()); }
  Store& store() { return *store_; }

 private:
  template <class Call>
  bool advance(PartitionReader& reader, Call call) {
    for (;;) {
      const Step step = call();
      CETO_ASSERT(step != Step::kError);
      if (step != Step::kWait) return step == Step::kReady;
      run(*io_, background_, reader.wait());
    }
  }

  std::string directory_;
  TableSchemaPtr schema_ = KeyValueTable::make();
  SystemClock clock_;
  QueuedBackground background_;
  std::unique_ptr<Io> io_;
  StoreConfig config_;
  std::unique_ptr<Store> store_;
  ReadCommand command_{schema_, {}, false, false, {}, 1'700'000'000};

  uint8_t key_[4] = {};
  uint8_t clustering_[4] = {};
  std::string value_ = std::string(200, 'v');
  Bytes clustering_bytes_{clustering_, 4};
  Cell cell_{1, kNoTtl, kNoDeletionTime, KeyValueTable::kV, Bytes(value_), {}};
  Row row_{{&clustering_bytes_, 1}, {1, kNoTtl, kNoDeletionTime}, {}, {&cell_, 1}, {}};
  PartitionUpdate update_{schema_.get(), {}, Bytes(key_, 4), {}, nullptr, {&row_, 1}, {}};
};

void BM_put_new_partitions(benchmark::State& state) {
  BenchShard shard(CommitlogSync::kPeriodic);
  int32_t key = 0;
  for (auto _ : state) {
    shard.put(key++, 1);
    if (key % 64 == 0) shard.turn(false);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_put_new_partitions)->Iterations(kKeys);

void BM_put_over_rows_that_are_there(benchmark::State& state) {
  BenchShard shard(CommitlogSync::kPeriodic);
  for (int32_t key = 0; key < 100'000; ++key) {
    shard.put(key, 1);
    if (key % 64 == 0) shard.turn(false);
  }
  std::mt19937 random(1);
  int64_t timestamp = 2;
  for (auto _ : state) {
    shard.put(static_cast<int32_t>(random() % 100'000), timestamp++);
    if (timestamp % 64 == 0) shard.turn(false);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_put_over_rows_that_are_there)->Iterations(kKeys);

// The argument is how many writes share a turn, as with that many clients that wait.
void BM_put_group_commit(benchmark::State& state) {
  BenchShard shard(CommitlogSync::kGroup);
  const int64_t depth = state.range(0);
  int32_t key = 0;
  for (auto _ : state) {
    CommitPosition last = 0;
    for (int64_t i = 0; i < depth; ++i) last = shard.put(key++, 1);
    bool durable = false;
    DurabilityWaiter waiter;
    waiter.position = last;
    waiter.context = &durable;
    waiter.on_durable = [](DurabilityWaiter& done, const Error* error) {
      CETO_ASSERT(error == nullptr);
      *static_cast<bool*>(done.context) = true;
    };
    shard.store().await_durable(waiter);
    while (!durable) shard.turn(true);
  }
  state.SetItemsProcessed(state.iterations() * depth);
}
BENCHMARK(BM_put_group_commit)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime();

// The argument is the number of partitions in memory.
void BM_get_from_memory(benchmark::State& state) {
  BenchShard shard(CommitlogSync::kPeriodic);
  const int32_t keys = static_cast<int32_t>(state.range(0));
  for (int32_t key = 0; key < keys; ++key) {
    shard.put(key, 1);
    if (key % 64 == 0) shard.turn(false);
  }
  std::mt19937 random(1);
  for (auto _ : state) {
    const size_t bytes = shard.get(static_cast<int32_t>(random() % static_cast<uint32_t>(keys)));
    CETO_ASSERT(bytes == 200);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_get_from_memory)->Arg(1'000)->Arg(100'000)->Arg(kKeys);

// A partition of one row in `sstables` files; all is in memory by the second read.
void get_from_sstables(benchmark::State& state, int64_t sstables, uint64_t row_cache_bytes) {
  BenchShard shard(CommitlogSync::kPeriodic, row_cache_bytes);
  constexpr int32_t kOnDisk = 200'000;
  for (int64_t file = 1; file <= sstables; ++file) {
    for (int32_t key = 0; key < kOnDisk; ++key) {
      shard.put(key, file);
      if (key % 64 == 0) shard.turn(false);
    }
    shard.flush();
  }
  for (int32_t key = 0; key < kOnDisk * 2; ++key) CETO_ASSERT(shard.get(key % kOnDisk) == 200);
  std::mt19937 random(1);
  for (auto _ : state) {
    CETO_ASSERT(shard.get(static_cast<int32_t>(random() % kOnDisk)) == 200);
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_get_from_sstables(benchmark::State& state) { get_from_sstables(state, state.range(0), 0); }
BENCHMARK(BM_get_from_sstables)->Arg(1)->Arg(3);

void BM_get_from_row_cache(benchmark::State& state) {
  get_from_sstables(state, state.range(0), RowCache::kAutomatic);
}
BENCHMARK(BM_get_from_row_cache)->Arg(1)->Arg(3);

}  // namespace
}  // namespace ceto

BENCHMARK_MAIN();
