// Records of the commit log: decoded, written again and decoded once more.
#include "base/fuzz_target.h"
#include "lsm/mutation_codec.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

std::string encoded(std::span<const PartitionUpdate> updates) {
  std::string out(max_mutation_bytes(updates), '\0');
  auto* const begin = reinterpret_cast<uint8_t*>(out.data());
  const uint8_t* const end = encode_mutation(updates, begin);
  CETO_ASSERT(static_cast<size_t>(end - begin) <= out.size());
  out.resize(static_cast<size_t>(end - begin));
  return out;
}

std::vector<std::string> seeds() {
  const TableSchemaPtr table = KeyValueTable::make();
  Cell cell;
  cell.column = KeyValueTable::kM;
  cell.timestamp = 5;
  cell.ttl = 10;
  cell.local_deletion_time = 20;
  cell.path = Bytes(std::string_view("path"));
  cell.value = Bytes(std::string_view("value"));
  UpdateBuilder rows(*table, 1), deletions(*table, 2), both(*table, 3);
  rows.row(1, {1, 30, 40}).cell(KeyValueTable::kV, 1, "v").cell(cell).delete_map({4, 5});
  rows.row(2, {}, {7, 8});
  deletions.delete_partition({1, 2}).delete_range(1, 9, {3, 4});
  cell.column = KeyValueTable::kS;
  cell.path = {};
  both.static_cell(cell).row(3, {2}).delete_range(4, 5, {6, 7});
  const PartitionUpdate updates[] = {rows.update(), deletions.update(), both.update()};
  std::vector<std::string> out = {encoded(updates)};
  for (const PartitionUpdate& one : updates) out.push_back(encoded({&one, 1}));
  return out;
}

void run(Bytes input) {
  Arena arena;
  const auto decoded = decode_mutation(input, arena);
  if (!decoded) return;
  std::deque<TableSchema> tables;
  std::vector<PartitionUpdate> updates;
  for (const LoggedUpdate& logged : decoded.value()) {
    tables.emplace_back().id = logged.table;
    updates.push_back(logged.update);
    updates.back().table = &tables.back();
    static_cast<void>(max_timestamp(updates.back()));
  }
  const std::string again = encoded(updates);
  const auto twice = decode_mutation(Bytes(again), arena);
  CETO_ASSERT(twice.ok());
  CETO_ASSERT(twice.value().size() == updates.size());
}

const FuzzTarget mutations("mutations", false, seeds, run);

}  // namespace
}  // namespace ceto
