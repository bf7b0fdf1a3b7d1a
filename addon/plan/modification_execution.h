// ModificationExecution: this shard's part of an unconditional write: one modification or a batch,
// all of it in one commit-log record. Writes that read first (counters, lists by index or value)
// hold the locks of their partitions meanwhile. Threading and lifetimes as Execution.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "plan/execution.h"
#include "plan/partition_snapshot.h"
#include "plan/update_builder.h"

namespace ceto {

class ModificationExecution final : public Execution {
 public:
  ModificationExecution(PlanServices& services, const BoundStatement& bound, std::string* reply);
  Progress run() override;
  Task<void> wait() override;

 private:
  enum class Phase : uint8_t { kLock, kBuild, kApply };

  // One partition to lock, in the order that all executions keep: table, then token, then key.
  struct Locked {
    const TableSchema* table = nullptr;
    Target target;
    static bool before(const Locked& a, const Locked& b);
  };

  static bool needs_read(const BoundModification& modification) {
    return modification.statement->counter || modification.statement->reads_first;
  }
  void plan_locks();
  Progress lock();
  Progress build();
  Step read(const BoundModification& modification, const Target& target);
  Progress apply();
  std::span<const Slice> row_slices(const BoundModification& modification);

  PlanServices& services_;
  const BoundStatement& bound_;
  std::string* const reply_;
  ScratchArena arena_;
  UpdateBuilder builder_;
  PartitionSnapshot snapshot_;

  Phase phase_ = Phase::kBuild;
  std::span<Locked> to_lock_;
  PartitionLock first_lock_;                     // the usual case: one partition
  std::unique_ptr<PartitionLock[]> more_locks_;  // the others
  size_t locks_held_ = 0;
  size_t modification_ = 0;  // at hand
  size_t target_ = 0;        // of it
  bool reading_ = false;
};

}  // namespace ceto
