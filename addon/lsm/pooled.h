// Pooled<T>: an object from a per-thread free list, for buffers that every read needs and whose
// capacity is worth keeping. The object comes back as its last user left it. Shard thread only.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace ceto {

template <class T>
class Pooled {
 public:
  // Kept for the next user; more than this at once is a burst whose memory goes back to the heap.
  static constexpr size_t kMaxKept = 64;

  Pooled() = default;
  Pooled(Pooled&& other) noexcept : object_(std::move(other.object_)) {}
  Pooled& operator=(Pooled&& other) noexcept {
    give_back();
    object_ = std::move(other.object_);
    return *this;
  }
  ~Pooled() { give_back(); }

  static Pooled take() {
    Pooled out;
    auto& kept = free_list();
    if (kept.empty()) {
      out.object_ = std::make_unique<T>();
    } else {
      out.object_ = std::move(kept.back());
      kept.pop_back();
    }
    return out;
  }

  explicit operator bool() const { return object_ != nullptr; }
  T* operator->() const { return object_.get(); }
  T& operator*() const { return *object_; }

 private:
  static std::vector<std::unique_ptr<T>>& free_list() {
    thread_local std::vector<std::unique_ptr<T>> kept;
    return kept;
  }
  void give_back() {
    if (object_ && free_list().size() < kMaxKept) free_list().push_back(std::move(object_));
    object_.reset();
  }

  std::unique_ptr<T> object_;
};

}  // namespace ceto
