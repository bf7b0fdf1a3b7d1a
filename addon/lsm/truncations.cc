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
  if (!content) {
    // The folder of a shard that is no more: another shard has just removed it.
    const auto still_there = io_.exists(directory_ + kName);
    if (still_there && !still_there.value()) return {};
    return content.error();
  }
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
    entry.shard_count = in.u32();
    if (entry.shard_count == 0) return damaged;
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
    out.u32(entry.shard_count);
    out.u32(static_cast<uint32_t>(entry.generations.size()));
    for (const uint64_t generation : entry.generations) out.u64(generation);
  }
  out.u32(crc32c(Bytes(content)));
  const std::string path = directory_ + kName;
  CETO_TRY(io_.write_file(path + ".tmp", content, true));
  CETO_TRY(io_.rename(path + ".tmp", path));
  CETO_TRY(io_.sync_directory(directory_));
  changed_ = false;
  return {};
}

Status Truncations::put(const TableId& table, Truncation truncation) {
  std::map<TableId, Truncation> before = entries_;
  entries_[table] = std::move(truncation);
  Status saved = save();
  // What was refused must not get to disk with the next one.
  if (!saved) entries_ = std::move(before);
  return saved;
}

void Truncations::forget_generations() {
  for (auto& [table, entry] : entries_) {
    changed_ |= !entry.generations.empty();
    entry.generations.clear();
  }
}

Status Truncations::prune(uint64_t oldest_position) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    const bool old = at->second.position < oldest_position && at->second.generations.empty();
    changed_ |= old;
    at = old ? entries_.erase(at) : std::next(at);
  }
  return changed_ ? save() : Status{};
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
