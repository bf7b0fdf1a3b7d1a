// run_to_end: runs a coroutine on an Io without a reactor, for start-up, tools and tests. Blocks
// the calling thread, which must be the Io's own.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "base/assert.h"
#include "base/task.h"
#include "io/io.h"

namespace ceto {

namespace detail {
template <class T>
Task<void> keep_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}
inline Task<void> keep_end(Task<void> task, bool& done) {
  co_await std::move(task);
  done = true;
}
}  // namespace detail

// `task` may wait for nothing but `io`: with nothing in flight it would never end, which is
// asserted.
template <class T>
T run_to_end(Io& io, Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    bool done = false;
    spawn(detail::keep_end(std::move(task), done));
    while (!done) {
      CETO_ASSERT(io.in_flight() > 0);
      io.wait();
    }
  } else {
    std::optional<T> result;
    spawn(detail::keep_result(std::move(task), result));
    while (!result) {
      CETO_ASSERT(io.in_flight() > 0);
      io.wait();
    }
    return std::move(*result);
  }
}

}  // namespace ceto
