#include "lsm/compaction/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ceto {

namespace {

const std::string* find(const CompactionOptions& options, const char* name) {
  const auto found = options.find(name);
  return found == options.end() ? nullptr : &found->second;
}

template <class T>
bool parse(std::string_view text, T& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T parsed{};
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || at != text.data() + text.size()) return false;
  value = parsed;
  return true;
}

template <class T>
void read(const CompactionOptions& options, const char* name, T& value) {
  if (const std::string* text = find(options, name)) static_cast<void>(parse(*text, value));
}

std::string_view without_spaces_around(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

void read_option(const CompactionOptions& options, const char* name, uint32_t& value) {
  read(options, name, value);
}
void read_option(const CompactionOptions& options, const char* name, uint64_t& value) {
  read(options, name, value);
}
void read_option(const CompactionOptions& options, const char* name, int64_t& value) {
  read(options, name, value);
}
void read_option(const CompactionOptions& options, const char* name, double& value) {
  read(options, name, value);
}

void read_option(const CompactionOptions& options, const char* name, bool& value) {
  const std::string* text = find(options, name);
  if (text == nullptr) return;
  std::string lower = *text;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  value = lower == "true";
}

void read_size_option(const CompactionOptions& options, const char* name, uint64_t& bytes) {
  const std::string* text = find(options, name);
  if (text == nullptr || !text->ends_with('B')) return;
  std::string_view rest = std::string_view(*text).substr(0, text->size() - 1);
  const bool binary = rest.ends_with('i');
  if (binary) rest.remove_suffix(1);
  constexpr std::string_view kPrefixes = "KMGTPE";
  double factor = 1;
  if (!rest.empty()) {
    const size_t power = kPrefixes.find(rest.back());
    if (power != std::string_view::npos) {
      factor = std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
      rest.remove_suffix(1);
    }
  }
  double number = 0;
  if (!parse(without_spaces_around(rest), number) || number < 0) return;
  bytes = static_cast<uint64_t>(std::min(number * factor, 9.2e18));
}

void read_percent_option(const CompactionOptions& options, const char* name, double& fraction) {
  const std::string* text = find(options, name);
  if (text == nullptr) return;
  const bool percent = text->ends_with('%');
  double number = 0;
  if (!parse(std::string_view(*text).substr(0, text->size() - (percent ? 1 : 0)), number)) return;
  fraction = percent ? number / 100 : number;
}

CommonCompactionOptions CommonCompactionOptions::from(const CompactionOptions& options) {
  CommonCompactionOptions out;
  read_option(options, "enabled", out.enabled);
  read_option(options, "min_threshold", out.min_threshold);
  read_option(options, "max_threshold", out.max_threshold);
  read_option(options, "tombstone_threshold", out.tombstone_threshold);
  read_option(options, "tombstone_compaction_interval", out.tombstone_compaction_interval_seconds);
  read_option(options, "unchecked_tombstone_compaction", out.unchecked_tombstone_compaction);
  read_option(options, "only_purge_repaired_tombstones", out.only_purge_repaired_tombstones);
  read_option(options, "expired_sstable_check_frequency_seconds", out.expired_check_seconds);
  // Elsewhere the option is taken and does nothing.
  if (strategy_name(options) == "TimeWindowCompactionStrategy") {
    read_option(options, "unsafe_aggressive_sstable_expiration", out.ignore_overlaps_of_expired);
  }
  // A threshold of 0 or 1 would compact one table with itself for ever.
  out.min_threshold = std::max(out.min_threshold, 2u);
  out.max_threshold = std::max(out.max_threshold, out.min_threshold);
  return out;
}

std::string_view strategy_name(const CompactionOptions& options) {
  const std::string* name = find(options, "class");
  if (name == nullptr) return {};
  const std::string_view full = *name;
  return full.substr(full.rfind('.') + 1);
}

}  // namespace ceto
