// WorkPace: how a long piece of background work keeps to its share: slices, throughput, a flag that
// ends it, and how far it has come. What it refers to outlives the work. Shard thread only.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/task.h"
#include "io/background.h"
#include "lsm/compaction/running_compactions.h"
#include "lsm/throttle.h"

namespace ceto {

struct WorkPace {
  Background& background;
  Throttle* throttle = nullptr;
  const bool* stop = nullptr;  // set: the work ends with kShuttingDown
  // Where the work is listed, which may stop it too.
  RunningCompactions::Entry* running = nullptr;

  // After each `bytes` of work.
  Task<Status> step(uint64_t bytes) const {
    if ((stop != nullptr && *stop) || (running != nullptr && running->stopped())) {
      co_return Error{ErrorCode::kShuttingDown, "Compaction interrupted"};
    }
    if (running != nullptr) running->advance(bytes);
    if (throttle != nullptr) co_await throttle->charge(bytes);
    if (background.should_yield()) co_await background.yield();
    co_return Status{};
  }
};

}  // namespace ceto
