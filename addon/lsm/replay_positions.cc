#include "lsm/replay_positions.h"

#include <algorithm>
#include <cstring>

#include "base/byte_io.h"
#include "lsm/crc32c.h"

namespace ceto {

namespace {

constexpr std::string_view kName = "/replay-positions";
constexpr std::string_view kMagic = "CETORPS1";
constexpr std::string_view kEarlierName = "/truncations";

}  // namespace

std::string ReplayPositions::encode(const Entries& entries) {
  std::string content;
  ByteWriter out(content);
  out.bytes(Bytes(kMagic));
  for (const auto& [table, entry] : entries) {
    out.bytes({table.data(), table.size()});
    out.u64(entry.truncated);
    out.u64(entry.flushed);
    out.u32(entry.shard_count);
    out.u32(static_cast<uint32_t>(entry.generations.size()));
    for (const uint64_t generation : entry.generations) out.u64(generation);
  }
  out.u32(crc32c(Bytes(content)));
  return content;
}

std::optional<ReplayPositions::Entries> ReplayPositions::parse(Bytes content) {
  if (content.size() < kMagic.size() + 4) return std::nullopt;
  const Bytes body = content.sub(0, content.size() - 4);
  if (load_be<uint32_t>(body.end()) != crc32c(body)) return std::nullopt;
  ByteReader in(body);
  if (in.bytes(kMagic.size()) != Bytes(kMagic)) return std::nullopt;
  Entries entries;
  while (!in.at_end()) {
    TableId table{};
    const Bytes id = in.bytes(table.size());
    if (in.failed()) return std::nullopt;
    std::memcpy(table.data(), id.data(), table.size());
    ReplayPosition& entry = entries[table];
    entry.truncated = in.u64();
    entry.flushed = in.u64();
    entry.shard_count = in.u32();
    if (entry.shard_count == 0) return std::nullopt;
    const uint32_t count = in.u32();
    for (uint32_t i = 0; i < count && !in.failed(); ++i) entry.generations.push_back(in.u64());
    if (in.failed()) return std::nullopt;
  }
  return entries;
}

Status ReplayPositions::load() {
  entries_.clear();
  const std::string path = directory_ + std::string(kName);
  const std::string earlier = directory_ + std::string(kEarlierName);
  const auto has_earlier = io_.exists(earlier);
  if (!has_earlier) return has_earlier.error();
  if (has_earlier.value()) {
    return corrupt(earlier +
                   " is of an earlier format: drain the node with the build that wrote it, then "
                   "remove the file");
  }
  const auto there = io_.exists(path);
  if (!there) return there.error();
  if (!there.value()) return {};
  const auto content = io_.read_file(path);
  if (!content) {
    // The folder of a shard that is no more: another shard has just removed it.
    const auto still_there = io_.exists(path);
    if (still_there && !still_there.value()) return {};
    return content.error();
  }
  auto entries = parse(Bytes(content.value()));
  if (!entries) return corrupt(path + " does not check");
  entries_ = std::move(*entries);
  return {};
}

Status ReplayPositions::write(const std::string& content) const {
  const std::string path = directory_ + std::string(kName);
  CETO_TRY(io_.write_file(path + ".tmp", content, true));
  // What was pruned speaks of segments that must not come back.
  CETO_TRY(io_.sync_directory(directory_));
  CETO_TRY(io_.rename(path + ".tmp", path));
  return io_.sync_directory(directory_);
}

Task<Status> ReplayPositions::settle() {
  const uint64_t wanted = version_;
  const AsyncMutex::Lock lock = co_await saving_.lock();
  if (saved_ >= wanted) co_return Status{};
  const uint64_t version = version_;
  const std::string content = encode(entries_);
  Task<Status> writing = io_.aside([this, &content] { return write(content); });
  CETO_CO_TRY(co_await std::move(writing));
  saved_ = version;
  co_return Status{};
}

Task<Status> ReplayPositions::truncate(TableId table, CommitPosition position, uint32_t shard_count,
                                       std::vector<uint64_t> generations) {
  ReplayPosition& entry = entries_[table];
  const ReplayPosition before = entry;
  entry.truncated = position;
  entry.shard_count = shard_count;
  entry.generations = std::move(generations);
  ++version_;
  Status saved = co_await settle();
  if (saved) co_return saved;
  entries_[table] = before;
  undone_ = ++version_;
  co_return saved;
}

void ReplayPositions::flushed(const TableId& table, CommitPosition position) {
  ReplayPosition& entry = entries_[table];
  if (position <= entry.flushed) return;
  entry.flushed = position;
  ++version_;
}

void ReplayPositions::forget_generations() {
  for (auto& [table, entry] : entries_) {
    if (entry.generations.empty()) continue;
    entry.generations.clear();
    ++version_;
  }
}

void ReplayPositions::prune(CommitPosition oldest) {
  std::erase_if(entries_, [&](const auto& each) {
    const ReplayPosition& entry = each.second;
    return std::max(entry.truncated, entry.flushed) < oldest && entry.generations.empty();
  });
}

CommitPosition ReplayPositions::last_position() const {
  CommitPosition last = 0;
  for (const auto& [table, entry] : entries_) {
    last = std::max({last, entry.truncated, entry.flushed});
  }
  return last;
}

const ReplayPosition* ReplayPositions::find(const TableId& table) const {
  const auto found = entries_.find(table);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace ceto
