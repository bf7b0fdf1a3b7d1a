// Task<T>: a lazily started coroutine. It starts when it is awaited, resumes on the thread that
// completes what it waits for (in Ceto always the shard's own thread), and hands its result to its
// one awaiter by symmetric transfer. Everything that a coroutine refers to must outlive it: pass
// values, or references to objects that the awaiter keeps. No coroutine lambdas that capture.
// `spawn` starts one that nobody awaits; its owner counts it with a Gate (below) and waits at stop.
// Frames come from a per-thread free list, so a warm shard asks the heap for none. Shard thread
// only.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace ceto {

// Size-classed free lists of coroutine frames; memory returns to the heap at thread exit.
void* allocate_frame(size_t size);
void free_frame(void* frame, size_t size);

template <class T>
class Task;

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();

  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, size_t size) { free_frame(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      return self.promise().continuation;
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
  // The data path throws nothing; std::bad_alloc is not survivable here.
  void unhandled_exception() { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
    handle_.promise().continuation = awaiter;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) {
      CETO_ASSERT(handle_.promise().value.has_value());
      return std::move(*handle_.promise().value);
    }
  }

 private:
  Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

struct Detached {
  struct promise_type {
    static void* operator new(size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, size_t size) { free_frame(frame, size); }
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};
}  // namespace detail

// Starts `task` now and lets it run to its end on its own.
inline detail::Detached spawn(Task<void> task) { co_await std::move(task); }

// Waiter: one coroutine waits, someone on the same thread wakes it. A wake that comes first is
// kept.
class Waiter {
 public:
  Waiter() = default;
  // gcc 12 copies an awaiter that it can copy: the copy would never be woken.
  Waiter(const Waiter&) = delete;
  bool await_ready() const noexcept { return ready_; }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    CETO_ASSERT(!handle_);
    handle_ = handle;
  }
  void await_resume() noexcept { ready_ = false; }
  void wake() {
    ready_ = true;
    if (handle_) std::exchange(handle_, {}).resume();
  }

 private:
  std::coroutine_handle<> handle_;
  bool ready_ = false;
};

// Gate: the owner of background work waits for it at stop (Seastar's gate, for one thread).
class Gate {
 public:
  // False once closing: the work must not start.
  bool enter() {
    if (closing_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    CETO_ASSERT(inside_ > 0);
    if (--inside_ == 0 && closing_) empty_.wake();
  }
  bool closing() const { return closing_; }
  Task<void> close() {
    closing_ = true;
    if (inside_ > 0) co_await empty_;
  }

 private:
  Waiter empty_;
  size_t inside_ = 0;
  bool closing_ = false;
};

}  // namespace ceto
