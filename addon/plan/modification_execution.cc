#include "plan/modification_execution.h"

#include <algorithm>

#include "plan/read_failure.h"

namespace ceto {

ModificationExecution::ModificationExecution(PlanServices& services, const BoundStatement& bound,
                                             std::string* reply)
    : services_(services),
      bound_(bound),
      reply_(reply),
      arena_(services),
      builder_(services, *arena_, bound.now_seconds()),
      snapshot_(services) {
  for (const BoundModification& modification : bound.modifications()) {
    if (!needs_read(modification)) continue;
    plan_locks();
    phase_ = Phase::kLock;
    break;
  }
}

bool ModificationExecution::Locked::before(const Locked& a, const Locked& b) {
  if (a.table->id != b.table->id) return a.table->id < b.table->id;
  if (a.target.token != b.target.token) return a.target.token < b.target.token;
  return compare(a.target.key, b.target.key) < 0;
}

void ModificationExecution::plan_locks() {
  ArenaVector<Locked> wanted(*arena_, 1);
  for (const BoundModification& modification : bound_.modifications()) {
    if (!needs_read(modification)) continue;
    for (const Target& target : modification.targets) {
      if (services_.owns(target.token)) {
        wanted.push_back({modification.statement->table.get(), target});
      }
    }
  }
  std::sort(wanted.begin(), wanted.end(), Locked::before);
  const auto end = std::unique(wanted.begin(), wanted.end(), [](const Locked& a, const Locked& b) {
    return !Locked::before(a, b) && !Locked::before(b, a);
  });
  to_lock_ = {wanted.begin(), end};
  if (to_lock_.size() > 1) more_locks_ = std::make_unique<PartitionLock[]>(to_lock_.size() - 1);
}

Progress ModificationExecution::run() {
  if (phase_ == Phase::kLock) {
    const Progress progress = lock();
    if (progress != Progress::kDone) return progress;
    phase_ = Phase::kBuild;
  }
  if (phase_ == Phase::kBuild) {
    const Progress progress = build();
    if (progress != Progress::kDone) return progress;
    phase_ = Phase::kApply;
  }
  return apply();
}

Progress ModificationExecution::lock() {
  while (locks_held_ < to_lock_.size()) {
    PartitionLock& next = locks_held_ == 0 ? first_lock_ : more_locks_[locks_held_ - 1];
    if (!next.held()) {
      const Locked& wanted = to_lock_[locks_held_];
      switch (services_.locks().acquire(next, wanted.table->id, wanted.target.token,
                                        wanted.target.key)) {
        case PartitionLocks::Outcome::kHeld:
          break;
        case PartitionLocks::Outcome::kQueued:
          return Progress::kWait;
        case PartitionLocks::Outcome::kFull:
          return fail(locks_full());
      }
    }
    ++locks_held_;
  }
  return Progress::kDone;
}

Task<void> ModificationExecution::wait() {
  if (phase_ == Phase::kLock) {
    return services_.locks().wait(locks_held_ == 0 ? first_lock_ : more_locks_[locks_held_ - 1]);
  }
  CETO_ASSERT(reading_);
  return snapshot_.wait();
}

std::span<const Slice> ModificationExecution::row_slices(const BoundModification& modification) {
  const std::span<Slice> slices = arena_->make_array<Slice>(modification.rows.size());
  for (size_t i = 0; i < slices.size(); ++i) {
    slices[i] = {{modification.rows[i], false}, {modification.rows[i], true}};
  }
  return slices;
}

Progress ModificationExecution::build() {
  const std::span<const BoundModification> all = bound_.modifications();
  for (; modification_ < all.size(); ++modification_, target_ = 0) {
    const BoundModification& modification = all[modification_];
    for (; target_ < modification.targets.size(); ++target_) {
      const Target& target = modification.targets[target_];
      if (!services_.owns(target.token)) continue;
      const bool reads = needs_read(modification);
      if (reads) {
        const Step step = read(modification, target);
        if (step == Step::kWait) return Progress::kWait;
        if (step == Step::kError) return fail(told_error(services_, bound_, snapshot_.error()));
      }
      const UpdateBuilder::Times times{modification.timestamp, modification.timestamp};
      Status built = builder_.add(modification, target, times, reads ? &snapshot_ : nullptr);
      if (!built.ok()) return fail(std::move(built.error()));
    }
  }
  return Progress::kDone;
}

// The rows that the modification writes, as they are now.
Step ModificationExecution::read(const BoundModification& modification, const Target& target) {
  if (!reading_) {
    const uint64_t rows = modification.rows.empty() ? 0 : UINT64_MAX;
    snapshot_.begin(modification.statement->table, target.token, target.key,
                    row_slices(modification), rows, bound_.now_seconds(), *arena_);
  }
  const Step step = snapshot_.run();
  reading_ = step == Step::kWait;
  return step;
}

Progress ModificationExecution::apply() {
  const std::span<const PartitionUpdate> updates = builder_.updates();
  if (!updates.empty()) {
    Result<CommitPosition> applied = services_.store().apply(updates);
    if (!applied.ok()) return fail(std::move(applied.error()));
    commit_position_ = applied.value();
  }
  if (reply_) append_void_result(*reply_);
  return Progress::kDone;
}

}  // namespace ceto
