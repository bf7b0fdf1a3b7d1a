// What the node of a PowerCutRun is given to do, and how its life ends.
#include "lsm/power_cut_run.h"

namespace ceto::lsm_test {

namespace {

// Timestamps rise with the operations: the later one wins.
constexpr int64_t kFirstTimestamp = TestShard::kStartMicros;
constexpr int64_t kPeriodMicros = 10'000'000;

int64_t timestamp_of(Acknowledged::Operation operation) {
  return kFirstTimestamp + static_cast<int64_t>(operation);
}

}  // namespace

PowerCutRun::Report& PowerCutRun::Report::operator+=(const Report& other) {
  lives += other.lives;
  cuts += other.cuts;
  cuts_while_starting += other.cuts_while_starting;
  kills += other.kills;
  stops += other.stops;
  operations += other.operations;
  reads += other.reads;
  truncations += other.truncations;
  drops += other.drops;
  made_again += other.made_again;
  reshards += other.reshards;
  faulty_lives += other.faulty_lives;
  flips += other.flips;
  kept += other.kept;
  lost += other.lost;
  return *this;
}

std::string PowerCutRun::Report::text() const {
  return std::to_string(lives) + " lives: " + std::to_string(cuts) + " power cuts and " +
         std::to_string(cuts_while_starting) + " more while starting, " + std::to_string(kills) +
         " kills, " + std::to_string(stops) + " stops; " + std::to_string(operations) +
         " operations, " + std::to_string(kept) + " in doubt kept and " + std::to_string(lost) +
         " lost whole, " + std::to_string(reads) + " reads, " + std::to_string(truncations) +
         " truncations, " + std::to_string(drops) + " drops (" + std::to_string(made_again) +
         " with the id used again), " + std::to_string(reshards) + " other shard counts, " +
         std::to_string(faulty_lives) + " lives on a failing disk, " + std::to_string(flips) +
         " flipped bits";
}

PowerCutRun::PowerCutRun(uint64_t seed, FailingDisks failing)
    : failing_(failing),
      random_(seed),
      disk_(seed),
      clock_(TestShard::kStartMicros),
      node_(disk_, clock_) {
  constexpr CommitlogSync kModes[] = {CommitlogSync::kGroup, CommitlogSync::kGroup,
                                      CommitlogSync::kBatch, CommitlogSync::kPeriodic};
  config_.data_directory = "/data";
  config_.commitlog_directory = "/commitlog";
  config_.commitlog_sync = kModes[below(4)];
  config_.commitlog_sync_period_micros = kPeriodMicros;
  config_.commitlog_group_window_micros = one_of(3) ? 1'000 : 0;
  config_.commitlog_segment_bytes = (1 + static_cast<uint32_t>(below(4))) * 64 * 1024;
  config_.commitlog_total_bytes = 4 * config_.commitlog_segment_bytes;
  config_.memtable_bytes = (64 + below(512)) * 1024;
  config_.chunk_cache_bytes = 256 * 1024;
  config_.compaction_bytes_per_second = 0;
  disk_.set_max_delay(static_cast<uint32_t>(below(12)));
  for (uint32_t slot = 0; slot < kTables; ++slot) {
    tables_.push_back({next_table_++, random_schema(slot), {}});
  }
  count_ = 1 + static_cast<uint32_t>(below(3));
  for (Table& table : tables_) table.truncating.assign(count_, false);
  const Status opened = node_.open(config_, count_, schemas());
  if (!opened) complain("the first start: " + opened.error().message);
}

PowerCutRun::~PowerCutRun() { stop(); }

PowerCutRun::Report PowerCutRun::report() const {
  Report out = report_;
  out.kept = model_.kept();
  out.lost = model_.lost();
  return out;
}

std::string PowerCutRun::settings() const {
  constexpr const char* kModes[] = {"periodic", "group", "batch"};
  return std::string("commitlog_sync ") + kModes[static_cast<int>(config_.commitlog_sync)] +
         ", segments of " + std::to_string(config_.commitlog_segment_bytes) + ", memtables of " +
         std::to_string(config_.memtable_bytes) + ", " + std::to_string(count_) + " shards" +
         (faulty_ ? ", a failing disk" : "");
}

std::vector<TableSchemaPtr> PowerCutRun::schemas() const {
  std::vector<TableSchemaPtr> out;
  for (const Table& table : tables_) out.push_back(table.schema);
  return out;
}

std::shared_ptr<TableSchema> PowerCutRun::random_schema(uint32_t slot) {
  constexpr const char* kCompressors[] = {"LZ4Compressor", "ZstdCompressor", "SnappyCompressor",
                                          "DeflateCompressor", ""};
  constexpr const char* kStrategies[] = {
      "SizeTieredCompactionStrategy", "LeveledCompactionStrategy", "TimeWindowCompactionStrategy",
      "UnifiedCompactionStrategy"};
  constexpr int32_t kGrace[] = {0, 60, 864'000};
  auto schema = KeyValueTable::make("t" + std::to_string(slot), one_of(3));
  for (uint8_t& byte : schema->id) byte = static_cast<uint8_t>(below(256));
  schema->compression_class = kCompressors[below(5)];
  schema->compression_chunk_length = schema->compression_class.empty() ? 0 : 4096u << below(3);
  schema->gc_grace_seconds = kGrace[below(3)];
  const std::string strategy = kStrategies[below(4)];
  schema->compaction["class"] = "org.apache.cassandra.db.compaction." + strategy;
  if (strategy[0] == 'S') schema->compaction["min_threshold"] = std::to_string(2 + below(3));
  return schema;
}

bool PowerCutRun::live() {
  if (!wrong_.empty()) return false;
  ++report_.lives;
  truncation_failed_ = false;
  faulty_ = failing_ == FailingDisks::kOneOfFive ? one_of(5) : !one_of(4);
  if (faulty_) {
    ++report_.faulty_lives;
    const double chance = one_of(2) ? 0.002 : 0.02;
    SimulatedFaults faults;
    if (one_of(2)) faults.read_error = chance;
    if (one_of(2)) faults.write_error = faults.short_write = chance;
    if (one_of(2)) faults.sync_error = chance;
    if (one_of(2)) faults.name_error = chance;
    if (one_of(2)) faults.no_space = chance;
    faults.slow = 0.01;
    disk_.set_faults(faults);
  }
  if (!one_of(3)) disk_.cut_power_after(1 + below(one_of(4) ? 4000 : 600));
  work();
  end_life();
  disk_.set_faults({});
  if (!start_again()) return false;
  check_content();
  if (wrong_.empty() && one_of(3)) check_files();
  if (wrong_.empty() && one_of(8)) flip_a_bit();
  return wrong_.empty();
}

// --- the work
// ---------------------------------------------------------------------------------------

void PowerCutRun::work() {
  const uint64_t steps = below(one_of(10) ? 600 : 150);
  for (uint64_t i = 0; i < steps && disk_.has_power() && wrong_.empty(); ++i) step();
}

void PowerCutRun::step() {
  const uint64_t kind = below(1000);
  const size_t shard = below(count_);
  Table& table = tables_[below(kTables)];
  if (kind < 550) {
    write_batch();
  } else if (kind < 750) {
    for (uint64_t turns = 1 + below(6); turns > 0; --turns) node_.turn();
  } else if (kind < 820) {
    read_cell();
  } else if (kind < 880) {
    node_.start(shard, node_.store(shard).flush(table.schema->id));
  } else if (kind < 890) {
    node_.start(shard, node_.store(shard).flush_all());
  } else if (kind < 920) {
    node_.start(shard, node_.store(shard).compact(table.schema->id));
  } else if (kind < 930) {
    truncate();
  } else if (kind < 935) {
    drop_and_create();
  } else if (kind < 975) {
    clock_.advance_micros(static_cast<int64_t>(below(one_of(10) ? 100'000'000 : 500'000)));
  } else if (kind < 985) {
    let_the_period_pass();
  } else {
    hold_scan();
  }
}

// One record: several partitions, over tables, of one shard.
void PowerCutRun::write_batch() {
  const uint32_t shard = static_cast<uint32_t>(below(count_));
  const Acknowledged::Operation operation = model_.begin();
  std::deque<UpdateBuilder> builders;
  std::vector<std::pair<uint32_t, int32_t>> taken;
  for (uint64_t updates = 1 + below(one_of(2) ? 1 : 4); updates > 0; --updates) {
    Table& table = tables_[below(kTables)];
    const int32_t key = static_cast<int32_t>(below(kKeys));
    const std::string bytes = int_value(key);
    if (table.truncating[shard] || node_.owner(token_of(Bytes(bytes))) != shard) continue;
    const std::pair<uint32_t, int32_t> place{table.number, key};
    if (std::find(taken.begin(), taken.end(), place) != taken.end()) continue;
    taken.push_back(place);
    add_update(table, key, operation, builders);
  }
  if (builders.empty()) return;
  std::vector<PartitionUpdate> updates;
  for (UpdateBuilder& builder : builders) updates.push_back(builder.update());
  ++report_.operations;
  const auto position = node_.store(shard).apply(updates);
  if (!position) {
    model_.refuse(operation);
  } else if (position.value() != 0) {
    wait_for(shard, position.value(), operation);
  }
}

void PowerCutRun::add_update(Table& table, int32_t key, Acknowledged::Operation operation,
                             std::deque<UpdateBuilder>& builders) {
  UpdateBuilder& builder = builders.emplace_back(*table.schema, key);
  const DeletionTime deletion{timestamp_of(operation),
                              static_cast<uint32_t>(clock_.wall_seconds())};
  const auto write = [&](int32_t row, bool put) {
    model_.write(operation, {table.number, key, row}, put);
  };
  const uint64_t kind = below(12);
  const bool descending = table.schema->clustering[0]->type->reversed;
  if (kind == 0) {
    builder.delete_partition(deletion);
    for (int32_t row = 0; row < kRows; ++row) write(row, false);
    return;
  }
  if (kind == 1) {
    const int32_t low = static_cast<int32_t>(below(kRows));
    const int32_t high = low + static_cast<int32_t>(below(static_cast<uint64_t>(kRows - low)));
    builder.delete_range(descending ? high : low, descending ? low : high, deletion);
    for (int32_t row = low; row <= high; ++row) write(row, false);
    return;
  }
  const uint64_t which = 1 + below((1u << kRows) - 1);
  for (int32_t i = 0; i < kRows; ++i) {
    const int32_t row = descending ? kRows - 1 - i : i;
    if ((which >> row & 1) == 0) continue;
    const bool put = !one_of(5);
    write(row, put);
    if (put) {
      put_row(builder, row, operation);
    } else {
      builder.row(row, {}, deletion);
    }
  }
}

void PowerCutRun::put_row(UpdateBuilder& builder, int32_t row, Acknowledged::Operation operation) {
  const int64_t timestamp = timestamp_of(operation);
  std::string value = std::to_string(operation) + ":";
  value.append(one_of(12) ? below(9000) : below(60), static_cast<char>('a' + operation % 26));
  builder.row(row, {timestamp, kNoTtl, kNoDeletionTime}).cell(KeyValueTable::kV, timestamp, value);
}

void PowerCutRun::wait_for(uint32_t shard, CommitPosition position,
                           Acknowledged::Operation operation) {
  Write& write = writes_.emplace_back();
  write.model = &model_;
  write.operation = operation;
  write.waiter.position = position;
  write.waiter.context = &write;
  write.waiter.on_durable = [](DurabilityWaiter& done, const Error* error) {
    const Write& told = *static_cast<Write*>(done.context);
    if (!error) told.model->acknowledge(told.operation);
  };
  node_.store(shard).await_durable(write.waiter);
}

// Under `periodic` nobody is told; what is older than a period, and was written when the sync
// began, is on disk.
void PowerCutRun::let_the_period_pass() {
  for (int periods = 0; periods < 2; ++periods) {
    clock_.advance_micros(kPeriodMicros);
    node_.settle();
  }
  if (!faulty_ && disk_.has_power()) model_.acknowledge_all();
}

void PowerCutRun::truncate() {
  Table& table = tables_[below(kTables)];
  if (std::find(table.truncating.begin(), table.truncating.end(), true) != table.truncating.end()) {
    return;
  }
  ++report_.truncations;
  for (uint32_t shard = 0; shard < count_; ++shard) {
    const Acknowledged::Operation operation = model_.begin();
    std::vector<Acknowledged::Cell> cells;
    model_.for_each_cell([&](const Acknowledged::Cell& cell) {
      const std::string bytes = int_value(cell.key);
      const bool owned = node_.owner(token_of(Bytes(bytes))) == shard;
      if (cell.table == table.number && owned) cells.push_back(cell);
    });
    for (const Acknowledged::Cell& cell : cells) model_.write(operation, cell, false);
    table.truncating[shard] = true;
    node_.start(shard, node_.store(shard).truncate_table(table.schema->id),
                [this, &table, shard, operation](const Status& done) {
                  // Whether one that failed counts is known after the next start.
                  table.truncating[shard] = !done;
                  if (!done) truncation_failed_ = true;
                  if (done) model_.acknowledge(operation);
                });
  }
}

// The schema says at once that the table is gone; the shards follow.
void PowerCutRun::drop_and_create() {
  const uint32_t slot = static_cast<uint32_t>(below(kTables));
  Table& table = tables_[slot];
  if (std::find(table.truncating.begin(), table.truncating.end(), true) != table.truncating.end()) {
    return;
  }
  ++report_.drops;
  scans_.clear();
  model_.forget_table(table.number);
  const TableId id = table.schema->id;
  gone_.push_back(id);
  dropped_.push_back(std::move(table.schema));
  table.number = next_table_++;
  table.schema = random_schema(slot);
  if (one_of(3) && make_again(slot, id)) return;
  for (uint32_t shard = 0; shard < count_; ++shard) {
    node_.start(shard, node_.store(shard).drop_table(id));
    const Status put = node_.store(shard).put_table(table.schema);
    if (!put) complain("a new table: " + put.error().message);
  }
}

// With the id of the one that is dropped; false: it did not come into the schema.
bool PowerCutRun::make_again(uint32_t slot, const TableId& id) {
  Table& table = tables_[slot];
  const auto drop = [&](Store& store) { return store.drop_table(id); };
  static_cast<void>(node_.on_all(drop).ok());
  table.schema->id = id;
  if (disk_.has_power() && node_.make_again(config_, table.schema)) {
    std::erase(gone_, id);
    ++report_.made_again;
    return true;
  }
  dropped_.push_back(std::move(table.schema));
  table.schema = random_schema(slot);
  return false;
}

// --- the end
// ----------------------------------------------------------------------------------------

void PowerCutRun::stop() {
  scans_.clear();
  node_.destroy();
  writes_.clear();
  dropped_.clear();
}

void PowerCutRun::end_life() {
  if (!disk_.has_power()) {
    ++report_.cuts;
  } else if (one_of(6)) {
    disk_.keep_power();
    ++report_.stops;
    scans_.clear();
    const Status closed = node_.close();
    if (closed) {
      if (!truncation_failed_) model_.acknowledge_all();
    } else if (!faulty_) {
      complain("an orderly stop: " + closed.error().message);
    }
  } else if (one_of(3)) {
    disk_.keep_power();
    ++report_.kills;
    disk_.kill();
  } else {
    ++report_.cuts;
    disk_.crash(random_());
  }
  stop();
}

}  // namespace ceto::lsm_test
