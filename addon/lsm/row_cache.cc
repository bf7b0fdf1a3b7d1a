#include "lsm/row_cache.h"

#include <algorithm>
#include <bit>

namespace ceto {

namespace {

// An upper bound of what a memtable with this partition takes of its arena, so that it gets one
// block of the right size.
size_t arena_bytes(const PartitionUpdate& update) {
  constexpr size_t kPartitionBytes = sizeof(MemtablePartition) + sizeof(RowTree) + 128;
  constexpr size_t kRowAlignment = alignof(Row);
  // Of a tree: leaves of 64 slots, up to twice as many while they split, and the first small ones.
  constexpr size_t kFirstLeafBytes = 128, kSmallLeavesBytes = 2048, kSlotBytes = 40;
  constexpr size_t kFirstLeafRows = 4;
  const auto size_of = [](const Row& row) {
    size_t size = sizeof(Row) + kRowAlignment + row.clustering.size_bytes() +
                  row.cells.size_bytes() + row.complex.size_bytes();
    for (const Bytes& value : row.clustering) size += value.size();
    for (const Cell& cell : row.cells) size += cell.value.size() + cell.path.size();
    return size;
  };
  size_t size = kPartitionBytes + update.key.size();
  if (update.static_row) size += size_of(*update.static_row);
  for (const Row& row : update.rows) size += size_of(row);
  if (update.rows.size() > 1) size += kFirstLeafBytes;
  if (update.rows.size() > kFirstLeafRows) {
    size += kSmallLeavesBytes + update.rows.size() * kSlotBytes;
  }
  for (const RangeTombstone& range : update.range_tombstones) {
    for (const Bound* bound : {&range.slice.start, &range.slice.end}) {
      size += bound->prefix.size_bytes() + kRowAlignment;
      for (const Bytes& value : bound->prefix) size += value.size();
    }
  }
  return size;
}

}  // namespace

RowCache::RowCache(MemoryBudget& budget, uint64_t max_bytes)
    : budget_(budget), max_bytes_(max_bytes) {
  const uint64_t largest = max_bytes == kAutomatic ? budget.total_bytes() / kAutomaticDivisor
                                                   : std::min(max_bytes, budget.total_bytes());
  const uint64_t wanted = enabled() ? std::bit_ceil(largest / kBytesPerBucket) : kMinBuckets;
  const size_t buckets = std::clamp<uint64_t>(wanted, kMinBuckets, kMaxBuckets);
  buckets_.resize(buckets);
  seen_.resize(buckets);
  budget_.take(MemoryUse::kRowCache, table_bytes());
}

RowCache::~RowCache() {
  while (oldest_ != nullptr) erase(oldest_);
  budget_.give_back(MemoryUse::kRowCache, table_bytes());
}

uint64_t RowCache::limit_bytes() const {
  const uint64_t room = budget_.cache_room_bytes();
  return max_bytes_ == kAutomatic ? room / kAutomaticDivisor : std::min(max_bytes_, room);
}

uint64_t RowCache::max_entry_bytes() const {
  return std::min(limit_bytes() / kMaxEntryDivisor, kMaxEntryBytes);
}

RowCache::Entry* RowCache::find(TableNumber table, Token token, Bytes key) {
  Entry* entry = buckets_[bucket(hash(table, token))];
  while (entry != nullptr && (entry->table != table || entry->partition->token != token ||
                              entry->partition->key != key)) {
    entry = entry->chain;
  }
  return entry;
}

void RowCache::erase(Entry* entry) {
  Entry** at = &buckets_[bucket(hash(entry->table, entry->partition->token))];
  while (*at != entry) at = &(*at)->chain;
  *at = entry->chain;
  if (hand_ == entry) hand_ = entry->newer;
  (entry->older != nullptr ? entry->older->newer : oldest_) = entry->newer;
  (entry->newer != nullptr ? entry->newer->older : newest_) = entry->older;
  size_bytes_ -= entry->charge;
  budget_.give_back(MemoryUse::kRowCache, entry->charge);
  --entries_;
  delete entry;
}

bool RowCache::seen_before(TableNumber table, Token token) {
  const uint64_t hashed = hash(table, token);
  uint32_t& seen = seen_[bucket(hashed)];
  if (seen == fingerprint(hashed)) return true;
  seen = fingerprint(hashed);
  return false;
}

bool RowCache::known_large(TableNumber table, Token token) const {
  const uint64_t hashed = large_hash(table, token);
  return seen_[bucket(hashed)] == fingerprint(hashed);
}

void RowCache::note_large(TableNumber table, Token token) {
  const uint64_t hashed = large_hash(table, token);
  seen_[bucket(hashed)] = fingerprint(hashed);
}

void RowCache::insert(TableNumber table, uint64_t epoch, const TableSchema& schema,
                      const PartitionUpdate& update) {
  if (Entry* there = find(table, update.token, update.key)) erase(there);
  // What the heap keeps for itself beside the entry, the memtable, its block and its list of
  // blocks.
  constexpr uint64_t kHeapBytes = 4 * 16 + 32;
  auto* entry = new Entry;
  entry->table = table;
  entry->epoch = epoch;
  entry->content = MemtableRef(new Memtable(arena_bytes(update)));
  entry->content->apply(schema, update, 0);
  entry->partition = entry->content->find(update.token, update.key);
  CETO_ASSERT(entry->partition != nullptr);
  entry->charge = sizeof(Entry) + sizeof(Memtable) + entry->content->bytes() + kHeapBytes;
  Entry*& head = buckets_[bucket(hash(table, update.token))];
  entry->chain = head;
  head = entry;
  entry->older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = entry;
  newest_ = entry;
  size_bytes_ += entry->charge;
  budget_.take(MemoryUse::kRowCache, entry->charge);
  ++entries_;
  evict(kStepsPerInsert);
}

// The hand goes from the oldest to the newest and round again, over what was read since it passed
// last.
void RowCache::evict(size_t steps) {
  const uint64_t limit = limit_bytes();
  for (size_t step = 0; size_bytes_ > limit && step < steps && oldest_ != nullptr; ++step) {
    Entry* at = hand_ != nullptr ? hand_ : oldest_;
    hand_ = at->newer;
    if (at->visited && step < steps / 2) {
      at->visited = false;
      continue;
    }
    erase(at);
  }
}

bool RowCache::trim(size_t entries) {
  if (size_bytes_ <= limit_bytes()) return false;
  evict(entries);
  return size_bytes_ > limit_bytes() && oldest_ != nullptr;
}

}  // namespace ceto
