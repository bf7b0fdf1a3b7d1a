// Replays golden/values.tsv, which holds what the classes of Cassandra 5.0.6 answered, a line each:
//   C type a b order       AbstractType.compare
//   V type value text      AbstractType.validate: "OK" or why not
//   T key token            Murmur3Partitioner.getToken
//   M a b merged total     CounterContext.merge
//   U n context            CounterContext.createUpdate
//   G context              CounterContext.createGlobal(CounterId.fromInt(200), 7, -9)
//   X millis min max       TimeUUID.minAtUnixMillis and maxAtUnixMillis
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/test_data.h"
#include "types/counter.h"
#include "types/token.h"
#include "types/type.h"
#include "types/uuid.h"

namespace ceto {
namespace {

std::string unhex(const std::string& text) {
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return out;
}

std::vector<std::vector<std::string>> golden_lines(const std::string& kind) {
  std::ifstream file(test_data("types/golden") + "values.tsv");
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields;
    std::stringstream in(line);
    for (std::string field; std::getline(in, field, '\t');) fields.push_back(field);
    if (!fields.empty() && fields[0] == kind) out.push_back(std::move(fields));
  }
  EXPECT_FALSE(out.empty()) << "golden/values.tsv has no lines of kind " << kind;
  return out;
}

int sign(int c) { return c < 0 ? -1 : c > 0 ? 1 : 0; }

TEST(Golden, values_of_every_type_order_as_in_cassandra) {
  for (const auto& f : golden_lines("C")) {
    const std::string a = unhex(f[2]);
    const std::string b = unhex(f[3]);
    const Type& type = *parse_type(f[1]).value();
    const int order = std::stoi(f[4]);
    EXPECT_EQ(sign(compare_values(type, a, b)), order) << f[1] << ' ' << f[2] << ' ' << f[3];
    EXPECT_EQ(sign(compare_values(type, b, a)), -order) << f[1] << ' ' << f[2] << ' ' << f[3];
  }
}

TEST(Golden, bytes_that_are_no_value_are_refused_with_cassandras_text) {
  for (const auto& f : golden_lines("V")) {
    const std::string value = unhex(f[2]);
    const Status status = validate(*parse_type(f[1]).value(), Bytes(value));
    EXPECT_EQ(status ? "OK" : status.error().message, f[3]) << f[1] << ' ' << f[2];
  }
}

TEST(Golden, tokens_are_those_of_murmur3_partitioner) {
  for (const auto& f : golden_lines("T")) {
    const std::string key = unhex(f[1]);
    EXPECT_EQ(token_of(key).value, std::stoll(f[2])) << f[1];
  }
}

TEST(Golden, counter_contexts_merge_and_add_up_as_in_cassandra) {
  for (const auto& f : golden_lines("M")) {
    Arena arena;
    const std::string a = unhex(f[1]);
    const std::string b = unhex(f[2]);
    const Bytes merged = merge_counters(a, b, arena);
    EXPECT_EQ(merged.str(), unhex(f[3])) << f[1] << ' ' << f[2];
    EXPECT_EQ(counter_total(merged), std::stoll(f[4]));
    EXPECT_TRUE(validate_counter_context(merged));
  }
}

TEST(Golden, written_counter_contexts_have_cassandras_bytes) {
  Arena arena;
  for (const auto& f : golden_lines("U")) {
    EXPECT_EQ(make_counter_update(std::stoll(f[1]), arena).str(), unhex(f[2]));
  }
  for (const auto& f : golden_lines("G")) {
    const CounterId id{0, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 200};
    EXPECT_EQ(make_global_counter(id, {7, -9}, arena).str(), unhex(f[1]));
  }
}

TEST(Golden, timeuuid_bounds_of_a_millisecond) {
  for (const auto& f : golden_lines("X")) {
    const Uuid first = min_timeuuid(std::stoll(f[1]));
    const Uuid last = max_timeuuid(std::stoll(f[1]));
    EXPECT_EQ(format_uuid({first.data(), first.size()}), f[2]);
    EXPECT_EQ(format_uuid({last.data(), last.size()}), f[3]);
  }
}

}  // namespace
}  // namespace ceto
