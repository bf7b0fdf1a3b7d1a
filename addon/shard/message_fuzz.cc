// Messages about files, as a shard's port brings them.
#include "base/fuzz_target.h"
#include "lsm/test_shard.h"
#include "shard/file_messages.h"
#include "shard/maintenance_messages.h"

namespace ceto {
namespace {

using namespace lsm_test;

// The first byte is the type, and the body follows.
std::vector<std::string> seeds() {
  const std::string id(16, '\7');
  std::vector<std::string> out;
  for (int type = 35; type <= 65; ++type) {
    if (!is_maintenance(static_cast<uint8_t>(type)) &&
        !FileMessages::handles(static_cast<uint8_t>(type))) {
      continue;
    }
    const std::string first(1, static_cast<char>(type));
    std::string numbers, path, kind;
    ByteWriter(numbers).u32(1);
    ByteWriter(numbers).u64(1024);
    ByteWriter(path).u8(0);
    ByteWriter(path).u16_bytes(std::string_view("/data/snapshot"));
    ByteWriter(kind).u16_bytes(std::string_view("COMPACTION"));
    for (const std::string& rest :
         {std::string(), id, id + "\1", id + numbers, id + path, kind + id, numbers + numbers,
          id + std::string(16, '\2'), id + '\1' + numbers}) {
      out.push_back(first + rest);
    }
  }
  return out;
}

void run_one(Bytes input) {
  if (input.empty()) return;
  const uint8_t type = input[0];
  TestShard shard;
  shard.disk().set_max_delay(0);
  shard.config().commitlog_segment_bytes = 64 * 1024;
  const TableSchemaPtr table = KeyValueTable::make();
  CETO_ASSERT(shard.open({table}).ok());
  UpdateBuilder builder(*table, 1);
  builder.row(1, {1}).cell(KeyValueTable::kV, 1, "value");
  CETO_ASSERT(shard.write(builder.update()).ok());
  CETO_ASSERT(shard.wait(shard.store().flush_all()).ok());
  if (is_maintenance(type)) {
    auto work = run_maintenance(shard.store(), MaintenanceMessage{type}, input.from(1).str());
    static_cast<void>(shard.wait(std::move(work)).ok());
  } else if (FileMessages::handles(type)) {
    int answers = 0;
    FileMessages messages(shard.store().files(),
                          [&](uint32_t, uint32_t, const Result<std::string>&) { ++answers; });
    ByteReader in(input.from(1));
    messages.handle(0, 0, type, in);
    shard.settle();
    CETO_ASSERT(answers == 1);
  }
}

const FuzzTarget file_messages("file_messages", false, seeds, run_one);

}  // namespace
}  // namespace ceto
