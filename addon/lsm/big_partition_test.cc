// A partition many times larger than memory: written, compacted, and read in slices from both ends,
// within the budget. CETO_BIG_PARTITION_ROWS=10000000 runs the full size, in 256 MiB
// (npm run big-partition); without it everything is as much smaller, budget included.
#include <gtest/gtest.h>

#include "lsm/disk_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

constexpr int32_t kFullRows = 10'000'000;
constexpr int32_t kShortRows = 200'000;
constexpr uint64_t kFullBudget = uint64_t{256} << 20;
constexpr int32_t kRowsAtOnce = 100;
constexpr int32_t kSliceRows = 500;
// What the work takes beside the budget whatever the size: buffers of the log, of a flush and of a
// compaction that run at once, and what the heap keeps.
constexpr uint64_t kBuffersKib = 40 * 1024;

class BigPartition : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const wanted = std::getenv("CETO_BIG_PARTITION_ROWS");
    rows_ = wanted ? std::atoi(wanted) : kShortRows;
    rows_ -= rows_ % (kRowsAtOnce * kStride);
    budget_ = std::max<uint64_t>(kFullBudget * static_cast<uint64_t>(rows_) / kFullRows, 8 << 20);
    StoreConfig& config = shard_.config();
    // In the full size the buffers are inside of the 256 MiB as well.
    config.memory_bytes = rows_ >= kFullRows / 2 ? budget_ - kBuffersKib * 1024 : budget_;
    config.memtable_bytes = config.memory_bytes * 45 / 100;
    config.chunk_cache_bytes = config.memory_bytes;
    config.commitlog_total_bytes = 64 << 20;
    ASSERT_TRUE(shard_.open({schema_}).ok());
  }

  // Rows come in strides, so that each flush has some of everywhere.
  void write_all() {
    const std::string value(200, 'v');
    for (int32_t offset = 0; offset < kStride; ++offset) {
      for (int32_t first = offset; first < rows_; first += kRowsAtOnce * kStride) {
        UpdateBuilder update(*schema_, 1);
        for (int32_t i = 0; i < kRowsAtOnce; ++i) {
          update.row(first + i * kStride, {1, kNoTtl, kNoDeletionTime})
              .cell(KeyValueTable::kV, 1, value);
        }
        ASSERT_TRUE(shard_.write(update.update()).ok());
        shard_.turn();
        check_budget();
      }
    }
  }
  // Every tenth block of rows of the partition's first half.
  void delete_ranges() {
    for (int32_t from = 0; from < rows_ / 2; from += rows_ / 1000 * 10) {
      UpdateBuilder update(*schema_, 1);
      update.delete_range(from, from + rows_ / 1000 - 1, {2, 1'700'000'000});
      ASSERT_TRUE(shard_.write(update.update()).ok());
    }
  }
  bool deleted(int32_t row) const {
    return row < rows_ / 2 && row % (rows_ / 1000 * 10) < rows_ / 1000;
  }
  void check_budget() {
    const MemoryStats memory = shard_.store().stats().memory;
    ASSERT_LE(memory.used_bytes, memory.budget_bytes + (2 << 20));
  }

  // The rows of [from, to), in either order.
  void read_slice(int32_t from, int32_t to, bool reversed) {
    const std::string low = int_value(from), high = int_value(to);
    const Bytes low_bytes(low), high_bytes(high);
    const Slice slice{{{&low_bytes, 1}, false}, {{&high_bytes, 1}, false}};
    ReadCommand command;
    command.table = schema_;
    command.slices = {&slice, 1};
    command.reversed = reversed;
    command.now_seconds = 1'700'000'000;
    const std::string key = int_value(1);
    const StoreStats before = shard_.store().stats();
    auto reader = shard_.store().read(command, token_of(Bytes(key)), Bytes(key));
    ASSERT_EQ(step([&] { return reader->open(); }, *reader), Step::kReady);
    int32_t expected = reversed ? to - 1 : from;
    const int32_t move = reversed ? -1 : 1;
    int32_t left = 0;
    for (int32_t row = from; row < to; ++row) left += !deleted(row);
    while (step([&] { return reader->next(); }, *reader) == Step::kReady) {
      while (deleted(expected)) expected += move;
      ASSERT_EQ(reader->row().clustering[0], Bytes(int_value(expected)));
      expected += move;
      --left;
    }
    EXPECT_EQ(left, 0);
    const StoreStats after = shard_.store().stats();
    const uint64_t chunks = after.chunk_cache_hits + after.chunk_cache_misses -
                            before.chunk_cache_hits - before.chunk_cache_misses;
    // The slice is about seven chunks; finding it takes the index some more in each file.
    const uint64_t files = shard_.store().table_stats(schema_->id).sstables;
    EXPECT_LE(chunks, 40 + files * 60);
  }
  void read_slices() {
    for (int32_t i = 0; i < 20; ++i) {
      const int32_t from = static_cast<int32_t>(int64_t{rows_ - kSliceRows} * i / 19);
      read_slice(from, from + kSliceRows, false);
      read_slice(from, from + kSliceRows, true);
      if (HasFatalFailure()) return;
    }
  }
  template <class Call>
  Step step(Call call, PartitionReader& reader) {
    for (;;) {
      const Step now = call();
      if (now != Step::kWait) return now;
      shard_.wait(reader.wait());
    }
  }

  static constexpr int32_t kStride = 30;
  int32_t rows_ = 0;
  uint64_t budget_ = 0;
  TableSchemaPtr schema_ = KeyValueTable::make();
  DiskShard shard_;
};

TEST_F(BigPartition, is_written_compacted_and_read_in_slices_within_the_budget) {
  reset_peak();
  const uint64_t before_kib = process_kib("VmRSS");
  write_all();
  delete_ranges();
  if (HasFatalFailure()) return;
  read_slices();
  ASSERT_TRUE(shard_.wait(shard_.store().compact(schema_->id)).ok());
  check_budget();
  read_slices();
  const uint64_t peak_kib = process_kib("VmHWM");
  const uint64_t grown_kib = peak_kib - std::min(peak_kib, before_kib);
  const uint64_t data_kib = static_cast<uint64_t>(rows_) * 210 / 1024;
  std::printf("%d rows, %lu MiB of data: %lu MiB more at the peak than before, budget %lu MiB\n",
              rows_, data_kib / 1024, grown_kib / 1024, budget_ >> 20);
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "most of what is resident is the sanitizer's";
#endif
  if (rows_ >= kFullRows / 2) {
    EXPECT_LE(peak_kib * 1024, budget_);
  } else {
    EXPECT_LE(grown_kib, (budget_ >> 10) + kBuffersKib);
  }
}

}  // namespace
}  // namespace ceto
