// PlanCache: the plans that a shard runs without asking its worker. Prepared plans are found by
// their 16-byte id and stay until their schema changes or the table is full; plans of unprepared
// texts are found by keyspace and text, the least recently used ones go first. Shard thread only.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "plan/plan.h"

namespace ceto {

using PlanId = std::array<uint8_t, 16>;

class PlanCache {
 public:
  // Prepared plans of one shard. Beyond it the oldest goes and is planned anew when it is executed:
  // Cassandra bounds the same by memory, a 256th of the heap.
  static constexpr size_t kMaxPrepared = 20'000;
  // Texts are bounded by count and by their bytes, so that a loader that sends literals cannot fill
  // the memory with statements that never come again.
  static constexpr size_t kMaxTexts = 2'048;
  static constexpr size_t kMaxTextBytes = 8u << 20;
  // A longer text is not worth keeping.
  static constexpr size_t kMaxTextSize = 16u << 10;

  const PlanPtr* find(const PlanId& id) const {
    const auto found = prepared_.find(id);
    return found == prepared_.end() ? nullptr : &found->second;
  }
  // `key` is keyspace, a zero byte, text.
  const PlanPtr* find_text(std::string_view key);

  void put(const PlanId& id, PlanPtr plan);
  void put_text(std::string key, PlanPtr plan);
  // Forgets every plan that touches the table.
  void drop_table(const TableId& table);

  size_t prepared_count() const { return prepared_.size(); }
  size_t text_count() const { return texts_.size(); }

 private:
  struct IdHash {
    // The id is an MD5: any eight bytes of it are a hash.
    size_t operator()(const PlanId& id) const {
      size_t hash;
      std::memcpy(&hash, id.data(), sizeof(hash));
      return hash;
    }
  };
  struct Text {
    std::string key;
    PlanPtr plan;
  };
  void evict_texts();

  std::unordered_map<PlanId, PlanPtr, IdHash> prepared_;
  std::list<PlanId> prepared_order_;  // oldest first
  std::list<Text> text_order_;        // most recently used first
  std::unordered_map<std::string_view, std::list<Text>::iterator> texts_;
  size_t text_bytes_ = 0;
};

}  // namespace ceto
