// SSTableRuns: which SSTables of a table may hold a token. SSTables that do not overlap form a run,
// which is searched by halves, so that a table of many small ones (leveled, unified) is asked in
// about as many steps as SSTables overlap at one token, not in as many as there are. Value; shard
// thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "types/token.h"

namespace ceto {

class SSTableRuns {
 public:
  struct Interval {
    Token first, last;  // both included
  };

  SSTableRuns() = default;
  // As few runs as there can be. Results are indexes into `intervals`.
  explicit SSTableRuns(const std::vector<Interval>& intervals);

  // Adds those that cover the token, in no order.
  void find(Token token, std::vector<uint32_t>& found) const;
  // Of each run those that reach into the range, by token; runs without any are left out.
  std::vector<std::vector<uint32_t>> within(Token first, Token last) const;
  size_t size() const { return runs_.size(); }

 private:
  struct Member {
    Token first, last;
    uint32_t index = 0;
  };
  std::vector<std::vector<Member>> runs_;  // each by token
};

}  // namespace ceto
