#include "plan/conditional_execution.h"

#include <algorithm>

#include "plan/filters.h"
#include "plan/read_failure.h"
#include "plan/result_writer.h"
#include "schema/partition_key.h"

namespace ceto {

namespace {

// IF EXISTS and IF NOT EXISTS are about the row that the statement writes; column conditions about
// it only if one is on a column that is not static.
bool concerns_row(const BoundModification& modification) {
  const Modification& statement = *modification.statement;
  if (modification.rows.empty() || !statement.conditional()) return false;
  if (statement.if_exists || statement.if_not_exists) return true;
  return std::any_of(statement.conditions.begin(), statement.conditions.end(),
                     [](const Filter& f) { return f.column->kind != ColumnKind::kStatic; });
}

}  // namespace

ConditionalExecution::ConditionalExecution(PlanServices& services, const BoundStatement& bound,
                                           std::string* reply)
    : services_(services),
      bound_(bound),
      table_(bound.modifications().front().statement->table),
      target_(bound.targets().front()),
      reply_(reply),
      arena_(services),
      snapshot_(services) {
  CETO_ASSERT(bound.targets().size() == 1 && services.owns(target_.token));
  CETO_ASSERT(bound.cas() != nullptr);
  plan_read();
}

void ConditionalExecution::plan_read() {
  ArenaVector<Clustering> conditions(*arena_, 1), all(*arena_, 1);
  for (const BoundModification& modification : bound_.modifications()) {
    const Modification& statement = *modification.statement;
    const bool about_row = concerns_row(modification);
    for (Clustering row : modification.rows) {
      if (about_row) conditions.push_back(row);
      if (about_row || statement.reads_first) all.push_back(row);
    }
    updates_static_ |= statement.static_operations > 0;
    updates_regular_ |= !statement.only_static;
  }
  const auto sorted = [&](ArenaVector<Clustering>& rows) -> std::span<Clustering> {
    std::sort(rows.begin(), rows.end(),
              [&](Clustering a, Clustering b) { return compare_clustering(*table_, a, b) < 0; });
    const auto end = std::unique(rows.begin(), rows.end(), [&](Clustering a, Clustering b) {
      return compare_clustering(*table_, a, b) == 0;
    });
    return {rows.begin(), end};
  };
  condition_rows_ = sorted(conditions);
  const std::span<Clustering> read = sorted(all);
  const std::span<Slice> slices = arena_->make_array<Slice>(read.size());
  for (size_t i = 0; i < read.size(); ++i) slices[i] = {{read[i], false}, {read[i], true}};
  slices_ = slices;
}

Progress ConditionalExecution::run() {
  if (phase_ == Phase::kLock) {
    const Progress progress = acquire();
    if (progress != Progress::kDone) return progress;
    // Without a condition on a row the first row tells a partition that is there from one that is
    // not.
    const uint64_t rows = slices_.empty() ? 1 : UINT64_MAX;
    snapshot_.begin(table_, target_.token, target_.key, slices_, rows, bound_.now_seconds(),
                    *arena_);
    phase_ = Phase::kRead;
  }
  if (phase_ == Phase::kRead) {
    const Step step = snapshot_.run();
    if (step == Step::kWait) return Progress::kWait;
    if (step == Step::kError) return fail(told_error(services_, bound_, snapshot_.error()));
    phase_ = Phase::kDecide;
  }
  return decide();
}

Progress ConditionalExecution::acquire() {
  if (lock_.held()) return Progress::kDone;
  switch (services_.locks().acquire(lock_, table_->id, target_.token, target_.key)) {
    case PartitionLocks::Outcome::kHeld:
      return Progress::kDone;
    case PartitionLocks::Outcome::kQueued:
      return Progress::kWait;
    case PartitionLocks::Outcome::kFull:
      return fail(locks_full());
  }
  CETO_UNREACHABLE("lock outcome");
}

Task<void> ConditionalExecution::wait() {
  if (phase_ == Phase::kLock) return services_.locks().wait(lock_);
  return snapshot_.wait();
}

Progress ConditionalExecution::decide() {
  key_components_ = arena_->make_array<Bytes>(table_->partition_key.size());
  const Status split = split_partition_key(target_.key, key_components_);
  CETO_ASSERT(split.ok());
  for (const BoundModification& modification : bound_.modifications()) {
    if (holds(modification)) continue;
    if (reply_) write_present_rows();
    return Progress::kDone;
  }
  return apply();
}

bool ConditionalExecution::holds(const BoundModification& modification) const {
  const Modification& statement = *modification.statement;
  if (!statement.conditional()) return true;
  const Row* row = modification.rows.empty() ? snapshot_.static_row()
                                             : snapshot_.find(modification.rows.front());
  if (statement.if_exists) return row != nullptr;
  if (statement.if_not_exists) return row == nullptr;
  RowSource source;
  source.key = key_components_;
  source.row = row;
  source.static_row = snapshot_.static_row();
  source.now_seconds = bound_.now_seconds();
  return std::all_of(statement.conditions.begin(), statement.conditions.end(),
                     [&](const Filter& condition) {
                       return condition_holds(condition, *modification.environment, source);
                     });
}

Progress ConditionalExecution::apply() {
  UpdateBuilder builder(services_, *arena_, bound_.now_seconds());
  const int64_t timestamp = services_.next_timestamp_micros();
  for (const BoundModification& modification : bound_.modifications()) {
    const bool reads = modification.statement->reads_first;
    Status built = builder.add(modification, target_, {timestamp, timestamp - 1},
                               reads ? &snapshot_ : nullptr);
    if (!built.ok()) return fail(std::move(built.error()));
  }
  if (!builder.updates().empty()) {
    Result<CommitPosition> applied = services_.store().apply(builder.updates());
    if (!applied.ok()) return fail(std::move(applied.error()));
    commit_position_ = applied.value();
  }
  if (reply_) write_applied(true);
  return Progress::kDone;
}

void ConditionalExecution::write_applied(bool applied) {
  RowsWriter writer(bound_.cas()->applied, 1, bound_.options(), *reply_);
  const uint8_t value = applied ? 1 : 0;
  append_bytes({&value, 1}, *reply_);
  writer.finish(1, nullptr);
}

// What is there of the rows that conditions are about; `[applied]` alone when nothing is.
void ConditionalExecution::write_present_rows() {
  const CasMetadata& cas = *bound_.cas();
  const bool static_shown =
      snapshot_.static_row() &&
      std::any_of(cas.columns.begin(), cas.columns.end(),
                  [&](const Column* c) { return c->kind == ColumnKind::kStatic && shows(*c); });
  ArenaVector<const Row*> rows(*arena_);
  for (Clustering clustering : condition_rows_) {
    if (const Row* row = snapshot_.find(clustering)) rows.push_back(row);
  }
  if (condition_rows_.empty() && slices_.empty() && !snapshot_.rows().empty()) {
    rows.push_back(&snapshot_.rows().front());
  }
  if (rows.empty() && static_shown) rows.push_back(nullptr);
  if (rows.empty() || cas.columns.empty()) return write_applied(false);
  RowsWriter writer(cas.not_applied, cas.columns.size() + 1, bound_.options(), *reply_);
  for (const Row* row : rows) write_row(row, *reply_);
  writer.finish(rows.size(), nullptr);
}

void ConditionalExecution::write_row(const Row* row, std::string& to) {
  const uint8_t not_applied = 0;
  append_bytes({&not_applied, 1}, to);
  RowSource source;
  source.key = key_components_;
  source.row = row;
  source.static_row = snapshot_.static_row();
  for (const Column* column : bound_.cas()->columns) {
    const bool key =
        column->kind == ColumnKind::kPartitionKey || column->kind == ColumnKind::kClustering;
    if (key) {
      const Value value = simple_value(source, *column);
      if (value.has_bytes()) {
        append_bytes(value.bytes(), to);
        continue;
      }
    } else if (shows(*column)) {
      append_cells(*column->type, cells_of(source.row_of(*column), column->id), to);
      continue;
    }
    append_null(to);
  }
}

bool ConditionalExecution::shows(const Column& column) const {
  if (column.kind == ColumnKind::kStatic ? updates_static_ : updates_regular_) return true;
  for (const BoundModification& modification : bound_.modifications()) {
    for (const Filter& condition : modification.statement->conditions) {
      if (condition.column == &column) return true;
    }
  }
  return false;
}

}  // namespace ceto
