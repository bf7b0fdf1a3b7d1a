// Execution: runs the part of a bound statement that one shard owns, against its Store. run() goes
// straight through as long as memory serves, without a coroutine and without asking the heap; where
// it says kWait the caller awaits wait() and runs again. Made, run and destroyed on the executing
// shard's thread; the bound statement, the services and the output must outlive it. Destroying an
// execution that is not inside wait() is always safe: what it had not applied is not applied.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "lsm/store.h"
#include "plan/bound_statement.h"
#include "plan/plan_services.h"
#include "plan/row_chunk.h"

namespace ceto {

enum class Progress : uint8_t {
  kDone,
  kWait,    // await wait(), then run() again
  kYield,   // long work: let queries go first, then run() again
  kFailed,  // error()
};

struct ExecutionStats {
  uint64_t live_rows = 0;          // read
  uint64_t tombstones = 0;         // passed over
  bool tombstone_warning = false;  // tombstone_warn_threshold was crossed
  Token last_token;                // of the partition that was read last
};

class Execution {
 public:
  virtual ~Execution() = default;
  virtual Progress run() = 0;
  virtual Task<void> wait() = 0;
  const Error& error() const { return *error_; }
  // After kDone, of writes: what to await before the answer; 0: nothing.
  CommitPosition commit_position() const { return commit_position_; }
  const ExecutionStats& stats() const { return stats_; }

  // Memory from the thread's free lists of coroutine frames.
  static void* operator new(size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, size_t size) { free_frame(memory, size); }

 protected:
  Progress fail(Error error) {
    error_ = std::move(error);
    return Progress::kFailed;
  }
  std::optional<Error> error_;
  CommitPosition commit_position_ = 0;
  ExecutionStats stats_;
};

// The usual way, when one shard owns all targets (or for writes, this shard's part of them):
// appends the body of the RESULT message to `reply` (after kDone; on failure `reply` is as before).
// With `reply` nullptr nothing is written, for the parts of a write that are not the coordinator's.
std::unique_ptr<Execution> make_execution(PlanServices& services, const BoundStatement& bound,
                                          std::string* reply);

// A read that several shards take part in: this shard's rows into `chunk`, for merge_chunks().
std::unique_ptr<Execution> make_chunk_execution(PlanServices& services, const BoundStatement& bound,
                                                RowChunk& chunk);

// The body of RESULT Void, for statements whose parts ran elsewhere or that touch nothing.
void append_void_result(std::string& reply);

}  // namespace ceto
