// PowerCutRun: a node under random load whose power is cut, or whose process is killed, at random
// moments: while it works, while it starts again, several times in a row. After each start it holds
// the node against Acknowledged and its files against what the node knows of. All from one seed.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "lsm/acknowledged.h"
#include "lsm/test_node.h"

namespace ceto::lsm_test {

class PowerCutRun {
 public:
  struct Report {
    uint64_t lives = 0, cuts = 0, cuts_while_starting = 0, kills = 0, stops = 0;
    uint64_t operations = 0, reads = 0, truncations = 0, drops = 0, made_again = 0, reshards = 0;
    uint64_t faulty_lives = 0, flips = 0, kept = 0, lost = 0;
    Report& operator+=(const Report& other);
    std::string text() const;
  };

  // How many lives see requests fail as well as the power.
  enum class FailingDisks : uint8_t { kOneOfFive, kThreeOfFour };
  explicit PowerCutRun(uint64_t seed, FailingDisks failing = FailingDisks::kOneOfFive);
  ~PowerCutRun();
  PowerCutRun(const PowerCutRun&) = delete;
  PowerCutRun& operator=(const PowerCutRun&) = delete;

  // One life of the node up to the start after it. False when something is wrong: see wrong().
  bool live();
  const std::string& wrong() const { return wrong_; }
  Report report() const;
  // What the seed chose, in words.
  std::string settings() const;

 private:
  static constexpr uint32_t kTables = 3;
  static constexpr int32_t kKeys = 14;
  static constexpr int32_t kRows = 4;

  struct Table {
    uint32_t number = 0;  // in the cells of the model; never used again
    std::shared_ptr<TableSchema> schema;
    std::vector<bool> truncating;  // by shard
  };
  struct Write {
    DurabilityWaiter waiter;
    Acknowledged* model;
    Acknowledged::Operation operation;
  };
  struct HeldScan {
    ReadCommand command;
    TokenRange range;
    std::unique_ptr<TableScanner> scanner;
    size_t shard = 0;
  };

  uint64_t below(uint64_t n) { return random_() % n; }
  bool one_of(uint64_t n) { return below(n) == 0; }
  std::vector<TableSchemaPtr> schemas() const;
  std::shared_ptr<TableSchema> random_schema(uint32_t slot);

  void work();
  void step();
  void write_batch();
  void add_update(Table& table, int32_t key, Acknowledged::Operation operation,
                  std::deque<UpdateBuilder>& builders);
  void put_row(UpdateBuilder& builder, int32_t row, Acknowledged::Operation operation);
  void wait_for(uint32_t shard, CommitPosition position, Acknowledged::Operation operation);
  void read_cell();
  void hold_scan();
  void truncate();
  void drop_and_create();
  bool make_again(uint32_t slot, const TableId& id);
  void let_the_period_pass();
  void end_life();
  void stop();

  bool start_again();
  void check_content();
  void read_shard(Table& table, uint32_t shard, Acknowledged::Content& found);
  void check_files();
  void check_table_files(const Table& table, const std::vector<std::string>& names);
  void flip_a_bit();
  void complain(const std::string& what) { wrong_ += what + "\n"; }

  const FailingDisks failing_;
  std::mt19937_64 random_;
  SimulatedDisk disk_;
  ManualClock clock_;
  StoreConfig config_;
  std::deque<Table> tables_;
  Acknowledged model_;
  TestNode node_;
  std::deque<Write> writes_;
  std::deque<HeldScan> scans_;
  std::vector<TableSchemaPtr> dropped_;  // of this life: work may still refer to them
  std::vector<TableId> gone_;            // dropped since the last whole start
  uint32_t count_ = 1;
  uint32_t next_table_ = 0;
  bool faulty_ = false;
  bool truncation_failed_ = false;  // in this life: whether it counts shows after the next start
  std::string wrong_;
  Report report_;
};

}  // namespace ceto::lsm_test
