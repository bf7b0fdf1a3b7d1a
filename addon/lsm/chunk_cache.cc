#include "lsm/chunk_cache.h"

#include <vector>

#include "base/assert.h"

namespace ceto {

ChunkCache::~ChunkCache() {
  for (auto& [key, entry] : entries_) {
    CETO_ASSERT(entry->pins == 0);
    delete entry;
  }
}

void ChunkCache::push(Queue& queue, Entry* entry) {
  entry->older = queue.newest;
  entry->newer = nullptr;
  if (queue.newest != nullptr) queue.newest->newer = entry;
  queue.newest = entry;
  if (queue.oldest == nullptr) queue.oldest = entry;
  queue.bytes += entry->charge();
}

void ChunkCache::remove(Queue& queue, Entry* entry) {
  (entry->older != nullptr ? entry->older->newer : queue.oldest) = entry->newer;
  (entry->newer != nullptr ? entry->newer->older : queue.newest) = entry->older;
  entry->older = entry->newer = nullptr;
  CETO_ASSERT(queue.bytes >= entry->charge());
  queue.bytes -= entry->charge();
}

ChunkCache::Ref ChunkCache::find(FileId file, uint64_t chunk) {
  const auto at = entries_.find({file, chunk});
  if (at == entries_.end()) {
    ++misses_;
    return {};
  }
  ++hits_;
  Entry* entry = at->second;
  if (entry->frequency < kMaxFrequency) ++entry->frequency;
  ++entry->pins;
  return {this, entry};
}

ChunkCache::Ref ChunkCache::insert(FileId file, uint64_t chunk, std::unique_ptr<uint8_t[]> memory,
                                   size_t size) {
  const Key key{file, chunk};
  const auto [at, inserted] = entries_.try_emplace(key, nullptr);
  if (!inserted) {
    ++at->second->pins;
    return {this, at->second};
  }
  auto* entry = new Entry;
  at->second = entry;
  entry->key = key;
  entry->memory = std::move(memory);
  entry->size = size;
  entry->pins = 1;
  entry->in_main = ghosts_.erase(Hash()(key)) > 0;
  push(entry->in_main ? main_ : small_, entry);
  size_bytes_ += entry->charge();
  evict_to(capacity_bytes_);
  return {this, entry};
}

void ChunkCache::release(Entry* entry) {
  CETO_ASSERT(entry->pins > 0);
  if (--entry->pins == 0 && entry->forgotten) free_entry(entry);
}

// Of an entry that is in no queue.
void ChunkCache::free_entry(Entry* entry) {
  size_bytes_ -= entry->charge();
  delete entry;
}

void ChunkCache::remember(const Key& key) {
  const uint64_t hash = Hash()(key);
  if (!ghosts_.insert(hash).second) return;
  ghost_order_.push_back(hash);
  // Erased ghosts leave their place in the order behind, so both stay bounded by it.
  while (ghost_order_.size() > kMaxGhosts) {
    ghosts_.erase(ghost_order_.front());
    ghost_order_.pop_front();
  }
}

// True when a chunk was freed or moved on.
bool ChunkCache::evict_from_small() {
  Entry* entry = small_.oldest;
  if (entry == nullptr) return false;
  remove(small_, entry);
  if (entry->frequency > 0 || entry->pins > 0) {
    entry->in_main = true;
    entry->frequency = 0;
    push(main_, entry);
    return true;
  }
  remember(entry->key);
  entries_.erase(entry->key);
  free_entry(entry);
  return true;
}

bool ChunkCache::evict_from_main() {
  Entry* entry = main_.oldest;
  if (entry == nullptr) return false;
  remove(main_, entry);
  if (entry->pins > 0 || entry->frequency > 0) {
    if (entry->frequency > 0) --entry->frequency;
    push(main_, entry);
    return true;
  }
  entries_.erase(entry->key);
  free_entry(entry);
  return true;
}

// Every chunk is passed at most once through the small queue and kMaxFrequency + 1 times through
// the main one before it goes, so this many steps see all that can go.
void ChunkCache::evict_to(uint64_t target_bytes) {
  size_t steps = entries_.size() * (kMaxFrequency + 3);
  while (size_bytes_ > target_bytes && steps-- > 0) {
    const bool small_first =
        small_.bytes > capacity_bytes_ / kSmallDivisor || main_.oldest == nullptr;
    if (small_first ? evict_from_small() : evict_from_main()) continue;
    if (!evict_from_small()) break;
  }
}

void ChunkCache::forget(FileId file) {
  std::vector<Entry*> gone;
  for (auto& [key, entry] : entries_) {
    if (key.file == file) gone.push_back(entry);
  }
  for (Entry* entry : gone) {
    entries_.erase(entry->key);
    remove(entry->in_main ? main_ : small_, entry);
    entry->forgotten = true;
    if (entry->pins == 0) free_entry(entry);
  }
}

}  // namespace ceto
