// Result<T>: a value or an Error, for every failure that is not a broken invariant. No exceptions
// cross a room's interface. ErrorCode carries the CQL wire codes (protocol v5, section 9), so that
// an error made deep in a shard reaches the client unchanged. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace ceto {

enum class ErrorCode : uint32_t {
  kServerError = 0x0000,
  kProtocolError = 0x000A,
  kBadCredentials = 0x0100,
  kUnavailable = 0x1000,
  kOverloaded = 0x1001,
  kIsBootstrapping = 0x1002,
  kTruncateError = 0x1003,
  kWriteTimeout = 0x1100,
  kReadTimeout = 0x1200,
  kReadFailure = 0x1300,
  kFunctionFailure = 0x1400,
  kWriteFailure = 0x1500,
  kCdcWriteFailure = 0x1600,
  kCasWriteUnknown = 0x1700,
  kSyntaxError = 0x2000,
  kUnauthorized = 0x2100,
  kInvalid = 0x2200,
  kConfigError = 0x2300,
  kAlreadyExists = 0x2400,
  kUnprepared = 0x2500,
  // Ceto's own, never sent as they are: the shard turns them into kServerError with the text.
  kIo = 0xF000,       // the disk said no; errno in the text
  kCorrupt = 0xF001,  // bytes on disk that do not check
  kShuttingDown = 0xF002,
  kDiskFull = 0xF003,  // as kIo, for want of room: it works again when there is some
};

struct Error {
  ErrorCode code = ErrorCode::kServerError;
  std::string message;
  // The extra fields of the ERROR body after the message, already encoded (section 9); mostly
  // empty.
  std::string extra = {};
};

inline Error invalid_request(std::string message) {
  return {ErrorCode::kInvalid, std::move(message)};
}
inline Error corrupt(std::string message) { return {ErrorCode::kCorrupt, std::move(message)}; }
Error io_error(int errno_value, const std::string& what);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    CETO_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CETO_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CETO_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  Error& error() {
    CETO_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const {
    CETO_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() {
    CETO_ASSERT(!ok());
    return *error_;
  }
  const Error& error() const {
    CETO_ASSERT(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace ceto

// Returns (or with CETO_CO_TRY co_returns) the error of a failed expression to the caller.
#define CETO_TRY(expression)                                              \
  do {                                                                    \
    auto ceto_try_result = (expression);                                  \
    if (!ceto_try_result.ok()) return std::move(ceto_try_result.error()); \
  } while (false)
#define CETO_CO_TRY(expression)                                              \
  do {                                                                       \
    auto ceto_try_result = (expression);                                     \
    if (!ceto_try_result.ok()) co_return std::move(ceto_try_result.error()); \
  } while (false)
