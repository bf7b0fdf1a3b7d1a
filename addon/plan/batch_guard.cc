#include "plan/batch_guard.h"

#include <algorithm>

#include "plan/identifier_text.h"
#include "plan/update_builder.h"

namespace ceto {

namespace {

// What Cassandra counts beside keys and values: a timestamp and a local deletion time, with a ttl
// for cells; rows add their liveness and whether their deletion shadows.
constexpr uint64_t kDeletionBytes = 12;
constexpr uint64_t kCellBytes = 16;
constexpr uint64_t kLivenessBytes = 8;
constexpr uint64_t kExpiryBytes = 8;
constexpr uint64_t kRowBytes = kLivenessBytes + kDeletionBytes + 1;
// Once for each partition of a table: its deletion and its static row, there or not.
constexpr uint64_t kPartitionBytes = kDeletionBytes + kRowBytes;

uint64_t bytes_of(Clustering clustering) {
  uint64_t size = 0;
  for (const Bytes& component : clustering) size += component.size();
  return size;
}

uint64_t cells_bytes(const Row& row) {
  uint64_t size = row.complex.size() * kDeletionBytes;
  for (const Cell& cell : row.cells) size += kCellBytes + cell.value.size() + cell.path.size();
  return size;
}

struct Partition {
  const TableSchema* table;
  Token token;
  Bytes key;

  static bool before(const Partition& a, const Partition& b) {
    if (a.table->id != b.table->id) return a.table->id < b.table->id;
    if (a.token != b.token) return a.token < b.token;
    return compare(a.key, b.key) < 0;
  }
};

uint64_t data_bytes(const BoundStatement& bound, PlanServices& services) {
  ScratchArena arena(services);
  UpdateBuilder builder(services, *arena, bound.now_seconds());
  std::vector<Partition> partitions;
  uint64_t size = 0;
  for (const BoundModification& modification : bound.modifications()) {
    for (const Target& target : modification.targets) {
      partitions.push_back({modification.statement->table.get(), target.token, target.key});
      // What depends on the rows as they are is not known before they are read.
      if (modification.statement->reads_first || modification.statement->counter) continue;
      const UpdateBuilder::Times times{modification.timestamp, modification.timestamp};
      (void)builder.add(modification, target, times, nullptr);
    }
  }
  for (const PartitionUpdate& update : builder.updates()) size += counted_bytes(update);
  std::sort(partitions.begin(), partitions.end(), Partition::before);
  const auto end =
      std::unique(partitions.begin(), partitions.end(), [](const Partition& a, const Partition& b) {
        return !Partition::before(a, b) && !Partition::before(b, a);
      });
  return size + static_cast<uint64_t>(end - partitions.begin()) * kPartitionBytes;
}

// In the order in which Java's HashSet of up to twelve strings gives them, as Cassandra prints it.
uint32_t java_bucket(const std::string& text) {
  uint32_t hash = 0;
  for (const char c : text) hash = hash * 31 + static_cast<unsigned char>(c);
  return (hash ^ (hash >> 16)) & 15;
}

std::string table_names(const BoundStatement& bound, size_t& count) {
  std::vector<std::string> names;
  for (const BoundModification& modification : bound.modifications()) {
    std::string name = table_text(*modification.statement->table);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return java_bucket(a) < java_bucket(b);
  });
  count = names.size();
  std::string list = "[";
  for (size_t i = 0; i < names.size(); ++i) list += (i > 0 ? ", " : "") + names[i];
  return list + "]";
}

}  // namespace

uint64_t counted_bytes(const PartitionUpdate& update) {
  uint64_t size = 0;
  if (update.static_row) size += cells_bytes(*update.static_row);
  for (const Row& row : update.rows) {
    size += bytes_of(row.clustering) + kRowBytes + cells_bytes(row);
    if (row.liveness.ttl != kNoTtl) size += kExpiryBytes;
  }
  for (const RangeTombstone& range : update.range_tombstones) {
    size += bytes_of(range.slice.start.prefix) + bytes_of(range.slice.end.prefix) + kDeletionBytes;
  }
  // The length of a list of ranges.
  if (!update.range_tombstones.empty()) size += 4;
  return size;
}

Status check_batch(const BoundStatement& bound, const BatchLimits& limits, PlanServices& services,
                   std::vector<std::string>& warnings) {
  CETO_ASSERT(bound.is_batch());
  const size_t partitions = bound.targets().size();
  if (partitions <= 1 || bound.conditional()) return {};
  size_t tables = 0;
  const uint64_t size = data_bytes(bound, services);
  if (size > limits.warn_bytes) {
    if (size > limits.fail_bytes) return invalid_request("Batch too large");
    warnings.push_back("Batch for " + table_names(bound, tables) + " is of size " +
                       std::to_string(size) + ", exceeding specified threshold of " +
                       std::to_string(limits.warn_bytes) + " by " +
                       std::to_string(size - limits.warn_bytes) + ".");
  }
  if (bound.batch_type() != BatchInfo::Type::kLogged && partitions > limits.warn_partitions) {
    const std::string names = table_names(bound, tables);
    warnings.push_back("Unlogged batch covering " + std::to_string(partitions) +
                       " partitions detected against table" + (tables == 1 ? "" : "s") + " " +
                       names +
                       ". You should use a logged batch for atomicity, or asynchronous writes for "
                       "performance.");
  }
  return {};
}

}  // namespace ceto
