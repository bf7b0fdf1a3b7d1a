#include <algorithm>
#include <charconv>

#include "lsm/sstable/sstable.h"

namespace ceto {

namespace {

// Cassandra's text of a time-based uuid in base 36: days, seconds of the day and hundreds of
// nanoseconds since 1582, then clock sequence and node. UUIDBasedSSTableId has the pattern.
bool is_uuid_identifier(std::string_view text) {
  constexpr std::string_view kPattern = "dddd_dddd_dddddddddddddddddd";
  return text.size() == kPattern.size() &&
         std::equal(text.begin(), text.end(), kPattern.begin(), [](char c, char expected) {
           const bool digit =
               (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           return expected == '_' ? c == '_' : digit;
         });
}

// FNV-1a, which storage/files/sstable-name.ts computes as well.
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

std::string file_name(const SSTableDescriptor& set, std::string_view component) {
  return set.version + '-' + (set.uuid.empty() ? std::to_string(set.generation) : set.uuid) +
         "-big-" + std::string(component);
}

}  // namespace

std::string SSTableDescriptor::path(std::string_view component) const {
  return directory + '/' + file_name(*this, component);
}

std::string SSTableDescriptor::temporary_path(std::string_view component) const {
  return directory + '/' + std::string(kTemporaryPrefix) + file_name(*this, component);
}

std::optional<uint64_t> generation_of_identifier(std::string_view identifier) {
  if (is_uuid_identifier(identifier)) return hash_of(identifier) | kFirstUuidGeneration;
  uint64_t number = 0;
  const char* const end = identifier.data() + identifier.size();
  const auto [at, error] = std::from_chars(identifier.data(), end, number);
  if (error != std::errc() || at != end || number >= kFirstUuidGeneration) return std::nullopt;
  return number;
}

bool supported_sstable_version(std::string_view version) {
  return version == "mc" || version == "md" || version == "me" || version == "na" ||
         version == "nb";
}

bool is_sstable_data(std::string_view name) {
  constexpr std::string_view kData = "-Data.db";
  if (!name.ends_with(kData) || name.size() < kData.size() + 3 || name[2] != '-') return false;
  name.remove_suffix(kData.size());
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return letter(name[0]) && letter(name[1]) && name.substr(3).find('-') != std::string_view::npos;
}

Error unsupported_sstable(const std::string& path) {
  return {ErrorCode::kServerError,
          path +
              ": an SSTable that cannot be read here; what can be are the BIG format's versions mc "
              "to nb, named by a number or a uuid. Cassandra 5.0 writes them with "
              "storage_compatibility_mode CASSANDRA_4, and its sstableupgrade writes anew"};
}

std::optional<SSTableFileName> parse_sstable_file_name(std::string_view name) {
  SSTableFileName parsed;
  if (name.starts_with(SSTableDescriptor::kTemporaryPrefix)) {
    parsed.temporary = true;
    name.remove_prefix(SSTableDescriptor::kTemporaryPrefix.size());
  }
  const size_t version_end = name.find('-');
  if (version_end != 2) return std::nullopt;
  parsed.version = name.substr(0, version_end);
  name.remove_prefix(version_end + 1);
  const size_t generation_end = name.find('-');
  if (generation_end == std::string_view::npos) return std::nullopt;
  const std::string_view identifier = name.substr(0, generation_end);
  const auto generation = generation_of_identifier(identifier);
  if (!generation) return std::nullopt;
  parsed.generation = *generation;
  if (*generation >= kFirstUuidGeneration) parsed.uuid = identifier;
  name.remove_prefix(generation_end + 1);
  constexpr std::string_view kFormat = "big-";
  if (!name.starts_with(kFormat)) return std::nullopt;
  parsed.component = name.substr(kFormat.size());
  return parsed;
}

}  // namespace ceto
