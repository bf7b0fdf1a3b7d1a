#include "lsm/chunk_cache.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace ceto {

ChunkCache::ChunkCache(MemoryBudget& budget, uint64_t max_bytes)
    : budget_(&budget), max_bytes_(std::min(max_bytes, budget.total_bytes())) {
  const uint64_t wanted = std::bit_ceil(max_bytes_ / kBytesPerBucket);
  const size_t buckets = std::clamp<uint64_t>(wanted, kMinBuckets, kMaxBuckets);
  buckets_.resize(buckets);
  ghosts_.resize(buckets);
  budget_->take(MemoryUse::kChunkCache, table_bytes());
}

ChunkCache::~ChunkCache() {
  for (Entry* entry : buckets_) {
    while (entry != nullptr) {
      CETO_ASSERT(entry->pins == 0);
      budget_->give_back(MemoryUse::kChunkCache, entry->charge());
      delete std::exchange(entry, entry->chain);
    }
  }
  budget_->give_back(MemoryUse::kChunkCache, table_bytes());
}

ChunkCache::FileId ChunkCache::new_file() {
  files_.emplace(++last_file_, std::make_unique<File>());
  return last_file_;
}

uint64_t ChunkCache::limit_bytes() const {
  if (own_budget_) return max_bytes_;
  const uint64_t room = budget_->cache_room_bytes();
  const uint64_t rows = budget_->used(MemoryUse::kRowCache);
  const uint64_t left = room > rows ? room - rows : 0;
  return std::min(max_bytes_, std::max(left, MemoryBudget::kLeastCacheBytes));
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

ChunkCache::Entry* ChunkCache::look_up(const Key& key) const {
  Entry* entry = buckets_[bucket(hash(key))];
  while (entry != nullptr && entry->key != key) entry = entry->chain;
  return entry != nullptr && !entry->file->forgotten ? entry : nullptr;
}

void ChunkCache::link(Entry* entry) {
  Entry*& head = buckets_[bucket(hash(entry->key))];
  entry->chain = head;
  head = entry;
  const auto file = files_.find(entry->key.file);
  CETO_ASSERT(file != files_.end());
  entry->file = file->second.get();
  entry->file_next = entry->file->first;
  if (entry->file_next != nullptr) entry->file_next->file_previous = entry;
  entry->file->first = entry;
  ++chunks_;
}

// Out of the table and of its file's list.
void ChunkCache::unlink(Entry* entry) {
  Entry** at = &buckets_[bucket(hash(entry->key))];
  while (*at != entry) at = &(*at)->chain;
  *at = entry->chain;
  CETO_ASSERT(entry->file != nullptr);
  (entry->file_previous != nullptr ? entry->file_previous->file_next : entry->file->first) =
      entry->file_next;
  if (entry->file_next != nullptr) entry->file_next->file_previous = entry->file_previous;
  entry->file = nullptr;
  --chunks_;
  if (entry->pins > 0) --pinned_;
}

void ChunkCache::pin(Entry* entry) {
  if (entry->pins++ == 0) ++pinned_;
}

ChunkCache::Ref ChunkCache::find(FileId file, uint64_t chunk) {
  Entry* entry = look_up({file, chunk});
  if (entry == nullptr) {
    ++misses_;
    return {};
  }
  ++hits_;
  if (entry->frequency < kMaxFrequency) ++entry->frequency;
  pin(entry);
  return {this, entry};
}

bool ChunkCache::was_remembered(uint64_t hashed) {
  uint32_t& ghost = ghosts_[bucket(hashed)];
  const bool known = ghost == static_cast<uint32_t>(hashed >> 32);
  if (known) ghost = 0;
  return known;
}

ChunkCache::Ref ChunkCache::insert(FileId file, uint64_t chunk, std::unique_ptr<uint8_t[]> memory,
                                   size_t size) {
  const Key key{file, chunk};
  if (Entry* there = look_up(key)) {
    pin(there);
    return {this, there};
  }
  CETO_ASSERT(size <= UINT32_MAX);
  auto* entry = new Entry;
  entry->key = key;
  entry->memory = std::move(memory);
  entry->size = static_cast<uint32_t>(size);
  entry->in_main = was_remembered(hash(key));
  link(entry);
  pin(entry);
  push(entry->in_main ? main_ : small_, entry);
  size_bytes_ += entry->charge();
  budget_->take(MemoryUse::kChunkCache, entry->charge());
  sweep_forgotten(kForgottenPerInsert);
  evict(kStepsPerInsert);
  return {this, entry};
}

void ChunkCache::release(Entry* entry) {
  CETO_ASSERT(entry->pins > 0);
  if (--entry->pins > 0) return;
  if (entry->file == nullptr) return free_entry(entry);
  --pinned_;
}

std::unique_ptr<uint8_t[]> ChunkCache::take_memory(size_t size) {
  if (size != spare_size_ || spare_.empty()) {
    return std::unique_ptr<uint8_t[]>(new uint8_t[size]);
  }
  std::unique_ptr<uint8_t[]> memory = std::move(spare_.back());
  spare_.pop_back();
  return memory;
}

// Of an entry that is in no list.
void ChunkCache::free_entry(Entry* entry) {
  if (entry->size != spare_size_) {
    spare_.clear();
    spare_size_ = entry->size;
  }
  if ((spare_.size() + 1) * spare_size_ <= kMaxSpareBytes) {
    spare_.push_back(std::move(entry->memory));
  }
  size_bytes_ -= entry->charge();
  budget_->give_back(MemoryUse::kChunkCache, entry->charge());
  delete entry;
}

// Of an entry that is in no queue.
void ChunkCache::drop(Entry* entry) {
  unlink(entry);
  if (entry->pins == 0) free_entry(entry);
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
  const uint64_t hashed = hash(entry->key);
  ghosts_[bucket(hashed)] = static_cast<uint32_t>(hashed >> 32);
  drop(entry);
  return true;
}

bool ChunkCache::evict_from_main(bool whatever_frequency) {
  Entry* entry = main_.oldest;
  if (entry == nullptr) return false;
  remove(main_, entry);
  if (entry->pins > 0 || (entry->frequency > 0 && !whatever_frequency)) {
    if (entry->frequency > 0) --entry->frequency;
    push(main_, entry);
    return true;
  }
  drop(entry);
  return true;
}

void ChunkCache::evict(size_t steps) {
  const uint64_t limit = limit_bytes();
  for (size_t step = 0; size_bytes_ > limit && step < steps; ++step) {
    // The first half of the steps is fair, the second frees, so that the limit holds whatever was
    // read how often.
    const bool must_free = step >= steps / 2;
    const bool small_first =
        main_.oldest == nullptr || (!must_free && small_.bytes > limit / kSmallDivisor);
    if (small_first ? evict_from_small() : evict_from_main(must_free)) continue;
    if (!evict_from_small()) break;
  }
}

bool ChunkCache::sweep_forgotten(size_t chunks) {
  while (!forgotten_.empty() && chunks > 0) {
    Entry* entry = forgotten_.back()->first;
    if (entry == nullptr) {
      forgotten_.pop_back();
      continue;
    }
    remove(entry->in_main ? main_ : small_, entry);
    drop(entry);
    --chunks;
  }
  return !forgotten_.empty();
}

bool ChunkCache::trim(size_t chunks) {
  const bool more_forgotten = sweep_forgotten(chunks);
  if (size_bytes_ <= limit_bytes()) return more_forgotten;
  evict(chunks);
  return more_forgotten || (size_bytes_ > limit_bytes() && pinned_ < chunks_);
}

void ChunkCache::forget(FileId file) {
  const auto known = files_.find(file);
  CETO_ASSERT(known != files_.end());
  known->second->forgotten = true;
  if (known->second->first != nullptr) forgotten_.push_back(std::move(known->second));
  files_.erase(known);
}

}  // namespace ceto
