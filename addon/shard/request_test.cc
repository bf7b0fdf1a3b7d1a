#include "shard/request.h"

#include <gtest/gtest.h>

namespace ceto {
namespace {

TEST(RequestPool, GivesBackWhatItTookWithNothingLeftOver) {
  RequestPool pool;
  Request* request = pool.take();
  ASSERT_NE(request, nullptr);
  Part& part = request->add_part();
  part.reply = "rows";
  part.error = Error{ErrorCode::kServerError, "broken"};
  request->warnings.push_back("slow");
  request->answered = true;
  const uint32_t lives = request->lives;
  pool.give_back(request);
  EXPECT_EQ(pool.in_flight(), 0u);

  Request* again = pool.take();
  EXPECT_EQ(again, request);
  EXPECT_EQ(again->lives, lives + 1);
  EXPECT_FALSE(again->answered);
  EXPECT_TRUE(again->warnings.empty());
  Part& reused = again->add_part();
  EXPECT_EQ(&reused, &part);
  EXPECT_TRUE(reused.reply.empty());
  EXPECT_FALSE(reused.error);
  pool.give_back(again);
}

TEST(RequestPool, LargeRepliesGoBackToTheHeap) {
  RequestPool pool;
  Request* request = pool.take();
  request->add_part().reply.assign(1 << 20, 'x');
  pool.give_back(request);
  request = pool.take();
  EXPECT_LT(request->add_part().reply.capacity(), size_t{1} << 16);
  pool.give_back(request);
}

TEST(RequestPool, RefusesBeyondItsBound) {
  RequestPool pool;
  std::vector<Request*> all;
  while (Request* request = pool.take()) all.push_back(request);
  EXPECT_EQ(all.size(), RequestPool::kMaxInFlight);
  pool.give_back(all.back());
  all.pop_back();
  Request* request = pool.take();
  EXPECT_NE(request, nullptr);
  pool.give_back(request);
  for (Request* open : all) pool.give_back(open);
}

}  // namespace
}  // namespace ceto
