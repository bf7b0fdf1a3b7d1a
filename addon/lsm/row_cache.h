// RowCache: partitions as the SSTables of their table have them together, deletions included, so
// that a read merges the memtable with one thing in memory instead of with files. Writes do not
// touch it: they are in the memtable, which every read looks at. What makes an entry old is a
// flush, and that is found out by the reader: the table numbers its files in the order in which
// data came into them (epochs), an entry knows the last one that it has seen, and a newer file
// whose filter has the key ends it. A compaction changes no data, so its output takes the epoch of
// its inputs; where it purges whole partitions, their deletions included, no filter tells of them
// any more, and entries that have not seen the newest of its inputs end. Truncation and changes of
// the schema give the table a new number here; what lies under the old one is not found again and
// goes with time.
//
// Eviction is SIEVE (Zhang et al., NSDI 2024). A partition comes in when it is read for the second
// time within the memory of a table of fingerprints, and scans neither look nor put anything here,
// so nothing that is read once drives out what is read often. No call does more than a bounded
// piece of work. Owned by the store's context; shard thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "lsm/memory_budget.h"
#include "lsm/memtable.h"

namespace ceto {

class RowCache {
 public:
  using TableNumber = uint64_t;
  // A quarter of what the caches may hold together: rows are denser than the chunks they lie in,
  // but only chunks serve scans and what does not fit here.
  static constexpr uint64_t kAutomatic = UINT64_MAX;
  static constexpr uint64_t kAutomaticDivisor = 4;

  struct Entry {
    TableNumber table = 0;
    uint64_t epoch = 0;
    MemtableRef content;  // with this partition and nothing else
    const MemtablePartition* partition = nullptr;
    Entry* chain = nullptr;
    Entry* older = nullptr;
    Entry* newer = nullptr;
    uint64_t charge = 0;
    bool visited = false;
  };

  // `max_bytes`: kAutomatic, or 0 for no cache.
  RowCache(MemoryBudget& budget, uint64_t max_bytes);
  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;
  ~RowCache();

  bool enabled() const { return max_bytes_ != 0; }
  TableNumber new_table() { return ++last_table_; }

  // Not yet a hit: the caller looks at the epoch first, and then says which it was.
  Entry* find(TableNumber table, Token token, Bytes key);
  void hit(Entry& entry) {
    ++hits_;
    entry.visited = true;
  }
  void miss() { ++misses_; }
  void erase(Entry* entry);

  // Whether the partition was asked for before, not long ago; from now on it was.
  bool seen_before(TableNumber table, Token token);
  // Partitions that turned out too large are not loaded whole again for a while.
  bool known_large(TableNumber table, Token token) const;
  void note_large(TableNumber table, Token token);

  // `update` is the whole partition. Replaces what is there under the key.
  void insert(TableNumber table, uint64_t epoch, const TableSchema& schema,
              const PartitionUpdate& update);
  // The largest partition that may come in now.
  uint64_t max_entry_bytes() const;

  // Evicts what is over the limit, at most `entries`; true when there is more.
  bool trim(size_t entries);

  uint64_t limit_bytes() const;
  uint64_t size_bytes() const { return size_bytes_; }
  uint64_t entries() const { return entries_; }
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

 private:
  // One partition must not drive out all the others.
  static constexpr uint64_t kMaxEntryDivisor = 16;
  static constexpr uint64_t kMaxEntryBytes = 8ull << 20;
  static constexpr uint64_t kBytesPerBucket = 1024;
  static constexpr size_t kMinBuckets = 256;
  static constexpr size_t kMaxBuckets = size_t{1} << 22;
  // Entries passed to make room for a new one; after so many the next goes, read or not.
  static constexpr size_t kStepsPerInsert = 32;

  static uint64_t hash(TableNumber table, Token token) {
    uint64_t h = static_cast<uint64_t>(token.value) ^ table * 0x9e3779b97f4a7c15ULL;
    h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ULL;
    return h ^ (h >> 32);
  }
  size_t bucket(uint64_t hashed) const { return hashed & (buckets_.size() - 1); }
  static uint32_t fingerprint(uint64_t hashed) { return static_cast<uint32_t>(hashed >> 32) | 1; }
  static uint64_t large_hash(TableNumber table, Token token) { return hash(~table, token); }
  void evict(size_t steps);
  uint64_t table_bytes() const { return buckets_.size() * (sizeof(Entry*) + sizeof(uint32_t)); }

  MemoryBudget& budget_;
  const uint64_t max_bytes_;
  uint64_t size_bytes_ = 0;
  uint64_t entries_ = 0;
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
  TableNumber last_table_ = 0;
  std::vector<Entry*> buckets_;
  std::vector<uint32_t> seen_;  // by bucket: of the last partition that was asked for
  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
  Entry* hand_ = nullptr;
};

}  // namespace ceto
