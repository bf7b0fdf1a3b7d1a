// OrderedTree: a B+tree in an arena that only grows, the order of a memtable's partitions and of a
// partition's rows. An entry is a pointer with a 64-bit prefix of its key beside it, so that most
// steps of a search compare one integer that lies in the node. The tree never compares: a search is
// given as `before(slot)`, true for exactly a head of the order. Nothing is removed; memory goes
// with the arena. Shard thread only. A Cursor is valid until the next insert, which changes
// version().
#pragma once

#include <cstdint>
#include <cstring>

#include "base/arena.h"

namespace ceto {

template <class Item>
class OrderedTree {
 public:
  struct Slot {
    int64_t prefix;
    Item* item;
  };

 private:
  // A node of 64 slots is 1 KiB: six steps of binary search over sixteen cache lines. The first
  // leaf starts with four slots and doubles, so that small trees stay small.
  static constexpr uint16_t kMaxSlots = 64;
  static constexpr uint16_t kFirstSlots = 4;
  // 32^12 entries at half-full nodes: more than memory holds.
  static constexpr int kMaxHeight = 12;

  struct Leaf {
    uint16_t count;
    uint16_t capacity;
    Leaf* previous;
    Leaf* next;
    Slot slots[1];  // `capacity` of them
  };
  struct Inner {
    uint16_t count;
    Slot mins[kMaxSlots];  // not after anything in the child; mins[0] is not looked at
    void* children[kMaxSlots];
  };

 public:
  class Cursor {
   public:
    bool valid() const { return leaf_ != nullptr && index_ < leaf_->count; }
    Slot& slot() const { return leaf_->slots[index_]; }
    void next() {
      if (++index_ == leaf_->count) {
        leaf_ = leaf_->next;
        index_ = 0;
      }
    }
    // Invalid after the first entry.
    void previous() {
      if (index_ == 0) {
        leaf_ = leaf_->previous;
        index_ = leaf_ ? leaf_->count : 0;
        if (leaf_ == nullptr) return;
      }
      --index_;
    }

   private:
    friend class OrderedTree;
    Leaf* leaf_ = nullptr;
    uint32_t index_ = 0;
  };

  // Where a search ended and the way down to it, for insert().
  struct Place {
    Inner* nodes[kMaxHeight];
    uint16_t indexes[kMaxHeight];
    Leaf* leaf;
    uint16_t index;
  };

  uint64_t version() const { return size_; }
  size_t size() const { return size_; }

  template <class Before>
  Place locate(Before&& before) const {
    Place place;
    void* node = root_;
    for (int level = 0; level < height_; ++level) {
      Inner* inner = static_cast<Inner*>(node);
      // The last child whose least entry is before the target holds it.
      const uint16_t child = partition_point(inner->mins + 1, inner->count - 1, before);
      place.nodes[level] = inner;
      place.indexes[level] = child;
      node = inner->children[child];
    }
    place.leaf = static_cast<Leaf*>(node);
    place.index = place.leaf ? partition_point(place.leaf->slots, place.leaf->count, before) : 0;
    return place;
  }

  // The entry at a place: the first for which `before` was false; invalid at the end.
  Cursor cursor(const Place& place) const {
    Cursor at;
    at.leaf_ = place.leaf;
    at.index_ = place.index;
    if (at.leaf_ && at.index_ == at.leaf_->count) {
      at.leaf_ = at.leaf_->next;
      at.index_ = 0;
    }
    return at;
  }
  template <class Before>
  Cursor seek(Before&& before) const {
    return cursor(locate(before));
  }
  // The last entry for which `before` is true; invalid when there is none.
  template <class Before>
  Cursor seek_last(Before&& before) const {
    const Place place = locate(before);
    Cursor at;
    at.leaf_ = place.leaf;
    at.index_ = place.index;
    if (at.leaf_) at.previous();
    return at;
  }

  // `place` comes from locate() on this version of the tree.
  void insert(Arena& arena, Place place, Slot slot) {
    ++size_;
    if (place.leaf == nullptr) {
      root_ = place.leaf = make_leaf(arena, kFirstSlots);
    } else if (place.leaf->count == place.leaf->capacity) {
      if (place.leaf->capacity < kMaxSlots) {
        grow(arena, place);
      } else {
        split_leaf(arena, place, slot);
      }
    }
    insert_slot(place.leaf, place.index, slot);
  }

 private:
  template <class Before>
  static uint16_t partition_point(const Slot* slots, uint32_t count, Before& before) {
    uint32_t low = 0;
    while (count > 0) {
      const uint32_t half = count / 2;
      if (before(slots[low + half])) {
        low += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return static_cast<uint16_t>(low);
  }

  static Leaf* make_leaf(Arena& arena, uint16_t capacity) {
    const size_t size = sizeof(Leaf) + (capacity - 1) * sizeof(Slot);
    Leaf* leaf = static_cast<Leaf*>(arena.allocate(size, alignof(Leaf)));
    leaf->count = 0;
    leaf->capacity = capacity;
    leaf->previous = leaf->next = nullptr;
    return leaf;
  }
  static Inner* make_inner(Arena& arena) {
    Inner* inner = static_cast<Inner*>(arena.allocate(sizeof(Inner), alignof(Inner)));
    inner->count = 0;
    return inner;
  }

  // Only the first leaf is smaller than kMaxSlots, so it is the root.
  void grow(Arena& arena, Place& place) {
    CETO_ASSERT(height_ == 0);
    Leaf* bigger = make_leaf(arena, static_cast<uint16_t>(place.leaf->capacity * 2));
    bigger->count = place.leaf->count;
    std::memcpy(bigger->slots, place.leaf->slots, bigger->count * sizeof(Slot));
    root_ = place.leaf = bigger;
  }

  // An insert at the very end leaves the left leaf full: ascending loads fill their leaves.
  void split_leaf(Arena& arena, Place& place, const Slot& added) {
    Leaf* left = place.leaf;
    Leaf* right = make_leaf(arena, kMaxSlots);
    const bool at_end = left->next == nullptr && place.index == left->count;
    const uint16_t keep = at_end ? left->count : static_cast<uint16_t>(left->count / 2);
    right->count = static_cast<uint16_t>(left->count - keep);
    std::memcpy(right->slots, left->slots + keep, right->count * sizeof(Slot));
    left->count = keep;
    right->next = left->next;
    right->previous = left;
    if (right->next) right->next->previous = right;
    left->next = right;
    // Where the new entry goes right at the split it goes left, but for an append, so that the
    // least of the right leaf is known here.
    const Slot least = at_end ? added : right->slots[0];
    if (at_end || place.index > keep) {
      place.leaf = right;
      place.index = static_cast<uint16_t>(place.index - keep);
    }
    add_child(arena, place, right, least);
  }

  // Puts `child` right of the path, splitting the full nodes on the way up.
  void add_child(Arena& arena, const Place& place, void* child, Slot least) {
    for (int level = height_ - 1; level >= 0; --level) {
      Inner* inner = place.nodes[level];
      const uint16_t at = static_cast<uint16_t>(place.indexes[level] + 1);
      if (inner->count < kMaxSlots) {
        insert_child(inner, at, child, least);
        return;
      }
      Inner* right = make_inner(arena);
      if (at == kMaxSlots) {
        // An append leaves the left node full, as in the leaves.
        right->children[0] = child;
        right->mins[0] = least;
        right->count = 1;
      } else {
        constexpr uint16_t kKeep = kMaxSlots / 2;
        right->count = kMaxSlots - kKeep;
        std::memcpy(right->mins, inner->mins + kKeep, right->count * sizeof(Slot));
        std::memcpy(right->children, inner->children + kKeep, right->count * sizeof(void*));
        inner->count = kKeep;
        if (at <= kKeep) {
          insert_child(inner, at, child, least);
        } else {
          insert_child(right, static_cast<uint16_t>(at - kKeep), child, least);
        }
        least = right->mins[0];
      }
      child = right;
    }
    CETO_ASSERT(height_ < kMaxHeight);
    Inner* root = make_inner(arena);
    root->children[0] = root_;
    root->children[1] = child;
    root->mins[0] = Slot{INT64_MIN, nullptr};
    root->mins[1] = least;
    root->count = 2;
    root_ = root;
    ++height_;
  }

  static void insert_child(Inner* inner, uint16_t at, void* child, Slot least) {
    CETO_ASSERT(at > 0 && at <= inner->count && inner->count < kMaxSlots);
    const size_t behind = inner->count - at;
    std::memmove(inner->mins + at + 1, inner->mins + at, behind * sizeof(Slot));
    std::memmove(inner->children + at + 1, inner->children + at, behind * sizeof(void*));
    inner->mins[at] = least;
    inner->children[at] = child;
    ++inner->count;
  }

  void insert_slot(Leaf* leaf, uint16_t index, Slot slot) {
    CETO_ASSERT(leaf->count < leaf->capacity && index <= leaf->count);
    std::memmove(leaf->slots + index + 1, leaf->slots + index,
                 (leaf->count - index) * sizeof(Slot));
    leaf->slots[index] = slot;
    ++leaf->count;
  }

  void* root_ = nullptr;
  int height_ = 0;
  size_t size_ = 0;
};

}  // namespace ceto
