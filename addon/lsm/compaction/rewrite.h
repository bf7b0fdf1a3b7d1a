// rewrite_sstables: the inputs of a table become new SSTables under a policy, and the change is
// atomic (lsm/transaction_log.h). Compactions, scrubs, cleanups and upgrades are this with
// different inputs and policies. Shard thread only; works in slices of background time, throttled,
// listed among the shard's RunningCompactions, and ends with kShuttingDown when it is stopped there
// or the table is truncated or dropped.
#pragma once

#include <memory>
#include <vector>

#include "lsm/table_store.h"

namespace ceto {

class RewritePolicy : public OutputPolicy {
 public:
  // What is read of an input; all of its partitions that are this shard's, as it stands. A scrub
  // gives what can be read.
  virtual std::unique_ptr<ScanSource> open_input(const TableStore& table, const LiveSSTable& input,
                                                 const ReadCommand& everything);
  // Whether tombstones that have served go.
  virtual bool purges() const { return true; }
};

struct RewriteJob {
  CompactionKind kind = CompactionKind::kCompaction;
  // Of the table's list, not shared, claimed by the caller until the task has ended.
  std::vector<SSTablePtr> inputs;
  // These go with the inputs without being read: all in them has expired. Claimed as well.
  std::vector<SSTablePtr> expired;
  CompactionSpace::Reservation space{};  // for the inputs; empty: asked for before anything is done
};

struct RewriteSummary {
  uint64_t bytes_in = 0, bytes_out = 0;  // of Data.db on disk
  uint64_t partitions = 0;               // written
  std::vector<SSTablePtr> outputs;       // none: nothing was left
};

// The policy outlives the task. An error leaves the inputs as they were.
Task<Result<RewriteSummary>> rewrite_sstables(StoreContext& context,
                                              std::shared_ptr<TableStore> table, RewriteJob job,
                                              RewritePolicy& policy);

// Copies this shard's part of a shared set, as the policy reads it, into a set of its own and marks
// it so. Nothing is purged: a crash between the two leaves the part in both. The caller holds its
// claim; the policy outlives the task.
Task<Status> rewrite_shared(StoreContext& context, std::shared_ptr<TableStore> table,
                            LiveSSTable input, CompactionKind kind, RewritePolicy& policy);

// Withdraws the commits that failed, so that it is known which sets count. Every rewrite begins
// with it; an error, the disk's, leaves all as it is.
Task<Status> settle_commits(StoreContext& context);

struct ClaimedSSTables {
  CompactionClaims::Claim claim;
  std::vector<SSTablePtr> sstables;
};
// For work on a whole table, whose compaction mutex the caller holds: stops its automatic
// compactions, waits until they have ended, rewrites this shard's part of each shared set under
// `kind` and `shared`, and claims every SSTable. What cannot be rewritten fails the work: it is not
// left out of it in silence.
Task<Result<ClaimedSSTables>> claim_all(StoreContext& context, std::shared_ptr<TableStore> table,
                                        CompactionKind kind, RewritePolicy& shared);

}  // namespace ceto
