// What appending to the commit log costs the processor: a one-row write with a 200-byte value is
// encoded into the log's buffer, sealed with its checksums, and leaves with the turn's write. The
// disk takes everything at once and keeps nothing. The argument is how many writes share a turn.
// Instructions are counted with
//   valgrind --tool=callgrind ceto_commitlog_bench --benchmark_filter=BM_append/64
// run for two numbers of iterations (CETO_BENCH_ITERATIONS): the difference, by the difference of
// iterations, is what one append costs.
#include <benchmark/benchmark.h>
#include <sys/eventfd.h>

#include <cstdlib>
#include <filesystem>

#include "io/posix_files.h"
#include "io/request_queue.h"
#include "io/unique_fd.h"
#include "lsm/commitlog.h"
#include "lsm/mutation_codec.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

class EndlessDisk final : public PosixFiles {
 public:
  EndlessDisk() : event_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  using PosixFiles::submit;
  void submit(IoRequest& request) override { queued_.push(request); }
  void flush() override {}
  size_t reap() override {
    RequestQueue done(std::move(queued_));
    size_t completed = done.size();
    while (!done.empty()) {
      IoRequest& request = done.pop();
      request.result = static_cast<int32_t>(request.size);
      request.on_complete(request);
    }
    return completed + metadata_thread_.reap();
  }
  void wait() override {
    while (in_flight() > 0 && reap() == 0) metadata_thread_.wait(kWaitMicros);
  }
  int event_fd() const override { return event_fd_.get(); }
  size_t in_flight() const override { return queued_.size() + metadata_thread_.in_flight(); }
  const char* name() const override { return "endless"; }

 private:
  UniqueFd event_fd_;
  RequestQueue queued_;
};

int64_t iterations() {
  const char* const given = std::getenv("CETO_BENCH_ITERATIONS");
  return given ? std::atoll(given) : 1'000'000;
}

void BM_append(benchmark::State& state) {
  std::string directory = "/tmp/ceto-commitlog-bench-XXXXXX";
  CETO_ASSERT(mkdtemp(directory.data()) != nullptr);
  {
    EndlessDisk disk;
    ManualClock clock(1);
    QueuedBackground background;
    StoreConfig config;
    config.commitlog_directory = directory;
    Commitlog log(config, disk, clock);
    CETO_ASSERT(run(disk, background, log.open({}, 0, {}, 1)).ok());
    const TableSchemaPtr schema = KeyValueTable::make();
    UpdateBuilder builder(*schema, 1);
    builder.row(1, {1'700'000'000'000'000, kNoTtl, kNoDeletionTime});
    builder.cell(KeyValueTable::kV, 1'700'000'000'000'000, std::string(200, 'v'));
    const PartitionUpdate& update = builder.update();
    const int64_t writes_a_turn = state.range(0);
    int64_t appended = 0;
    for (auto _ : state) {
      const size_t size = max_mutation_bytes({&update, 1});
      while (!log.reserve(size)) disk.wait();
      benchmark::DoNotOptimize(
          log.end_record(encode_mutation({&update, 1}, log.begin_record(size))));
      if (++appended % writes_a_turn != 0) continue;
      log.end_turn();
      disk.reap();
      disk.reap();
      log.discard_below(UINT64_MAX);
    }
    state.SetItemsProcessed(state.iterations());
    CETO_ASSERT(run(disk, background, log.close()).ok());
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(BM_append)->Arg(1)->Arg(16)->Arg(64)->Iterations(iterations());

}  // namespace
}  // namespace ceto

BENCHMARK_MAIN();
