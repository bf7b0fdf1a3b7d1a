// ConditionalExecution: a modification or batch with IF, on the one partition that it touches:
// lock, read, decide, and apply or tell what is there. Threading and lifetimes as Execution.
// Source: org.apache.cassandra.cql3.statements.CQL3CasRequest, ModificationStatement
#pragma once

#include <string>

#include "plan/execution.h"
#include "plan/partition_snapshot.h"
#include "plan/update_builder.h"

namespace ceto {

class ConditionalExecution final : public Execution {
 public:
  ConditionalExecution(PlanServices& services, const BoundStatement& bound, std::string* reply);
  Progress run() override;
  Task<void> wait() override;

 private:
  enum class Phase : uint8_t { kLock, kRead, kDecide };

  void plan_read();
  Progress acquire();
  Progress decide();
  bool holds(const BoundModification& modification) const;
  Progress apply();
  void write_applied(bool applied);
  void write_present_rows();
  void write_row(const Row* row, std::string& to);
  bool shows(const Column& column) const;

  PlanServices& services_;
  const BoundStatement& bound_;
  const TableSchemaPtr& table_;
  const Target& target_;
  std::string* const reply_;
  ScratchArena arena_;
  PartitionSnapshot snapshot_;
  PartitionLock lock_;
  Phase phase_ = Phase::kLock;

  std::span<const Clustering> condition_rows_;  // rows that conditions are about; ascending
  std::span<const Slice> slices_;               // of these and of rows that operations read first
  // What Cassandra reads, and so shows when a condition fails (CQL3CasRequest.columnsToRead).
  bool updates_static_ = false, updates_regular_ = false;
  std::span<Bytes> key_components_;
  uint64_t rows_written_ = 0;
};

}  // namespace ceto
