#include "types/type.h"

#include <gtest/gtest.h>

#include <random>

namespace ceto {
namespace {

// Writes m. for the package, as the real names fill lines.
std::string expanded(std::string text) {
  for (size_t at; (at = text.find("m.")) != std::string::npos;) {
    text.replace(at, 2, "org.apache.cassandra.db.\x01");
  }
  for (size_t at; (at = text.find('\x01')) != std::string::npos;) text.replace(at, 1, "marshal.");
  return text;
}

const Type& type_of(std::string_view text) {
  auto type = parse_type(text);
  EXPECT_TRUE(type) << text << ": " << type.error().message;
  return *type.value();
}

TEST(TypeParser, canonical_names_are_those_of_cassandra) {
  const std::pair<const char*, const char*> cases[] = {
      {"Int32Type", "m.Int32Type"},
      {" Int32Type ", "m.Int32Type"},
      {"", "m.BytesType"},
      {"Int32Type(a=b)", "m.Int32Type"},
      {"ListType(ListType(Int32Type))", "m.ListType(m.FrozenType(m.ListType(m.Int32Type)))"},
      {"FrozenType(ListType(FrozenType(SetType(UTF8Type))))",
       "m.FrozenType(m.ListType(m.SetType(m.UTF8Type)))"},
      {"FrozenType(TupleType(Int32Type,ListType(Int32Type)))",
       "m.TupleType(m.Int32Type,m.ListType(m.Int32Type))"},
      {"FrozenType(UserType(ks,61,62:Int32Type,63:ListType(Int32Type)))",
       "m.FrozenType(m.UserType(ks,61,62:m.Int32Type,63:m.ListType(m.Int32Type)))"},
      {"UserType(ks,61,62:Int32Type)", "m.UserType(ks,61,62:m.Int32Type)"},
      {"SetType(ReversedType(some.Class))", "m.SetType(m.ReversedType(some.Class))"},
      {"VectorType(FloatType,3)", "m.VectorType(m.FloatType , 3)"},
      {"ReversedType(FrozenType(ListType(Int32Type)))",
       "m.ReversedType(m.FrozenType(m.ListType(m.Int32Type)))"},
      {"CompositeType(Int32Type,UTF8Type)", "m.CompositeType(m.Int32Type,m.UTF8Type)"},
  };
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(type_of(text).marshal_name, expanded(canonical)) << text;
    EXPECT_EQ(&type_of(type_of(text).marshal_name), &type_of(text)) << "not interned: " << text;
  }
}

TEST(TypeParser, what_is_multi_cell_and_of_fixed_size) {
  EXPECT_TRUE(type_of("ListType(Int32Type)").multi_cell);
  EXPECT_FALSE(type_of("FrozenType(ListType(Int32Type))").multi_cell);
  EXPECT_FALSE(type_of("ListType(ListType(Int32Type))").parameters[0]->multi_cell);
  EXPECT_TRUE(type_of("UserType(ks,61,62:Int32Type)").multi_cell);
  EXPECT_FALSE(type_of("TupleType(Int32Type)").multi_cell);
  EXPECT_EQ(type_of("VectorType(FloatType,3)").fixed_size, 12);
  EXPECT_EQ(type_of("VectorType(UTF8Type,3)").fixed_size, -1);
  EXPECT_EQ(type_of("ReversedType(LongType)").fixed_size, 8);
  EXPECT_EQ(type_of("SimpleDateType").fixed_size, -1);  // as Cassandra has it
  EXPECT_EQ(type_of("LexicalUUIDType").fixed_size, 16);
  EXPECT_EQ(type_of("com.example.Point(a,b)").kind, TypeKind::kCustom);
}

TEST(TypeParser, paths_and_cell_values_of_multi_cell_types) {
  const Type& map = type_of("MapType(UTF8Type,Int32Type)");
  EXPECT_EQ(map.path_type(), simple_type(TypeKind::kText));
  EXPECT_EQ(map.cell_value_type(), simple_type(TypeKind::kInt));
  const Type& set = type_of("SetType(UTF8Type)");
  EXPECT_EQ(set.path_type(), simple_type(TypeKind::kText));
  EXPECT_EQ(set.cell_value_type(), simple_type(TypeKind::kEmpty));
  EXPECT_EQ(type_of("ListType(UTF8Type)").path_type(), simple_type(TypeKind::kTimeuuid));
  EXPECT_EQ(type_of("UserType(ks,61,62:Int32Type)").path_type(), simple_type(TypeKind::kSmallint));
  EXPECT_EQ(type_of("FrozenType(SetType(UTF8Type))").path_type(), nullptr);
}

TEST(TypeParser, errors_have_cassandras_words) {
  const std::pair<const char*, const char*> cases[] = {
      {"Foo", "Unable to find abstract-type class 'org.apache.cassandra.db.marshal.Foo'"},
      {"ListType(Foo)", "Unable to find abstract-type class 'org.apache.cassandra.db.marshal.Foo'"},
      {"ListType", "ListType takes exactly 1 type parameter"},
      {"MapType(Int32Type)", "MapType takes exactly 2 type parameters"},
      {"FrozenType()", "FrozenType() only accepts one parameter"},
      {"ReversedType", "ReversedType takes exactly one argument, 0 given"},
      {"VectorType(FloatType,0)", "vectors may only have positive dimensions; given 0"},
      {"SetType(Int32Type",
       "Syntax error parsing 'SetType(Int32Type' at char 17: unexpected end of string"},
      {"UserType(ks,6)",
       "Syntax error parsing 'UserType(ks,6)' at char 13: An hex string representing bytes must "
       "have an even length"},
  };
  for (const auto& [text, message] : cases) {
    auto type = parse_type(text);
    ASSERT_FALSE(type) << text;
    EXPECT_EQ(type.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(type.error().message, message);
  }
}

TEST(TypeParser, damaged_and_deeply_nested_names_are_refused_without_harm) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "ListType(";
  EXPECT_FALSE(parse_type(deep));
  const uint64_t seed = 11;
  std::mt19937_64 random(seed);
  const std::string whole =
      "FrozenType(UserType(ks,61,62:Int32Type,63:MapType(UTF8Type,VectorType(FloatType , 3))))";
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = whole.substr(0, random() % (whole.size() + 1));
    if (!damaged.empty()) damaged[random() % damaged.size()] = "(),:. az09"[random() % 10];
    (void)parse_type(damaged);
  }
}

TEST(CqlTypeName, is_written_as_in_cql) {
  EXPECT_EQ(cql_type_name(type_of("VectorType(Int32Type,2)")), "vector<int, 2>");
  EXPECT_EQ(cql_type_name(type_of("MapType(UTF8Type,ListType(Int32Type))")),
            "map<text, frozen<list<int>>>");
  EXPECT_EQ(cql_type_name(type_of("TupleType(Int32Type,UTF8Type)")), "frozen<tuple<int, text>>");
}

TEST(CompareValues, huge_decimals_compare_without_computing_powers_of_ten) {
  const Type& decimal = *simple_type(TypeKind::kDecimal);
  const std::string tiny("\x7f\xff\xff\xff\x01", 5);  // 1e-2147483647
  const std::string huge("\x80\x00\x00\x00\x01", 5);  // 1e+2147483648
  EXPECT_LT(compare_values(decimal, tiny, huge), 0);
  const std::string one("\0\0\0\0\x01", 5);
  std::string also_one("\0\0\0\x28", 4);  // 10^40 * 10^-40
  for (const int byte :
       {0x1d, 0x63, 0x29, 0xf1, 0xc3, 0x5c, 0xa4, 0xbf, 0xab, 0xb9, 0xf5, 0x61, 0, 0, 0, 0, 0}) {
    also_one += static_cast<char>(byte);
  }
  EXPECT_EQ(compare_values(decimal, one, also_one), 0);
}

TEST(Validate, random_bytes_never_harm_any_type) {
  const char* const types[] = {"DurationType",
                               "UTF8Type",
                               "DecimalType",
                               "FrozenType(MapType(UTF8Type,FrozenType(ListType(Int32Type))))",
                               "TupleType(Int32Type,VectorType(UTF8Type,2))",
                               "FrozenType(UserType(ks,61,62:Int32Type,63:TimeUUIDType))"};
  const uint64_t seed = 5;
  std::mt19937_64 random(seed);
  for (const char* name : types) {
    const Type& type = type_of(name);
    for (int round = 0; round < 5'000; ++round) {
      std::string a(random() % 24, '\0');
      std::string b(random() % 24, '\0');
      for (char& c : a) c = static_cast<char>(random() % 3 == 0 ? random() : random() % 4);
      for (char& c : b) c = static_cast<char>(random() % 3 == 0 ? random() : random() % 4);
      (void)validate(type, Bytes(a));
      (void)compare_values(type, a, b);
    }
  }
}

}  // namespace
}  // namespace ceto
