// Names of types as files and descriptors have them, and values as clients send them.
#include "base/assert.h"
#include "base/byte_io.h"
#include "base/fuzz_target.h"
#include "types/counter.h"
#include "types/type.h"
#include "types/uuid.h"

namespace ceto {
namespace {

constexpr const char* kNames[] = {"AsciiType",
                                  "LongType",
                                  "BytesType",
                                  "BooleanType",
                                  "CounterColumnType",
                                  "SimpleDateType",
                                  "DecimalType",
                                  "DoubleType",
                                  "DurationType",
                                  "EmptyType",
                                  "FloatType",
                                  "InetAddressType",
                                  "Int32Type",
                                  "ShortType",
                                  "UTF8Type",
                                  "TimeType",
                                  "TimestampType",
                                  "TimeUUIDType",
                                  "ByteType",
                                  "UUIDType",
                                  "IntegerType",
                                  "ReversedType(IntegerType)",
                                  "FrozenType(ListType(Int32Type))",
                                  "FrozenType(SetType(UTF8Type))",
                                  "FrozenType(MapType(DecimalType,TimeUUIDType))",
                                  "TupleType(Int32Type,UTF8Type,FrozenType(ListType(BooleanType)))",
                                  "FrozenType(UserType(ks,61,6162:UTF8Type,6163:Int32Type))",
                                  "VectorType(FloatType, 3)",
                                  "VectorType(UTF8Type, 2)",
                                  "ListType(Int32Type)",
                                  "MapType(UTF8Type,DurationType)"};

std::vector<std::string> name_seeds() {
  std::vector<std::string> seeds(std::begin(kNames), std::end(kNames));
  seeds.push_back(
      "org.apache.cassandra.db.marshal.ReversedType(org.apache.cassandra.db.marshal."
      "CompositeType(org.apache.cassandra.db.marshal.Int32Type))");
  seeds.push_back("DynamicCompositeType(a=>BytesType,b=>UTF8Type)");
  return seeds;
}

void run_name(Bytes input) {
  const auto type = parse_type(input.text());
  if (!type) return;
  // The canonical name stands for the same type.
  const auto again = parse_type(type.value()->marshal_name);
  CETO_ASSERT(again.ok());
  CETO_ASSERT(again.value() == type.value());
  static_cast<void>(cql_type_name(*type.value()));
  static_cast<void>(type.value()->path_type());
}

const FuzzTarget names("types", false, name_seeds, run_name);

// --- values --------------------------------------------------------------------------------------

const Type& type_number(uint8_t number) {
  const auto type = parse_type(kNames[number % std::size(kNames)]);
  CETO_ASSERT(type.ok());
  return *type.value();
}

// The type's number, then two values.
std::vector<std::string> value_seeds() {
  std::string list, map, tuple, context;
  ByteWriter(list).u32(2);
  ByteWriter(list).i32_bytes(std::string_view("\0\0\0\1", 4));
  ByteWriter(list).i32_bytes(std::string_view("\0\0\0\2", 4));
  ByteWriter(map).u32(1);
  ByteWriter(map).i32_bytes(std::string_view("\0\0\0\2\1", 5));
  ByteWriter(map).i32_bytes(
      std::string_view("0123456\x11"
                       "89abcdef",
                       16));
  ByteWriter(tuple).i32_bytes(std::string_view("\0\0\0\1", 4));
  ByteWriter(tuple).i32(-1);
  ByteWriter(context).u16(1);
  ByteWriter(context).u16(0x8000);
  context += std::string(32, '\1');
  const std::string values[] = {"",
                                "\1",
                                "ab",
                                "abcd",
                                "abcdefgh",
                                "0123456789abcdef",
                                list,
                                map,
                                tuple,
                                context,
                                "\2\4\6",
                                std::string(12, '\0'),
                                "\x7f\xff\xff\xff\1",
                                std::string("\x80\0\0\0\xff", 5)};
  std::vector<std::string> seeds;
  for (size_t type = 0; type < std::size(kNames); ++type) {
    for (const std::string& value : values) {
      seeds.push_back(
          FuzzParts::join({std::string(1, static_cast<char>(type)), value, value + "\1"}));
    }
  }
  return seeds;
}

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

// Whether each id of the context is above the one before: merging asks for no more than that.
bool ascending(Bytes context) {
  ByteReader in(context);
  in.skip(size_t{in.u16()} * 2);
  Bytes last;
  while (!in.failed() && in.remaining() >= kCounterShardBytes) {
    const Bytes id = in.bytes(16);
    if (!last.empty() && compare(last, id) >= 0) return false;
    last = id;
    in.skip(16);
  }
  return true;
}

void run_value(Bytes input) {
  const FuzzParts parts(input);
  const Type& type = type_number(parts[0].empty() ? 0 : parts[0][0]);
  const Bytes a = parts[1], b = parts[2];
  if (type.multi_cell) return;
  const bool both = validate(type, a).ok() && validate(type, b).ok();
  if (type.kind == TypeKind::kCounter) {
    Arena arena;
    static_cast<void>(counter_total(a));
    static_cast<void>(counter_shard_of(a, CounterId{}));
    const bool contexts = validate_counter_context(a).ok() && validate_counter_context(b).ok();
    if (contexts && ascending(a) && ascending(b)) {
      const Bytes merged = merge_counters(a, b, arena);
      CETO_ASSERT(validate_counter_context(merged).ok());
      CETO_ASSERT(counter_total(merge_counters(b, a, arena)) == counter_total(merged));
    }
  } else if (both) {
    CETO_ASSERT(compare_values(type, a, a) == 0);
    CETO_ASSERT(sign(compare_values(type, a, b)) == -sign(compare_values(type, b, a)));
  }
  static_cast<void>(parse_uuid(a.text()));
}

const FuzzTarget values("values", true, value_seeds, run_value);

}  // namespace
}  // namespace ceto
