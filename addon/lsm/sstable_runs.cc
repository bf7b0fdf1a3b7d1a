#include "lsm/sstable_runs.h"

#include <algorithm>
#include <queue>

namespace ceto {

SSTableRuns::SSTableRuns(const std::vector<Interval>& intervals) {
  std::vector<Member> members;
  for (uint32_t i = 0; i < intervals.size(); ++i) {
    members.push_back({intervals[i].first, intervals[i].last, i});
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const Member& a, const Member& b) { return a.first < b.first; });
  // The run that ended first takes the next one, or a new run does: as many runs as overlap at
  // most.
  using End = std::pair<Token, size_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  for (const Member& member : members) {
    size_t run = runs_.size();
    if (!ends.empty() && ends.top().first < member.first) {
      run = ends.top().second;
      ends.pop();
    } else {
      runs_.emplace_back();
    }
    runs_[run].push_back(member);
    ends.emplace(member.last, run);
  }
}

void SSTableRuns::find(Token token, std::vector<uint32_t>& found) const {
  for (const std::vector<Member>& run : runs_) {
    const Member* at = run.data();
    if (run.size() > 1) {
      const auto after = std::upper_bound(run.begin(), run.end(), token,
                                          [](Token t, const Member& m) { return t < m.first; });
      if (after == run.begin()) continue;
      at = &*std::prev(after);
    }
    if (at->first <= token && token <= at->last) found.push_back(at->index);
  }
}

std::vector<std::vector<uint32_t>> SSTableRuns::within(Token first, Token last) const {
  std::vector<std::vector<uint32_t>> out;
  for (const std::vector<Member>& run : runs_) {
    auto at = std::partition_point(run.begin(), run.end(),
                                   [&](const Member& m) { return m.last < first; });
    if (at == run.end() || at->first > last) continue;
    out.emplace_back();
    for (; at != run.end() && at->first <= last; ++at) out.back().push_back(at->index);
  }
  return out;
}

}  // namespace ceto
