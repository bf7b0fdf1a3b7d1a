// Acknowledged: what a node may answer after its power was cut, kept as the operations that it was
// given. Every cell of the test's tables (a row of one column) holds the number of the operation
// that wrote it, or nothing. An operation writes several cells, all or nothing; until it was
// acknowledged a crash may take it away, whole. Operations are numbered as they are applied, and
// the later one wins.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ceto::lsm_test {

class Acknowledged {
 public:
  using Operation = uint64_t;
  using Value = uint64_t;  // the operation that put the row there; 0: no row
  struct Cell {
    uint32_t table = 0;
    int32_t key = 0;
    int32_t row = 0;
    friend auto operator<=>(const Cell&, const Cell&) = default;
  };
  using Content = std::map<Cell, Value>;  // what is there; no zeros

  // Begins an operation that changes the cells as write() says.
  Operation begin() { return ++last_; }
  void write(Operation operation, const Cell& cell, bool put) {
    std::vector<Change>& changes = history_[cell].changes;
    if (!changes.empty() && changes.back().operation == operation) changes.pop_back();
    changes.push_back({operation, put ? operation : 0});
    in_doubt_.insert(operation);
  }
  void acknowledge(Operation operation) { in_doubt_.erase(operation); }
  void acknowledge_all() { in_doubt_.clear(); }
  // What was never begun in the end: nothing of it may be there.
  void refuse(Operation operation) {
    for (auto& [cell, history] : history_) {
      std::erase_if(history.changes, [&](auto& change) { return change.operation == operation; });
    }
    in_doubt_.erase(operation);
  }
  void forget_table(uint32_t table) {
    std::erase_if(history_, [&](auto& entry) { return entry.first.table == table; });
  }
  template <class Visit>
  void for_each_cell(Visit visit) const {
    for (const auto& [cell, history] : history_) visit(cell);
  }
  bool is_in_doubt(Operation operation) const { return in_doubt_.contains(operation); }

  // The answer while the process lives: every operation counts as it was applied.
  Value latest(const Cell& cell) const {
    const auto at = history_.find(cell);
    if (at == history_.end()) return 0;
    return at->second.changes.empty() ? at->second.base : at->second.changes.back().value;
  }

  // Judges what a start after a crash found, and takes it as what must be there from now on. What
  // is wrong, in words; empty: nothing.
  std::string settle(const Content& found) {
    std::string wrong;
    for (const auto& [cell, value] : found) {
      if (!history_.contains(cell)) wrong += text_of(cell) + " was never written\n";
    }
    found_ = &found;
    std::map<Cell, std::vector<Operation>> winners;
    for (const auto& [cell, history] : history_) {
      const auto at = found.find(cell);
      winners[cell] = possible_winners(history, at == found.end() ? 0 : at->second);
    }
    wrong += find_halves(winners);
    for (auto at = history_.begin(); at != history_.end();) {
      const auto now = found.find(at->first);
      at->second.changes.clear();
      at->second.base = now == found.end() ? 0 : now->second;
      at = at->second.base == 0 ? history_.erase(at) : std::next(at);
    }
    kept_ += survivors_;
    lost_ += in_doubt_.size() - survivors_;
    in_doubt_.clear();
    return wrong;
  }

  // Of all that were in doubt at a settle().
  uint64_t kept() const { return kept_; }
  uint64_t lost() const { return lost_; }

 private:
  struct Change {
    Operation operation;
    Value value;
  };
  struct History {
    Value base = 0;
    std::vector<Change> changes;  // ascending
  };

  static std::string text_of(const Cell& cell) {
    return "table " + std::to_string(cell.table) + " key " + std::to_string(cell.key) + " row " +
           std::to_string(cell.row);
  }

  // The operations that may be the last of those that survived, given what is there; 0: the base.
  std::vector<Operation> possible_winners(const History& history, Value value) const {
    std::vector<Operation> out;
    for (size_t i = history.changes.size(); i-- > 0;) {
      const Change& change = history.changes[i];
      if (change.value == value) out.push_back(change.operation);
      if (!in_doubt_.contains(change.operation)) return out;
    }
    if (history.base == value) out.push_back(0);
    return out;
  }

  // Follows what each cell says about the operations in doubt until nothing new comes out. An
  // operation that one cell shows and that another one lacks is half there.
  std::string find_halves(std::map<Cell, std::vector<Operation>>& winners) {
    std::string wrong;
    std::map<Operation, Cell> there;
    std::map<Operation, Cell> gone;
    std::set<Cell> impossible;
    for (bool more = true; more;) {
      more = false;
      for (auto& [cell, possible] : winners) {
        // A cell that only something gone could explain is what contradicts: it stays as it is.
        if (possible.size() > 1) {
          std::erase_if(possible, [&](Operation one) { return gone.contains(one); });
        }
        if (possible.empty()) {
          if (impossible.insert(cell).second) wrong += describe(cell);
          continue;
        }
        if (possible.size() == 1 && in_doubt_.contains(possible[0])) {
          more |= there.emplace(possible[0], cell).second;
        }
        for (const Change& change : history_.at(cell).changes) {
          if (change.operation > possible[0] && in_doubt_.contains(change.operation)) {
            more |= gone.emplace(change.operation, cell).second;
          }
        }
      }
    }
    for (const auto& [one, cell] : there) {
      if (!gone.contains(one)) continue;
      wrong += "half of operation " + std::to_string(one) + " is there: " + describe(cell) +
               "  but " + describe(gone.at(one));
    }
    survivors_ = there.size();
    return wrong;
  }

  std::string describe(const Cell& cell) const {
    const History& history = history_.at(cell);
    const auto at = found_->find(cell);
    std::string out = text_of(cell) + " holds " +
                      std::to_string(at == found_->end() ? 0 : at->second) + "; before " +
                      std::to_string(history.base) + ", then";
    for (const Change& change : history.changes) {
      out += " " + std::to_string(change.operation) + (change.value == 0 ? " deleted" : " wrote") +
             (in_doubt_.contains(change.operation) ? " (in doubt)" : "");
    }
    return out + "\n";
  }

  Operation last_ = 0;
  std::map<Cell, History> history_;
  std::set<Operation> in_doubt_;
  const Content* found_ = nullptr;  // while it is judged
  size_t survivors_ = 0;
  uint64_t kept_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace ceto::lsm_test
