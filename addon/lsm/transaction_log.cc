#include "lsm/transaction_log.h"

#include <zlib.h>

#include <charconv>
#include <cstdio>

namespace ceto {

namespace {

constexpr std::string_view kPrefix = "nb_txn_compaction_";

std::string checksum_of(std::string_view record) {
  return std::to_string(
      crc32(0, reinterpret_cast<const Bytef*>(record.data()), static_cast<uInt>(record.size())));
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

// The generation in ".../<version>-<generation>-big-".
std::optional<uint64_t> generation_of(std::string_view record) {
  const size_t end = record.find("-big-,");
  if (end == std::string_view::npos) return std::nullopt;
  const size_t begin = end == 0 ? std::string_view::npos : record.rfind('-', end - 1);
  if (begin == std::string_view::npos) return std::nullopt;
  uint64_t generation = 0;
  const auto [at, error] =
      std::from_chars(record.data() + begin + 1, record.data() + end, generation);
  if (error != std::errc() || at != record.data() + end) return std::nullopt;
  return generation;
}

}  // namespace

TransactionLog::TransactionLog(Io& io, std::string directory, uint64_t generation, uint32_t shard)
    : io_(io),
      directory_(std::move(directory)),
      path_(directory_ + '/' + std::string(kPrefix) + uuid_of(generation, shard) + ".log") {}

std::string TransactionLog::line(std::string_view type, uint64_t generation) const {
  std::string record = std::string(type) + ":[";
  if (generation != 0) record += SSTableDescriptor{directory_, generation, "nb"}.path("");
  record += ",0,0]";
  return record + '[' + checksum_of(record) + "]\n";
}

// A whole new file each time: the name never stands for half a log.
Status TransactionLog::write(const std::string& content) {
  const std::string temporary = path_ + ".tmp";
  CETO_TRY(io_.write_file(temporary, content, true));
  CETO_TRY(io_.rename(temporary, path_));
  return io_.sync_directory(directory_);
}

Status TransactionLog::begin(const std::vector<uint64_t>& inputs) {
  CETO_ASSERT(content_.empty() && !inputs.empty());
  for (const uint64_t input : inputs) content_ += line("REMOVE", input);
  return write(content_);
}

Status TransactionLog::add(const std::vector<uint64_t>& outputs) {
  CETO_ASSERT(!content_.empty());
  for (const uint64_t output : outputs) content_ += line("ADD", output);
  return write(content_);
}

Status TransactionLog::commit() {
  CETO_ASSERT(!content_.empty());
  content_ += line("COMMIT", 0);
  return write(content_);
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
    const size_t body_end = one.find("][");
    if (body_end == std::string_view::npos) break;
    const std::string_view record = one.substr(0, body_end + 1);
    if (one.substr(body_end + 1) != '[' + checksum_of(record) + ']') break;
    const auto generation = generation_of(record);
    if (record.starts_with("ADD:") && generation) {
      records.added.push_back(*generation);
    } else if (record.starts_with("REMOVE:") && generation) {
      records.removed.push_back(*generation);
    } else if (record.starts_with("COMMIT:")) {
      records.committed = true;
    }
  }
  return records;
}

}  // namespace ceto
