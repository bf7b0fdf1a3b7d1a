// Every fuzz target over its seeds, its reproducers and some thousand mutations of a fixed seed;
// CETO_SEED and CETO_FUZZ_INPUTS give another seed and number.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/test_data.h"
#include "fuzz/mutator.h"

namespace ceto {
namespace {

constexpr uint64_t kInputs = 2000;

uint64_t setting(const char* name, uint64_t otherwise) {
  const char* const given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

// What runs, for the words at a crash: the same seed comes there again.
char running[256];

extern "C" void tell_and_die(int signal) {
  std::fputs(running, stderr);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void tell_at_crash(const FuzzTarget& target, uint64_t seed) {
  std::snprintf(running, sizeof running, "fuzz target %s, CETO_SEED=%llu\n", target.name.data(),
                static_cast<unsigned long long>(seed));
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(signal, tell_and_die);
}

class Fuzz : public ::testing::TestWithParam<const FuzzTarget*> {};

TEST_P(Fuzz, ends_well_for_every_input) {
  const FuzzTarget& target = *GetParam();
  const uint64_t seed = setting("CETO_SEED", 20261125);
  tell_at_crash(target, seed);
  const std::vector<std::string> seeds = target.seeds();
  ASSERT_FALSE(seeds.empty());
  for (const std::string& input : seeds) target.run(Bytes(input));
  Mutator mutator(target, seeds, seed);
  for (uint64_t left = setting("CETO_FUZZ_INPUTS", kInputs); left > 0; --left) {
    const std::string input = mutator.next();
    target.run(Bytes(input));
  }
}

TEST_P(Fuzz, what_once_broke_it_does_not_any_more) {
  const FuzzTarget& target = *GetParam();
  tell_at_crash(target, 0);
  const std::string folder = test_data("fuzz") + "reproducers/" + std::string(target.name);
  if (!std::filesystem::exists(folder)) return;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(in), {}};
    target.run(Bytes(input));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Fuzz, ::testing::ValuesIn(FuzzTarget::all()),
                         [](const auto& each) { return std::string(each.param->name); });

}  // namespace
}  // namespace ceto
