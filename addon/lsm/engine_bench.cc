// The engine under db_bench's loads, one measurement a run: `npm run bench-engine` runs it beside
// RocksDB's db_bench and fio. Prints one JSON object.
//   ceto_engine_bench --mode=memory|put|cached|load|compact --dir=FOLDER --records=N ...
// The folder must not exist; it is the caller's to remove.
#include "lsm/engine_bench_shard.h"

namespace ceto::engine_bench {
namespace {

// A permutation of [0, count): every number once, in an order without order.
class Shuffled {
 public:
  explicit Shuffled(uint64_t count) : numbers_(count) {
    for (uint64_t i = 0; i < count; ++i) numbers_[i] = static_cast<uint32_t>(i);
    std::shuffle(numbers_.begin(), numbers_.end(), std::mt19937(1));
  }
  uint64_t next() { return numbers_[at_++]; }

 private:
  std::vector<uint32_t> numbers_;
  size_t at_ = 0;
};

// One lookup after the other, straight through: what is asked for is in memory.
class Gets {
 public:
  explicit Gets(BenchShard& shard) : shard_(shard), command_{shard.schema(), {}, false, false, {}} {
    command_.now_seconds = shard.reactor().clock().wall_seconds();
  }
  bool get(uint64_t number) {
    key_.set(number);
    const auto reader = shard_.store().read(command_, token_of(key_.bytes()), key_.bytes());
    if (!advance(*reader, [&] { return reader->open(); })) return false;
    size_t bytes = 0;
    while (advance(*reader, [&] { return reader->next(); })) {
      bytes += reader->row().cells[0].value.size();
    }
    return bytes > 0;
  }

 private:
  template <class Call>
  bool advance(PartitionReader& reader, Call call) {
    for (;;) {
      const Step step = call();
      if (step != Step::kWait) {
        CETO_ASSERT(step != Step::kError);
        return step == Step::kReady;
      }
      BenchShard::must(shard_.run(wait_for(reader)));
    }
  }
  static Task<Status> wait_for(PartitionReader& reader) {
    co_await reader.wait();
    co_return Status{};
  }

  BenchShard& shard_;
  ReadCommand command_;
  Key key_;
};

StoreConfig config_of(const Options& options) {
  StoreConfig config;
  const std::string base = options.text("dir");
  config.data_directory = base + "/data";
  config.commitlog_directory = base + "/commitlog";
  config.commitlog_sync = CommitlogSync::kPeriodic;
  // Flushing begins at 40 %, so this is what db_bench calls a write buffer.
  config.memtable_bytes = options.number("memtable-bytes", uint64_t{4} << 30) * 10 / 4;
  config.commitlog_total_bytes = options.number("commitlog-bytes", uint64_t{16} << 30);
  config.row_cache_bytes = 0;
  config.chunk_cache_bytes = options.number("cache-bytes", uint64_t{1} << 30);
  config.compaction_bytes_per_second = 0;
  return config;
}

struct Settings {
  explicit Settings(const Options& options)
      : records(options.number("records", 1'000'000)),
        value_bytes(options.number("value-bytes", 200)),
        chunk_bytes(static_cast<uint32_t>(options.number("chunk-bytes", 16 * 1024))) {}
  double megabytes() const { return double(records * (Key::kBytes + value_bytes)) / 1e6; }
  uint64_t records;
  uint64_t value_bytes;
  uint32_t chunk_bytes;
};

double timed_gets(BenchShard& shard, uint64_t records, uint64_t gets, uint64_t& found) {
  Gets reads(shard);
  std::mt19937_64 random(7);
  const int64_t start = monotonic_nanos();
  for (uint64_t i = 0; i < gets; ++i) found += reads.get(random() % records) ? 1 : 0;
  return seconds_since(start) / double(gets) * 1e6;
}

// As db_bench's fillrandom and readrandom: keys of a random number below the count, so that about
// 63 of a hundred exist.
void memory(const Options& options) {
  const Settings settings(options);
  const uint64_t gets = options.number("gets", settings.records);
  BenchShard shard(config_of(options), make_table(false, settings.chunk_bytes),
                   settings.value_bytes);
  std::mt19937_64 random(1);
  const int64_t start = monotonic_nanos();
  shard.put_all(settings.records, [&] { return random() % settings.records; });
  const double put = seconds_since(start) / double(settings.records) * 1e6;
  uint64_t found = 0;
  const double get = timed_gets(shard, settings.records, gets, found);
  std::printf("{\"put_micros\": %.4f, \"get_micros\": %.4f, \"found\": %llu}\n", put, get,
              static_cast<unsigned long long>(found));
}

// Puts alone; --memory-only=1: without the commit log, so that the difference is the append.
void put(const Options& options) {
  const Settings settings(options);
  const auto table = make_table(false, settings.chunk_bytes);
  table->memory_only = options.number("memory-only", 0) != 0;
  BenchShard shard(config_of(options), table, settings.value_bytes);
  std::mt19937_64 random(1);
  const int64_t start = monotonic_nanos();
  shard.put_all(settings.records, [&] { return random() % settings.records; });
  std::printf("{\"put_micros\": %.4f}\n", seconds_since(start) / double(settings.records) * 1e6);
}

// Reads of one SSTable whose chunks are all in the cache.
void cached(const Options& options) {
  const Settings settings(options);
  const uint64_t gets = options.number("gets", settings.records);
  BenchShard shard(config_of(options), make_table(false, settings.chunk_bytes),
                   settings.value_bytes);
  std::mt19937_64 random(1);
  shard.put_all(settings.records, [&] { return random() % settings.records; });
  BenchShard::must(shard.run(shard.store().flush_all()));
  Gets warm(shard);
  for (uint64_t i = 0; i < settings.records; ++i) warm.get(i);
  uint64_t found = 0;
  const double get = timed_gets(shard, settings.records, gets, found);
  std::printf("{\"get_micros\": %.4f, \"found\": %llu}\n", get,
              static_cast<unsigned long long>(found));
}

// Until the last record is flushed and the last compaction has ended.
void load(const Options& options) {
  const Settings settings(options);
  BenchShard shard(config_of(options), make_table(true, settings.chunk_bytes),
                   settings.value_bytes);
  std::mt19937_64 random(1);
  const int64_t start = monotonic_nanos();
  shard.put_all(settings.records, [&] { return random() % settings.records; });
  const double fill = seconds_since(start);
  BenchShard::must(shard.run(shard.store().flush_all()));
  shard.settle();
  const double seconds = seconds_since(start);
  const StoreStats stats = shard.store().stats();
  CETO_ASSERT(stats.failed_background_work == 0);
  std::printf(
      "{\"seconds\": %.4f, \"fill_seconds\": %.4f, \"megabytes_per_second\": %.3f, \"flushes\": "
      "%llu, \"compactions\": %llu}\n",
      seconds, fill, settings.megabytes() / seconds, static_cast<unsigned long long>(stats.flushes),
      static_cast<unsigned long long>(stats.compactions));
}

// `files` SSTables of records that all differ and lie all over, then one compaction of all.
void compact(const Options& options) {
  const Settings settings(options);
  const uint64_t files = options.number("files", 8);
  BenchShard shard(config_of(options), make_table(false, settings.chunk_bytes),
                   settings.value_bytes);
  Shuffled numbers(settings.records);
  uint64_t done = 0;
  for (uint64_t file = 1; file <= files; ++file) {
    const uint64_t end = settings.records * file / files;
    shard.put_all(end - done, [&] { return numbers.next(); });
    done = end;
    BenchShard::must(shard.run(shard.store().flush_all()));
  }
  const TableStats before = shard.store().table_stats(shard.schema()->id);
  CETO_ASSERT(before.sstables == files);
  const double cpu_before = cpu_seconds();
  const int64_t start = monotonic_nanos();
  BenchShard::must(shard.run(shard.store().compact(shard.schema()->id)));
  const double seconds = seconds_since(start);
  const double cpu = cpu_seconds() - cpu_before;
  CETO_ASSERT(shard.store().table_stats(shard.schema()->id).sstables == 1);
  std::printf(
      "{\"seconds\": %.4f, \"megabytes_per_second\": %.3f, \"disk_megabytes\": %.3f, "
      "\"cpu_seconds\": %.4f}\n",
      seconds, settings.megabytes() / seconds, double(before.disk_bytes) / 1e6, cpu);
}

int run(int argc, char** argv) {
  return run_mode(
      Options(argc, argv),
      {{"memory", memory}, {"put", put}, {"cached", cached}, {"load", load}, {"compact", compact}});
}

}  // namespace
}  // namespace ceto::engine_bench

int main(int argc, char** argv) { return ceto::engine_bench::run(argc, argv); }
