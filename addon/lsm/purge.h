// Purger: drops tombstones that have served: older than the table's gc_grace, and deleting nothing
// that lies outside of the compaction. Applied to what MergeScan gives, partition by partition.
// Shard thread only. Source: org.apache.cassandra.db.partitions.PurgeFunction,
// db.rows.AbstractCell.purge
#pragma once

#include <optional>
#include <vector>

#include "base/assert.h"
#include "lsm/source.h"

namespace ceto {

// How a compaction purges.
class PurgePolicy {
 public:
  virtual ~PurgePolicy() = default;
  // What other sources have of the partition is not older than this: a tombstone with a lower
  // timestamp deletes nothing there. INT64_MIN: nothing may go.
  virtual int64_t max_purgeable_timestamp(Token token, Bytes key) = 0;
};

class Purger {
 public:
  // `gc_before`: tombstones with a local deletion time before it (seconds) may go.
  Purger(int64_t now_seconds, int64_t gc_before_seconds)
      : now_(now_seconds), gc_before_(gc_before_seconds) {}

  // The policy, which outlives the partition as `key` does, is asked with the first tombstone that
  // is old enough: most partitions have none.
  void begin_partition(PurgePolicy& policy, Token token, Bytes key) {
    policy_ = &policy;
    token_ = token;
    key_ = key;
    max_purgeable_.reset();
  }

  DeletionTime purge(const DeletionTime& deletion) const {
    return may_go(deletion) ? DeletionTime{} : deletion;
  }
  // The row itself when all of it stays, null when nothing is left. What is left of it is a view
  // into it and into this object, valid until the next call.
  const Row* purge(const Row& row);
  // False: nothing is left.
  bool purge(const RangeMarker& marker, RangeMarker& out) const;

 private:
  bool may_go(int64_t timestamp, uint32_t local_deletion_time) const {
    return int64_t{local_deletion_time} < gc_before_ && timestamp < max_purgeable();
  }
  int64_t max_purgeable() const {
    CETO_ASSERT(policy_ != nullptr);
    if (!max_purgeable_) max_purgeable_ = policy_->max_purgeable_timestamp(token_, key_);
    return *max_purgeable_;
  }
  bool may_go(const DeletionTime& deletion) const {
    return !deletion.live() && may_go(deletion.marked_for_delete_at, deletion.local_deletion_time);
  }
  bool purge(const Cell& cell, Cell& out) const;
  bool lives_whole(const Row& row) const;

  int64_t now_;
  int64_t gc_before_;
  PurgePolicy* policy_ = nullptr;
  Token token_;
  Bytes key_;
  mutable std::optional<int64_t> max_purgeable_;  // of the partition; unset: not asked yet
  std::vector<Cell> cells_;
  std::vector<ComplexDeletion> complex_;
  Row left_;
};

}  // namespace ceto
