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
