// What Cassandra 5.0.6 answered for every pair of the recorded types.
#include "types/compatible.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/test_data.h"

namespace ceto {
namespace {

const Type& type_of(const std::string& name) {
  const auto type = parse_type(name);
  EXPECT_TRUE(type.ok()) << name;
  return *type.value();
}

TEST(Compatible, AsCassandraSaysOfEveryPair) {
  std::ifstream in(test_data("../cql/types/testdata") + "cassandra-compatibility.tsv");
  std::set<std::string> types;
  std::map<std::pair<std::string, std::string>, std::string> answers;
  for (std::string line; std::getline(in, line);) {
    std::istringstream columns(line);
    std::string word, type, previous, arrow, answer;
    for (std::string* each : {&word, &type, &previous, &arrow, &answer}) {
      std::getline(columns, *each, '\t');
    }
    types.insert({type, previous});
    answers[{type, previous}] = answer;
  }
  ASSERT_GT(types.size(), 40u);
  for (const std::string& name : types) {
    for (const std::string& other : types) {
      const Type& type = type_of(name);
      const Type& previous = type_of(other);
      const bool value = value_compatible(type, previous);
      if (name != other) {
        const auto found = answers.find({name, other});
        const std::string expected = found == answers.end() ? "false false " : found->second;
        const std::string got = std::string(value ? "true" : "false") + ' ' +
                                (order_compatible(type, previous) ? "true" : "false") + ' ';
        EXPECT_TRUE(expected.starts_with(got)) << name << " ~ " << other << ": " << got;
      }
      // A value that was read of another type can be written as one of this.
      if (value && !type.multi_cell && !previous.multi_cell && type.fixed_size >= 0) {
        EXPECT_EQ(type.fixed_size, previous.fixed_size) << name << " ~ " << other;
      }
    }
  }
}

TEST(Compatible, AUserTypeMayHaveGrownWhereverItIsNested) {
  const std::string old = "UserType(ks,70,61:Int32Type)";
  const std::string now = "UserType(ks,70,61:Int32Type,62:UTF8Type)";
  for (const std::string outer : {"FrozenType(ListType(?))", "VectorType(FrozenType(?),2)",
                                  "TupleType(?)", "MapType(Int32Type,FrozenType(?))", "?"}) {
    const auto with = [&outer](const std::string& inner) {
      std::string out = outer;
      return out.replace(out.find('?'), 1, inner);
    };
    EXPECT_TRUE(value_compatible(type_of(with(now)), type_of(with(old)))) << outer;
    EXPECT_FALSE(value_compatible(type_of(with(old)), type_of(with(now)))) << outer;
  }
}

TEST(Compatible, OrderCountsTheDirectionAndValuesDoNot) {
  EXPECT_FALSE(order_compatible(type_of("ReversedType(UTF8Type)"), type_of("UTF8Type")));
  EXPECT_TRUE(
      order_compatible(type_of("ReversedType(UTF8Type)"), type_of("ReversedType(AsciiType)")));
  EXPECT_TRUE(value_compatible(type_of("ReversedType(UTF8Type)"), type_of("AsciiType")));
}

}  // namespace
}  // namespace ceto
