#include "base/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ceto {
namespace {

Task<int> answer(int& started) {
  ++started;
  co_return 42;
}
Task<std::unique_ptr<std::string>> boxed(Waiter& waiter) {
  co_await waiter;
  co_return std::make_unique<std::string>("moved");
}
Task<void> await_answer(int& started, int& result) { result = co_await answer(started); }
Task<void> await_boxed(Waiter& waiter, std::string& result) { result = *co_await boxed(waiter); }
Task<void> wait_for(Waiter& waiter, bool& done) {
  co_await waiter;
  done = true;
}

TEST(Task, starts_only_when_awaited_and_hands_over_its_result) {
  int started = 0, result = 0;
  { const Task<int> never_awaited = answer(started); }
  EXPECT_EQ(started, 0);
  spawn(await_answer(started, result));
  EXPECT_EQ(started, 1);
  EXPECT_EQ(result, 42);
}

TEST(Task, a_move_only_result_arrives_after_a_suspension) {
  Waiter waiter;
  std::string result;
  spawn(await_boxed(waiter, result));
  EXPECT_EQ(result, "");
  waiter.wake();
  EXPECT_EQ(result, "moved");
}

TEST(Waiter, a_wake_that_comes_first_is_kept_once) {
  Waiter waiter;
  bool first = false, second = false;
  waiter.wake();
  spawn(wait_for(waiter, first));
  EXPECT_TRUE(first);
  spawn(wait_for(waiter, second));
  EXPECT_FALSE(second);
  waiter.wake();
  EXPECT_TRUE(second);
}

Task<int> countdown(int from) {
  if (from == 0) co_return 0;
  co_return 1 + co_await countdown(from - 1);
}
Task<void> count(int from, int& result) { result = co_await countdown(from); }
Task<void> many_in_a_row(int rounds, int& result) {
  for (int i = 0; i < rounds; ++i) result += co_await countdown(1);
}

// GCC makes a transfer between coroutines a tail call only without the sanitizers: under them each
// await that need not wait takes stack, until something really suspends.
#ifdef __SANITIZE_ADDRESS__
constexpr int kAwaits = 500;
#else
constexpr int kAwaits = 1'000'000;
#endif

TEST(Task, awaits_that_need_not_wait_take_no_stack) {
  int result = 0;
  spawn(count(500, result));
  EXPECT_EQ(result, 500);
  result = 0;
  spawn(many_in_a_row(kAwaits, result));
  EXPECT_EQ(result, kAwaits);
}

TEST(Frames, are_reused_by_the_next_of_their_class) {
  void* first = allocate_frame(200);
  free_frame(first, 200);
  void* second = allocate_frame(193);
  EXPECT_EQ(first, second);
  void* large = allocate_frame(100'000);
  free_frame(second, 193);
  free_frame(large, 100'000);
}

Task<void> guarded(Gate& gate, Waiter& waiter) {
  if (!gate.enter()) co_return;
  co_await waiter;
  gate.leave();
}
Task<void> close_gate(Gate& gate, bool& closed) {
  co_await gate.close();
  closed = true;
}

TEST(Gate, closes_when_all_work_inside_has_left_and_lets_none_in_after) {
  Gate gate;
  Waiter one, two;
  bool closed = false;
  spawn(guarded(gate, one));
  spawn(guarded(gate, two));
  spawn(close_gate(gate, closed));
  EXPECT_FALSE(closed);
  EXPECT_FALSE(gate.enter());
  one.wake();
  EXPECT_FALSE(closed);
  two.wake();
  EXPECT_TRUE(closed);
}

TEST(Gate, an_empty_one_closes_at_once) {
  Gate gate;
  bool closed = false;
  spawn(close_gate(gate, closed));
  EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace ceto
