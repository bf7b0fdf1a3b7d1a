#include "lsm/compaction/space.h"

#include <algorithm>
#include <cstdio>

#include "lsm/table_store.h"

namespace ceto {

namespace {

using Reservation = CompactionSpace::Reservation;

// What compactions may fill. A disk that does not say is left to fail by itself, as in Cassandra.
uint64_t usable_bytes(StoreContext& context, const std::string& directory) {
  const auto free = context.io.free_bytes(directory);
  if (!free) return UINT64_MAX;
  const StoreConfig& config = context.config;
  const uint64_t above = free.value() - std::min(free.value(), config.min_free_bytes);
  return static_cast<uint64_t>(static_cast<double>(above) * config.compaction_space_fraction);
}

Reservation reserve_if_free(StoreContext& context, const std::string& directory, uint64_t bytes) {
  Reservation reserved = context.space->reserve(bytes);
  if (bytes == 0 || context.space->reserved_bytes() <= usable_bytes(context, directory))
    return reserved;
  return {};
}

Error not_enough(StoreContext& context, const TableStore& table, uint64_t bytes,
                 uint64_t sstables) {
  ++context.compactions_aborted;
  const Uuid id = context.running.next_id(context.clock);
  const TableSchema& schema = *table.schema();
  return {ErrorCode::kDiskFull, "Not enough space for compaction (" + uuid_text(id) + ") of " +
                                    schema.keyspace + '.' + schema.name +
                                    ", estimated sstables = " + std::to_string(sstables) +
                                    ", expected write size = " + std::to_string(bytes)};
}

uint64_t bytes_of(const CompactionView& view, const CompactionChoice& choice) {
  uint64_t bytes = 0;
  for (const size_t index : choice.inputs) bytes += view.sstables[index].data_bytes;
  return bytes;
}

uint64_t estimated_sstables(const OutputPlan& plan, uint64_t bytes) {
  return plan.max_bytes == 0 ? 1 : std::max<uint64_t>(1, bytes / plan.max_bytes);
}

// False: what would be left is not worth it. One SSTable alone would only be written anew; of a
// leveled compaction the inputs of level 0 go alone, and not the last of them.
bool leave_out_largest(const CompactionView& view, CompactionChoice& choice, bool leveled) {
  if (leveled && choice.plan.level > 1) return false;
  const auto may_go = [&](size_t index) { return !leveled || view.sstables[index].level == 0; };
  if (choice.inputs.size() <= 2 || std::ranges::count_if(choice.inputs, may_go) <= 1) return false;
  auto largest = choice.inputs.end();
  for (auto each = choice.inputs.begin(); each != choice.inputs.end(); ++each) {
    if (!may_go(*each)) continue;
    if (largest == choice.inputs.end() ||
        view.sstables[*each].data_bytes > view.sstables[*largest].data_bytes) {
      largest = each;
    }
  }
  choice.inputs.erase(largest);
  return true;
}

void tell_reduced(StoreContext& context, const TableStore& table, uint64_t wanted_bytes,
                  size_t left_out) {
  ++context.compactions_reduced;
  context.sstables_left_out += left_out;
  char mebibytes[32];
  std::snprintf(mebibytes, sizeof mebibytes, "%.1f", static_cast<double>(wanted_bytes) / (1 << 20));
  const TableSchema& schema = *table.schema();
  context.disk.notice("Not enough space for a compaction of " + schema.keyspace + '.' +
                      schema.name + ", " + mebibytes + " MiB estimated: it goes on without " +
                      std::to_string(left_out) + " of its SSTables");
}

}  // namespace

Result<Reservation> reserve_space(StoreContext& context, const TableStore& table, uint64_t bytes,
                                  uint64_t sstables) {
  Reservation reserved = reserve_if_free(context, table.directory(), bytes);
  if (reserved.empty()) return not_enough(context, table, bytes, sstables);
  return reserved;
}

Result<Reservation> fit_to_disk(StoreContext& context, const TableStore& table,
                                const CompactionView& view, CompactionChoice& choice) {
  const uint64_t wanted = bytes_of(view, choice);
  const size_t inputs = choice.inputs.size();
  CompactionChoice tried = choice;
  for (;;) {
    const uint64_t bytes = bytes_of(view, tried);
    Reservation reserved = reserve_if_free(context, table.directory(), bytes);
    if (!reserved.empty()) {
      choice.inputs = std::move(tried.inputs);
      const size_t left_out = inputs - choice.inputs.size();
      if (left_out > 0) tell_reduced(context, table, wanted, left_out);
      return reserved;
    }
    if (leave_out_largest(view, tried, table.strategy().leveled())) continue;
    if (choice.expired.empty() || tried.inputs.empty()) {
      return not_enough(context, table, bytes, estimated_sstables(choice.plan, bytes));
    }
    tried.inputs.clear();
  }
}

}  // namespace ceto
