#include "io/reactor.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "io/ring.h"
#include "io/socket.h"
#include "io/thread.h"

namespace ceto {
namespace {

class ReactorTest : public ::testing::TestWithParam<IoBackend> {
 protected:
  void SetUp() override {
    auto io = make_io(GetParam());
    if (!io) GTEST_SKIP() << io.error().message;
    io_ = std::move(io).value();
    reactor_ = std::move(Reactor::make(*io_, clock_).value());
  }
  Reactor& reactor() { return *reactor_; }
  template <class Done>
  void turn_until(Done done) {
    while (!done()) reactor_->turn();
  }

  SystemClock clock_;
  std::unique_ptr<Io> io_;
  std::unique_ptr<Reactor> reactor_;
};

int64_t thread_cpu_micros() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

struct Inbox final : Poller {
  Ring<uint64_t> ring{64};
  uint64_t next = 0;
  uint64_t wrong = 0;
  bool poll() override {
    uint64_t value = 0;
    size_t taken = 0;
    for (; taken < ring.capacity() && ring.try_pop(value); ++taken) wrong += value != next++;
    return taken > 0;
  }
};

TEST_P(ReactorTest, messages_of_another_thread_wake_a_sleeping_reactor_every_time) {
  constexpr uint64_t kMessages = 20'000;
  Inbox inbox;
  reactor().add_poller(&inbox);
  std::thread sender([&] {
    for (uint64_t i = 0; i < kMessages; ++i) {
      // One at a time, so that the reactor is often about to sleep; some after a real pause.
      if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
      while (!inbox.ring.try_push(i)) std::this_thread::yield();
      reactor().wake();
    }
  });
  turn_until([&] { return inbox.next == kMessages; });
  sender.join();
  EXPECT_EQ(inbox.wrong, 0u);
  EXPECT_GT(reactor().stats().sleeps, 10u);
  reactor().remove_poller(&inbox);
}

TEST_P(ReactorTest, an_idle_reactor_uses_no_cpu) {
  Timer stop([](void* self) { static_cast<Reactor*>(self)->request_stop(); }, &reactor());
  reactor().arm(stop, 200'000);
  const int64_t before = thread_cpu_micros();
  const uint64_t turns = reactor().stats().turns;
  reactor().run();
  EXPECT_LT(thread_cpu_micros() - before, 10'000);
  EXPECT_LT(reactor().stats().turns - turns, 20u);
}

TEST_P(ReactorTest, a_stop_asked_by_another_thread_ends_the_run) {
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reactor().request_stop();
  });
  reactor().run();
  stopper.join();
  reactor().request_stop();  // a request before the run ends it as well
  reactor().run();
}

Task<void> sleep_and_note(Reactor& reactor, int64_t delay, int64_t& took) {
  // A sleep counts from the time of the turn.
  const int64_t start = reactor.clock().monotonic_micros();
  co_await reactor.sleep(delay);
  took = monotonic_nanos() / 1'000 - start;
}

TEST_P(ReactorTest, a_sleep_lasts_its_time) {
  int64_t took = 0;
  clock_.refresh();
  spawn(sleep_and_note(reactor(), 3'000, took));
  turn_until([&] { return took > 0; });
  EXPECT_GE(took, 2'990);
}

struct Echo final : FdHandler {
  Reactor& reactor;
  Socket socket;
  uint64_t events_seen = 0;
  bool closed = false;
  Echo(Reactor& owner, Socket from) : reactor(owner), socket(std::move(from)) {
    CETO_ASSERT(reactor.add_fd(socket.fd(), EPOLLIN, this).ok());
  }
  void on_ready(uint32_t) override {
    ++events_seen;
    char buffer[256];
    const Transfer got = socket.receive(buffer, sizeof(buffer));
    if (got.moved()) {
      EXPECT_EQ(socket.send(buffer, got.bytes).bytes, got.bytes);
    } else if (!got.would_block()) {
      reactor.remove_fd(socket.fd());
      socket.close();
      closed = true;
    }
  }
};

TEST_P(ReactorTest, a_readable_socket_calls_its_handler_until_it_is_removed) {
  const Socket listener = listen_on(SocketAddress::parse("127.0.0.1", 0).value()).value();
  const SocketAddress address = listener.local_address().value();
  std::string answer;
  std::thread client([&] {
    Socket socket = connect_to(address).value();
    const char text[] = "hello";
    while (!socket.send(text, 5).moved()) std::this_thread::yield();
    char buffer[16];
    while (answer.size() < 5) {
      const Transfer got = socket.receive(buffer, sizeof(buffer));
      if (got.moved()) answer.append(buffer, got.bytes);
    }
  });
  Accepted accepted;
  while (!accepted.socket) accepted = std::move(accept_from(listener).value());
  Echo echo(reactor(), std::move(accepted.socket));
  turn_until([&] { return echo.closed; });
  client.join();
  EXPECT_EQ(answer, "hello");
  EXPECT_GE(echo.events_seen, 2u);
}

// Two descriptors ready in one batch; the handler that runs first removes the other.
struct Rival final : FdHandler {
  Reactor& reactor;
  int fd = ::eventfd(1, EFD_NONBLOCK);
  Rival* other = nullptr;
  int called = 0;
  explicit Rival(Reactor& owner) : reactor(owner) {
    CETO_ASSERT(reactor.add_fd(fd, EPOLLIN, this).ok());
  }
  ~Rival() { ::close(fd); }
  void on_ready(uint32_t) override {
    ++called;
    reactor.remove_fd(fd);
    reactor.remove_fd(other->fd);
  }
};

TEST_P(ReactorTest, no_event_reaches_a_handler_that_was_removed_in_the_same_turn) {
  Rival one(reactor()), two(reactor());
  one.other = &two;
  two.other = &one;
  int64_t took = 0;
  spawn(sleep_and_note(reactor(), 2'000, took));
  turn_until([&] { return took > 0; });
  EXPECT_EQ(one.called + two.called, 1);
}

Task<void> write_then_read(Reactor& reactor, int fd, bool& done) {
  AlignedBuffer buffer(8192);
  for (int page = 0; page < 20; ++page) {
    buffer.data()[0] = static_cast<uint8_t>(page);
    CETO_ASSERT(co_await reactor.io().write(fd, buffer.data(), 8192, page * 8192ull) == 8192);
  }
  CETO_ASSERT(co_await reactor.io().data_sync(fd) == 0);
  for (int page = 0; page < 20; ++page) {
    CETO_ASSERT(co_await reactor.io().read(fd, buffer.data(), 8192, page * 8192ull) == 8192);
    EXPECT_EQ(buffer.data()[0], page);
  }
  done = true;
}

TEST_P(ReactorTest, completions_of_the_disk_wake_the_reactor) {
  std::string path = "/tmp/ceto-reactor-XXXXXX";
  ::close(::mkstemp(path.data()));
  const int fd = io_->open(path, Io::Open::kReadWrite).value();
  bool done = false;
  spawn(write_then_read(reactor(), fd, done));
  turn_until([&] { return done; });
  io_->close(fd);
  EXPECT_TRUE(io_->unlink(path).ok());
}

Task<void> long_work(Background& background, bool& stop, bool& ended) {
  while (!stop) {
    if (background.should_yield()) co_await background.yield();
  }
  ended = true;
}

TEST_P(ReactorTest, long_work_keeps_no_message_waiting_for_more_than_slices) {
  bool stop = false, ended = false;
  spawn(long_work(reactor().background(WorkGroup::kCompaction), stop, ended));
  Inbox inbox;
  reactor().add_poller(&inbox);
  int64_t worst = 0;
  for (uint64_t i = 0; i < 50; ++i) {
    const int64_t start = monotonic_nanos();
    ASSERT_TRUE(inbox.ring.try_push(i));
    reactor().wake();
    reactor().turn();
    EXPECT_EQ(inbox.next, i + 1);
    worst = std::max(worst, monotonic_nanos() - start);
  }
  EXPECT_GT(reactor().scheduler().ran_nanos(WorkGroup::kCompaction), 0);
  // Other processes may take the core in between; an unsliced task would never return.
  EXPECT_LT(worst, 200'000'000);
  stop = true;
  turn_until([&] { return ended; });
  reactor().remove_poller(&inbox);
}

struct Hook final : TurnHook {
  Reactor& reactor;
  int calls = 0;
  explicit Hook(Reactor& owner) : reactor(owner) { reactor.add_turn_hook(this); }
  void on_turn_end() override {
    ++calls;
    reactor.wake();
    reactor.remove_turn_hook(this);
  }
};

TEST_P(ReactorTest, a_turn_hook_is_called_once_a_turn_until_it_removes_itself) {
  Inbox inbox;
  reactor().add_poller(&inbox);
  Hook hook(reactor());
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(inbox.ring.try_push(i));
    reactor().turn();
  }
  EXPECT_EQ(hook.calls, 1);
  reactor().remove_poller(&inbox);
}

INSTANTIATE_TEST_SUITE_P(Backends, ReactorTest,
                         ::testing::Values(IoBackend::kIoUring, IoBackend::kAio),
                         [](const auto& param_info) {
                           return param_info.param == IoBackend::kAio ? "aio" : "uring";
                         });

TEST(Thread, can_be_pinned_named_and_made_idle) {
  std::thread thread([] {
    const std::vector<int> cpus = allowed_cpus();
    ASSERT_FALSE(cpus.empty());
    EXPECT_TRUE(pin_to_cpu(cpus.back()).ok());
    EXPECT_EQ(allowed_cpus(), std::vector<int>{cpus.back()});
    EXPECT_EQ(::sched_getcpu(), cpus.back());
    EXPECT_FALSE(pin_to_cpu(-1).ok());
    set_thread_name("ceto-shard-0-is-long");
    char name[16];
    ::pthread_getname_np(::pthread_self(), name, sizeof(name));
    EXPECT_EQ(std::string(name), "ceto-shard-0-is");
    EXPECT_TRUE(set_thread_nice(current_thread_id(), 7).ok());
    EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(current_thread_id())), 7);
  });
  thread.join();
}

}  // namespace
}  // namespace ceto
