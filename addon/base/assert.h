// CETO_ASSERT: an invariant that stays checked in release builds. A broken invariant means that the
// state of the node cannot be trusted, so the process says where and stops. Any thread.
#pragma once

namespace ceto {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace ceto

#define CETO_ASSERT(condition)                                  \
  do {                                                          \
    if (__builtin_expect(!(condition), 0))                      \
      ::ceto::assertion_failed(#condition, __FILE__, __LINE__); \
  } while (false)

#define CETO_UNREACHABLE(why) ::ceto::assertion_failed("unreachable: " why, __FILE__, __LINE__)
