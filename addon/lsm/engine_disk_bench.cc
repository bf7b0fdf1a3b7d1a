// The engine beyond its memory: point reads, scans and what a compaction does to the reads beside
// it. `npm run bench-engine` holds the results against fio on the same disk. Prints one JSON
// object.
//   ceto_engine_disk_bench --mode=prepare --dir=FOLDER --records=N --files=N
//   ceto_engine_disk_bench --mode=point|scan|decompress|compact --dir=FOLDER --records=N ...
#include <filesystem>
#include <fstream>

#include "lsm/engine_bench_shard.h"
#include "lsm/sstable/compression_info.h"
#include "lsm/sstable/compressor.h"

namespace ceto::engine_bench {
namespace {

StoreConfig config_of(const Options& options) {
  StoreConfig config;
  const std::string base = options.text("dir");
  config.data_directory = base + "/data";
  config.commitlog_directory = base + "/commitlog";
  config.commitlog_sync = CommitlogSync::kPeriodic;
  config.row_cache_bytes = 0;
  config.chunk_cache_bytes = options.number("cache-bytes", 64 << 20);
  config.compaction_bytes_per_second = options.number("compaction-bytes-per-second", 64 << 20);
  config.memtable_bytes = uint64_t{2} << 30;
  config.commitlog_total_bytes = uint64_t{16} << 30;
  return config;
}

TableSchemaPtr table_of(const Options& options) {
  return make_table(false, static_cast<uint32_t>(options.number("chunk-bytes", 16 * 1024)));
}

// What the kernel says this process had the disk read.
uint64_t disk_read_bytes() {
  std::ifstream in("/proc/self/io");
  std::string name;
  for (uint64_t value = 0; in >> name >> value;) {
    if (name == "read_bytes:") return value;
  }
  return 0;
}

// --- point reads ---------------------------------------------------------------------------------

// `depth` lookups of random keys under way at any time, as that many clients that wait: as fio
// does, the end of one begins the next.
class PointReads {
 public:
  PointReads(BenchShard& shard, uint64_t records, uint64_t depth) : shard_(shard), lookups_(depth) {
    records_ = records;
    command_.table = shard.schema();
    command_.now_seconds = shard.reactor().clock().wall_seconds();
  }

  // Lookups go on until `over` says so, at the latest after `seconds`.
  void run(double seconds, const std::function<bool()>& over) {
    const int64_t start = monotonic_nanos();
    for (Lookup& lookup : lookups_) {
      begin(lookup);
      advance(lookup);
    }
    double depth_seconds = 0;
    for (double now = 0; now < seconds && !over();) {
      const auto depth = double(shard_.disk_requests());
      shard_.reactor().turn();
      const double before = std::exchange(now, seconds_since(start));
      depth_seconds += depth * (now - before);
    }
    elapsed_ = seconds_since(start);
    mean_depth_ = depth_seconds / elapsed_;
    stopping_ = true;
    while (waiting_ > 0) shard_.reactor().turn();
  }
  void forget_latencies() { latencies_.clear(); }
  double elapsed() const { return elapsed_; }
  // Requests that the disk had, on average.
  double mean_depth() const { return mean_depth_; }
  uint64_t count() const { return latencies_.size(); }
  uint64_t missing() const { return missing_; }
  double micros(double part) {
    if (latencies_.empty()) return 0;
    const auto at =
        latencies_.begin() + static_cast<std::ptrdiff_t>(double(latencies_.size() - 1) * part);
    std::nth_element(latencies_.begin(), at, latencies_.end());
    return double(*at) / 1e3;
  }

 private:
  struct Lookup {
    Key key;
    std::unique_ptr<PartitionReader> reader;
    bool open = false;
    bool found = false;
    int64_t start_nanos = 0;
  };

  void begin(Lookup& lookup) {
    lookup.key.set(random_() % records_);
    lookup.start_nanos = monotonic_nanos();
    lookup.reader = shard_.store().read(command_, token_of(lookup.key.bytes()), lookup.key.bytes());
    lookup.open = lookup.found = false;
  }
  // Goes on with it, and with those that follow, until one must wait.
  void advance(Lookup& lookup) {
    while (!must_wait(lookup)) {
      latencies_.push_back(static_cast<uint32_t>(
          std::min<int64_t>(monotonic_nanos() - lookup.start_nanos, UINT32_MAX)));
      missing_ += lookup.found ? 0 : 1;
      lookup.reader.reset();
      if (stopping_) return;
      begin(lookup);
    }
    ++waiting_;
    spawn(resume(*this, lookup));
  }
  static bool must_wait(Lookup& lookup) {
    Step step = Step::kReady;
    if (!lookup.open) {
      step = lookup.reader->open();
      lookup.open = step == Step::kReady;
    }
    while (step == Step::kReady) {
      step = lookup.reader->next();
      lookup.found |= step == Step::kReady;
    }
    CETO_ASSERT(step != Step::kError);
    return step == Step::kWait;
  }
  static Task<void> resume(PointReads& reads, Lookup& lookup) {
    co_await lookup.reader->wait();
    --reads.waiting_;
    reads.advance(lookup);
  }

  BenchShard& shard_;
  std::vector<Lookup> lookups_;
  std::mt19937_64 random_{11};
  uint64_t records_ = 0;
  ReadCommand command_;
  bool stopping_ = false;
  uint64_t waiting_ = 0;
  uint64_t missing_ = 0;
  std::vector<uint32_t> latencies_;
  double elapsed_ = 0;
  double mean_depth_ = 0;
};

Task<void> compact_all(Store& store, TableId id, bool& done) {
  BenchShard::must(co_await store.compact(id));
  done = true;
}

// With --compacting=1 a major compaction runs beside the reads and ends the measurement.
void point(const Options& options) {
  const uint64_t records = options.number("records", 0);
  const bool compacting = options.number("compacting", 0) != 0;
  BenchShard shard(config_of(options), table_of(options), 1);
  {
    // Until the cache is in its steady state.
    PointReads warm(shard, records, options.number("depth", 32));
    warm.run(double(options.number("warm-seconds", 3)), [] { return false; });
  }
  PointReads reads(shard, records, options.number("depth", 32));
  const uint64_t bytes_before = disk_read_bytes();
  const StoreStats before = shard.store().stats();
  const double cpu_before = cpu_seconds();
  bool compacted = false;
  if (compacting) spawn(compact_all(shard.store(), shard.schema()->id, compacted));
  reads.run(double(options.number("seconds", 10)), [&] { return compacting && compacted; });
  const double cpu = cpu_seconds() - cpu_before;
  const StoreStats after = shard.store().stats();
  const double bytes = double(disk_read_bytes() - bytes_before);
  CETO_ASSERT(reads.missing() == 0);
  std::printf(
      "{\"reads_per_second\": %.1f, \"p50_micros\": %.1f, \"p99_micros\": %.1f, \"p999_micros\": "
      "%.1f, \"disk_bytes_per_read\": %.1f, \"chunks_missed_per_read\": %.4f, "
      "\"mean_disk_depth\": %.2f, \"cpu_seconds\": %.3f, \"compaction_ended\": %s}\n",
      double(reads.count()) / reads.elapsed(), reads.micros(0.5), reads.micros(0.99),
      reads.micros(0.999), bytes / double(reads.count()),
      double(after.chunk_cache_misses - before.chunk_cache_misses) / double(reads.count()),
      reads.mean_depth(), cpu, compacted ? "true" : "false");
  std::fflush(stdout);
  // A compaction that goes on would only be waited for.
  std::_Exit(0);
}

// --- scans ---------------------------------------------------------------------------------------

struct ScanCounts {
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

Task<Status> scan_all(Store& store, const ReadCommand& command, const TokenRange& range,
                      ScanCounts& counts) {
  const auto scanner = store.scan(command, range);
  for (;;) {
    const Step at = scanner->next_partition();
    if (at == Step::kEnd) co_return Status{};
    if (at == Step::kError) co_return scanner->error();
    if (at == Step::kWait) {
      co_await scanner->wait();
      continue;
    }
    PartitionReader& rows = scanner->rows();
    for (;;) {
      const Step step = rows.next();
      if (step == Step::kEnd) break;
      if (step == Step::kError) co_return rows.error();
      if (step == Step::kWait) {
        co_await rows.wait();
        continue;
      }
      ++counts.rows;
      counts.bytes += scanner->key().size() + rows.row().cells[0].value.size();
    }
  }
}

// As often as fits into --seconds, once at least.
void scan(const Options& options) {
  BenchShard shard(config_of(options), table_of(options), 1);
  ReadCommand command;
  command.table = shard.schema();
  command.now_seconds = shard.reactor().clock().wall_seconds();
  const TokenRange everything;
  ScanCounts counts;
  uint64_t scans = 0;
  const double cpu_before = cpu_seconds();
  const int64_t start = monotonic_nanos();
  do {
    BenchShard::must(shard.run(scan_all(shard.store(), command, everything, counts)));
    ++scans;
  } while (seconds_since(start) < double(options.number("seconds", 0)));
  const double seconds = seconds_since(start) / double(scans);
  const double cpu = (cpu_seconds() - cpu_before) / double(scans);
  const TableStats stats = shard.store().table_stats(shard.schema()->id);
  CETO_ASSERT(counts.rows == scans * options.number("records", 0));
  std::printf(
      "{\"rows_per_second\": %.1f, \"megabytes_per_second\": %.3f, "
      "\"uncompressed_megabytes_per_second\": %.3f, \"disk_megabytes_per_second\": %.3f, "
      "\"seconds\": %.3f, \"cpu_seconds\": %.3f}\n",
      double(counts.rows) / double(scans) / seconds,
      double(counts.bytes) / double(scans) / 1e6 / seconds,
      double(stats.uncompressed_bytes) / 1e6 / seconds, double(stats.disk_bytes) / 1e6 / seconds,
      seconds, cpu);
}

// --- the decompressor alone ----------------------------------------------------------------------

std::string read_file(const std::filesystem::path& path, uint64_t limit) {
  std::ifstream in(path, std::ios::binary);
  std::string content(std::min<uint64_t>(std::filesystem::file_size(path), limit), '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  CETO_ASSERT(in.good());
  return content;
}

// The chunks of the prepared files, from memory to memory: no scan can be faster than this.
void decompress(const Options& options) {
  constexpr uint64_t kMaxBytes = 256 << 20;  // of a file: beyond the processor's caches
  std::filesystem::path data;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options.text("dir"))) {
    if (entry.path().string().ends_with("-Data.db")) data = entry.path();
  }
  CETO_ASSERT(!data.empty());
  const std::string stem = data.string().substr(0, data.string().size() - strlen("Data.db"));
  const std::string stored = read_file(data, kMaxBytes);
  const std::string content = read_file(stem + "CompressionInfo.db", kMaxBytes);
  const auto info = CompressionInfo::deserialize(Bytes(content), std::filesystem::file_size(data),
                                                 true, stem + "CompressionInfo.db");
  CETO_ASSERT(info.ok());
  const auto compressor = make_compressor(info.value().compressor, info.value().options);
  CETO_ASSERT(compressor.ok());
  std::vector<uint8_t> chunk(info.value().chunk_length);
  const auto& offsets = info.value().offsets;
  uint64_t bytes = 0;
  const int64_t start = monotonic_nanos();
  while (seconds_since(start) < double(options.number("seconds", 3))) {
    for (size_t i = 0; i + 1 < offsets.size() && offsets[i + 1] <= stored.size(); ++i) {
      const Bytes from(stored.data() + offsets[i],
                       offsets[i + 1] - offsets[i] - CompressionInfo::kChecksumBytes);
      const size_t size = compressor.value()->decompress(from, chunk.data(), chunk.size());
      CETO_ASSERT(size == chunk.size());
      bytes += size;
    }
  }
  std::printf("{\"uncompressed_megabytes_per_second\": %.3f}\n",
              double(bytes) / 1e6 / seconds_since(start));
}

// --- the data ------------------------------------------------------------------------------------

void fill(const Options& options) {
  const uint64_t records = options.number("records", 0);
  const uint64_t files = options.number("files", 4);
  BenchShard shard(config_of(options), table_of(options), options.number("value-bytes", 1000));
  for (uint64_t file = 0; file < files; ++file) {
    uint64_t number = file;
    const uint64_t count = (records - file + files - 1) / files;
    shard.put_all(count, [&] { return std::exchange(number, number + files); });
    BenchShard::must(shard.run(shard.store().flush_all()));
  }
  if (options.number("compacted", 0) != 0) {
    BenchShard::must(shard.run(shard.store().compact(shard.schema()->id)));
  }
  const TableStats stats = shard.store().table_stats(shard.schema()->id);
  std::printf("{\"uncompressed_bytes\": %llu, \"disk_bytes\": %llu, \"sstables\": %llu}\n",
              static_cast<unsigned long long>(stats.uncompressed_bytes),
              static_cast<unsigned long long>(stats.disk_bytes),
              static_cast<unsigned long long>(stats.sstables));
}

// `files` SSTables whose records all differ; each spans all tokens. All is flushed, so the log
// goes: its last segment would fill the memtables again.
void prepare(const Options& options) {
  fill(options);
  std::filesystem::remove_all(config_of(options).commitlog_directory);
}

// A compaction of what was prepared, apart from everything else: for profilers.
void compact(const Options& options) {
  BenchShard shard(config_of(options), table_of(options), 1);
  const double cpu_before = cpu_seconds();
  const int64_t start = monotonic_nanos();
  BenchShard::must(shard.run(shard.store().compact(shard.schema()->id)));
  const double seconds = seconds_since(start);
  std::printf("{\"seconds\": %.4f, \"cpu_seconds\": %.4f}\n", seconds, cpu_seconds() - cpu_before);
}

int run(int argc, char** argv) {
  return run_mode(Options(argc, argv), {{"prepare", prepare},
                                        {"compact", compact},
                                        {"point", point},
                                        {"scan", scan},
                                        {"decompress", decompress}});
}

}  // namespace
}  // namespace ceto::engine_bench

int main(int argc, char** argv) { return ceto::engine_bench::run(argc, argv); }
