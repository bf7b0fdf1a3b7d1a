#include "lsm/transaction_log.h"

#include <zlib.h>

#include <charconv>
#include <cstdio>

namespace ceto {

namespace {

constexpr std::string_view kPrefix = "nb_txn_compaction_";

// A line's parts: of what set, when that was written last and of how many files it was.
struct Record {
  std::string_view type;
  std::string_view path;  // what the names of its files begin with; COMMIT has none
  uint64_t time_ms = 0;
  uint32_t files = 0;
};

// As Cassandra computes it.
uint32_t checksum_of(const Record& record) {
  const auto add = [](uint64_t sum, const void* bytes, size_t size) {
    return crc32(sum, static_cast<const Bytef*>(bytes), static_cast<uInt>(size));
  };
  uint64_t sum = add(0, record.path.data(), record.path.size());
  sum = add(sum, record.type.data(), record.type.size());
  for (const uint32_t word : {static_cast<uint32_t>(record.time_ms),
                              static_cast<uint32_t>(record.time_ms >> 32), record.files}) {
    const uint8_t bytes[] = {static_cast<uint8_t>(word >> 24), static_cast<uint8_t>(word >> 16),
                             static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word)};
    sum = add(sum, bytes, sizeof bytes);
  }
  return static_cast<uint32_t>(sum);
}

// A version 1 uuid whose clock is a generation and whose node is the shard.
std::string uuid_of(uint64_t generation, uint32_t shard) {
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-1%03x-8000-0000%08x",
                static_cast<unsigned>(generation & 0xFFFFFFFF),
                static_cast<unsigned>(generation >> 32 & 0xFFFF),
                static_cast<unsigned>(generation >> 48 & 0xFFF), shard);
  return text;
}

// That of the set in ".../<version>-<identifier>-big-"; before 5.0 Cassandra left out the last
// dash.
std::optional<uint64_t> generation_of(std::string_view path) {
  if (path.ends_with('-')) path.remove_suffix(1);
  if (!path.ends_with("-big")) return std::nullopt;
  path.remove_suffix(4);
  const size_t begin = path.rfind('-');
  if (begin == std::string_view::npos) return std::nullopt;
  return generation_of_identifier(path.substr(begin + 1));
}

std::string line(std::string_view type, const std::string& path) {
  return std::string(type) + ":[" + path + ",0,0][" + std::to_string(checksum_of({type, path})) +
         "]\n";
}

template <class Number>
bool take_number(std::string_view& text, Number& number, char after) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (!text.starts_with(after)) return false;
  text.remove_prefix(1);
  return true;
}

// nullopt for a line that is none, or does not check.
std::optional<Record> parse_line(std::string_view line) {
  Record record;
  const size_t type_end = line.find(":[");
  if (type_end == std::string_view::npos) return std::nullopt;
  record.type = line.substr(0, type_end);
  line.remove_prefix(type_end + 2);
  const size_t path_end = line.find(',');
  if (path_end == std::string_view::npos) return std::nullopt;
  record.path = line.substr(0, path_end);
  line.remove_prefix(path_end + 1);
  uint32_t checksum = 0;
  if (!take_number(line, record.time_ms, ',') || !take_number(line, record.files, ']') ||
      !line.starts_with('[')) {
    return std::nullopt;
  }
  line.remove_prefix(1);
  if (!take_number(line, checksum, ']') || !line.empty()) return std::nullopt;
  if (checksum != checksum_of(record)) return std::nullopt;
  return record;
}

}  // namespace

TransactionLog::TransactionLog(Io& io, std::string directory, uint64_t generation, uint32_t shard)
    : io_(io),
      directory_(std::move(directory)),
      path_(directory_ + '/' + std::string(kPrefix) + uuid_of(generation, shard) + ".log") {}

// A whole new file each time: the name never stands for half a log.
Task<Status> TransactionLog::write() {
  Task<Status> writing = io_.aside([this]() -> Status {
    const std::string temporary = path_ + ".tmp";
    CETO_TRY(io_.write_file(temporary, content_, true));
    CETO_TRY(io_.rename(temporary, path_));
    return io_.sync_directory(directory_);
  });
  co_return co_await std::move(writing);
}

Task<Status> TransactionLog::begin(std::vector<SSTableDescriptor> inputs) {
  CETO_ASSERT(content_.empty() && !inputs.empty());
  for (const SSTableDescriptor& input : inputs) content_ += line("REMOVE", input.path(""));
  return write();
}

Task<Status> TransactionLog::add(std::vector<uint64_t> outputs) {
  CETO_ASSERT(!content_.empty());
  for (const uint64_t output : outputs) {
    content_ += line("ADD", SSTableDescriptor{directory_, output}.path(""));
  }
  return write();
}

Task<Status> TransactionLog::commit() {
  CETO_ASSERT(!content_.empty());
  uncommitted_bytes_ = content_.size();
  content_ += line("COMMIT", "");
  return write();
}

Task<Status> TransactionLog::withdraw() {
  CETO_ASSERT(uncommitted_bytes_ > 0);
  content_.resize(uncommitted_bytes_);
  return write();
}

void TransactionLog::remove() { static_cast<void>(io_.unlink(path_).ok()); }

std::optional<uint32_t> TransactionLog::shard_of_name(std::string_view name) {
  constexpr size_t kUuidChars = 36;
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kUuidChars + 4)
    return std::nullopt;
  const std::string_view node = name.substr(kPrefix.size() + 24, 12);
  uint64_t shard = 0;
  const auto [end, error] = std::from_chars(node.data(), node.data() + node.size(), shard, 16);
  if (error != std::errc() || end != node.data() + node.size() || shard >= 1024)
    return std::nullopt;
  return static_cast<uint32_t>(shard);
}

TransactionRecords TransactionLog::parse(std::string_view content) {
  TransactionRecords records;
  while (!content.empty()) {
    const size_t end = content.find('\n');
    const std::string_view one = content.substr(0, end);
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
    const auto record = parse_line(one);
    if (!record) break;
    const auto generation = generation_of(record->path);
    if (record->type == "ADD" && generation) {
      records.added.push_back(*generation);
    } else if (record->type == "REMOVE" && generation) {
      records.removed.push_back(*generation);
    } else if (record->type == "COMMIT") {
      records.committed = true;
    }
  }
  return records;
}

}  // namespace ceto
