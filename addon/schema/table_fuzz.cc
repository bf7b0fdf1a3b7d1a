// Table descriptors and partition keys.
#include "base/arena.h"
#include "base/assert.h"
#include "base/byte_io.h"
#include "base/fuzz_target.h"
#include "schema/partition_key.h"
#include "schema/table.h"
#include "schema/test_descriptor.h"

namespace ceto {
namespace {

std::string descriptor(uint32_t flags) {
  const auto marshal = [](const std::string& name) {
    return "org.apache.cassandra.db.marshal." + name;
  };
  schema_test::TableDescriptor table;
  table.flags = flags;
  table.columns = {{0, "c0", ColumnKind::kPartitionKey, 0, marshal("Int32Type")},
                   {1, "c1", ColumnKind::kPartitionKey, 1, marshal("UTF8Type")},
                   {2, "c2", ColumnKind::kClustering, 0, marshal("ReversedType(Int32Type)")},
                   {3, "c3", ColumnKind::kStatic, 0, marshal("UTF8Type")},
                   {4, "c4", ColumnKind::kRegular, 0, marshal("MapType(UTF8Type,Int32Type)")}};
  table.dropped = {{9, "gone", 1700000000000000}};
  return table.encode();
}

// A key goes behind the descriptor, which is to be cut into its columns.
std::vector<std::string> seeds() {
  const std::string key("\0\4abcd\0\0\2xy\0", 12);
  std::vector<std::string> out;
  for (const uint32_t flags : {0, 1, 2, 9})
    out.push_back(FuzzParts::join({descriptor(flags), key}));
  return out;
}

void run(Bytes input) {
  const FuzzParts parts(input);
  const auto table = decode_table_descriptor(parts[0]);
  if (!table) return;
  const TableSchema& schema = *table.value();
  for (const Column& column : schema.columns) {
    CETO_ASSERT(schema.column(column.id) == &column);
    CETO_ASSERT(schema.column_named(column.name) == &column);
  }
  std::vector<Bytes> components(schema.partition_key.size());
  if (!split_partition_key(parts[1], components)) return;
  Arena arena;
  const auto made = make_partition_key(components, arena);
  if (made) CETO_ASSERT(made.value() == parts[1]);
}

const FuzzTarget table_descriptors("table_descriptors", true, seeds, run);

}  // namespace
}  // namespace ceto
