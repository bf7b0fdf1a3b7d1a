#include <algorithm>
#include <charconv>

#include "lsm/sstable/sstable.h"

namespace ceto {

std::string SSTableDescriptor::path(std::string_view component) const {
  return directory + '/' + version + '-' + std::to_string(generation) + "-big-" +
         std::string(component);
}

std::string SSTableDescriptor::temporary_path(std::string_view component) const {
  return directory + '/' + std::string(kTemporaryPrefix) + version + '-' +
         std::to_string(generation) + "-big-" + std::string(component);
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
              "to nb with a number in their names. Cassandra 5.0 writes them with "
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
  const std::string_view digits = name.substr(0, generation_end);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parsed.generation);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  name.remove_prefix(generation_end + 1);
  constexpr std::string_view kFormat = "big-";
  if (!name.starts_with(kFormat)) return std::nullopt;
  parsed.component = name.substr(kFormat.size());
  return parsed;
}

}  // namespace ceto
