#include "io/reactor.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace ceto {

Reactor::Reactor(Io& io, Clock& clock, ReactorOptions options)
    : io_(io), clock_(clock), options_(options), timers_(clock.monotonic_micros()) {}

Result<std::unique_ptr<Reactor>> Reactor::make(Io& io, Clock& clock, ReactorOptions options) {
  std::unique_ptr<Reactor> reactor(new Reactor(io, clock, options));
  CETO_TRY(reactor->set_up());
  return reactor;
}

Status Reactor::set_up() {
  epoll_fd_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_fd_) return io_error(errno, "epoll_create1");
  wake_fd_ = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd_) return io_error(errno, "eventfd");
  CETO_TRY(watch_eventfd(wake_fd_.get()));
  return watch_eventfd(io_.event_fd());
}

// Edge-triggered, so that nobody has to read it: every write to an eventfd is an edge.
Status Reactor::watch_eventfd(int fd) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
  return io_error(errno, "epoll_ctl");
}

Status Reactor::add_fd(int fd, uint32_t events, FdHandler* handler) {
  CETO_ASSERT(fd >= 0 && handler != nullptr);
  const auto index = static_cast<size_t>(fd);
  if (index >= handlers_.size()) handlers_.resize(std::max(index + 1, handlers_.size() * 2));
  CETO_ASSERT(handlers_[index] == nullptr);
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, fd, &event) < 0)
    return io_error(errno, "epoll_ctl");
  handlers_[index] = handler;
  return {};
}

void Reactor::modify_fd(int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  CETO_ASSERT(::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void Reactor::remove_fd(int fd) {
  CETO_ASSERT(fd >= 0 && static_cast<size_t>(fd) < handlers_.size());
  CETO_ASSERT(handlers_[static_cast<size_t>(fd)] != nullptr);
  handlers_[static_cast<size_t>(fd)] = nullptr;
  ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, fd, nullptr);
  // The batch in hand may hold an event of it, and the number may be another's soon.
  for (int i = event_at_; i < event_count_; ++i) {
    if (events_[i].data.fd == fd) events_[i].data.fd = -1;
  }
}

bool Reactor::dispatch() {
  bool any = false;
  while (event_at_ < event_count_) {
    const epoll_event event = events_[event_at_++];
    const auto index = static_cast<size_t>(event.data.fd);
    if (event.data.fd < 0 || index >= handlers_.size() || !handlers_[index]) continue;
    any = true;
    handlers_[index]->on_ready(event.events);
  }
  return any;
}

bool Reactor::poll_inboxes() {
  bool any = false;
  pollers_.walk([&](Poller& poller) { any |= poller.poll(); });
  return any;
}

// How long the coming wait may be: 0 while there is or may soon be work, -1 for as long as it
// takes.
int64_t Reactor::patience_micros() {
  if (scheduler_.has_work()) return 0;
  clock_.refresh();
  const int64_t now = clock_.monotonic_micros();
  if (spin_pays_ && now - last_work_micros_ < options_.spin_micros) return 0;
  const int64_t next = timers_.next_micros();
  return next == INT64_MAX ? -1 : std::max<int64_t>(next - now, 0);
}

int Reactor::wait_for_events(int64_t timeout_micros) {
  int count = -1;
  if (timeout_micros > 0 && fine_waits_) {
    const timespec timeout{timeout_micros / 1'000'000, (timeout_micros % 1'000'000) * 1'000};
    count = ::epoll_pwait2(epoll_fd_.get(), events_, kMaxEvents, &timeout, nullptr);
    fine_waits_ = count >= 0 || (errno != ENOSYS && errno != EPERM);
  }
  if (timeout_micros <= 0 || !fine_waits_) {
    const int64_t millis = timeout_micros <= 0 ? timeout_micros : (timeout_micros + 999) / 1'000;
    count = ::epoll_wait(epoll_fd_.get(), events_, kMaxEvents,
                         static_cast<int>(std::min<int64_t>(millis, INT32_MAX)));
  }
  CETO_ASSERT(count >= 0 || errno == EINTR);
  return std::max(count, 0);
}

// Says that it sleeps, looks into the inboxes once more, and only then blocks. A sender does the
// same in the opposite order: pushes, then looks whether the reactor sleeps. The two fences make
// sure that at least one of them sees the other. Returns whether that last look found work.
bool Reactor::sleep_until_woken(int64_t timeout_micros) {
  sleeping_.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const bool found = poll_inboxes();
  io_.flush();  // requests made between turns: nothing else would end the sleep
  const bool stay = found || stop_.load(std::memory_order_relaxed) || scheduler_.has_work();
  event_count_ = wait_for_events(stay ? 0 : timeout_micros);
  sleeping_.store(false, std::memory_order_relaxed);
  stats_.sleeps += !stay;
  return found;
}

void Reactor::wake() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!sleeping_.load(std::memory_order_relaxed)) return;
  // One of many senders writes.
  if (sleeping_.exchange(false, std::memory_order_acq_rel)) eventfd_write(wake_fd_.get(), 1);
}

void Reactor::request_stop() {
  stop_.store(true, std::memory_order_release);
  wake();
}

bool Reactor::run_queries() {
  bool worked = dispatch();
  const bool expired = timers_.expire(clock_.monotonic_micros()) > 0;
  worked |= poll_inboxes();
  if (worked) last_query_micros_ = clock_.monotonic_micros();
  io_.flush();  // the disk has what the queries ask for while completions are worked off
  const bool completed = reap_disk();
  return worked || expired || completed;
}

bool Reactor::reap_disk() {
  if (io_.in_flight() == 0) return io_.reap() > 0;
  const int64_t start = monotonic_nanos();
  const bool any = io_.reap() > 0;
  const int64_t took = monotonic_nanos() - start;
  stats_.longest_reap_nanos = std::max(stats_.longest_reap_nanos, took);
  stats_.reap_overruns += took > BackgroundScheduler::kOverrunMicros * 1'000;
  return any;
}

void Reactor::note_work() {
  const int64_t now = clock_.monotonic_micros();
  spin_pays_ = now - last_work_micros_ <= kSpinWorthFactor * options_.spin_micros;
  last_work_micros_ = now;
}

void Reactor::turn() {
  ++stats_.turns;
  const int64_t patience = stop_.load(std::memory_order_relaxed) ? 0 : patience_micros();
  event_at_ = 0;
  bool worked = false;
  if (patience == 0) {
    event_count_ = wait_for_events(0);
  } else {
    worked = sleep_until_woken(patience);
  }
  clock_.refresh();
  const int64_t start = monotonic_nanos();
  worked |= run_queries();
  const int64_t query_nanos = worked ? monotonic_nanos() - start : 0;
  stats_.query_nanos += query_nanos;
  scheduler_.run(query_nanos, clock_.monotonic_micros() - last_query_micros_ < kBusyMicros);
  hooks_.walk([](TurnHook& hook) { hook.on_turn_end(); });
  io_.flush();
  if (worked) note_work();
}

void Reactor::run() {
  while (!stop_.load(std::memory_order_acquire)) turn();
  stop_.store(false, std::memory_order_relaxed);
}

}  // namespace ceto
