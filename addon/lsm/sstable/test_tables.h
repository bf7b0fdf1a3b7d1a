// The tables of the golden files under testdata/, as testdata/tables.cql creates them.
#pragma once

#include <map>

#include "lsm/sstable/test_schema.h"

namespace ceto::sstable_test {

inline std::map<std::string, std::vector<ColumnSpec>> golden_tables() {
  constexpr auto pk = ColumnKind::kPartitionKey;
  constexpr auto ck = ColumnKind::kClustering;
  constexpr auto st = ColumnKind::kStatic;
  constexpr auto rg = ColumnKind::kRegular;
  const std::string text = marshal("UTF8Type");
  const std::string int32 = marshal("Int32Type");
  const auto frozen = [](const std::string& type) { return marshal("FrozenType(" + type + ")"); };
  const std::string tags = frozen(marshal("SetType(" + text + ")"));
  const std::string person = marshal("UserType(sstgold,706572736f6e,6e616d65:" + text +
                                     ",616765:" + int32 + ",74616773:" + tags + ")");
  std::map<std::string, std::vector<ColumnSpec>> tables;
  tables["kinds"] = {{"pk", pk, int32},
                     {"a", rg, marshal("AsciiType")},
                     {"b", rg, marshal("LongType")},
                     {"c", rg, marshal("BytesType")},
                     {"d", rg, marshal("BooleanType")},
                     {"e", rg, marshal("SimpleDateType")},
                     {"f", rg, marshal("DecimalType")},
                     {"g", rg, marshal("DoubleType")},
                     {"h", rg, marshal("DurationType")},
                     {"i", rg, marshal("InetAddressType")},
                     {"j", rg, int32},
                     {"k", rg, marshal("ShortType")},
                     {"l", rg, text},
                     {"m", rg, marshal("TimeType")},
                     {"n", rg, marshal("TimestampType")},
                     {"o", rg, marshal("TimeUUIDType")},
                     {"p", rg, marshal("ByteType")},
                     {"q", rg, marshal("UUIDType")},
                     {"r", rg, marshal("IntegerType")},
                     {"s", rg, marshal("FloatType")},
                     {"t", rg, marshal("TupleType(" + int32 + "," + text + ")")},
                     {"u", rg, frozen(person)},
                     {"v", rg, marshal("VectorType(" + marshal("FloatType") + ", 3)")},
                     {"w", rg, frozen(marshal("ListType(" + int32 + ")"))},
                     {"x", rg, frozen(marshal("MapType(" + text + "," + int32 + ")"))}};
  tables["wide"] = {{"pk", pk, text},
                    {"ck1", ck, marshal("ReversedType(" + int32 + ")")},
                    {"ck2", ck, text},
                    {"s1", st, text},
                    {"s2", st, int32},
                    // Ids that follow no order of names.
                    {"v1", rg, text},
                    {"u", rg, person},
                    {"v2", rg, int32},
                    {"m", rg, marshal("MapType(" + text + "," + int32 + ")")},
                    {"l", rg, marshal("ListType(" + int32 + ")")},
                    {"st", rg, marshal("SetType(" + text + ")")}};
  tables["counters"] = {{"pk", pk, int32},
                        {"ck", ck, int32},
                        {"c1", rg, marshal("CounterColumnType")},
                        {"c2", rg, marshal("CounterColumnType")}};
  tables["composite"] = {{"a", pk, int32}, {"b", pk, text}, {"c", ck, int32}, {"v", rg, text}};
  tables["many"] = {{"pk", pk, int32}, {"v", rg, int32}};
  tables["blocks"] = {{"pk", pk, int32}, {"ck", ck, int32}, {"v", rg, text}};
  tables["altered"] = {{"pk", pk, int32},
                       {"ck", ck, int32},
                       {"a", rg, text},
                       {"b", rg, int32},
                       {"c", rg, marshal("MapType(" + int32 + "," + text + ")")},
                       {"d", rg, text}};
  tables["manycols"] = {{"pk", pk, int32}, {"ck", ck, int32}};
  for (int i = 0; i < 80; ++i) {
    const std::string digits = std::to_string(i);
    tables["manycols"].push_back({"c" + std::string(3 - digits.size(), '0') + digits, rg, int32});
  }
  return tables;
}

}  // namespace ceto::sstable_test
