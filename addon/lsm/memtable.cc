#include "lsm/memtable.h"

#include <algorithm>

#include "lsm/clustering_prefix.h"

namespace ceto {

namespace {

// Copies bytes behind each other into memory that was sized before.
class Packer {
 public:
  explicit Packer(uint8_t* to) : to_(to) {}
  Bytes pack(Bytes value) {
    // A null component stays null: see Clustering.
    if (value.data() == nullptr) return value;
    uint8_t* const at = to_;
    std::memcpy(at, value.data(), value.size());
    to_ += value.size();
    return {at, value.size()};
  }

 private:
  uint8_t* to_;
};

size_t bytes_of(Clustering clustering) {
  size_t size = 0;
  for (const Bytes& component : clustering) size += component.size();
  return size;
}

// The row's own structures in one allocation, its bytes behind them. Cells whose origin in
// `origins` is 0 refer to this arena already and keep their bytes; likewise the clustering of a new
// version.
struct RowLayout {
  size_t clusterings, cells, complex, values;
  size_t structures() const {
    return sizeof(Row) + clusterings * sizeof(Bytes) + cells * sizeof(Cell) +
           complex * sizeof(ComplexDeletion);
  }
};

struct RowPlaces {
  Row* row;
  Bytes* clustering;
  Cell* cells;
  ComplexDeletion* complex;
  Packer packer;
};

RowPlaces allocate_row(const RowLayout& layout, Arena& arena) {
  static_assert(sizeof(Row) % 8 == 0 && sizeof(Cell) % 8 == 0 && sizeof(ComplexDeletion) % 8 == 0);
  uint8_t* at =
      static_cast<uint8_t*>(arena.allocate(layout.structures() + layout.values, alignof(Row)));
  Row* row = new (at) Row;
  at += sizeof(Row);
  Bytes* clustering = reinterpret_cast<Bytes*>(at);
  at += layout.clusterings * sizeof(Bytes);
  Cell* cells = reinterpret_cast<Cell*>(at);
  at += layout.cells * sizeof(Cell);
  ComplexDeletion* complex = reinterpret_cast<ComplexDeletion*>(at);
  at += layout.complex * sizeof(ComplexDeletion);
  return {row, clustering, cells, complex, Packer(at)};
}

void copy_head(const Row& from, RowPlaces& to) {
  to.row->liveness = from.liveness;
  to.row->deletion = from.deletion;
  to.row->cells = {to.cells, from.cells.size()};
  to.row->complex = {to.complex, from.complex.size()};
  std::copy(from.complex.begin(), from.complex.end(), to.complex);
}

void copy_cell(const Cell& from, Cell* to, Packer& packer) {
  Cell* cell = new (to) Cell(from);
  cell->value = packer.pack(from.value);
  cell->path = packer.pack(from.path);
}

}  // namespace

const Row* copy_row(const Row& row, Arena& arena) {
  RowLayout layout{row.clustering.size(), row.cells.size(), row.complex.size(),
                   bytes_of(row.clustering)};
  for (const Cell& cell : row.cells) layout.values += cell.value.size() + cell.path.size();
  RowPlaces to = allocate_row(layout, arena);
  copy_head(row, to);
  for (size_t i = 0; i < row.clustering.size(); ++i) {
    new (to.clustering + i) Bytes(to.packer.pack(row.clustering[i]));
  }
  to.row->clustering = {to.clustering, row.clustering.size()};
  for (size_t i = 0; i < row.cells.size(); ++i) copy_cell(row.cells[i], to.cells + i, to.packer);
  return to.row;
}

Bound copy_bound(const Bound& bound, Arena& arena) {
  if (bound.prefix.empty()) return bound;
  const std::span<Bytes> prefix = arena.make_array<Bytes>(bound.prefix.size());
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (bound.prefix[i].data() != nullptr) prefix[i] = arena.copy(bound.prefix[i]);
  }
  return {prefix, bound.after};
}

namespace {

// One merger serves all memtables of a thread: its results are copied before the next merge.
RowMerger& write_merger() {
  thread_local RowMerger merger;
  return merger;
}

// Copies a merge of (existing, update): what comes from `existing` is in the arena already.
const Row* copy_merged(const Row& merged, std::span<const uint16_t> origins, const Row& existing,
                       Arena& arena) {
  RowLayout layout{0, merged.cells.size(), merged.complex.size(), 0};
  for (size_t i = 0; i < merged.cells.size(); ++i) {
    if (origins[i] != 0)
      layout.values += merged.cells[i].value.size() + merged.cells[i].path.size();
  }
  RowPlaces to = allocate_row(layout, arena);
  copy_head(merged, to);
  to.row->clustering = existing.clustering;
  for (size_t i = 0; i < merged.cells.size(); ++i) {
    if (origins[i] == 0) {
      new (to.cells + i) Cell(merged.cells[i]);
    } else {
      copy_cell(merged.cells[i], to.cells + i, to.packer);
    }
  }
  return to.row;
}

auto before_partition(Token token, Bytes key) {
  return [token, key](const PartitionTree::Slot& slot) {
    if (slot.prefix != token.value) return slot.prefix < token.value;
    return compare(slot.item->key, key) < 0;
  };
}

}  // namespace

Memtable::~Memtable() {
  for (RangeTombstoneList* list : tombstone_lists_) delete list;
}

bool Memtable::free_some() {
  constexpr size_t kListsAtOnce = 1024;
  for (size_t i = 0; i < kListsAtOnce && !tombstone_lists_.empty(); ++i) {
    tombstone_bytes_ -= sizeof(RangeTombstoneList) + tombstone_lists_.back()->heap_bytes();
    delete tombstone_lists_.back();
    tombstone_lists_.pop_back();
  }
  return arena_.free_blocks(1) > 0 || !tombstone_lists_.empty();
}

MemtableReclaimer& MemtableReclaimer::local() {
  thread_local MemtableReclaimer reclaimer;
  return reclaimer;
}

MemtableReclaimer::~MemtableReclaimer() {
  for (Memtable* memtable : waiting_) delete memtable;
}

void MemtableReclaimer::take(Memtable* memtable) {
  constexpr size_t kFreedAtOnce = 2 * Arena::kMaxBlockBytes;
  if (memtable->bytes() <= kFreedAtOnce) {
    delete memtable;
    return;
  }
  bytes_ += memtable->bytes();
  waiting_.push_back(memtable);
}

bool MemtableReclaimer::reclaim() {
  if (waiting_.empty()) return false;
  Memtable* const memtable = waiting_.back();
  bytes_ -= memtable->bytes();
  if (memtable->free_some()) {
    bytes_ += memtable->bytes();
    return true;
  }
  delete memtable;
  waiting_.pop_back();
  return !waiting_.empty();
}

const MemtablePartition* Memtable::find(Token token, Bytes key) const {
  const auto at = partitions_.seek(before_partition(token, key));
  if (!at.valid() || at.slot().prefix != token.value || at.slot().item->key != key) return nullptr;
  return at.slot().item;
}

MemtablePartition& Memtable::partition(const PartitionUpdate& update) {
  const auto place = partitions_.locate(before_partition(update.token, update.key));
  const auto at = partitions_.cursor(place);
  if (at.valid() && at.slot().prefix == update.token.value && at.slot().item->key == update.key) {
    return *at.slot().item;
  }
  MemtablePartition* made = arena_.make<MemtablePartition>();
  made->token = update.token;
  made->key = arena_.copy(update.key);
  partitions_.insert(arena_, place, {update.token.value, made});
  return *made;
}

void Memtable::apply(const TableSchema& schema, const PartitionUpdate& update,
                     CommitPosition position) {
  ++writes_;
  if (position != 0) first_position_ = std::min(first_position_, position);
  last_position_ = std::max(last_position_, position);
  MemtablePartition& to = partition(update);
  if (update.deletion.supersedes(to.deletion)) {
    to.deletion = update.deletion;
    count(update.deletion);
  }
  if (update.static_row) {
    count(*update.static_row);
    to.static_row = merged_row(schema, to.static_row, *update.static_row);
  }
  for (const Row& row : update.rows) add_row(schema, to, row);
  for (const RangeTombstone& tombstone : update.range_tombstones) {
    add_range_tombstone(schema, to, tombstone);
  }
}

void Memtable::count_times(int64_t timestamp, uint32_t ttl, uint32_t local_deletion_time) {
  min_timestamp_ = std::min(min_timestamp_, timestamp);
  min_local_deletion_time_ = std::min(min_local_deletion_time_, local_deletion_time);
  if (ttl != kNoTtl) min_ttl_ = std::min(min_ttl_, ttl);
}

void Memtable::count(const DeletionTime& deletion) {
  if (!deletion.live()) {
    count_times(deletion.marked_for_delete_at, kNoTtl, deletion.local_deletion_time);
  }
}

void Memtable::count(const Row& row) {
  cells_ += row.cells.size();
  if (!row.liveness.empty()) {
    count_times(row.liveness.timestamp, row.liveness.ttl, row.liveness.local_deletion_time);
  }
  count(row.deletion);
  for (const Cell& cell : row.cells) {
    count_times(cell.timestamp, cell.ttl, cell.local_deletion_time);
  }
  for (const ComplexDeletion& complex : row.complex) count(complex.deletion);
}

const Row* Memtable::normalized_copy(const TableSchema& schema, const Row& row) {
  // Without deletions of its own a row is in its normal form: nothing in it shadows anything.
  if (row.deletion.live() && row.complex.empty()) return copy_row(row, arena_);
  const Row* const rows[] = {&row};
  return copy_row(write_merger().merge(schema, rows, {}), arena_);
}

const Row* Memtable::merged_row(const TableSchema& schema, const Row* existing, const Row& update) {
  if (existing == nullptr) return normalized_copy(schema, update);
  const Row* const rows[] = {existing, &update};
  RowMerger& merger = write_merger();
  const Row merged = merger.merge(schema, rows, {});
  return copy_merged(merged, merger.origins(), *existing, arena_);
}

void Memtable::add_row(const TableSchema& schema, MemtablePartition& partition, const Row& row) {
  CETO_ASSERT(row.clustering.size() == schema.clustering.size());
  count(row);
  const bool only_one_possible = schema.clustering.empty();
  if (partition.rows == nullptr) {
    if (partition.only_row == nullptr) {
      partition.only_row = normalized_copy(schema, row);
      return;
    }
    if (only_one_possible ||
        compare_clustering(schema, partition.only_row->clustering, row.clustering) == 0) {
      partition.only_row = merged_row(schema, partition.only_row, row);
      return;
    }
    static_assert(std::is_trivially_destructible_v<RowTree>);
    partition.rows = new (arena_.allocate(sizeof(RowTree), alignof(RowTree))) RowTree;
    const auto first = partition.rows->locate([](const RowTree::Slot&) { return false; });
    partition.rows->insert(
        arena_, first,
        {clustering_prefix(schema, partition.only_row->clustering), partition.only_row});
    partition.only_row = nullptr;
  }
  const int64_t prefix = clustering_prefix(schema, row.clustering);
  const auto place = partition.rows->locate([&](const RowTree::Slot& slot) {
    if (slot.prefix != prefix) return slot.prefix < prefix;
    return compare_clustering(schema, slot.item->clustering, row.clustering) < 0;
  });
  const auto at = partition.rows->cursor(place);
  if (at.valid() && at.slot().prefix == prefix &&
      compare_clustering(schema, at.slot().item->clustering, row.clustering) == 0) {
    at.slot().item = merged_row(schema, at.slot().item, row);
    return;
  }
  partition.rows->insert(arena_, place, {prefix, normalized_copy(schema, row)});
}

void Memtable::add_range_tombstone(const TableSchema& schema, MemtablePartition& partition,
                                   const RangeTombstone& tombstone) {
  count(tombstone.deletion);
  if (partition.range_tombstones == nullptr) {
    partition.range_tombstones = new RangeTombstoneList;
    tombstone_lists_.push_back(partition.range_tombstones);
    tombstone_bytes_ += sizeof(RangeTombstoneList);
  }
  RangeTombstoneList& list = *partition.range_tombstones;
  tombstone_bytes_ -= list.heap_bytes();
  list.add(schema,
           {{copy_bound(tombstone.slice.start, arena_), copy_bound(tombstone.slice.end, arena_)},
            tombstone.deletion});
  tombstone_bytes_ += list.heap_bytes();
}

}  // namespace ceto
