#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace ceto {
namespace {

Status check(bool good) {
  if (!good) return invalid_request("not good");
  return {};
}
Result<int> doubled(bool good, int value) {
  CETO_TRY(check(good));
  return value * 2;
}

TEST(Result, holds_a_value_or_an_error) {
  EXPECT_EQ(doubled(true, 4).value(), 8);
  const Result<int> failed = doubled(false, 4);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(failed.error().message, "not good");
}

TEST(Result, a_value_can_be_moved_out) {
  Result<std::unique_ptr<int>> boxed(std::make_unique<int>(7));
  const std::unique_ptr<int> out = std::move(boxed).value();
  EXPECT_EQ(*out, 7);
}

TEST(Result, an_error_of_the_disk_carries_the_kernels_words) {
  EXPECT_EQ(io_error(EIO, "write segment").code, ErrorCode::kIo);
  const Error error = io_error(ENOSPC, "write segment");
  EXPECT_EQ(error.code, ErrorCode::kDiskFull);
  EXPECT_EQ(error.message, "write segment: No space left on device");
}

TEST(ResultDeathTest, taking_the_value_of_an_error_stops_the_process) {
  const Result<int> failed = doubled(false, 1);
  EXPECT_DEATH((void)failed.value(), "broken invariant");
  const Status fine;
  EXPECT_DEATH((void)fine.error(), "broken invariant");
}

}  // namespace
}  // namespace ceto
