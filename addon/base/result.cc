#include "base/result.h"

#include <cstring>

namespace ceto {

Error io_error(int errno_value, const std::string& what) {
  return {ErrorCode::kIo, what + ": " + std::strerror(errno_value)};
}

}  // namespace ceto
