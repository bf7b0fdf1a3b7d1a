#include "shard/plan_cache.h"

#include <algorithm>

namespace ceto {

namespace {
bool touches(const Plan& plan, const TableId& table) {
  return std::any_of(plan.tables().begin(), plan.tables().end(),
                     [&](const TableSchemaPtr& used) { return used->id == table; });
}
}  // namespace

const PlanPtr* PlanCache::find_text(std::string_view key) {
  const auto found = texts_.find(key);
  if (found == texts_.end()) return nullptr;
  text_order_.splice(text_order_.begin(), text_order_, found->second);
  return &found->second->plan;
}

void PlanCache::put(const PlanId& id, PlanPtr plan) {
  const auto [at, inserted] = prepared_.insert_or_assign(id, std::move(plan));
  if (!inserted) return;
  prepared_order_.push_back(id);
  if (prepared_.size() > kMaxPrepared) {
    prepared_.erase(prepared_order_.front());
    prepared_order_.pop_front();
  }
}

void PlanCache::put_text(std::string key, PlanPtr plan) {
  if (key.size() > kMaxTextSize) return;
  if (const auto found = texts_.find(key); found != texts_.end()) {
    found->second->plan = std::move(plan);
    return;
  }
  text_bytes_ += key.size();
  text_order_.push_front({std::move(key), std::move(plan)});
  texts_.emplace(text_order_.front().key, text_order_.begin());
  evict_texts();
}

void PlanCache::evict_texts() {
  while (texts_.size() > kMaxTexts || text_bytes_ > kMaxTextBytes) {
    text_bytes_ -= text_order_.back().key.size();
    texts_.erase(text_order_.back().key);
    text_order_.pop_back();
  }
}

void PlanCache::drop_table(const TableId& table) {
  for (auto at = prepared_order_.begin(); at != prepared_order_.end();) {
    const auto found = prepared_.find(*at);
    CETO_ASSERT(found != prepared_.end());
    if (touches(*found->second, table)) {
      prepared_.erase(found);
      at = prepared_order_.erase(at);
    } else {
      ++at;
    }
  }
  for (auto at = text_order_.begin(); at != text_order_.end();) {
    if (touches(*at->plan, table)) {
      text_bytes_ -= at->key.size();
      texts_.erase(at->key);
      at = text_order_.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace ceto
