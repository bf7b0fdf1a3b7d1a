// ChunkCache: uncompressed chunks of files under one byte budget, keyed by (file, chunk). A shard
// owns one and all its SSTables share it. A chunk stays in memory while a Ref pins it, so the
// budget may be exceeded by what is in use. Eviction is S3-FIFO (Yang et al., SOSP 2023): new
// chunks pass a small queue first, so a scan that touches each chunk once does not drive out what
// is read again and again. Shard thread only; must outlive every Ref.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/bytes.h"

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

  explicit ChunkCache(uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}
  ChunkCache(const ChunkCache&) = delete;
  ~ChunkCache();

  // Ids are never used again, so chunks of a file that is gone cannot be mistaken for another's.
  FileId new_file() { return ++last_file_; }
  Ref find(FileId file, uint64_t chunk);
  // The chunk, pinned; when it is there already that one is given and `memory` is freed.
  Ref insert(FileId file, uint64_t chunk, std::unique_ptr<uint8_t[]> memory, size_t size);
  // Is it there? Counts neither as hit nor as miss.
  bool contains(FileId file, uint64_t chunk) const { return entries_.contains({file, chunk}); }
  // Drops what is not pinned now and the rest when it is let go.
  void forget(FileId file);

  uint64_t capacity_bytes() const { return capacity_bytes_; }
  uint64_t size_bytes() const { return size_bytes_; }
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

 private:
  // The share of the budget that chunks seen once may take.
  static constexpr uint64_t kSmallDivisor = 10;
  static constexpr uint8_t kMaxFrequency = 3;
  // Keys of chunks that left the small queue unread, remembered so that a return goes to the main
  // one.
  static constexpr size_t kMaxGhosts = 65536;
  // What an entry takes besides its chunk.
  static constexpr uint64_t kOverheadBytes = 128;

  struct Key {
    FileId file = 0;
    uint64_t chunk = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      uint64_t h = key.file * 0x9e3779b97f4a7c15ULL + key.chunk;
      h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ULL;
      return h ^ (h >> 32);
    }
  };
  struct Queue {
    Entry* oldest = nullptr;
    Entry* newest = nullptr;
    uint64_t bytes = 0;
  };

  void push(Queue& queue, Entry* entry);
  void remove(Queue& queue, Entry* entry);
  void release(Entry* entry);
  void free_entry(Entry* entry);
  void evict_to(uint64_t target_bytes);
  bool evict_from_small();
  bool evict_from_main();
  void remember(const Key& key);

  uint64_t capacity_bytes_;
  uint64_t size_bytes_ = 0;
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
  FileId last_file_ = 0;
  std::unordered_map<Key, Entry*, Hash> entries_;
  Queue small_, main_;
  std::unordered_set<uint64_t> ghosts_;  // by hash
  std::deque<uint64_t> ghost_order_;
};

struct ChunkCache::Entry {
  Key key;
  std::unique_ptr<uint8_t[]> memory;
  size_t size = 0;
  uint32_t pins = 0;
  uint8_t frequency = 0;
  bool in_main = false;
  bool forgotten = false;  // in no queue and not findable; freed with the last pin
  Entry* older = nullptr;
  Entry* newer = nullptr;
  uint64_t charge() const { return size + kOverheadBytes; }
};

inline Bytes ChunkCache::Ref::bytes() const { return {entry_->memory.get(), entry_->size}; }
inline void ChunkCache::Ref::reset() {
  if (entry_ != nullptr) cache_->release(std::exchange(entry_, nullptr));
}

}  // namespace ceto
