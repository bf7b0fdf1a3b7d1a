#include "io/background_scheduler.h"

#include <gtest/gtest.h>

#include "base/task.h"

namespace ceto {
namespace {

// Time that moves only as the work says.
int64_t now_nanos = 0;
int64_t read_now() { return now_nanos; }

constexpr int64_t kStepNanos = 20'000;
constexpr int64_t kSliceNanos = Background::kSliceMicros * 1'000;

struct Work {
  bool stop = false;
  int64_t steps = 0;
  int64_t longest_nanos = 0;
};

Task<void> work_in_steps(Background& background, Work& work) {
  int64_t start = now_nanos;
  while (!work.stop) {
    if (background.should_yield()) {
      co_await background.yield();
      start = now_nanos;
    }
    now_nanos += kStepNanos;
    ++work.steps;
    work.longest_nanos = std::max(work.longest_nanos, now_nanos - start);
  }
}

class BackgroundSchedulerTest : public ::testing::Test {
 protected:
  ~BackgroundSchedulerTest() override {
    for (Work& work : works_) work.stop = true;
    while (scheduler_.has_work()) scheduler_.run(0);
  }
  Work& start(WorkGroup group, size_t index) {
    spawn(work_in_steps(scheduler_.group(group), works_[index]));
    return works_[index];
  }
  // One turn in which queries take that long.
  void turn(int64_t query_nanos) {
    now_nanos += query_nanos;
    scheduler_.run(query_nanos);
  }

  BackgroundScheduler scheduler_{read_now};
  Work works_[4];
};

TEST_F(BackgroundSchedulerTest, slices_are_short_while_queries_come_and_as_many_more) {
  const Work& work = start(WorkGroup::kFlush, 0);
  for (int i = 0; i < 100; ++i) scheduler_.run(0, true);
  EXPECT_EQ(work.steps, 100 * kSliceNanos / 5 / kStepNanos);
}

TEST_F(BackgroundSchedulerTest, slices_that_a_long_step_stretches_are_counted) {
  start(WorkGroup::kFlush, 0);
  for (int i = 0; i < 10; ++i) scheduler_.run(0);
  EXPECT_EQ(scheduler_.overruns(), 0u);
  EXPECT_LT(scheduler_.longest_slice_nanos(), kSliceNanos + kStepNanos);
  spawn([](Background& background) -> Task<void> {
    co_await background.yield();
    now_nanos += 3'000'000;
  }(scheduler_.group(WorkGroup::kCompaction)));
  for (int i = 0; i < 20; ++i) scheduler_.run(0);
  EXPECT_EQ(scheduler_.overruns(), 1u);
  EXPECT_GE(scheduler_.longest_slice_nanos(), 3'000'000);
}

TEST_F(BackgroundSchedulerTest, a_slice_ends_in_time) {
  const Work& work = start(WorkGroup::kFlush, 0);
  EXPECT_EQ(work.steps, 0) << "work outside of a slice yields at once";
  for (int i = 0; i < 100; ++i) scheduler_.run(0);
  EXPECT_EQ(work.steps, 100 * kSliceNanos / kStepNanos);
  EXPECT_LE(work.longest_nanos, kSliceNanos);
}

TEST_F(BackgroundSchedulerTest, groups_run_in_the_ratio_of_their_shares) {
  scheduler_.set_shares(WorkGroup::kFlush, 600);
  scheduler_.set_shares(WorkGroup::kCompaction, 200);
  start(WorkGroup::kFlush, 0);
  start(WorkGroup::kCompaction, 1);
  for (int i = 0; i < 4'000; ++i) scheduler_.run(0);
  const double ratio = static_cast<double>(scheduler_.ran_nanos(WorkGroup::kFlush)) /
                       static_cast<double>(scheduler_.ran_nanos(WorkGroup::kCompaction));
  EXPECT_NEAR(ratio, 3.0, 0.05);
}

TEST_F(BackgroundSchedulerTest, busy_queries_leave_background_work_its_share_and_no_more) {
  scheduler_.set_shares(WorkGroup::kCompaction, BackgroundScheduler::kQueryShares / 4);
  start(WorkGroup::kCompaction, 0);
  int64_t queries = 0;
  for (int i = 0; i < 20'000; ++i) {
    turn(100'000);
    queries += 100'000;
  }
  const double ratio = static_cast<double>(scheduler_.ran_nanos(WorkGroup::kCompaction)) /
                       static_cast<double>(queries);
  EXPECT_NEAR(ratio, 0.25, 0.01);
}

TEST_F(BackgroundSchedulerTest, a_long_sleep_gathers_no_claim) {
  scheduler_.set_shares(WorkGroup::kFlush, 500);
  scheduler_.set_shares(WorkGroup::kCompaction, 500);
  start(WorkGroup::kCompaction, 0);
  for (int i = 0; i < 10'000; ++i) scheduler_.run(0);
  start(WorkGroup::kFlush, 1);
  const int64_t before = scheduler_.ran_nanos(WorkGroup::kCompaction);
  for (int i = 0; i < 100; ++i) scheduler_.run(0);
  EXPECT_NEAR(static_cast<double>(scheduler_.ran_nanos(WorkGroup::kCompaction) - before),
              50.0 * kSliceNanos, 2.0 * kSliceNanos);
}

TEST_F(BackgroundSchedulerTest, idle_queries_gather_no_claim_either) {
  scheduler_.set_shares(WorkGroup::kCompaction, BackgroundScheduler::kQueryShares);
  start(WorkGroup::kCompaction, 0);
  for (int i = 0; i < 10'000; ++i) turn(0);
  const int64_t before = scheduler_.ran_nanos(WorkGroup::kCompaction);
  for (int i = 0; i < 1'000; ++i) turn(kSliceNanos);
  EXPECT_NEAR(static_cast<double>(scheduler_.ran_nanos(WorkGroup::kCompaction) - before),
              1'000.0 * kSliceNanos, 10.0 * kSliceNanos);
}

TEST_F(BackgroundSchedulerTest, tasks_of_one_group_take_turns) {
  const Work& first = start(WorkGroup::kScan, 0);
  const Work& second = start(WorkGroup::kScan, 1);
  for (int i = 0; i < 100; ++i) scheduler_.run(0);
  EXPECT_EQ(first.steps, second.steps);
}

}  // namespace
}  // namespace ceto
