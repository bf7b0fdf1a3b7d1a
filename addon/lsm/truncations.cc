#include "lsm/truncations.h"

#include <algorithm>
#include <cstring>

#include "base/byte_io.h"
#include "lsm/crc32c.h"

namespace ceto {

namespace {
constexpr const char* kName = "/truncations";
}

Status Truncations::load() {
  entries_.clear();
  const auto there = io_.exists(directory_ + kName);
  if (!there) return there.error();
  if (!there.value()) return {};
  const auto content = io_.read_file(directory_ + kName);
  if (!content) return content.error();
  const Bytes all(content.value());
  const Error damaged = corrupt(directory_ + kName + " does not check");
  if (all.size() < 4) return damaged;
  const Bytes body = all.sub(0, all.size() - 4);
  if (load_be<uint32_t>(body.end()) != crc32c(body)) return damaged;
  ByteReader in(body);
  while (!in.at_end()) {
    TableId table{};
    const Bytes id = in.bytes(table.size());
    if (in.failed()) return damaged;
    std::memcpy(table.data(), id.data(), table.size());
    Truncation& entry = entries_[table];
    entry.position = in.u64();
    const uint32_t count = in.u32();
    for (uint32_t i = 0; i < count && !in.failed(); ++i) entry.generations.push_back(in.u64());
    if (in.failed()) return damaged;
  }
  return {};
}

Status Truncations::save() {
  std::string content;
  ByteWriter out(content);
  for (const auto& [table, entry] : entries_) {
    out.bytes({table.data(), table.size()});
    out.u64(entry.position);
    out.u32(static_cast<uint32_t>(entry.generations.size()));
    for (const uint64_t generation : entry.generations) out.u64(generation);
  }
  out.u32(crc32c(Bytes(content)));
  const std::string path = directory_ + kName;
  CETO_TRY(io_.write_file(path + ".tmp", content, true));
  CETO_TRY(io_.rename(path + ".tmp", path));
  return io_.sync_directory(directory_);
}

Status Truncations::put(const TableId& table, Truncation truncation) {
  entries_[table] = std::move(truncation);
  return save();
}

Status Truncations::prune(uint64_t oldest_position) {
  bool changed = false;
  for (auto at = entries_.begin(); at != entries_.end();) {
    changed |= !at->second.generations.empty() || at->second.position < oldest_position;
    at->second.generations.clear();
    at = at->second.position < oldest_position ? entries_.erase(at) : std::next(at);
  }
  return changed ? save() : Status{};
}

uint64_t Truncations::last_position() const {
  uint64_t last = 0;
  for (const auto& [table, entry] : entries_) last = std::max(last, entry.position);
  return last;
}

const Truncation* Truncations::find(const TableId& table) const {
  const auto found = entries_.find(table);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace ceto
