// SelectExecution: this shard's rows of a bound select: partitions by key in target order, or a
// token range in ring order. Threading and lifetimes as Execution.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "plan/execution.h"
#include "plan/result_writer.h"
#include "plan/row_values.h"

namespace ceto {

class SelectExecution final : public Execution {
 public:
  // Exactly one of `reply` and `chunk`.
  SelectExecution(PlanServices& services, const BoundStatement& bound, std::string* reply,
                  RowChunk* chunk);
  Progress run() override;
  Task<void> wait() override;

 private:
  // Rows passed over in one run() before queries get their turn: well below half a millisecond.
  static constexpr size_t kStepsPerRun = 512;
  // A result is one frame (a native protocol frame ends at 256 MiB); beyond it the client must
  // page.
  static constexpr size_t kMaxResultBytes = size_t{256} << 20;

  enum class Phase : uint8_t { kNextPartition, kRows, kFinished };

  void prepare_resume();
  void prepare_scan(const PagingPosition& resume);
  Step next_partition();
  Step open_reader(const ReadCommand& command, Token token, Bytes key);
  Step next_target();
  Step next_scanned();
  void enter_partition(Token token, Bytes key, uint32_t ordinal, bool resumed);
  Step next_row();
  void end_partition();
  void emit(const Row* row);
  void note_in_chunk(const Row* row);
  bool over_tombstone_limit() const;
  Progress finish();
  Progress fail_reading(const Error& error);
  Error tombstones_error() const;
  bool last_target() const { return !bound_.is_scan() && target_ + 1 >= bound_.targets().size(); }

  PlanServices& services_;
  const BoundStatement& bound_;
  const BoundSelect& select_;
  const Select& statement_;
  std::string* const rows_to_;  // the reply or the chunk's rows
  RowChunk* const chunk_;
  RowChunk sorted_;  // ORDER BY over several partitions: rows before they are sorted
  std::string* const reply_;
  ScratchArena arena_;
  std::optional<RowEncoder> encoder_;
  std::optional<RowsWriter> writer_;

  ReadCommand command_;
  ReadCommand resume_command_;  // of the partition in which the last page ended
  TokenRange range_;
  bool resume_partition_ = false;  // of a scan: read it first
  Bytes resume_key_;
  std::unique_ptr<PartitionReader> reader_;
  std::unique_ptr<TableScanner> scanner_;
  PartitionReader* rows_ = nullptr;  // of the partition at hand

  Phase phase_ = Phase::kNextPartition;
  size_t target_ = 0;
  Token token_;
  Bytes key_;
  uint32_t ordinal_ = 0;
  bool resumed_ = false;    // the partition at hand began on an earlier page
  bool rows_seen_ = false;  // in the partition at hand
  bool in_chunk_ = false;   // the partition at hand has its entry
  std::span<Bytes> key_components_;
  RowSource source_;
  uint64_t wanted_ = 0;  // rows of this page
  uint64_t emitted_ = 0;
  uint64_t partition_left_ = 0;  // of PER PARTITION LIMIT
  uint64_t tombstones_before_ = 0;
  bool exhausted_ = false;
};

}  // namespace ceto
