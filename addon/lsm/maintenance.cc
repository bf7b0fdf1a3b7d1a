#include "lsm/maintenance.h"

#include "lsm/table_store.h"

namespace ceto {

namespace {

CompactionProgress progress_of(const TableStore& table, const SSTable& sstable,
                               const VerifyOptions& options) {
  const SSTableMetadata& metadata = sstable.metadata();
  CompactionProgress out;
  out.kind = CompactionKind::kVerify;
  out.table_id = table.schema()->id;
  out.keyspace = table.schema()->keyspace;
  out.table = table.schema()->name;
  out.sstables = 1;
  out.target_directory = table.directory();
  // Index.db is small beside it. The extended check reads the data once more.
  if (!options.quick) out.bytes_total += metadata.data_bytes;
  if (options.extended) out.bytes_total += metadata.uncompressed_bytes;
  return out;
}

}  // namespace

Result<std::shared_ptr<TableStore>> Maintenance::find_table(const TableId& id) const {
  std::shared_ptr<TableStore> found = find_(id);
  if (!found) return invalid_request("unconfigured table");
  return found;
}

Task<Result<VerifyReport>> Maintenance::verify(TableId id, VerifySettings settings) {
  const Entered entered(gate_);
  CETO_CO_TRY(entered.status());
  auto found = find_table(id);
  if (!found) co_return found.error();
  const std::shared_ptr<TableStore> table = std::move(found).value();
  const ShardShare own = context_.share();
  VerifyReport all;
  const std::vector<LiveSSTable> sstables = table->sstables();
  for (const LiveSSTable& entry : sstables) {
    const SSTableMetadata& metadata = entry.table->metadata();
    if (entry.shared && !own.owns(metadata.first_token)) continue;
    VerifyOptions options = settings.files;
    if (settings.check_owned_tokens && !entry.shared) {
      options.owned = [own](Token token) { return own.owns(token); };
    }
    RunningCompactions::Entry running(context_.running, context_.clock,
                                      progress_of(*table, *entry.table, settings.files));
    const WorkPace pace{context_.compaction_background, &context_.throttle, table->cancelled(),
                        &running};
    auto report = co_await verify_sstable(context_.io, entry.table->descriptor(), table->schema(),
                                          options, pace);
    if (!report) co_return report.error();
    const SSTableDescriptor& set = entry.table->descriptor();
    if (settings.check_version && set.version != SSTableDescriptor{}.version) {
      report.value().add(corrupt(set.path("Data.db") + ": version " + set.version +
                                 " is not the latest, run upgradesstables"));
    }
    all.merge(report.value());
  }
  for (const std::string& problem : all.problems) context_.damage.add_line(problem);
  co_return all;
}

void Maintenance::set_concurrent_compactions(uint32_t count) {
  CETO_ASSERT(count > 0);
  context_.config.concurrent_compactions = count;
}

std::vector<DamageLine> Maintenance::take_damage() { return context_.damage.take(); }

}  // namespace ceto
