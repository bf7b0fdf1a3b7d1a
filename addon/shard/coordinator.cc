#include "shard/coordinator.h"

#include <algorithm>
#include <vector>

#include "plan/read_warning.h"

namespace ceto {

void Coordinator::start(Request& request, const BoundStatement& bound) {
  const auto targets = bound.targets();
  if (!bound.is_scan() && targets.size() == 1) {
    Part& part = request.add_part();
    part.shard = owner(targets[0].token);
    part.owner_shard = shard_;
    part.bound = &bound;
    request.parts_open = 1;
    if (part.shard == shard_) {
      execute(part);
    } else {
      host_.send_part(part);
    }
    return;
  }
  fan_out(request, bound);
}

void Coordinator::fan_out(Request& request, const BoundStatement& bound) {
  // Shards that own a part: all of them for a scan, the targets' owners otherwise. A statement with
  // no target at all still gets its empty result from one execution here.
  std::vector<bool> owns(shard_count_, bound.is_scan());
  size_t owners = bound.is_scan() ? shard_count_ : 0;
  for (const Target& target : bound.targets()) {
    const uint32_t shard = owner(target.token);
    if (!owns[shard]) ++owners;
    owns[shard] = true;
  }
  if (owners == 0) {
    owns[shard_] = true;
    owners = 1;
  }
  // Conditions touch one partition; the binder has refused everything else.
  CETO_ASSERT(!bound.conditional() || owners == 1);

  request.parts_open = owners;
  for (uint32_t shard = 0; shard < shard_count_; ++shard) {
    if (!owns[shard]) continue;
    Part& part = request.add_part();
    part.shard = shard;
    part.owner_shard = shard_;
    part.bound = &bound;
    part.kind = owners == 1       ? Part::Kind::kWhole
                : bound.is_read() ? Part::Kind::kChunk
                                  : Part::Kind::kSilent;
  }
  // Parts may finish inside execute(), and the last one answers the request: it is not touched
  // after.
  for (size_t i = 0; i < owners; ++i) {
    Part& part = request.parts[i];
    if (part.shard != shard_) host_.send_part(part);
  }
  for (size_t i = 0; i < owners; ++i) {
    Part& part = request.parts[i];
    if (part.shard == shard_) {
      execute(part);
      return;
    }
  }
}

void Coordinator::execute(Part& part) {
  // Until a flush has made room a write waits here, in order: the client sees latency, not an
  // error.
  if (!part.bound->is_read() && (!held_.empty() || services_.store().write_pressure())) {
    held_.push_back(&part);
    return;
  }
  run(part);
}

void Coordinator::retry_held() {
  while (!held_.empty() && !services_.store().write_pressure()) {
    Part* part = held_.front();
    held_.pop_front();
    run(*part);
  }
}

void Coordinator::run(Part& part) {
  part.execution = part.kind == Part::Kind::kChunk
                       ? make_chunk_execution(services_, *part.bound, part.chunk)
                       : make_execution(services_, *part.bound,
                                        part.kind == Part::Kind::kWhole ? &part.reply : nullptr);
  ++executing_;
  const Progress progress = part.execution->run();
  if (progress == Progress::kWait || progress == Progress::kYield) {
    spawn(execute_waiting(part, progress));
    return;
  }
  executed(part, progress);
}

Task<void> Coordinator::execute_waiting(Part& part, Progress progress) {
  while (progress == Progress::kWait || progress == Progress::kYield) {
    if (progress == Progress::kWait) {
      co_await part.execution->wait();
    } else {
      co_await background_.yield();
    }
    progress = part.execution->run();
  }
  executed(part, progress);
}

void Coordinator::executed(Part& part, Progress progress) {
  part.stats = part.execution->stats();
  if (progress == Progress::kFailed) {
    part.error = part.execution->error();
    done(part);
    return;
  }
  const CommitPosition position = part.execution->commit_position();
  if (position == 0) {
    done(part);
    return;
  }
  part.durability.position = position;
  part.durability.context = &part;
  part.durability.on_durable = [](DurabilityWaiter& waiter, const Error* error) {
    Part& waiting = *static_cast<Part*>(waiter.context);
    if (error) waiting.error = *error;
    waiting.executor->done(waiting);
  };
  part.executor = this;
  services_.store().await_durable(part.durability);
}

void Coordinator::done(Part& part) {
  // The execution's memory belongs to this shard's free lists, so it ends here.
  part.execution.reset();
  --executing_;
  if (part.owner_shard == shard_) {
    finish(part);
  } else {
    host_.return_part(part);
  }
}

void Coordinator::finish(Part& part) {
  Request& request = *part.request;
  CETO_ASSERT(request.parts_open > 0);
  if (--request.parts_open == 0) answer(request);
}

void Coordinator::answer(Request& request) {
  bool tombstones = false;
  for (size_t i = 0; i < request.parts_used; ++i) {
    if (request.parts[i].error) {
      host_.fail(request, *request.parts[i].error);
      return;
    }
    tombstones |= request.parts[i].stats.tombstone_warning;
  }
  if (tombstones) warn_of_tombstones(request);
  Part& first = request.parts[0];
  if (first.kind == Part::Kind::kWhole) {
    host_.complete(request, first.reply);
    return;
  }
  merged_.clear();
  if (first.kind == Part::Kind::kSilent) {
    append_void_result(merged_);
  } else {
    std::vector<const RowChunk*> chunks;
    for (size_t i = 0; i < request.parts_used; ++i) chunks.push_back(&request.parts[i].chunk);
    merge_chunks(*first.bound, chunks, merged_);
  }
  host_.complete(request, merged_);
}

void Coordinator::warn_of_tombstones(Request& request) {
  ExecutionStats sum;
  sum.last_token.value = INT64_MIN;
  for (size_t i = 0; i < request.parts_used; ++i) {
    const ExecutionStats& part = request.parts[i].stats;
    sum.live_rows += part.live_rows;
    sum.tombstones += part.tombstones;
    sum.last_token.value = std::max(sum.last_token.value, part.last_token.value);
  }
  request.warnings.push_back(tombstone_warning(*request.parts[0].bound, sum));
}

}  // namespace ceto
