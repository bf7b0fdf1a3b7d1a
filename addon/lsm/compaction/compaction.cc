#include "lsm/compaction/compaction.h"

#include <algorithm>

#include "lsm/compaction/output_policies.h"

namespace ceto {

namespace {

// Nothing is written anew: the file says another level from now on.
Task<Status> relevel(std::shared_ptr<TableStore> table, const PlannedCompaction& planned) {
  CETO_ASSERT(planned.choice.inputs.size() == 1 && planned.choice.expired.empty());
  const size_t index = planned.choice.inputs[0];
  const SSTablePtr sstable = planned.input.tables[index];
  CETO_CO_TRY(co_await sstable->change_level(planned.choice.plan.level));
  table->strategy().compacted(planned.input.view, planned.choice,
                              planned.input.view.sstables[index].last);
  table->update_levels();
  co_return Status{};
}

// Moved out: what is retired goes with its last reference.
std::vector<SSTablePtr> taken(CompactionInput& input, const std::vector<size_t>& indexes) {
  std::vector<SSTablePtr> out;
  for (const size_t index : indexes) out.push_back(std::move(input.tables[index]));
  return out;
}

Task<Status> rewrite(StoreContext& context, std::shared_ptr<TableStore> table,
                     CompactionInput& input, CompactionChoice choice) {
  auto space = fit_to_disk(context, *table, input.view, choice);
  if (!space) co_return std::move(space.error());
  uint64_t bytes_in = 0;
  for (const size_t index : choice.inputs) bytes_in += input.view.sstables[index].data_bytes;
  const bool purges = table->strategy().may_purge(input.view, choice.inputs);
  const auto policy = make_output_policy(choice.plan, bytes_in, purges);
  RewriteJob job{choice.kind, taken(input, choice.inputs), taken(input, choice.expired),
                 std::move(space).value()};
  const auto done = co_await rewrite_sstables(context, table, std::move(job), *policy);
  if (!done) co_return done.error();
  Token last;
  for (const SSTablePtr& made : done.value().outputs) {
    last = std::max(last, made->metadata().last_token);
  }
  if (!done.value().outputs.empty()) table->strategy().compacted(input.view, choice, last);
  co_return Status{};
}

}  // namespace

std::vector<SSTablePtr> PlannedCompaction::tables() const {
  std::vector<SSTablePtr> out;
  for (const size_t index : choice.inputs) out.push_back(input.tables[index]);
  for (const size_t index : choice.expired) out.push_back(input.tables[index]);
  return out;
}

std::optional<PlannedCompaction> plan_compaction(TableStore& table) {
  PlannedCompaction planned{table.compaction_input(), {}};
  planned.choice = table.strategy().choose(planned.input.view);
  table.pending_compactions = planned.choice.pending;
  if (planned.choice.empty()) return std::nullopt;
  return planned;
}

Task<Status> run_compaction(StoreContext& context, std::shared_ptr<TableStore> table,
                            PlannedCompaction planned) {
  if (planned.choice.relevel) co_return co_await relevel(table, planned);
  // The others are kept alive by the table alone.
  CompactionInput input{planned.input.view, std::vector<SSTablePtr>(planned.input.tables.size())};
  for (const auto* indexes : {&planned.choice.inputs, &planned.choice.expired}) {
    for (const size_t index : *indexes) input.tables[index].swap(planned.input.tables[index]);
  }
  planned.input.tables.clear();
  co_return co_await rewrite(context, table, input, planned.choice);
}

Task<Status> compact_all(StoreContext& context, std::shared_ptr<TableStore> table) {
  RewritePolicy as_it_stands;
  auto claimed = co_await claim_all(context, table, CompactionKind::kRelocate, as_it_stands);
  if (!claimed) co_return std::move(claimed.error());
  claimed.value().sstables.clear();
  CompactionInput input = table->compaction_input();
  // By this very compaction.
  for (CandidateSSTable& each : input.view.sstables) each.busy = false;
  const std::vector<CompactionChoice> choices = table->strategy().choose_major(input.view);
  for (const CompactionChoice& choice : choices) {
    CETO_CO_TRY(co_await rewrite(context, table, input, choice));
  }
  co_return Status{};
}

}  // namespace ceto
