// The behaviour of every backend of Io, the simulated one included, in one suite.
#include "io/io.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <thread>

#include "io/run_to_end.h"
#include "io/simulated_io.h"

namespace ceto {
namespace {

struct Place {
  const char* name;
  std::optional<IoBackend> backend;  // none: the simulated disk
  const char* directory;             // one whose file system is on a disk, one in memory
};

std::string make_directory(const std::string& parent) {
  std::string path = parent + "/ceto-io-XXXXXX";
  CETO_ASSERT(::mkdtemp(path.data()) != nullptr);
  return path;
}

class IoTest : public ::testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    if (!GetParam().backend) {
      root_ = GetParam().directory;
      io_ = std::make_unique<SimulatedIo>(disk_);
      ASSERT_TRUE(io_->make_directories(root_).ok());
      return;
    }
    root_ = make_directory(GetParam().directory);
    auto made = make_io(*GetParam().backend);
    if (!made) GTEST_SKIP() << "the kernel refuses: " << made.error().message;
    io_ = std::move(made).value();
  }
  void TearDown() override {
    io_.reset();
    if (GetParam().backend) std::filesystem::remove_all(root_);
  }
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  int create(const std::string& name) {
    auto fd = io_->open(path(name), Io::Open::kCreate);
    CETO_ASSERT(fd.ok());
    return fd.value();
  }
  int32_t write(int fd, const AlignedBuffer& from, uint64_t offset);
  int32_t read(int fd, AlignedBuffer& to, uint64_t offset);
  int32_t sync(int fd);

  std::string root_;
  SimulatedDisk disk_{42};
  std::unique_ptr<Io> io_;
};

Task<int32_t> write_task(Io& io, int fd, const void* from, uint32_t size, uint64_t offset) {
  co_return co_await io.write(fd, from, size, offset);
}
Task<int32_t> read_task(Io& io, int fd, void* to, uint32_t size, uint64_t offset) {
  co_return co_await io.read(fd, to, size, offset);
}
Task<int32_t> sync_task(Io& io, int fd) { co_return co_await io.data_sync(fd); }

int32_t IoTest::write(int fd, const AlignedBuffer& from, uint64_t offset) {
  return run_to_end(*io_,
                    write_task(*io_, fd, from.data(), static_cast<uint32_t>(from.size()), offset));
}
int32_t IoTest::read(int fd, AlignedBuffer& to, uint64_t offset) {
  return run_to_end(*io_, read_task(*io_, fd, to.data(), static_cast<uint32_t>(to.size()), offset));
}
int32_t IoTest::sync(int fd) { return run_to_end(*io_, sync_task(*io_, fd)); }

AlignedBuffer filled(size_t size, uint64_t seed) {
  AlignedBuffer buffer(size);
  std::mt19937_64 random(seed);
  for (size_t i = 0; i < buffer.size(); i += 8) {
    const uint64_t word = random();
    std::memcpy(buffer.data() + i, &word, 8);
  }
  return buffer;
}

bool same(const AlignedBuffer& a, const AlignedBuffer& b, size_t size) {
  return std::memcmp(a.data(), b.data(), size) == 0;
}

TEST_P(IoTest, what_is_written_and_synced_reads_back) {
  const int fd = create("data");
  const AlignedBuffer out = filled(64 * 1024, 1);
  AlignedBuffer in(64 * 1024);
  EXPECT_EQ(write(fd, out, kIoAlignment), 64 * 1024);
  EXPECT_EQ(sync(fd), 0);
  EXPECT_EQ(read(fd, in, kIoAlignment), 64 * 1024);
  EXPECT_TRUE(same(in, out, 64 * 1024));
  EXPECT_EQ(io_->in_flight(), 0u);
  io_->close(fd);
}

TEST_P(IoTest, a_read_over_the_end_is_short_and_one_past_it_is_empty) {
  const int fd = create("data");
  EXPECT_EQ(write(fd, filled(8192, 2), 0), 8192);
  ASSERT_TRUE(io_->truncate(fd, 5000).ok());
  AlignedBuffer in(8192);
  EXPECT_EQ(read(fd, in, 0), 5000);
  EXPECT_TRUE(same(in, filled(8192, 2), 5000));
  EXPECT_EQ(read(fd, in, 8192), 0);
  io_->close(fd);
}

TEST_P(IoTest, a_hole_reads_as_zeros) {
  const int fd = create("data");
  EXPECT_EQ(write(fd, filled(4096, 3), 8192), 4096);
  AlignedBuffer in = filled(8192, 4);
  EXPECT_EQ(read(fd, in, 0), 8192);
  EXPECT_TRUE(std::all_of(in.data(), in.data() + 8192, [](uint8_t b) { return b == 0; }));
  io_->close(fd);
}

TEST_P(IoTest, misaligned_requests_are_refused) {
  const int fd = create("data");
  AlignedBuffer buffer(8192);
  EXPECT_EQ(run_to_end(*io_, read_task(*io_, fd, buffer.data() + 512, 4096, 0)), -EINVAL);
  EXPECT_EQ(run_to_end(*io_, read_task(*io_, fd, buffer.data(), 4000, 0)), -EINVAL);
  EXPECT_EQ(run_to_end(*io_, write_task(*io_, fd, buffer.data(), 4096, 512)), -EINVAL);
  EXPECT_EQ(run_to_end(*io_, write_task(*io_, fd, buffer.data(), 0x80000000u, 0)), -EINVAL);
  io_->close(fd);
}

TEST_P(IoTest, a_bad_descriptor_is_an_error_of_its_request_alone) {
  const int fd = create("data");
  const AlignedBuffer out = filled(4096, 5);
  struct Outcome {
    IoRequest request;
    bool done = false;
  };
  Outcome outcomes[3];
  const int descriptors[3] = {fd, 1'000'000, fd};
  for (int i = 0; i < 3; ++i) {
    outcomes[i].request = {IoRequest::Kind::kWrite, descriptors[i],
                           const_cast<uint8_t*>(out.data()), 4096, i * uint64_t{4096}};
    outcomes[i].request.context = &outcomes[i];
    outcomes[i].request.on_complete = [](IoRequest& request) {
      static_cast<Outcome*>(request.context)->done = true;
    };
    io_->submit(outcomes[i].request);
  }
  while (io_->in_flight() > 0) io_->wait();
  for (const Outcome& outcome : outcomes) EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcomes[0].request.result, 4096);
  EXPECT_EQ(outcomes[1].request.result, -EBADF);
  EXPECT_EQ(outcomes[2].request.result, 4096);
  EXPECT_EQ(sync(1'000'000), -EBADF);
  io_->close(fd);
}

Task<void> write_page(Io& io, int fd, uint64_t page, int& left) {
  const AlignedBuffer out = filled(4096, page);
  CETO_ASSERT(co_await io.write(fd, out.data(), 4096, page * 4096) == 4096);
  --left;
}
Task<void> check_page(Io& io, int fd, uint64_t page, int& left) {
  AlignedBuffer in(4096);
  CETO_ASSERT(co_await io.read(fd, in.data(), 4096, page * 4096) == 4096);
  EXPECT_TRUE(same(in, filled(4096, page), 4096)) << "page " << page;
  --left;
}

TEST_P(IoTest, more_requests_than_the_kernel_holds_wait_and_all_complete) {
  constexpr int kPages = 3 * Io::kMaxInFlight + 17;
  const int fd = create("data");
  ASSERT_TRUE(io_->allocate(fd, kPages * uint64_t{4096}).ok());
  int left = kPages;
  for (int page = 0; page < kPages; ++page) spawn(write_page(*io_, fd, page, left));
  EXPECT_EQ(io_->in_flight(), static_cast<size_t>(kPages));
  while (left > 0) io_->wait();
  EXPECT_EQ(sync(fd), 0);
  left = kPages;
  for (int page = kPages - 1; page >= 0; --page) spawn(check_page(*io_, fd, page, left));
  while (left > 0) io_->wait();
  EXPECT_EQ(io_->in_flight(), 0u);
  io_->close(fd);
}

Task<void> write_chain(Io& io, int fd, uint64_t first, uint64_t count, int& left) {
  for (uint64_t page = first; page < first + count; ++page) {
    int one = 1;
    co_await write_page(io, fd, page, one);
  }
  --left;
}

TEST_P(IoTest, a_completion_may_submit_the_next_request) {
  const int fd = create("data");
  int left = 4;
  for (uint64_t chain = 0; chain < 4; ++chain) spawn(write_chain(*io_, fd, chain * 50, 50, left));
  while (left > 0) io_->wait();
  left = 200;
  for (uint64_t page = 0; page < 200; ++page) spawn(check_page(*io_, fd, page, left));
  while (left > 0) io_->wait();
  io_->close(fd);
}

TEST_P(IoTest, the_event_descriptor_tells_of_a_completion) {
  const int fd = create("data");
  int left = 1;
  spawn(write_page(*io_, fd, 0, left));
  io_->flush();
  pollfd event{io_->event_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&event, 1, 10'000), 1);
  while (left > 0) io_->reap();
  // A refused request never reaches the kernel and must wake its shard all the same.
  AlignedBuffer buffer(4096);
  IoRequest refused{IoRequest::Kind::kRead, fd, buffer.data() + 1, 4096, 0};
  refused.on_complete = [](IoRequest&) {};
  io_->submit(refused);
  io_->flush();
  EXPECT_EQ(::poll(&event, 1, 10'000), 1);
  EXPECT_EQ(io_->reap(), 1u);
  EXPECT_EQ(refused.result, -EINVAL);
  io_->close(fd);
}

TEST_P(IoTest, wait_and_reap_return_at_once_with_nothing_in_flight) {
  io_->wait();
  io_->flush();
  EXPECT_EQ(io_->reap(), 0u);
}

TEST_P(IoTest, create_refuses_what_exists_and_open_what_does_not) {
  io_->close(create("data"));
  EXPECT_FALSE(io_->open(path("data"), Io::Open::kCreate).ok());
  const auto missing = io_->open(path("missing"), Io::Open::kRead);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
  EXPECT_NE(missing.error().message.find("No such file"), std::string::npos);
}

TEST_P(IoTest, a_descriptor_opened_to_read_refuses_writes) {
  io_->close(create("data"));
  const auto fd = io_->open(path("data"), Io::Open::kRead);
  ASSERT_TRUE(fd.ok());
  EXPECT_EQ(write(fd.value(), filled(4096, 6), 0), -EBADF);
  io_->close(fd.value());
}

TEST_P(IoTest, allocation_moves_the_end_of_a_file_never_back) {
  const int fd = create("data");
  ASSERT_TRUE(io_->allocate(fd, 1 << 20).ok());
  EXPECT_EQ(io_->stat(path("data")).value().size_bytes, uint64_t{1} << 20);
  ASSERT_TRUE(io_->allocate(fd, 1 << 16).ok());
  EXPECT_EQ(io_->stat(path("data")).value().size_bytes, uint64_t{1} << 20);
  AlignedBuffer in = filled(4096, 7);
  EXPECT_EQ(read(fd, in, 65536), 4096);
  EXPECT_EQ(in.data()[0], 0);
  io_->close(fd);
}

TEST_P(IoTest, names_can_be_made_listed_linked_renamed_and_removed) {
  ASSERT_TRUE(io_->make_directories(path("a/b/c")).ok());
  ASSERT_TRUE(io_->make_directories(path("a/b/c")).ok());
  EXPECT_TRUE(io_->stat(path("a/b")).value().is_directory);
  ASSERT_TRUE(io_->write_file(path("a/b/one"), "first", true).ok());
  ASSERT_TRUE(io_->link(path("a/b/one"), path("a/b/two")).ok());
  ASSERT_TRUE(io_->write_file(path("a/b/one"), "1", false).ok());
  EXPECT_EQ(io_->read_file(path("a/b/two")).value(), "1");
  EXPECT_FALSE(io_->link(path("a/b/one"), path("a/b/two")).ok());
  ASSERT_TRUE(io_->rename(path("a/b/two"), path("a/b/three")).ok());
  ASSERT_TRUE(io_->sync_directory(path("a/b")).ok());
  auto names = io_->list(path("a/b")).value();
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"c", "one", "three"}));
  EXPECT_FALSE(io_->unlink(path("a/b")).ok());
  EXPECT_TRUE(io_->unlink(path("a/b/three")).ok());
  EXPECT_TRUE(io_->unlink(path("a/b/c")).ok());
  EXPECT_FALSE(io_->unlink(path("a/b/three")).ok());
  EXPECT_FALSE(io_->exists(path("a/b/three")).value());
  EXPECT_TRUE(io_->exists(path("a/b/one")).value());
  EXPECT_FALSE(io_->make_directories(path("a/b/one/d")).ok());
  EXPECT_FALSE(io_->list(path("nowhere")).ok());
  EXPECT_FALSE(io_->read_file(path("nowhere")).ok());
  EXPECT_FALSE(io_->stat(path("nowhere")).ok());
}

TEST_P(IoTest, a_renamed_directory_keeps_what_is_inside) {
  ASSERT_TRUE(io_->make_directories(path("old/inner")).ok());
  ASSERT_TRUE(io_->write_file(path("old/inner/file"), "kept", true).ok());
  ASSERT_TRUE(io_->rename(path("old"), path("new")).ok());
  EXPECT_EQ(io_->read_file(path("new/inner/file")).value(), "kept");
  EXPECT_FALSE(io_->exists(path("old/inner/file")).value());
}

TEST_P(IoTest, an_open_file_outlives_its_name) {
  const int fd = create("data");
  EXPECT_EQ(write(fd, filled(4096, 8), 0), 4096);
  ASSERT_TRUE(io_->unlink(path("data")).ok());
  AlignedBuffer in(4096);
  EXPECT_EQ(read(fd, in, 0), 4096);
  EXPECT_TRUE(same(in, filled(4096, 8), 4096));
  io_->close(fd);
}

class KernelIoTest : public IoTest {};

// Moves the process's limit on file sizes while it lives: a full disk that needs no disk to fill.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

TEST_P(KernelIoTest, a_write_that_no_longer_fits_is_short_and_the_next_one_fails) {
  const int fd = create("data");
  const FileSizeLimit limit(1 << 20);
  EXPECT_EQ(write(fd, filled(65536, 9), (1 << 20) - 4096), 4096);
  EXPECT_EQ(write(fd, filled(65536, 9), 1 << 20), -EFBIG);
  EXPECT_FALSE(io_->truncate(fd, 2 << 20).ok());
  io_->close(fd);
}

TEST_P(KernelIoTest, a_file_system_without_direct_io_works) {
  const auto fd = io_->open("/proc/version", Io::Open::kRead);  // refuses O_DIRECT
  ASSERT_TRUE(fd.ok()) << fd.error().message;
  AlignedBuffer in(4096);
  EXPECT_GT(read(fd.value(), in, 0), 0);
  EXPECT_EQ(std::memcmp(in.data(), "Linux version", 13), 0);
  io_->close(fd.value());
}

TEST_P(KernelIoTest, the_thread_that_made_it_need_not_be_the_one_that_uses_it) {
  const int fd = create("data");
  std::thread shard([&] {
    EXPECT_EQ(write(fd, filled(4096, 10), 0), 4096);
    EXPECT_EQ(sync(fd), 0);
  });
  shard.join();
  io_->close(fd);
}

// The descriptor tells of a completion once: what a reap() leaves behind sleeps until something
// else completes. io_uring gives what completed while it was submitted apart from what completed
// later.
TEST_P(KernelIoTest, one_reap_takes_all_that_has_completed) {
  const int fd = create("data");
  ASSERT_EQ(write(fd, filled(4096, 11), 0), 4096);
  AlignedBuffer in(4096);
  IoRequest from_disk{IoRequest::Kind::kRead, fd, in.data(), 4096, 0};
  IoRequest at_once{IoRequest::Kind::kRead, 1'000'000, in.data(), 4096, 0};
  for (IoRequest* request : {&from_disk, &at_once}) request->on_complete = [](IoRequest&) {};
  io_->submit(from_disk);
  io_->submit(at_once);
  io_->flush();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(io_->reap(), 2u);
  EXPECT_EQ(from_disk.result, 4096);
  while (io_->in_flight() > 0) io_->wait();
  io_->close(fd);
}

const Place kPlaces[] = {
    {"uring_on_disk", IoBackend::kIoUring, "/tmp"},
    {"uring_in_memory", IoBackend::kIoUring, "/dev/shm"},
    {"aio_on_disk", IoBackend::kAio, "/tmp"},
    {"aio_in_memory", IoBackend::kAio, "/dev/shm"},
};
const Place kSimulatedPlace[] = {{"simulated", std::nullopt, "/simulated/data"}};
std::string place_name(const ::testing::TestParamInfo<Place>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Backends, IoTest, ::testing::ValuesIn(kPlaces), place_name);
INSTANTIATE_TEST_SUITE_P(Simulated, IoTest, ::testing::ValuesIn(kSimulatedPlace), place_name);
INSTANTIATE_TEST_SUITE_P(Backends, KernelIoTest, ::testing::ValuesIn(kPlaces), place_name);

// Makes the listed system calls fail with EPERM in this process, as container run-times do.
void forbid(std::vector<uint32_t> calls) {
  std::vector<sock_filter> program;
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0));  // the number of the system call
  for (const uint32_t call : calls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  CETO_ASSERT(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CETO_ASSERT(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

// 0 if `check` holds in a child process in which `calls` are forbidden.
template <class Check>
int in_restricted_child(const std::vector<uint32_t>& calls, Check check) {
  const pid_t child = ::fork();
  if (child == 0) {
    forbid(calls);
    ::_exit(check() ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(MakeIo, falls_back_to_aio_where_io_uring_is_forbidden) {
  EXPECT_EQ(in_restricted_child({SYS_io_uring_setup},
                                [] {
                                  auto io = make_io(IoBackend::kAuto);
                                  return io.ok() && std::string(io.value()->name()) == "aio" &&
                                         !make_io(IoBackend::kIoUring).ok();
                                }),
            0);
}

TEST(MakeIo, says_why_when_nothing_is_left) {
  EXPECT_EQ(in_restricted_child({SYS_io_uring_setup, SYS_io_setup},
                                [] {
                                  auto io = make_io(IoBackend::kAuto);
                                  return !io.ok() &&
                                         io.error().message.find("io_uring") != std::string::npos &&
                                         io.error().message.find("AIO") != std::string::npos;
                                }),
            0);
}

TEST(AlignedBuffer, begins_and_ends_at_the_alignment) {
  const AlignedBuffer buffer(5000);
  EXPECT_EQ(buffer.size(), 8192u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % kIoAlignment, 0u);
}

}  // namespace
}  // namespace ceto
