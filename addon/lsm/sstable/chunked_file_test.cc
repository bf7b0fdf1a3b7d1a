#include "lsm/sstable/chunked_file.h"

#include <gtest/gtest.h>

#include <random>

#include "io/run_to_end.h"
#include "io/simulated_io.h"
#include "lsm/crc32.h"
#include "lsm/sstable/file_writer.h"

namespace ceto {
namespace {

class ChunkedFileTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kChunkBytes = 4096;
  static constexpr size_t kSize = 4'000'123;

  ChunkedFileTest() : io_(disk_) {
    std::mt19937_64 random(9);
    content_.resize(kSize);
    for (char& byte : content_) byte = static_cast<char>(random());
    CETO_ASSERT(io_.make_directories("/d").ok());
    CETO_ASSERT(run_to_end(io_, write_new_file(io_, "/d/file", Bytes(content_))).ok());
  }
  ~ChunkedFileTest() override { drain(); }
  void drain() {
    while (io_.in_flight() > 0) io_.wait();
  }
  std::unique_ptr<ChunkedFile> open() {
    auto file = ChunkedFile::open_plain(io_, cache_, "/d/file", kChunkBytes, {}, 1.0);
    CETO_ASSERT(file.ok());
    return std::move(file).value();
  }
  Bytes next(FileCursor& cursor, uint64_t size) {
    Step step;
    while ((step = cursor.ensure(size)) == Step::kWait) run_to_end(io_, cursor.wait());
    CETO_ASSERT(step == Step::kReady);
    const Bytes bytes = cursor.window().sub(0, size);
    cursor.advance(size);
    return bytes;
  }
  // In steps of many sizes, some over several chunks.
  void expect_content(FileCursor& cursor) {
    std::mt19937_64 random(3);
    while (cursor.remaining() > 0) {
      const uint64_t at = cursor.position();
      const uint64_t size = std::min<uint64_t>(
          random() % 8 == 0 ? random() % 20'000 + 1 : random() % 600 + 1, cursor.remaining());
      ASSERT_TRUE(next(cursor, size) == Bytes(content_).sub(at, size)) << at;
    }
  }

  SimulatedDisk disk_{1};
  SimulatedIo io_;
  ChunkCache cache_{8 << 20};
  std::string content_;
};

TEST_F(ChunkedFileTest, a_streaming_cursor_gives_all_bytes_in_order) {
  disk_.set_max_delay(5);
  const auto file = open();
  FileCursor cursor(*file, true);
  expect_content(cursor);
}

TEST_F(ChunkedFileTest, a_streaming_cursor_has_the_disk_read_ahead_and_leaves_the_cache_alone) {
  const auto file = open();
  FileCursor cursor(*file, true);
  // The first read may be all that anyone wants: it is for the cache.
  next(cursor, 1);
  const uint64_t cached = cache_.size_bytes();
  EXPECT_GT(cached, 0u);
  cursor.seek(ChunkedFile::kMaxReadBytes);
  next(cursor, 1);
  EXPECT_GT(io_.in_flight(), 0u);
  next(cursor, 300'000);
  EXPECT_EQ(cache_.size_bytes(), cached);
}

TEST_F(ChunkedFileTest, chunks_that_others_cached_are_taken_by_a_stream) {
  const auto file = open();
  {
    FileCursor other(*file, false);
    for (const uint64_t at : {600'000, 700'000, 1'300'000, 2'000'000}) {
      other.seek(at);
      next(other, 100);
    }
  }
  FileCursor cursor(*file, true);
  expect_content(cursor);
}

TEST_F(ChunkedFileTest, cursor_and_file_may_go_while_the_disk_reads_ahead) {
  auto file = open();
  {
    FileCursor cursor(*file, true);
    next(cursor, ChunkedFile::kMaxReadBytes);
    next(cursor, 1);
    ASSERT_GT(io_.in_flight(), 0u);
  }
  file.reset();
  drain();
}

TEST_F(ChunkedFileTest, a_stream_that_jumps_reads_where_it_lands) {
  const auto file = open();
  FileCursor cursor(*file, true);
  next(cursor, ChunkedFile::kMaxReadBytes + 1);
  for (const uint64_t at : {3'000'000, 100, 2'000'000, 2'100'000, 1'000'000}) {
    cursor.seek(at);
    ASSERT_TRUE(next(cursor, 5000) == Bytes(content_).sub(at, 5000)) << at;
  }
}

// A head that lies in two chunks is asked for before the whole row is.
TEST_F(ChunkedFileTest, a_stream_that_asks_for_more_at_one_place_does_not_read_again) {
  const auto file = open();
  FileCursor cursor(*file, true);
  const uint64_t edge = ChunkedFile::kMaxReadBytes + 4 * kChunkBytes;
  next(cursor, ChunkedFile::kMaxReadBytes);
  next(cursor, 1);
  cursor.seek(edge - 10);
  ASSERT_EQ(cursor.ensure(20), Step::kReady);
  ASSERT_EQ(cursor.ensure(2000), Step::kReady);
  EXPECT_TRUE(cursor.window().sub(0, 2000) == Bytes(content_).sub(edge - 10, 2000));
}

TEST_F(ChunkedFileTest, a_damaged_chunk_of_a_stream_fails_when_the_walk_comes_to_it) {
  constexpr size_t kDamaged = 100;
  std::vector<uint32_t> checksums;
  for (size_t at = 0; at < kSize; at += kChunkBytes) {
    const size_t size = std::min<size_t>(kChunkBytes, kSize - at);
    checksums.push_back(crc32_of(Bytes(content_).sub(at, size)));
  }
  checksums[kDamaged] ^= 1;
  auto file = ChunkedFile::open_plain(io_, cache_, "/d/file", kChunkBytes, checksums, 1.0);
  ASSERT_TRUE(file.ok());
  FileCursor cursor(*file.value(), true);
  while (cursor.position() < kDamaged * kChunkBytes) next(cursor, kChunkBytes / 2);
  Step step;
  while ((step = cursor.ensure(1)) == Step::kWait) run_to_end(io_, cursor.wait());
  EXPECT_EQ(step, Step::kError);
  EXPECT_NE(cursor.error().message.find("bad checksum"), std::string::npos);
}

}  // namespace
}  // namespace ceto
