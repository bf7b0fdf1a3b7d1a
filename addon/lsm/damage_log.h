// DamageLog: what was found wrong with files, for the operator: each damage is a line with file and
// offset, told once with how often it was met since. Bounded; owned by the StoreContext. Shard
// thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace ceto {

struct DamageLine {
  std::string text;
  uint64_t count = 1;
};

class DamageLog {
 public:
  // Lines that nobody has taken yet; more are counted only. A file that lost its middle has as many
  // as it has chunks.
  static constexpr size_t kMaxLines = 256;

  // Errors of other kinds than damage and a failing disk are passed over.
  void add(const Error& error) {
    if (error.code != ErrorCode::kCorrupt && error.code != ErrorCode::kIo) return;
    ++errors_;
    add_line(error.message);
  }
  // What is no error of its own: what a scrub left out.
  void add_line(const std::string& text) {
    const auto known = lines_.find(text);
    if (known != lines_.end()) {
      ++known->second;
    } else if (lines_.size() < kMaxLines) {
      lines_.emplace(text, 1);
    } else {
      ++dropped_;
    }
  }
  std::vector<DamageLine> take() {
    std::vector<DamageLine> out;
    for (const auto& [text, count] : lines_) out.push_back({text, count});
    if (dropped_ > 0) out.push_back({"more than can be listed", dropped_});
    lines_.clear();
    dropped_ = 0;
    return out;
  }
  uint64_t errors() const { return errors_; }

 private:
  std::map<std::string, uint64_t> lines_;
  uint64_t dropped_ = 0;
  uint64_t errors_ = 0;
};

}  // namespace ceto
