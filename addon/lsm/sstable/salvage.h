// Salvage: what can still be read of an SSTable whose files are damaged. A ScanSource like the
// SSTable's own, which passes over what does not check, says so, and goes on behind it: at the next
// block of a wide partition, at the next partition of the index, or, where the index itself is
// damaged, from the data alone. Shard thread only; the command outlives it. Source:
// org.apache.cassandra.io.sstable.format.big.BigTableScrubber
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsm/damage_log.h"
#include "lsm/sstable/kept_place.h"
#include "lsm/sstable/sstable_impl.h"

namespace ceto {

struct SalvageOptions {
  bool validate = true;  // values that are none of their column's type leave out their row
};

struct SalvageReport {
  uint64_t partitions = 0;
  uint64_t damaged_partitions = 0;  // of which a part, or all, is not there
  uint64_t skipped_rows = 0;        // known ones; what cannot be read cannot be counted
};

// Shared by the parts of one salvage.
struct SalvageContext {
  std::shared_ptr<SSTableImpl> table;
  const ReadCommand& command;
  SalvageOptions options;
  SalvageReport& report;
  DamageLog& log;

  void tell(Bytes key, uint64_t position, const std::string& what) const;
};

class SalvagedPartition final : public PartitionSource {
 public:
  explicit SalvagedPartition(SalvageContext& context);

  // `entry` without blocks: nothing is known but where the partition begins. Its key must stay.
  void start(const IndexEntry& entry);

  // kError: nothing of the partition can be read.
  Step open() override;
  DeletionTime partition_deletion() const override { return parts_.front()->partition_deletion(); }
  const Row* static_row() const override;
  Step next() override;
  const Unfiltered& current() const override { return current_; }
  Task<void> wait() override;
  const Error& error() const override { return parts_.back()->error(); }

  // Where the next partition begins, once this one is read to its end; nullopt: nobody knows.
  std::optional<uint64_t> end_position() const { return end_position_; }

 private:
  static Prefix place_of(const Unfiltered& read);
  bool accept(const Unfiltered& read, const Prefix& place);
  void fail_part(const std::string& why);
  bool close_deletion(Unfiltered& into);
  Step resume();
  void skip_row(const std::string& why);
  void note_damage();

  SalvageContext& context_;
  IndexEntry entry_;
  // The last is being read; those before it failed. Their heads and static rows are still used.
  std::vector<std::unique_ptr<SSTablePartition>> parts_;
  std::optional<FileCursor> block_cursor_;
  std::optional<BlockIndex> blocks_;
  uint64_t next_block_ = 0;
  bool resuming_ = false;
  bool waiting_for_block_ = false;
  bool ended_ = false;
  bool damaged_ = false;
  bool static_good_ = true;
  uint64_t failed_at_ = 0;  // in the data
  std::optional<uint64_t> end_position_;
  ReadCommand rest_;  // from a block on
  Slice rest_slice_;
  KeptPlace rest_start_;
  KeptPlace last_;
  DeletionTime open_;
  Unfiltered current_;
};

class SalvageScan final : public ScanSource {
 public:
  SalvageScan(std::shared_ptr<SSTableImpl> table, const ReadCommand& command,
              SalvageOptions options, SalvageReport& report, DamageLog& log);

  Step next_partition() override;
  Token token() const override { return token_; }
  Bytes key() const override { return Bytes(key_); }
  PartitionSource& partition() override { return partition_; }
  Task<void> wait() override;
  const Error& error() const override { return no_error_; }  // it never fails
  uint64_t bytes_done() const override { return bytes_done_; }

 private:
  enum class Waiting : uint8_t { kIndex, kData, kPartition };

  Step next_entry();
  Step entry_of_index();
  Step entry_of_data(uint64_t position);
  void pass_damaged_index();
  bool in_order();
  Step keep(Step step, Waiting what);

  SalvageContext context_;
  std::optional<FileCursor> index_;
  std::optional<FileCursor> data_;  // reads keys where the index does not give them
  SalvagedPartition partition_;
  IndexEntry entry_;
  bool opening_ = false;
  bool from_index_ = false;    // the entry that is being opened
  bool reading_data_ = false;  // for the key of the entry that failed, or of a gap
  uint64_t data_at_ = 0;
  std::optional<uint64_t> expected_;  // where the next partition begins, if that is known
  Waiting waiting_ = Waiting::kIndex;
  Token token_;
  std::string key_;
  std::string failed_key_;
  uint64_t failed_at_ = UINT64_MAX;
  bool any_ = false;
  bool given_out_ = false;  // the partition is the caller's
  Token last_token_;
  std::string last_key_;
  uint64_t bytes_done_ = 0;
  Error no_error_;
};

}  // namespace ceto
