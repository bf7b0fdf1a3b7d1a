// A start of a store whose commit log is made of any bytes.
#include <cstring>

#include "base/fuzz_target.h"
#include "lsm/commitlog_format.h"
#include "lsm/crc32c.h"
#include "lsm/mutation_codec.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

// The parts are flags and two segments. Checksums hold back nearly all that is random, so one flag
// makes them right.
constexpr uint8_t kRightChecksums = 1, kIgnoreErrors = 2;

std::string record_of(int32_t key, int64_t timestamp) {
  const TableSchemaPtr table = KeyValueTable::make();
  UpdateBuilder builder(*table, key);
  builder.row(1, {timestamp}).cell(KeyValueTable::kV, timestamp, "value");
  builder.delete_range(3, 4, {timestamp, 1'700'000'000});
  const PartitionUpdate& update = builder.update();
  std::string record(max_mutation_bytes({&update, 1}), '\0');
  auto* const begin = reinterpret_cast<uint8_t*>(record.data());
  record.resize(static_cast<size_t>(encode_mutation({&update, 1}, begin) - begin));
  return record;
}

// One run with two records, and one with one.
std::string segment(uint64_t id, CommitPosition previous_end) {
  std::string out(kSegmentHeaderBytes, '\0');
  store_segment_header({id, 0, 1, 64 * 1024, previous_end}, reinterpret_cast<uint8_t*>(out.data()));
  for (const int records : {2, 1}) {
    std::string payload;
    for (int i = 0; i < records; ++i) {
      const std::string record = record_of(static_cast<int32_t>(id) + i, 1000 * records);
      uint8_t header[kRecordHeaderBytes];
      store_record_header(Bytes(record), header);
      payload.append(reinterpret_cast<const char*>(header), sizeof header);
      payload += record;
    }
    uint8_t header[kRunHeaderBytes];
    const auto size = static_cast<uint32_t>(payload.size());
    store_run_header({id, make_position(id, 0), size, crc32c(Bytes(payload))}, header);
    out.append(reinterpret_cast<const char*>(header), sizeof header);
    out += payload;
    out.resize(align_up(out.size()));
  }
  return out;
}

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  const std::string first = segment(1, 0);
  for (const uint8_t flags : {0, 1, 2, 3}) {
    const std::string second = segment(2, make_position(1, first.size()));
    out.push_back(FuzzParts::join({std::string(1, static_cast<char>(flags)), first, second}));
    out.push_back(FuzzParts::join({std::string(1, static_cast<char>(flags)), first, ""}));
  }
  return out;
}

void repair_run(uint8_t* run, size_t room) {
  uint32_t length = 0;
  std::memcpy(&length, run + 20, 4);
  const size_t size = std::min<size_t>(length, room - kRunHeaderBytes);
  uint8_t* const payload = run + kRunHeaderBytes;
  for (size_t at = 0; at + kRecordHeaderBytes <= size;) {
    const size_t left = size - at - kRecordHeaderBytes;
    const size_t record = std::min<size_t>(load_record_header(payload + at).length, left);
    const Bytes bytes(payload + at + kRecordHeaderBytes, record);
    const uint32_t checksum = crc32c(bytes, crc32c({payload + at, 4}));
    std::memcpy(payload + at + 4, &checksum, 4);
    at += kRecordHeaderBytes + record;
  }
  RunHeader header;
  std::memcpy(&header.segment_id, run + 4, 8);
  std::memcpy(&header.durable, run + 12, 8);
  header.length = length;
  header.checksum = crc32c({payload, size});
  store_run_header(header, run);
}

void repair(std::string& content) {
  auto* const bytes = reinterpret_cast<uint8_t*>(content.data());
  if (content.size() < kSegmentHeaderBytes + kRunHeaderBytes) return;
  constexpr size_t kHeaderFields = 36;
  const uint32_t checksum = crc32c({bytes, kHeaderFields});
  std::memcpy(bytes + kHeaderFields, &checksum, 4);
  for (size_t at = kSegmentHeaderBytes; at + kRunHeaderBytes <= content.size();
       at += kIoAlignment) {
    if (std::memcmp(bytes + at, "CRUN", 4) == 0) repair_run(bytes + at, content.size() - at);
  }
}

void read_all(TestShard& shard, const TableSchemaPtr& table) {
  ReadCommand command;
  command.table = table;
  command.now_seconds = shard.clock().wall_seconds();
  const auto scanner = shard.store().scan(command, TokenRange{});
  for (;;) {
    const Step step = scanner->next_partition();
    if (step == Step::kWait) shard.wait(scanner->wait());
    if (step == Step::kEnd || step == Step::kError) return;
    if (step != Step::kReady) continue;
    for (Step row = Step::kReady; row == Step::kReady || row == Step::kWait;) {
      row = scanner->rows().next();
      if (row == Step::kWait) shard.wait(scanner->rows().wait());
    }
  }
}

void run(Bytes input) {
  const FuzzParts parts(input);
  const uint8_t flags = parts[0].empty() ? uint8_t{0} : parts[0][0];
  TestShard shard;
  shard.disk().set_max_delay(0);
  shard.config().commitlog_segment_bytes = 64 * 1024;
  shard.config().commitlog_ignore_replay_errors = (flags & kIgnoreErrors) != 0;
  const std::string directory = shard_log_directory(shard.config().commitlog_directory, 0);
  CETO_ASSERT(shard.io().make_directories(directory).ok());
  for (const uint64_t id : {1, 2}) {
    if (parts[id].empty()) continue;
    std::string content = parts[id].str();
    if ((flags & kRightChecksums) != 0) repair(content);
    CETO_ASSERT(shard.io().write_file(directory + "/" + segment_name(id), content, true).ok());
  }
  const TableSchemaPtr table = KeyValueTable::make();
  if (!shard.open({table})) return;
  read_all(shard, table);
  if (shard.wait(shard.store().flush_all())) read_all(shard, table);
}

const FuzzTarget commit_log("commit_log", true, seeds, run);

}  // namespace
}  // namespace ceto
