// ChunkCache: uncompressed chunks of files under the shard's memory budget, keyed by (file, chunk).
// A shard owns one and all its SSTables share it. A chunk stays in memory while a Ref pins it, so
// the limit may be exceeded by what is in use. Eviction is S3-FIFO (Yang et al., SOSP 2023): new
// chunks pass a small queue first, so a scan that touches each chunk once does not drive out what
// is read again and again. No call does more than a bounded piece of work, however many chunks
// there are: the table of chunks never grows, and the chunks of a closed file go a few at a time.
// Shard thread only; must outlive every Ref.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "lsm/memory_budget.h"

namespace ceto {

class ChunkCache {
  struct Entry;

 public:
  using FileId = uint64_t;

  // A pinned chunk.
  class Ref {
   public:
    Ref() = default;
    Ref(Ref&& other) noexcept
        : cache_(other.cache_), entry_(std::exchange(other.entry_, nullptr)) {}
    Ref& operator=(Ref&& other) noexcept {
      if (this != &other) {
        reset();
        cache_ = other.cache_;
        entry_ = std::exchange(other.entry_, nullptr);
      }
      return *this;
    }
    ~Ref() { reset(); }
    explicit operator bool() const { return entry_ != nullptr; }
    Bytes bytes() const;
    void reset();

   private:
    friend class ChunkCache;
    Ref(ChunkCache* cache, Entry* entry) : cache_(cache), entry_(entry) {}
    ChunkCache* cache_ = nullptr;
    Entry* entry_ = nullptr;
  };

  // Within `budget`, which it shares with others, and never above `max_bytes`.
  ChunkCache(MemoryBudget& budget, uint64_t max_bytes);
  // With a budget of its own.
  explicit ChunkCache(uint64_t capacity_bytes)
      : ChunkCache(std::make_unique<MemoryBudget>(capacity_bytes)) {}
  ChunkCache(const ChunkCache&) = delete;
  ~ChunkCache();

  // Ids are never used again, so chunks of a file that is gone cannot be mistaken for another's.
  FileId new_file();
  Ref find(FileId file, uint64_t chunk);
  // Memory for a chunk of `size` bytes, from one that left lately if that was as large: the heap
  // would split and join its blocks for every chunk that comes and goes.
  std::unique_ptr<uint8_t[]> take_memory(size_t size);
  // The chunk, pinned; when it is there already that one is given and `memory` is freed.
  Ref insert(FileId file, uint64_t chunk, std::unique_ptr<uint8_t[]> memory, size_t size);
  // Is it there? Counts neither as hit nor as miss.
  bool contains(FileId file, uint64_t chunk) const { return look_up({file, chunk}) != nullptr; }
  // Nothing of the file is found any more. Its memory goes a few chunks at a time with what
  // follows, and what is pinned when it is let go.
  void forget(FileId file);
  // Frees what is forgotten or over the limit, at most about `chunks` of it; true when there may be
  // more.
  bool trim(size_t chunks);

  MemoryBudget& budget() { return *budget_; }
  // What the chunks may take now.
  uint64_t limit_bytes() const;
  uint64_t max_bytes() const { return max_bytes_; }
  // Of the chunks, and of the table that finds them.
  uint64_t size_bytes() const { return size_bytes_; }
  uint64_t table_bytes() const { return buckets_.size() * (sizeof(Entry*) + sizeof(uint32_t)); }
  uint64_t chunks() const { return chunks_; }
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

 private:
  // The share of the limit that chunks seen once may take.
  static constexpr uint64_t kSmallDivisor = 10;
  static constexpr uint8_t kMaxFrequency = 3;
  // A place in the table of chunks for so many bytes of the limit, which most chunks are larger
  // than; smaller ones make longer chains.
  static constexpr uint64_t kBytesPerBucket = 8192;
  static constexpr size_t kMinBuckets = 64;
  static constexpr size_t kMaxBuckets = size_t{1} << 22;
  // Chunks looked at to make room for a new one: eviction frees at least as much as is added on
  // average. A chunk that was read often is passed so many times, then goes whatever its frequency.
  static constexpr size_t kStepsPerInsert = 64;
  static constexpr size_t kForgottenPerInsert = 4;

  struct Key {
    FileId file = 0;
    uint64_t chunk = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct File {
    Entry* first = nullptr;
    bool forgotten = false;
  };
  struct Queue {
    Entry* oldest = nullptr;
    Entry* newest = nullptr;
    uint64_t bytes = 0;
  };

  // What is kept for the next chunks, beside the budget: of usual chunks more than come between two
  // that go.
  static constexpr size_t kMaxSpareBytes = 256 * 1024;

  explicit ChunkCache(std::unique_ptr<MemoryBudget> own) : ChunkCache(*own, own->total_bytes()) {
    own_budget_ = std::move(own);
  }
  static uint64_t hash(const Key& key) {
    uint64_t h = key.file * 0x9e3779b97f4a7c15ULL + key.chunk;
    h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ULL;
    return h ^ (h >> 32);
  }
  size_t bucket(uint64_t hashed) const { return hashed & (buckets_.size() - 1); }
  // Chunks that left the small queue unread, remembered so that a return goes to the main one.
  bool was_remembered(uint64_t hashed);
  Entry* look_up(const Key& key) const;
  void link(Entry* entry);
  void unlink(Entry* entry);
  void pin(Entry* entry);
  static void push(Queue& queue, Entry* entry);
  static void remove(Queue& queue, Entry* entry);
  void release(Entry* entry);
  void free_entry(Entry* entry);
  void drop(Entry* entry);
  bool sweep_forgotten(size_t chunks);
  void evict(size_t steps);
  bool evict_from_small();
  bool evict_from_main(bool whatever_frequency);

  std::unique_ptr<MemoryBudget> own_budget_;
  MemoryBudget* budget_;
  uint64_t max_bytes_;
  uint64_t size_bytes_ = 0;
  uint64_t chunks_ = 0;
  uint64_t pinned_ = 0;  // of them
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
  FileId last_file_ = 0;
  std::vector<Entry*> buckets_;
  std::vector<uint32_t> ghosts_;  // by bucket: the rest of the hash of the last chunk that left it
  std::unordered_map<FileId, std::unique_ptr<File>> files_;
  std::vector<std::unique_ptr<File>> forgotten_;
  Queue small_, main_;
  std::vector<std::unique_ptr<uint8_t[]>> spare_;  // each of spare_size_
  size_t spare_size_ = 0;
};

struct ChunkCache::Entry {
  Key key;
  std::unique_ptr<uint8_t[]> memory;
  File* file = nullptr;  // null: in no list and not findable; freed with the last pin
  Entry* chain = nullptr;
  Entry* file_previous = nullptr;
  Entry* file_next = nullptr;
  Entry* older = nullptr;
  Entry* newer = nullptr;
  uint32_t size = 0;
  uint32_t pins = 0;
  uint8_t frequency = 0;
  bool in_main = false;
  // What the heap keeps for itself beside each of the two blocks.
  static constexpr uint64_t kHeapBytes = 16;
  uint64_t charge() const { return size + sizeof(Entry) + 2 * kHeapBytes; }
};

inline Bytes ChunkCache::Ref::bytes() const { return {entry_->memory.get(), entry_->size}; }
inline void ChunkCache::Ref::reset() {
  if (entry_ != nullptr) cache_->release(std::exchange(entry_, nullptr));
}

}  // namespace ceto
