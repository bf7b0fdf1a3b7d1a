// The proof that nothing acknowledged is lost: thousands of power cuts at random moments.
// CETO_ROUNDS and CETO_SEED make it longer (`npm run simulate`) and repeat one;
// CETO_FAILING_DISKS=1 gives most lives a disk that fails requests too.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "lsm/power_cut_run.h"

namespace ceto {
namespace {

using namespace lsm_test;

uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

constexpr uint64_t kLivesOfADisk = 20;

using FailingDisks = PowerCutRun::FailingDisks;

void run_lives(uint64_t seed, FailingDisks failing, PowerCutRun::Report& total) {
  PowerCutRun run(seed, failing);
  for (uint64_t life = 0; life < kLivesOfADisk; ++life) {
    if (run.live()) continue;
    FAIL() << run.wrong() << run.settings() << " in life " << life + 1
           << "; again with CETO_SEED=" << seed << " CETO_ROUNDS=" << life + 1
           << (failing == FailingDisks::kThreeOfFour ? " CETO_FAILING_DISKS=1" : "");
  }
  total += run.report();
}

// Each was wrong once.
TEST(PowerCut, seeds_that_found_something) {
  PowerCutRun::Report total;
  for (const uint64_t seed :
       {16, 217, 314, 508, 602, 744, 1005, 2004, 5001, 30053, 40006, 107003, 232004, 245007}) {
    run_lives(seed, FailingDisks::kOneOfFive, total);
    if (HasFatalFailure()) return;
  }
  for (const uint64_t seed : {500916, 501560, 602592, 602684, 602883}) {
    run_lives(seed, FailingDisks::kThreeOfFour, total);
    if (HasFatalFailure()) return;
  }
}

TEST(PowerCut, what_was_acknowledged_is_there_and_no_half_of_anything_else) {
  constexpr uint64_t kRoundsInShortTest = 200;
  const uint64_t rounds = number_from("CETO_ROUNDS", kRoundsInShortTest);
  const uint64_t first = number_from("CETO_SEED", 40);
  const bool most_fail = number_from("CETO_FAILING_DISKS", 0) != 0;
  const FailingDisks failing = most_fail ? FailingDisks::kThreeOfFour : FailingDisks::kOneOfFive;
  PowerCutRun::Report total;
  for (uint64_t seed = first; total.lives < rounds; ++seed) {
    run_lives(seed, failing, total);
    if (HasFatalFailure()) return;
    const bool said = (seed - first) % 25 == 24 && rounds > kRoundsInShortTest;
    if (said)
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), total.text().c_str());
  }
  std::printf("%s\n", total.text().c_str());
  EXPECT_GT(total.cuts, rounds / 4);
  EXPECT_GT(total.cuts_while_starting, rounds / 40);
  EXPECT_GT(total.kept, 0u);
  EXPECT_GT(total.lost, 0u);
}

}  // namespace
}  // namespace ceto
