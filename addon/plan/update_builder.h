// UpdateBuilder: what a bound modification does to a partition, as PartitionUpdates in an arena.
// Each modification gives an update of its own; where several meet on one cell the store reconciles
// them. Shard thread only. Source: org.apache.cassandra.cql3.Operation and its implementations in
// Constants, Lists, Maps, Sets, UserTypes; cql3.UpdateParameters
#pragma once

#include "lsm/row.h"
#include "plan/arena_vector.h"
#include "plan/bound_statement.h"
#include "plan/partition_snapshot.h"
#include "plan/row_values.h"
#include "types/counter.h"

namespace ceto {

class UpdateBuilder {
 public:
  UpdateBuilder(PlanServices& services, Arena& arena, int64_t now_seconds)
      : services_(services),
        arena_(arena),
        now_seconds_(now_seconds),
        updates_(arena, 1),
        counters_(arena) {}

  // `current` holds the rows that operations read first; nullptr where none does. Conditional
  // updates delete just below their timestamp, so that what they write in one go stands
  // (org.apache.cassandra.service.paxos.Commit, Row.updateAllTimestamp).
  struct Times {
    int64_t write = 0;
    int64_t delete_at = 0;
  };
  Status add(const BoundModification& modification, const Target& target, Times times,
             const PartitionSnapshot* current);

  std::span<const PartitionUpdate> updates() const { return updates_.span(); }

 private:
  // The cells of one row in the making.
  struct RowParts {
    RowParts(Arena& arena, size_t operations) : cells(arena, operations), complex(arena) {}
    ArenaVector<Cell> cells;
    ArenaVector<ComplexDeletion> complex;
    const Row* current = nullptr;
    Clustering clustering;
  };

  Status add_rows(std::span<const Operation> operations, const PartitionSnapshot* current,
                  bool deletes_rows, PartitionUpdate& update);
  Status build(std::span<const Operation> operations, RowParts& to);
  Status apply(const Operation& operation, RowParts& to);
  void set(const Operation& operation, RowParts& to);
  void overwrite(const Operation& operation, Value value, RowParts& to);
  void add_elements(const Operation& operation, Value value, RowParts& to);
  void add_fields(const Operation& operation, Value value, RowParts& to);
  void prepend(const Operation& operation, RowParts& to);
  void remove(const Operation& operation, RowParts& to);
  void put_field(const Operation& operation, Value value, RowParts& to);
  Status put_list_index(const Operation& operation, RowParts& to);
  void count(const Operation& operation, RowParts& to);

  Value value(Operand operand) const { return environment_->value(operand); }
  void put(const Operation& operation, Bytes path, Bytes value, RowParts& to);
  void put_tombstone(const Operation& operation, Bytes path, RowParts& to);
  void delete_column(const Operation& operation, int64_t timestamp, RowParts& to);
  // Cells up to the time of the drop of a column of this name do not count: they are not written.
  static bool counts(const Operation& operation, int64_t timestamp) {
    return timestamp > operation.column->dropped_time_micros;
  }
  Bytes field_path(uint16_t field);
  Liveness liveness() const;
  DeletionTime deletion() const;
  void sort_cells(RowParts& parts);

  // A counter that an earlier statement of the same batch has changed already.
  struct PendingCounter {
    const TableSchema* table;
    Bytes key;
    Clustering clustering;
    ColumnId column;
    ClockAndCount state;
  };
  PendingCounter* pending_counter(Clustering clustering, ColumnId column);

  PlanServices& services_;
  Arena& arena_;
  const int64_t now_seconds_;
  ArenaVector<PartitionUpdate> updates_;
  ArenaVector<PendingCounter> counters_;

  // Of the modification at hand.
  const BoundModification* modification_ = nullptr;
  const Environment* environment_ = nullptr;
  const TableSchema* table_ = nullptr;
  Bytes key_;
  Times times_;
};

}  // namespace ceto
