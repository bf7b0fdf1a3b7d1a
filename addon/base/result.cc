#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace ceto {

Error io_error(int errno_value, const std::string& what) {
  const bool full = errno_value == ENOSPC || errno_value == EDQUOT;
  return {full ? ErrorCode::kDiskFull : ErrorCode::kIo, what + ": " + std::strerror(errno_value)};
}

}  // namespace ceto
