// RangeTombstoneList: the range deletions of one partition as disjoint ranges in clustering order,
// each with the deletion that wins there. Bounds are views: their bytes live in the memtable's
// arena or with whoever fills the list. Readers hold the list as it was: a list that is shared is
// copied before it changes. Shard thread only. Source: org.apache.cassandra.db.RangeTombstoneList
#pragma once

#include <memory>
#include <vector>

#include "lsm/row.h"

namespace ceto {

class RangeTombstoneList {
 public:
  using Ranges = std::vector<RangeTombstone>;

  // Ranges that hold nothing (start not before end) are ignored.
  void add(const TableSchema& schema, const RangeTombstone& tombstone);

  // The list as of now; never null once something was added.
  std::shared_ptr<const Ranges> snapshot() const { return ranges_; }
  size_t heap_bytes() const { return ranges_ ? ranges_->capacity() * sizeof(RangeTombstone) : 0; }

 private:
  std::shared_ptr<Ranges> ranges_;
};

}  // namespace ceto
