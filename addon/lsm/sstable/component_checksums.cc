#include "lsm/sstable/component_checksums.h"

#include <charconv>

#include "lsm/crc32.h"

namespace ceto {

namespace {

constexpr std::string_view kIndexChunks = "Index.db.chunks";

std::optional<uint32_t> parse_u32(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Up to `separator`, which is taken away too.
std::string_view take(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

}  // namespace

uint32_t ComponentChecksums::crc_of(Bytes bytes, uint32_t start) { return crc32_of(bytes, start); }

void ComponentChecksums::add(std::string_view component, uint32_t crc) {
  components_[std::string(component)] = crc;
}

std::string ComponentChecksums::serialize(uint32_t data_digest) const {
  std::string out = std::to_string(data_digest) + '\n';
  for (const auto& [component, crc] : components_) {
    out += component + ' ' + std::to_string(crc) + '\n';
  }
  out += kIndexChunks;
  for (const uint32_t crc : index_chunks_) out += ' ' + std::to_string(crc);
  out += '\n';
  // The lines above are themselves covered.
  out += "Digest.crc32 " + std::to_string(crc_of(Bytes(out))) + '\n';
  return out;
}

Result<ComponentChecksums> ComponentChecksums::deserialize(Bytes content, const std::string& path) {
  ComponentChecksums checksums;
  std::string_view text = content.text();
  checksums.data_digest_ = parse_u32(take(text, '\n'));
  if (!checksums.data_digest_) return corrupt(path + ": no checksum of the data at offset 0");
  bool closed = text.empty();
  while (!text.empty()) {
    const size_t at = content.size() - text.size();
    std::string_view line = take(text, '\n');
    const std::string_view name = take(line, ' ');
    if (name == kIndexChunks) {
      while (!line.empty()) {
        const auto crc = parse_u32(take(line, ' '));
        if (!crc) return corrupt(path + ": bad checksum at offset " + std::to_string(at));
        checksums.index_chunks_.push_back(*crc);
      }
      continue;
    }
    const auto crc = parse_u32(line);
    if (!crc) return corrupt(path + ": bad checksum at offset " + std::to_string(at));
    if (name == "Digest.crc32") {
      closed = text.empty() && *crc == crc_of(content.sub(0, at));
    } else {
      checksums.components_[std::string(name)] = *crc;
    }
  }
  if (!closed) return corrupt(path + ": the checksums do not check, at offset 0");
  return checksums;
}

Status ComponentChecksums::check(std::string_view component, uint32_t crc, uint64_t size,
                                 const std::string& path) const {
  const auto at = components_.find(component);
  if (at == components_.end() || at->second == crc) return {};
  return corrupt(path + ": bad checksum of the file's " + std::to_string(size) +
                 " bytes from offset 0");
}

}  // namespace ceto
