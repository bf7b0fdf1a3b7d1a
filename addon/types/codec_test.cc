#include <gtest/gtest.h>

#include <vector>

#include "types/collection_codec.h"
#include "types/counter.h"
#include "types/uuid.h"

namespace ceto {
namespace {

struct PathAndValue {
  Bytes path;
  Bytes value;
};

std::string value_of(const Type& type, const std::vector<PathAndValue>& cells) {
  std::string out(collection_value_size(type, cells), '\x55');
  auto* const to = reinterpret_cast<uint8_t*>(out.data());
  EXPECT_EQ(store_collection_value(type, cells, to), to + out.size());
  return out;
}

TEST(CollectionCodec, cells_of_a_map_read_back) {
  const Type& map = *parse_type("MapType(UTF8Type,UTF8Type)").value();
  const std::string value = value_of(map, {{std::string_view("k1"), std::string_view("v1")},
                                           {std::string_view("k2"), std::string_view("")}});
  EXPECT_TRUE(validate(map, Bytes(value)));
  CollectionReader in(map, Bytes(value));
  Bytes part;
  std::vector<std::string> parts;
  while (in.next(part)) parts.push_back(part.str());
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(parts, (std::vector<std::string>{"k1", "v1", "k2", ""}));
}

TEST(CollectionCodec, sets_take_the_path_and_lists_the_value_of_a_cell) {
  const std::vector<PathAndValue> cells = {{std::string_view("p"), std::string_view("v")}};
  EXPECT_EQ(value_of(*parse_type("SetType(UTF8Type)").value(), cells),
            std::string("\0\0\0\1\0\0\0\1p", 9));
  EXPECT_EQ(value_of(*parse_type("ListType(UTF8Type)").value(), cells),
            std::string("\0\0\0\1\0\0\0\1v", 9));
}

TEST(CollectionCodec, fields_of_a_udt_without_a_cell_are_null) {
  const Type& udt = *parse_type("UserType(ks,61,62:UTF8Type,63:UTF8Type,64:UTF8Type)").value();
  const std::string value = value_of(udt, {{std::string_view("\0\1", 2), std::string_view("x")}});
  EXPECT_EQ(value, std::string("\xff\xff\xff\xff\0\0\0\1x\xff\xff\xff\xff", 13));
  TupleReader in{Bytes(value)};
  EXPECT_EQ(in.next().data(), nullptr);
  EXPECT_EQ(in.next().str(), "x");
  EXPECT_EQ(in.next().data(), nullptr);
  EXPECT_EQ(in.next().data(), nullptr);  // missing
  EXPECT_FALSE(in.failed());
}

TEST(CollectionCodec, a_claimed_count_beyond_the_value_fails_and_ends) {
  const Type& list = *parse_type("ListType(Int32Type)").value();
  CollectionReader in(list, Bytes(std::string_view("\x7f\xff\xff\xff\0\0\0\1x", 9)));
  Bytes part;
  EXPECT_TRUE(in.next(part));
  EXPECT_FALSE(in.next(part));
  EXPECT_TRUE(in.failed());
}

TEST(CollectionCodec, vectors_of_fixed_and_of_variable_elements_read) {
  Bytes element;
  VectorReader floats(*parse_type("VectorType(FloatType,2)").value(),
                      Bytes(std::string_view("\0\0\0\1\0\0\0\2", 8)));
  EXPECT_TRUE(floats.next(element));
  EXPECT_TRUE(floats.next(element));
  EXPECT_EQ(element.str(), std::string("\0\0\0\2", 4));
  EXPECT_FALSE(floats.next(element));
  EXPECT_FALSE(floats.failed());
  VectorReader texts(*parse_type("VectorType(UTF8Type,2)").value(),
                     Bytes(std::string_view("\1a\2bc", 5)));
  EXPECT_TRUE(texts.next(element));
  EXPECT_TRUE(texts.next(element));
  EXPECT_EQ(element.str(), "bc");
}

TEST(CollectionWriter, patches_the_count) {
  const Type& set = *parse_type("SetType(UTF8Type)").value();
  std::string out = "before";
  CollectionWriter writer(out);
  writer.begin();
  writer.part(std::string_view("a"));
  writer.part(std::string_view("b"));
  writer.end(2);
  EXPECT_TRUE(validate(set, Bytes(out).from(6)));
}

TEST(Counter, clock_never_goes_back_and_increments_add_up) {
  Arena arena;
  const CounterId id{1, 2, 3};
  ClockAndCount state = advance_counter(std::nullopt, 5, 1000);
  EXPECT_EQ(state.clock, 1000);
  state = advance_counter(state, -7, 10);
  EXPECT_EQ(state.clock, 1001);
  EXPECT_EQ(state.count, -2);
  const Bytes context = make_global_counter(id, state, arena);
  EXPECT_EQ(counter_total(context), -2);
  ASSERT_TRUE(counter_shard_of(context, id).has_value());
  EXPECT_EQ(counter_shard_of(context, id)->clock, 1001);
  EXPECT_FALSE(counter_shard_of(context, CounterId{}).has_value());
}

TEST(Counter, damaged_contexts_are_refused_and_never_read_past_their_end) {
  Arena arena;
  const Bytes whole = make_global_counter(CounterId{9}, {1, 2}, arena);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.sub(0, size).str();
    EXPECT_FALSE(validate_counter_context(Bytes(cut)) && size != 4);
    (void)counter_total(Bytes(cut));
    (void)merge_counters(Bytes(cut), whole, arena);
  }
  EXPECT_EQ(validate_counter_context(Bytes(std::string_view("abc"))).error().message,
            "Invalid size for a counter context");
}

TEST(Timeuuid, ascends_while_the_clock_stands_still_and_tells_its_time) {
  TimeuuidGenerator generator(0x123456789abcdef0, 3);
  const Type& type = *simple_type(TypeKind::kTimeuuid);
  const int64_t now = 1'700'000'000'123'456;
  Uuid before = generator.next(now);
  EXPECT_EQ(timeuuid_micros({before.data(), 16}), now);
  EXPECT_EQ(timeuuid_millis({before.data(), 16}), now / 1000);
  for (int i = 0; i < 1000; ++i) {
    const Uuid after = generator.next(now - i);
    EXPECT_LT(compare_values(type, {before.data(), 16}, {after.data(), 16}), 0);
    EXPECT_TRUE(validate(type, {after.data(), 16}));
    before = after;
  }
}

TEST(Timeuuid, shards_of_a_process_never_make_the_same) {
  TimeuuidGenerator a(77, 0);
  TimeuuidGenerator b(77, 1);
  EXPECT_NE(a.next(1000), b.next(1000));
}

TEST(Uuid, formats_and_parses) {
  const Uuid uuid = random_uuid(0x0123456789abcdef, 0xfedcba9876543210);
  const std::string text = format_uuid({uuid.data(), 16});
  EXPECT_EQ(text, "01234567-89ab-4def-bedc-ba9876543210");
  EXPECT_EQ(parse_uuid(text), uuid);
  EXPECT_EQ(parse_uuid("01234567-89AB-4DEF-BEDC-BA9876543210"), uuid);
  EXPECT_FALSE(parse_uuid("01234567-89ab-4def-bedc-ba987654321"));
  EXPECT_FALSE(parse_uuid("01234567-89ab-4def-bedc-ba987654321g"));
  EXPECT_FALSE(parse_uuid("01234567+89ab-4def-bedc-ba9876543210"));
}

}  // namespace
}  // namespace ceto
