#include "lsm/sstable/file_writer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "io/run_to_end.h"
#include "io/simulated_io.h"

namespace ceto {
namespace {

std::string random_content(size_t size) {
  std::mt19937_64 random(5);
  std::string content(size, '\0');
  for (char& byte : content) byte = static_cast<char>(random());
  return content;
}

class FileWriterTest : public ::testing::Test {
 protected:
  FileWriterTest() : io_(disk_) { CETO_ASSERT(io_.make_directories("/d").ok()); }
  ~FileWriterTest() override {
    while (io_.in_flight() > 0) io_.wait();
  }
  std::string read_back() {
    auto content = run_to_end(io_, read_whole_file(io_, "/d/file", 1 << 30));
    EXPECT_TRUE(content.ok());
    return content.ok() ? content.value() : "";
  }
  // Appends in pieces of an odd size, drains when it is due.
  Status write(FileWriter& file, const std::string& content) {
    for (Bytes rest(content); !rest.empty();) {
      const size_t n = std::min<size_t>(rest.size(), 10'007);
      file.append(rest.sub(0, n));
      rest = rest.from(n);
      if (file.drain_due()) CETO_TRY(run_to_end(io_, file.drain()));
    }
    return {};
  }

  SimulatedDisk disk_{1};
  SimulatedIo io_;
};

TEST_F(FileWriterTest, has_the_bytes_in_order_and_its_size_whatever_the_disk_delays) {
  disk_.set_max_delay(7);
  const std::string content = random_content(40 * FileWriter::kBlockBytes + 12'345);
  FileWriter file(io_);
  ASSERT_TRUE(file.create("/d/file").ok());
  ASSERT_TRUE(write(file, content).ok());
  EXPECT_EQ(file.size_bytes(), content.size());
  ASSERT_TRUE(run_to_end(io_, file.finish()).ok());
  EXPECT_EQ(file.size_bytes(), content.size());
  EXPECT_TRUE(read_back() == content);
}

TEST_F(FileWriterTest, goes_on_while_the_disk_writes_what_the_drain_before_gave_it) {
  FileWriter file(io_);
  ASSERT_TRUE(file.create("/d/file").ok());
  const std::string blocks(FileWriter::kBlocksBeforeDrain * FileWriter::kBlockBytes, 'x');
  file.append(Bytes(blocks));
  ASSERT_TRUE(run_to_end(io_, file.drain()).ok());
  EXPECT_EQ(io_.in_flight(), FileWriter::kBlocksBeforeDrain);
  file.append(Bytes(blocks));
  ASSERT_TRUE(run_to_end(io_, file.drain()).ok());
  EXPECT_LE(io_.in_flight(), FileWriter::kBlocksBeforeDrain);
  ASSERT_TRUE(run_to_end(io_, file.finish()).ok());
  EXPECT_EQ(io_.in_flight(), 0u);
  EXPECT_TRUE(read_back() == blocks + blocks);
}

TEST_F(FileWriterTest, may_go_while_the_disk_has_its_blocks) {
  const std::string blocks(FileWriter::kBlocksBeforeDrain * FileWriter::kBlockBytes, 'x');
  {
    FileWriter file(io_);
    ASSERT_TRUE(file.create("/d/file").ok());
    file.append(Bytes(blocks));
    ASSERT_TRUE(run_to_end(io_, file.drain()).ok());
    ASSERT_GT(io_.in_flight(), 0u);
  }
  while (io_.in_flight() > 0) io_.wait();
  EXPECT_TRUE(read_back() == blocks);
}

TEST_F(FileWriterTest, a_write_that_fails_behind_its_back_fails_what_comes_next) {
  const std::string blocks(FileWriter::kBlocksBeforeDrain * FileWriter::kBlockBytes, 'x');
  FileWriter file(io_);
  ASSERT_TRUE(file.create("/d/file").ok());
  file.append(Bytes(blocks));
  disk_.fail_next(IoRequest::Kind::kWrite, EIO);
  ASSERT_TRUE(run_to_end(io_, file.drain()).ok());
  while (io_.in_flight() > 0) io_.wait();
  file.append(Bytes(blocks));
  const Status drained = run_to_end(io_, file.drain());
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().code, ErrorCode::kIo);
  EXPECT_FALSE(run_to_end(io_, file.finish()).ok());
}

}  // namespace
}  // namespace ceto
