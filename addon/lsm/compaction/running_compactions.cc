#include "lsm/compaction/running_compactions.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace ceto {

namespace {

struct KindNames {
  CompactionKind kind;
  std::string_view operation, display;
};
constexpr std::array<KindNames, kCompactionKinds> kNames = {{
    {CompactionKind::kCompaction, "COMPACTION", "Compaction"},
    {CompactionKind::kMajorCompaction, "MAJOR_COMPACTION", "Major compaction"},
    {CompactionKind::kTombstoneCompaction, "TOMBSTONE_COMPACTION", "Tombstone Compaction"},
    {CompactionKind::kCleanup, "CLEANUP", "Cleanup"},
    {CompactionKind::kScrub, "SCRUB", "Scrub"},
    {CompactionKind::kUpgradeSSTables, "UPGRADE_SSTABLES", "Upgrade sstables"},
    {CompactionKind::kVerify, "VERIFY", "Verify"},
    {CompactionKind::kGarbageCollect, "GARBAGE_COLLECT", "Remove deleted data"},
    {CompactionKind::kRelocate, "RELOCATE", "Relocate sstables to correct disk"},
}};

const KindNames& names_of(CompactionKind kind) {
  const KindNames& found = kNames[static_cast<size_t>(kind)];
  CETO_ASSERT(found.kind == kind);
  return found;
}

uint64_t random_of(const std::array<uint8_t, 16>& node_id) {
  uint64_t words[2];
  std::memcpy(words, node_id.data(), sizeof words);
  return words[0] ^ words[1];
}

}  // namespace

std::string_view operation_name(CompactionKind kind) { return names_of(kind).operation; }
std::string_view display_name(CompactionKind kind) { return names_of(kind).display; }

std::optional<CompactionKind> compaction_kind_of(std::string_view operation_name) {
  for (const KindNames& each : kNames) {
    if (each.operation == operation_name) return each.kind;
  }
  return std::nullopt;
}

RunningCompactions::RunningCompactions(const std::array<uint8_t, 16>& node_id, uint32_t shard)
    : ids_(random_of(node_id), static_cast<uint16_t>(shard)) {}

RunningCompactions::Entry::Entry(RunningCompactions& list, Clock& clock, CompactionProgress about)
    : list_(list), about_(std::move(about)) {
  about_.id = list.next_id(clock);
  list.entries_.push_back(this);
}

RunningCompactions::Entry::~Entry() {
  const size_t gone = std::erase(list_.entries_, this);
  CETO_ASSERT(gone == 1);
}

void RunningCompactions::Entry::unfollow() {
  about_.bytes_done = progress().bytes_done;
  source_ = nullptr;
}

CompactionProgress RunningCompactions::Entry::progress() const {
  CompactionProgress now = about_;
  if (source_) now.bytes_done += source_->bytes_done();
  now.bytes_done = std::min(now.bytes_done, now.bytes_total);
  return now;
}

std::vector<CompactionProgress> RunningCompactions::progress() const {
  std::vector<CompactionProgress> out;
  for (const Entry* entry : entries_) out.push_back(entry->progress());
  return out;
}

void RunningCompactions::stop(std::optional<CompactionKind> kind, const TableId* table) {
  for (Entry* entry : entries_) {
    const bool meant = (!kind || entry->about().kind == *kind) &&
                       (table == nullptr || entry->about().table_id == *table);
    if (meant) entry->stop();
  }
}

bool RunningCompactions::stop(const Uuid& id) {
  for (Entry* entry : entries_) {
    if (entry->about().id != id) continue;
    entry->stop();
    return true;
  }
  return false;
}

void RunningCompactions::record(CompactionRecord record) {
  if (records_.size() == kMaxRecords) records_.pop_front();
  records_.push_back(std::move(record));
}

std::vector<CompactionRecord> RunningCompactions::take_records() {
  std::vector<CompactionRecord> out(std::make_move_iterator(records_.begin()),
                                    std::make_move_iterator(records_.end()));
  records_.clear();
  return out;
}

}  // namespace ceto
